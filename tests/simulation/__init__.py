"""A simulated Kubernetes cluster with Seldon models, whose truth is known without PromQL.

cluster     what exists: pods, containers, their loads and lives
pods        builders of pods
cases       the cluster that holds every awkward case at least once in each cycle
exposition  the cluster as the series of kube-state-metrics and cAdvisor
scraping    which server scraped which target when, and what it would have stored
remote_write  how that reaches a server
world       a cluster and how it was scraped, as the tests vary it
truth       what the model_* gauges must be
exporters   the same series served live over HTTP
demo        a Prometheus with history and live exporters, for `make run`
"""
