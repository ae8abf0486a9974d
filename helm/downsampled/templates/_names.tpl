{{- define "downsampled.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | regexFind "^.*[^-]" -}}
{{- end -}}

{{/* At most 50 characters: a suffix of 13 still makes a valid label and host name. A Service's name has
no dots and begins with a letter; a release's may do otherwise. */}}
{{- define "downsampled.fullname" -}}
{{- $name := include "downsampled.name" . -}}
{{- $full := printf "%s-%s" .Release.Name $name -}}
{{- if .Values.fullnameOverride -}}
{{- $full = .Values.fullnameOverride -}}
{{- else if regexMatch "^[0-9]" .Release.Name -}}
{{- $full = printf "%s-%s" $name .Release.Name -}}
{{- else if contains $name .Release.Name -}}
{{- $full = .Release.Name -}}
{{- end -}}
{{- $full | replace "." "-" | trunc 50 | regexFind "^.*[^-]" -}}
{{- end -}}

{{/* What selects the pods; it can never change. The pod of `helm test` is another component. */}}
{{- define "downsampled.selectorLabels" -}}
app.kubernetes.io/name: {{ include "downsampled.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: daemon
{{- end -}}

{{- define "downsampled.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels of every object but the pods. What the chart says wins over .Values.labels. */}}
{{- define "downsampled.labels" -}}
{{- $own := fromYaml (printf "%s\n%s" (include "downsampled.selectorLabels" .) (include "downsampled.commonLabels" .)) -}}
{{- merge (dict) $own (default dict .Values.labels) | toYaml -}}
{{- end -}}

{{- define "downsampled.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "downsampled.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "downsampled.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}
