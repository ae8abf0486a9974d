package main

import (
	"context"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	claimapi "k8s.io/kubernetes/pkg/api/persistentvolumeclaim"
	podapi "k8s.io/kubernetes/pkg/api/pod"
	serviceapi "k8s.io/kubernetes/pkg/api/service"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	"k8s.io/kubernetes/pkg/apis/rbac"
	rbacvalidation "k8s.io/kubernetes/pkg/apis/rbac/validation"
)

// refusals says what kube-apiserver would refuse the object for, and what it would warn about. It
// takes some names that are no DNS names, such as a PodDisruptionBudget's; here they are refused.
func refusals(one object) []string {
	meta := apivalidation.ValidateObjectMetaAccessor(inNamespace(one.typed), isNamespaced(one.typed),
		apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	if len(meta) > 0 {
		return texts(meta, nil)
	}
	return refusalsOfKind(one)
}

func refusalsOfKind(one object) []string {
	switch one.typed.(type) {
	case *monitoringv1.ServiceMonitor, *monitoringv1.PodMonitor, *monitoringv1.PrometheusRule:
		return nil
	}
	typed, err := internal(one)
	if err != nil {
		return []string{err.Error()}
	}
	switch typed := typed.(type) {
	case *apps.Deployment:
		options := podapi.GetValidationOptionsFromPodTemplate(&typed.Spec.Template, nil)
		return texts(appsvalidation.ValidateDeployment(typed, options),
			podapi.GetWarningsForPodTemplate(context.Background(), field.NewPath("spec", "template"),
				&typed.Spec.Template, nil))
	case *apps.StatefulSet:
		return refusalsOfStatefulSet(typed)
	case *core.Pod:
		options := podapi.GetValidationOptionsFromPodSpecAndMeta(&typed.Spec, nil, &typed.ObjectMeta, nil)
		return texts(corevalidation.ValidatePodCreate(typed, options),
			podapi.GetWarningsForPod(context.Background(), typed, nil))
	case *core.Service:
		return texts(corevalidation.ValidateServiceCreate(typed), serviceapi.GetWarningsForService(typed, nil))
	case *core.ConfigMap:
		return texts(corevalidation.ValidateConfigMap(typed), nil)
	case *core.Secret:
		return texts(corevalidation.ValidateSecret(typed), nil)
	case *core.ServiceAccount:
		return texts(corevalidation.ValidateServiceAccount(typed), nil)
	case *policy.PodDisruptionBudget:
		return texts(policyvalidation.ValidatePodDisruptionBudget(typed,
			policyvalidation.PodDisruptionBudgetValidationOptions{}), nil)
	case *networking.NetworkPolicy:
		return texts(networkingvalidation.ValidateNetworkPolicy(typed,
			networkingvalidation.NetworkPolicyValidationOptions{}), nil)
	case *rbac.Role:
		return texts(rbacvalidation.ValidateRole(typed), nil)
	case *rbac.RoleBinding:
		return texts(rbacvalidation.ValidateRoleBinding(typed), nil)
	case *rbac.ClusterRole:
		return texts(rbacvalidation.ValidateClusterRole(typed, rbacvalidation.ClusterRoleValidationOptions{}), nil)
	case *rbac.ClusterRoleBinding:
		return texts(rbacvalidation.ValidateClusterRoleBinding(typed), nil)
	}
	return []string{"no validation is known for this kind"}
}

// refusalsOfStatefulSet includes what would be refused later: a claim template is validated by
// kube-apiserver only when the controller makes a claim of it.
func refusalsOfStatefulSet(set *apps.StatefulSet) []string {
	options := podapi.GetValidationOptionsFromPodTemplate(&set.Spec.Template, nil)
	refused := appsvalidation.ValidateStatefulSet(set, options)
	warnings := podapi.GetWarningsForPodTemplate(context.Background(), field.NewPath("spec", "template"),
		&set.Spec.Template, nil)
	for index, claim := range set.Spec.VolumeClaimTemplates {
		path := field.NewPath("spec", "volumeClaimTemplates").Index(index)
		spec := corevalidation.ValidationOptionsForPersistentVolumeClaim(&claim, nil)
		refused = append(refused, corevalidation.ValidatePersistentVolumeClaimSpec(&claim.Spec, path.Child("spec"), spec)...)
		refused = append(refused, apivalidation.ValidateObjectMeta(&claim.ObjectMeta, false,
			corevalidation.ValidatePersistentVolumeName, path.Child("metadata"))...)
		warnings = append(warnings, claimapi.GetWarningsForPersistentVolumeClaimSpec(path, claim.Spec)...)
	}
	return texts(refused, warnings)
}

func isNamespaced(typed runtime.Object) bool {
	switch typed.(type) {
	case *rbacv1.ClusterRole, *rbacv1.ClusterRoleBinding:
		return false
	}
	return true
}

// inNamespace returns a copy that is in a namespace, if its kind is, as it will be once installed.
func inNamespace(typed runtime.Object) metav1.Object {
	meta := typed.DeepCopyObject().(metav1.Object)
	if meta.GetNamespace() == "" && isNamespaced(typed) {
		meta.SetNamespace("default")
	}
	return meta
}

func texts(refused field.ErrorList, warnings []string) []string {
	for _, one := range refused {
		warnings = append(warnings, one.Error())
	}
	return warnings
}
