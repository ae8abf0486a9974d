{{/* The value of QUERIES: the packs that are on, then the rule files that are mounted. */}}
{{- define "downsampled.ruleFiles" -}}
{{- $files := list -}}
{{- range $pack, $on := .Values.rules.packs -}}
{{- if $on -}}
{{- $files = append $files (printf "/etc/downsampled/queries/%s.yaml" $pack) -}}
{{- end -}}
{{- end -}}
{{- if or .Values.rules.files .Values.rules.existingConfigMap -}}
{{- $files = append $files "/etc/downsampled/rules/*.yaml" -}}
{{- end -}}
{{- join "," $files -}}
{{- end -}}

{{/* Content of the ConfigMap with the rule files of the values. */}}
{{- define "downsampled.ruleData" -}}
{{- $data := dict -}}
{{- range $name, $content := .Values.rules.files -}}
{{- $_ := set $data $name (ternary $content (toYaml $content) (kindIs "string" $content)) -}}
{{- end -}}
{{- toYaml $data -}}
{{- end -}}
