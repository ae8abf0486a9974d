package main

import (
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	podsecurity "k8s.io/pod-security-admission/api"
	podsecuritypolicy "k8s.io/pod-security-admission/policy"
)

const longestName = 63 // many names end up in labels and host names, where more is refused

// unworkable says what an API server would take, but what is wrong with the object by itself.
func unworkable(one object, restricted bool) []string {
	var found []string
	if length := len(one.meta.GetName()); length > longestName {
		found = append(found, fmt.Sprintf("the name has %d characters, over %d", length, longestName))
	}
	if template := podOf(one); template != nil {
		for index := range template.Spec.Containers {
			found = append(found, unopenedProbePorts(&template.Spec.Containers[index])...)
		}
		if restricted {
			found = append(found, unrestricted(template)...)
		}
	}
	switch typed := one.typed.(type) {
	case *appsv1.StatefulSet:
		found = append(found, unclaimedMounts(typed)...)
	case *monitoringv1.ServiceMonitor:
		for _, endpoint := range typed.Spec.Endpoints {
			found = append(found, badScrape(endpoint.Interval, endpoint.ScrapeTimeout)...)
		}
	case *monitoringv1.PodMonitor:
		for _, endpoint := range typed.Spec.PodMetricsEndpoints {
			found = append(found, badScrape(endpoint.Interval, endpoint.ScrapeTimeout)...)
		}
	}
	return found
}

// podOf returns the pod that the object is or makes, or nil.
func podOf(one object) *corev1.PodTemplateSpec {
	switch typed := one.typed.(type) {
	case *appsv1.Deployment:
		return &typed.Spec.Template
	case *appsv1.StatefulSet:
		return &typed.Spec.Template
	case *corev1.Pod:
		return &corev1.PodTemplateSpec{ObjectMeta: typed.ObjectMeta, Spec: typed.Spec}
	}
	return nil
}

// unclaimedMounts holds what kube-apiserver cannot check before the controller has put the claims into
// the pods: that every mount has a volume.
func unclaimedMounts(set *appsv1.StatefulSet) []string {
	volumes := map[string]bool{}
	for _, volume := range set.Spec.Template.Spec.Volumes {
		volumes[volume.Name] = true
	}
	for _, claim := range set.Spec.VolumeClaimTemplates {
		volumes[claim.Name] = true
	}
	var found []string
	for _, container := range set.Spec.Template.Spec.Containers {
		for _, mount := range container.VolumeMounts {
			if !volumes[mount.Name] {
				found = append(found, fmt.Sprintf("container %s mounts %s, which is neither a volume nor a claim",
					container.Name, mount.Name))
			}
		}
	}
	return found
}

// opens says whether the container has the port, by name or number. A number needs no declaration to
// work, but one that is not declared is a slip here.
func opens(container *corev1.Container, port intstr.IntOrString) bool {
	for _, opened := range container.Ports {
		if port == intstr.FromString(opened.Name) || port == intstr.FromInt32(opened.ContainerPort) {
			return true
		}
	}
	return false
}

func unopenedProbePorts(container *corev1.Container) []string {
	var found []string
	for kind, probe := range map[string]*corev1.Probe{
		"liveness": container.LivenessProbe, "readiness": container.ReadinessProbe, "startup": container.StartupProbe,
	} {
		if probe != nil && probe.HTTPGet != nil && !opens(container, probe.HTTPGet.Port) {
			found = append(found, fmt.Sprintf("container %s has no port %s, which its %s probe asks",
				container.Name, probe.HTTPGet.Port.String(), kind))
		}
	}
	return found
}

// unrestricted asks the library of kube-apiserver's PodSecurity admission plugin.
func unrestricted(template *corev1.PodTemplateSpec) []string {
	evaluator, err := podsecuritypolicy.NewEvaluator(podsecuritypolicy.DefaultChecks())
	if err != nil {
		return []string{err.Error()}
	}
	level := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
	var found []string
	for _, result := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			found = append(found, "not restricted: "+result.ForbiddenReason+": "+result.ForbiddenDetail)
		}
	}
	return found
}

// badScrape holds what prometheus-operator and Prometheus check of an endpoint.
func badScrape(interval, timeout monitoringv1.Duration) []string {
	var found []string
	parsed := map[monitoringv1.Duration]time.Duration{}
	for _, text := range []monitoringv1.Duration{interval, timeout} {
		if text == "" {
			continue
		}
		duration, err := model.ParseDuration(string(text))
		if err != nil {
			found = append(found, err.Error())
		}
		parsed[text] = time.Duration(duration)
	}
	if interval != "" && timeout != "" && parsed[timeout] > parsed[interval] {
		found = append(found, fmt.Sprintf("scrapeTimeout %s is longer than the interval %s", timeout, interval))
	}
	return found
}
