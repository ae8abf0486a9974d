{{/* Milliseconds of a Prometheus duration such as 1h30m, 90s or 500ms. */}}
{{- define "downsampled.milliseconds" -}}
{{- $units := dict "y" 31536000000 "w" 604800000 "d" 86400000 "h" 3600000 "m" 60000 "s" 1000 "ms" 1 -}}
{{- $sum := 0 -}}
{{- range regexFindAll "[0-9]+(ms|[ywdhms])" . -1 -}}
{{- $unit := regexFind "[a-z]+" . -}}
{{- $sum = add $sum (mul (trimSuffix $unit . | int64) (get $units $unit | int64)) -}}
{{- end -}}
{{- $sum -}}
{{- end -}}

{{/* The scrape interval: as set, else the smaller of the time period and 1m. A gauge holds for its
whole window; scraping it more seldom than Prometheus looks back (5m) would make it come and go. */}}
{{- define "downsampled.scrapeInterval" -}}
{{- if .Values.scrape.interval -}}
{{- .Values.scrape.interval -}}
{{- else if lt (include "downsampled.milliseconds" .Values.timePeriod | int64) 60000 -}}
{{- .Values.timePeriod -}}
{{- else -}}
1m
{{- end -}}
{{- end -}}
