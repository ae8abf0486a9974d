{{/* How the daemon gets to know its source: variables, and files in one read-only volume. Secrets are
files: the environment can be read by more, and does not follow a change. */}}

{{- define "downsampled.sourceFolder" -}}
/etc/downsampled/source
{{- end -}}

{{- define "downsampled.hasToken" -}}
{{- with .Values.prometheus.token -}}
{{- if or .value .existingSecret.name .serviceAccount.enabled -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "downsampled.hasCa" -}}
{{- with .Values.prometheus.ca -}}
{{- if or .inline .configMap.name .secret.name -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "downsampled.sourceEnv" -}}
{{- $folder := include "downsampled.sourceFolder" . -}}
- name: PROMETHEUS_URL
  value: {{ .Values.prometheus.url | quote }}
{{- if include "downsampled.hasToken" . }}
- name: PROMETHEUS_SELDON_TOKEN_FILE
  value: {{ $folder }}/token
{{- end }}
{{- with .Values.prometheus.basicAuth }}
{{- if .username }}
- name: PROMETHEUS_USERNAME
  value: {{ .username | quote }}
{{- end }}
{{- if .existingSecret.name }}
- name: PROMETHEUS_PASSWORD_FILE
  value: {{ $folder }}/password
{{- end }}
{{- end }}
{{- if include "downsampled.hasCa" . }}
- name: PROMETHEUS_TLS_CA_FILE
  value: {{ $folder }}/ca.crt
{{- end }}
{{- if .Values.prometheus.clientCertificate.existingSecret }}
- name: PROMETHEUS_TLS_CERT_FILE
  value: {{ $folder }}/tls.crt
- name: PROMETHEUS_TLS_KEY_FILE
  value: {{ $folder }}/tls.key
{{- end }}
{{- if .Values.prometheus.insecureSkipVerify }}
- name: PROMETHEUS_TLS_INSECURE_SKIP_VERIFY
  value: "true"
{{- end }}
{{- end -}}

{{/* Sources of the projected volume; empty when there are none. */}}
{{- define "downsampled.sourceFiles" -}}
{{- with .Values.prometheus.token -}}
{{- if .value }}
- secret:
    name: {{ include "downsampled.fullname" $ }}-token
    items: [{key: token, path: token}]
{{- else if .existingSecret.name }}
- secret:
    name: {{ .existingSecret.name | quote }}
    items: [{key: {{ .existingSecret.key | quote }}, path: token}]
{{- else if .serviceAccount.enabled }}
- serviceAccountToken:
    path: token
    expirationSeconds: {{ .serviceAccount.expirationSeconds | int64 }}
    {{- with .serviceAccount.audience }}
    audience: {{ . | quote }}
    {{- end }}
{{- end }}
{{- end }}
{{- with .Values.prometheus.basicAuth.existingSecret }}
{{- if .name }}
- secret:
    name: {{ .name | quote }}
    items: [{key: {{ .key | quote }}, path: password}]
{{- end }}
{{- end }}
{{- with .Values.prometheus.ca -}}
{{- if .inline }}
- configMap:
    name: {{ include "downsampled.fullname" $ }}-ca
    items: [{key: ca.crt, path: ca.crt}]
{{- else if .configMap.name }}
- configMap:
    name: {{ .configMap.name | quote }}
    items: [{key: {{ .configMap.key | quote }}, path: ca.crt}]
{{- else if .secret.name }}
- secret:
    name: {{ .secret.name | quote }}
    items: [{key: {{ .secret.key | quote }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- with .Values.prometheus.clientCertificate.existingSecret }}
- secret:
    name: {{ . | quote }}
    items: [{key: tls.crt, path: tls.crt}, {key: tls.key, path: tls.key}]
{{- end }}
{{- end -}}
