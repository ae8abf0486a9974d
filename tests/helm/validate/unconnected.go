package main

import (
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// unconnected says where one object of the stream names another that is not in it.
func unconnected(objects []object) []string {
	var found []string
	for _, one := range objects {
		for _, what := range unconnectedOf(one, objects) {
			found = append(found, one.name+": "+what)
		}
	}
	return found
}

func unconnectedOf(one object, objects []object) []string {
	switch typed := one.typed.(type) {
	case *corev1.Service:
		return unservedPorts(typed, objects)
	case *appsv1.StatefulSet:
		return ungoverned(typed, objects)
	case *policyv1.PodDisruptionBudget:
		return selectsPod(typed.Spec.Selector, objects)
	case *networkingv1.NetworkPolicy:
		return selectsPod(&typed.Spec.PodSelector, objects)
	case *monitoringv1.PodMonitor:
		found := selectsPod(&typed.Spec.Selector, objects)
		for _, endpoint := range typed.Spec.PodMetricsEndpoints {
			if endpoint.Port == nil || !podHasPort(*endpoint.Port, objects) {
				found = append(found, "a podMetricsEndpoint has a port that no pod opens")
			}
		}
		return found
	case *monitoringv1.ServiceMonitor:
		return unmonitored(typed, objects)
	}
	return nil
}

// selected returns the pods, made by a workload of the stream, that the selector matches.
func selected(selector labels.Selector, objects []object) []*corev1.PodTemplateSpec {
	var found []*corev1.PodTemplateSpec
	for _, one := range objects {
		if _, isPod := one.typed.(*corev1.Pod); isPod {
			continue // a test's pod does the work of no workload
		}
		if template := podOf(one); template != nil && selector.Matches(labels.Set(template.Labels)) {
			found = append(found, template)
		}
	}
	return found
}

func selectsPod(selector *metav1.LabelSelector, objects []object) []string {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return []string{err.Error()}
	}
	if len(selected(parsed, objects)) == 0 {
		return []string{fmt.Sprintf("selects no pod: %s", parsed)}
	}
	return nil
}

func podHasPort(name string, objects []object) bool {
	for _, template := range selected(labels.Everything(), objects) {
		for _, container := range template.Spec.Containers {
			for _, port := range container.Ports {
				if port.Name == name {
					return true
				}
			}
		}
	}
	return false
}

// ungoverned says that the service is missing that the set names.
func ungoverned(set *appsv1.StatefulSet, objects []object) []string {
	for _, one := range objects {
		if service, ok := one.typed.(*corev1.Service); ok && service.Name == set.Spec.ServiceName &&
			labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(set.Spec.Template.Labels)) {
			return nil
		}
	}
	return []string{fmt.Sprintf("no service %q selects its pods", set.Spec.ServiceName)}
}

func unservedPorts(service *corev1.Service, objects []object) []string {
	templates := selected(labels.SelectorFromSet(service.Spec.Selector), objects)
	if len(service.Spec.Selector) == 0 || len(templates) == 0 {
		return []string{"selects no pod"}
	}
	for _, other := range objects { // as a test's pod would get traffic too
		if pod, ok := other.typed.(*corev1.Pod); ok &&
			labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels)) {
			return []string{"selects " + other.name + " as well"}
		}
	}
	var found []string
	for _, port := range service.Spec.Ports {
		target, served := port.TargetPort, false
		if target == (intstr.IntOrString{}) {
			target = intstr.FromInt32(port.Port)
		}
		for index := range templates[0].Spec.Containers {
			served = served || opens(&templates[0].Spec.Containers[index], target)
		}
		if !served {
			found = append(found, fmt.Sprintf("no container has targetPort %s", target.String()))
		}
	}
	return found
}

func unmonitored(monitor *monitoringv1.ServiceMonitor, objects []object) []string {
	selector, err := metav1.LabelSelectorAsSelector(&monitor.Spec.Selector)
	if err != nil {
		return []string{err.Error()}
	}
	var services int
	ports := map[string]bool{}
	for _, one := range objects {
		if service, ok := one.typed.(*corev1.Service); ok && selector.Matches(labels.Set(service.Labels)) {
			services++
			for _, port := range service.Spec.Ports {
				ports[port.Name] = true
			}
		}
	}
	if services != 1 {
		return []string{fmt.Sprintf("selects %d services, not one", services)}
	}
	for _, endpoint := range monitor.Spec.Endpoints {
		if !ports[endpoint.Port] {
			return []string{fmt.Sprintf("the service has no port %q", endpoint.Port)}
		}
	}
	return nil
}
