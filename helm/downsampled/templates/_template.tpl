{{/* The pods, of the Deployment or the StatefulSet. */}}
{{- define "downsampled.podTemplate" -}}
{{- $files := include "downsampled.sourceFiles" . | trim -}}
{{- $ownRules := include "downsampled.ruleData" . -}}
{{- $rules := or $ownRules .Values.rules.existingConfigMap -}}
metadata:
  labels:
    {{- include "downsampled.podLabels" . | nindent 4 }}
  {{- with include "downsampled.podAnnotations" . }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  serviceAccountName: {{ include "downsampled.serviceAccountName" . | quote }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automountToken }}
  # Nothing is read from the variables that Kubernetes makes of every service.
  enableServiceLinks: false
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: downsampled
      image: {{ include "downsampled.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        # Seldon Core Analytics scrapes ports of this name only.
        - name: metrics
          containerPort: {{ .Values.containerPort }}
          protocol: TCP
      env:
        {{- include "downsampled.env" . | nindent 8 }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.startupProbe }}
      startupProbe:
        httpGet:
          path: /-/healthy
          port: metrics
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.livenessProbe }}
      livenessProbe:
        httpGet:
          path: /-/healthy
          port: metrics
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.readinessProbe }}
      readinessProbe:
        httpGet:
          path: /-/ready
          port: metrics
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: journal
          mountPath: {{ include "downsampled.journalFolder" . }}
        {{- if $files }}
        - name: source
          mountPath: {{ include "downsampled.sourceFolder" . }}
          readOnly: true
        {{- end }}
        {{- if .Values.config.existingSecret }}
        - name: config
          mountPath: /etc/downsampled/config
          readOnly: true
        {{- end }}
        {{- if $rules }}
        - name: rules
          mountPath: /etc/downsampled/rules
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $journal := include "downsampled.journalVolume" . }}
  {{- if or $journal $files $rules .Values.config.existingSecret .Values.extraVolumes }}
  volumes:
    {{- with $journal }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- if $files }}
    - name: source
      projected:
        # For the group of the pod (fsGroup) only.
        defaultMode: 0440
        sources:
          {{- $files | nindent 10 }}
    {{- end }}
    {{- with .Values.config.existingSecret }}
    - name: config
      secret:
        secretName: {{ . | quote }}
        # For the group of the pod (fsGroup) only.
        defaultMode: 0440
    {{- end }}
    {{- if $rules }}
    - name: rules
      projected:
        sources:
          {{- if $ownRules }}
          - configMap:
              name: {{ include "downsampled.fullname" . }}-rules
          {{- end }}
          {{- with .Values.rules.existingConfigMap }}
          - configMap:
              name: {{ . | quote }}
          {{- end }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    - {{- toYaml . | nindent 6 }}
      {{- if not (hasKey . "labelSelector") }}
      labelSelector:
        matchLabels:
          {{- include "downsampled.selectorLabels" $ | nindent 10 }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end -}}
