{{/* The endpoint of a ServiceMonitor or PodMonitor. */}}
{{- define "downsampled.endpoint" -}}
port: metrics
path: /metrics
interval: {{ include "downsampled.scrapeInterval" . }}
{{- with .Values.scrape.timeout }}
scrapeTimeout: {{ . }}
{{- end }}
# The gauges carry the namespace of the model, which is not that of the pod.
honorLabels: true
{{- with .Values.scrape.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.scrape.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "downsampled.monitorMetadata" -}}
name: {{ include "downsampled.fullname" . | quote }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- merge (dict) (default dict .Values.scrape.labels) (include "downsampled.labels" . | fromYaml) | toYaml | nindent 2 }}
{{- end -}}
