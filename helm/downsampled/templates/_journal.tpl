{{/* The journal: where the container has it, and which volume that is. */}}

{{- define "downsampled.journalFolder" -}}
/var/lib/downsampled
{{- end -}}

{{/* Entry of the pod's volumes; empty where the StatefulSet makes a claim for each pod. */}}
{{- define "downsampled.journalVolume" -}}
{{- with .Values.persistence -}}
{{- if .existingClaim -}}
- name: journal
  persistentVolumeClaim:
    claimName: {{ .existingClaim | quote }}
{{- else if not .enabled -}}
- name: journal
  emptyDir:
    {{- with (.emptyDir).sizeLimit }}
    sizeLimit: {{ . | quote }}
    {{- else }}
    {}
    {{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The claim of each pod. It can never change, so it has nothing of the release or the version in it;
Kubernetes adds the labels that select the pods. */}}
{{- define "downsampled.journalClaim" -}}
{{- with .Values.persistence -}}
metadata:
  name: journal
  {{- with .labels }}
  labels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  accessModes:
    {{- toYaml .accessModes | nindent 4 }}
  {{- with .storageClass }}
  storageClassName: {{ ternary "" . (eq . "-") | quote }}
  {{- end }}
  resources:
    requests:
      storage: {{ .size | quote }}
{{- end -}}
{{- end -}}
