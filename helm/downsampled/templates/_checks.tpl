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
{{- /* The step of the pack, which the daemon refuses to be longer than a window. */ -}}
{{- if and .Values.rules.packs.seldon (lt (include "downsampled.milliseconds" .Values.timePeriod | int64) 15000) -}}
{{- fail (printf "timePeriod: %s is shorter than 15s, the step of the rules about SeldonDeployments; want at least that, or rules.packs.seldon=false" .Values.timePeriod) -}}
{{- end -}}
{{- $persistence := .Values.persistence -}}
{{- if and $persistence.existingClaim (not $persistence.enabled) -}}
{{- fail "persistence.existingClaim: want persistence.enabled=true as well" -}}
{{- end -}}
{{- if and $persistence.existingClaim (gt (int .Values.replicas) 1) -}}
{{- fail "persistence.existingClaim: one journal belongs to one daemon; want replicas=1, or a claim made for each" -}}
{{- end -}}
{{- /* With the daemon's own defaults, as it refuses it too. */ -}}
{{- $settings := default dict .Values.settings -}}
{{- $age := default "24h" $settings.CATCH_UP_MAX_AGE -}}
{{- $retention := default "32d" $settings.STORAGE_RETENTION -}}
{{- if gt (include "downsampled.milliseconds" $age | int64) (include "downsampled.milliseconds" $retention | int64) -}}
{{- fail (printf "settings.CATCH_UP_MAX_AGE: %s is longer than STORAGE_RETENTION, %s" $age $retention) -}}
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
