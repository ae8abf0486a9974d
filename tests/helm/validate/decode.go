package main

import (
	"fmt"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
)

// scheme is kube-apiserver's own, for the API groups imported above, and prometheus-operator's kinds.
var scheme = legacyscheme.Scheme

var strict = func() runtime.Decoder {
	utilruntime.Must(monitoringv1.AddToScheme(scheme))
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}()

// decode returns the object as the versioned type that its apiVersion and kind name.
func decode(text []byte) (object, error) {
	typed, kind, err := strict.Decode(text, nil, nil)
	if err != nil {
		return object{}, err
	}
	if strings.Contains(kind.Version, "alpha") || strings.Contains(kind.Version, "beta") {
		return object{}, fmt.Errorf("%s: %s is no stable version", kind.Kind, kind.Version)
	}
	meta, ok := typed.(metav1.Object)
	if !ok {
		return object{}, fmt.Errorf("%s has no metadata", kind.Kind)
	}
	return object{kind.Kind + "/" + meta.GetName(), meta, typed}, nil
}

// internal returns a copy with every default set, as the type that kube-apiserver validates.
func internal(one object) (runtime.Object, error) {
	copied := inNamespace(one.typed).(runtime.Object)
	scheme.Default(copied)
	return scheme.ConvertToVersion(copied, runtime.InternalGroupVersioner)
}
