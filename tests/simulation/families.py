"""HELP and TYPE of the simulated families, as kube-state-metrics and cAdvisor print them."""

UNITS = {"cpu": ("core", "cpu_cores"), "memory": ("byte", "memory_bytes")}

_PRECISE = (
    " It is recommended to use the kube_pod_resource_{} metric exposed by kube-scheduler instead,"
    " as it is more precise."
)

HELP = {
    "kube_pod_info": ("[STABLE] Information about pod.", "gauge"),
    "kube_pod_labels": ("[STABLE] Kubernetes labels converted to Prometheus labels.", "gauge"),
    "kube_pod_status_phase": ("[STABLE] The pods current phase.", "gauge"),
    "kube_pod_container_status_running": (
        "[STABLE] Describes whether the container is currently in running state.",
        "gauge",
    ),
    "kube_pod_container_status_restarts_total": (
        "[STABLE] The number of container restarts per container.",
        "counter",
    ),
    "kube_pod_init_container_status_running": (
        "[STABLE] Describes whether the init container is currently in running state.",
        "gauge",
    ),
    "kube_pod_init_container_status_restarts_total": (
        "[STABLE] The number of restarts for the init container.",
        "counter",
    ),
    "kube_pod_container_resource_requests": (
        "[STABLE] The number of requested request resource by a container."
        + _PRECISE.format("requests"),
        "gauge",
    ),
    "kube_pod_container_resource_limits": (
        "[STABLE] The number of requested limit resource by a container."
        + _PRECISE.format("limits"),
        "gauge",
    ),
    "kube_pod_init_container_resource_requests": (
        "The number of requested request resource by an init container.",
        "gauge",
    ),
    "kube_pod_init_container_resource_limits": (
        "The number of requested limit resource by an init container.",
        "gauge",
    ),
    "kube_pod_container_resource_requests_cpu_cores": (
        "The number of requested cpu cores by a container.",
        "gauge",
    ),
    "kube_pod_container_resource_requests_memory_bytes": (
        "The number of requested memory bytes by a container.",
        "gauge",
    ),
    "kube_pod_container_resource_limits_cpu_cores": (
        "The limit on cpu cores to be used by a container.",
        "gauge",
    ),
    "kube_pod_container_resource_limits_memory_bytes": (
        "The limit on memory to be used by a container in bytes.",
        "gauge",
    ),
    "container_cpu_usage_seconds_total": ("Cumulative cpu time consumed in seconds.", "counter"),
    "container_memory_usage_bytes": (
        "Current memory usage in bytes, including all memory regardless of when it was accessed",
        "gauge",
    ),
    "container_memory_working_set_bytes": ("Current working set in bytes.", "gauge"),
    "container_start_time_seconds": (
        "Start time of the container since unix epoch in seconds.",
        "gauge",
    ),
}

# Where version 1.9 says something else than version 2 without "[STABLE] ".
HELP_OF_VERSION_1 = {
    "kube_pod_container_resource_requests": (
        "The number of requested request resource by a container."
    ),
    "kube_pod_container_resource_limits": "The number of requested limit resource by a container.",
    "kube_pod_init_container_resource_limits": (
        "The number of requested limit resource by the init container."
    ),
}


def help_text(family: str, version: int = 2) -> str:
    """The HELP of a family in kube-state-metrics of this major version (cAdvisor's has but one)."""
    text = HELP[family][0]
    if version == 1:
        return HELP_OF_VERSION_1.get(family, text.removeprefix("[STABLE] "))
    return text
