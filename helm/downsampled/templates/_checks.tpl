{{/* What values.schema.json cannot say: what contradicts what. */}}
{{- define "downsampled.checks" -}}
{{- $token := .Values.prometheus.token -}}
{{- $tokens := compact (list $token.value $token.existingSecret.name (ternary "yes" "" $token.serviceAccount.enabled)) -}}
{{- if gt (len $tokens) 1 -}}
{{- fail "prometheus.token: want one of value, existingSecret.name and serviceAccount.enabled, not several" -}}
{{- end -}}
{{- $basic := .Values.prometheus.basicAuth -}}
{{- if and $tokens $basic.username -}}
{{- fail "prometheus: want either token or basicAuth, not both" -}}
{{- end -}}
{{- if and $basic.existingSecret.name (not $basic.username) -}}
{{- fail "prometheus.basicAuth.existingSecret: want a username for that password" -}}
{{- end -}}
{{- $ca := .Values.prometheus.ca -}}
{{- if gt (len (compact (list $ca.inline $ca.configMap.name $ca.secret.name))) 1 -}}
{{- fail "prometheus.ca: want one of inline, configMap.name and secret.name, not several" -}}
{{- end -}}
{{- if not (include "downsampled.ruleFiles" .) -}}
{{- fail "rules: nothing is left to record; want a pack, files or an existingConfigMap" -}}
{{- end -}}
{{- $names := dict -}}
{{- range fromYamlArray (include "downsampled.env" .) -}}
{{- if hasKey $names .name -}}
{{- fail (printf "extraEnv: %s is set already, by the chart or in settings" .name) -}}
{{- end -}}
{{- $_ := set $names .name true -}}
{{- end -}}
{{- if .Values.scrape.timeout -}}
{{- $interval := include "downsampled.scrapeInterval" . -}}
{{- if gt (include "downsampled.milliseconds" .Values.scrape.timeout | int64) (include "downsampled.milliseconds" $interval | int64) -}}
{{- fail (printf "scrape.timeout: %s is longer than the interval, %s" .Values.scrape.timeout $interval) -}}
{{- end -}}
{{- end -}}
{{- end -}}
