{{/* The value of QUERIES: the packs that are on, then the rule files that are mounted. */}}
{{- define "downsampled.ruleFiles" -}}
{{- $files := list -}}
{{- range $pack, $on := .Values.rules.packs -}}
{{- if $on -}}
{{- $files = append $files (printf "/etc/downsampled/queries/%s.yaml" $pack) -}}
{{- end -}}
{{- end -}}
{{- if or (include "downsampled.ruleData" .) .Values.rules.existingConfigMap -}}
{{- $files = append $files "/etc/downsampled/rules/*.yaml" -}}
{{- end -}}
{{- join "," $files -}}
{{- end -}}

{{/* Content of the ConfigMap with the rule files of the values; empty when there are none. */}}
{{- define "downsampled.ruleData" -}}
{{- $data := dict -}}
{{- range $name, $content := .Values.rules.files -}}
{{- if not (kindIs "invalid" $content) -}}
{{- $_ := set $data $name (ternary $content (toYaml $content) (kindIs "string" $content)) -}}
{{- end -}}
{{- end -}}
{{- with $data -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}
