{{/* Labels of the pods. What selects them wins over the values. */}}
{{- define "downsampled.podLabels" -}}
{{- $own := fromYaml (include "downsampled.selectorLabels" .) -}}
{{- merge (dict) $own (default dict .Values.podLabels) (default dict .Values.labels) | toYaml -}}
{{- end -}}

{{/* Annotations of the pods: how to scrape them, and checksums of what is read only at the start. */}}
{{- define "downsampled.podAnnotations" -}}
{{- $own := dict -}}
{{- if eq .Values.scrape.method "annotations" -}}
{{- $_ := set $own "prometheus.io/scrape" "true" -}}
{{- $_ := set $own "prometheus.io/path" "/metrics" -}}
{{- $_ := set $own "prometheus.io/port" (toString .Values.containerPort) -}}
{{- end -}}
{{- with include "downsampled.ruleData" . -}}
{{- $_ := set $own "checksum/rules" (sha256sum .) -}}
{{- end -}}
{{- with .Values.prometheus.ca.inline -}}
{{- $_ := set $own "checksum/ca" (sha256sum .) -}}
{{- end -}}
{{- with merge (dict) $own (default dict .Values.podAnnotations) -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{- define "downsampled.env" -}}
{{- include "downsampled.sourceEnv" . }}
{{- if .Values.config.existingSecret }}
- name: CONFIG_FILE
  value: /etc/downsampled/config/config.yaml
{{- end }}
- name: TIME_PERIOD
  value: {{ .Values.timePeriod | quote }}
- name: QUERIES
  value: {{ include "downsampled.ruleFiles" . | quote }}
- name: LISTEN_ADDRESS
  value: ":{{ .Values.containerPort }}"
- name: STORAGE_PATH
  value: {{ include "downsampled.journalFolder" . }}
{{- range $name, $value := .Values.settings }}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  {{- /* Helm reads whole numbers as float64, and would write 1000000 as 1e+06. */}}
  value: {{ ternary (printf "%d" (int64 $value)) $value (kindIs "float64" $value) | quote }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
