# The front door. Everything is built by Meson; these targets install what is missing, then call it.
.DEFAULT_GOAL := build
.PHONY: build install dist run test bench bench-rolling image helm-install helm-delete helm-readme \
  fmt lint clean \
  packages-build packages-test packages-lint packages-bench packages-ci

BUILD ?= build
PREFIX ?= /usr/local
# Warnings are errors in CI.
SETUP := meson setup $(if $(CI),-Dwerror=true)
PYTHON := /usr/bin/python3

BUILD_PACKAGES := ca-certificates g++ libcli11-dev libcurl4-openssl-dev libfmt-dev \
  libmicrohttpd-dev libsimdjson-dev libspdlog-dev libsqlite3-dev libxxhash-dev libyaml-cpp-dev \
  libzstd-dev meson ninja-build nlohmann-json3-dev pkg-config prometheus-cpp-dev zlib1g-dev
TEST_PACKAGES := doctest-dev openssl prometheus python3 python3-pytest python3-pytest-xdist \
  python3-yaml victoria-metrics
LINT_PACKAGES := clang-14 clang-format-14 libclang-rt-14-dev
BENCH_PACKAGES := libbenchmark-dev
# Of the tests that are skipped without them: CI has them all.
CI_PACKAGES := buildah fish man-db mandoc mmdebstrap strace systemd zsh

# Says what it installs, uses sudo where needed, and keeps Debian from starting a service.
define install
	@missing=$$(for package in $(1); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q '^install ok installed' \
	    || printf '%s ' $$package; done); \
	if [ -n "$$missing" ]; then \
	  echo "Installing from Debian: $$missing"; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo env DEBIAN_FRONTEND=noninteractive PACKAGES="$$missing" sh -e -c ' \
	    policy=/usr/sbin/policy-rc.d; \
	    if [ ! -e $$policy ]; then trap "rm -f $$policy" EXIT; \
	      printf "#!/bin/sh\nexit 101\n" > $$policy; chmod 755 $$policy; fi; \
	    apt-get -qq update; \
	    apt-get -qq install -y --no-install-recommends $$PACKAGES >/dev/null'; \
	fi
endef

packages-build:
	$(call install,$(BUILD_PACKAGES))
packages-test: packages-build
	$(call install,$(TEST_PACKAGES))
packages-lint: packages-test
	$(call install,$(LINT_PACKAGES))
packages-bench: packages-test
	$(call install,$(BENCH_PACKAGES))
packages-ci: packages-lint
	$(call install,$(CI_PACKAGES))

build: packages-build  ## build/downsampled, optimized, with debug information
	@[ -f $(BUILD)/build.ninja ] || $(SETUP) $(BUILD) -Dtests=false
	@meson configure $(BUILD) -Dtests=false >/dev/null
	ninja -C $(BUILD)

# Runs no compiler, so that root can install what a user built. The prefix is in the systemd unit.
install:  ## build/ into $(DESTDIR)$(PREFIX)
	@[ -x $(BUILD)/downsampled ] || $(MAKE) build
	@configured=$$(meson configure $(BUILD) | awk '$$1 == "prefix" {print $$2; exit}'); \
	[ "$$configured" = "$(PREFIX)" ] || meson setup --reconfigure -Dprefix="$(PREFIX)" $(BUILD) >/dev/null
	meson install -C $(BUILD) --no-rebuild --quiet $(if $(DESTDIR),--destdir "$(abspath $(DESTDIR))")

dist: packages-build  ## build/meson-dist/downsampled-VERSION.tar.xz of what is committed, its checksum
	@[ -f $(BUILD)/build.ninja ] || $(SETUP) $(BUILD) -Dtests=false
	meson dist -C $(BUILD) --no-tests

run: packages-test build  ## against PROMETHEUS_URL, or a demo Prometheus when that is unset
	@if [ -n "$$PROMETHEUS_URL" ]; then exec $(BUILD)/downsampled run $(ARGS); \
	else exec $(PYTHON) tests/simulation/demo.py --daemon $(BUILD)/downsampled $(ARGS); fi

test: packages-test  ## everything that Debian's packages can test
	@[ -f $(BUILD)/build.ninja ] || $(SETUP) $(BUILD)
	@meson configure $(BUILD) -Dtests=true >/dev/null
	ninja -C $(BUILD)
	$(PYTHON) tests/run.py --build $(BUILD)

define build-bench
	@[ -f $(BUILD)-bench/build.ninja ] || $(SETUP) $(BUILD)-bench -Dbenchmarks=true -Dbuildtype=release
	ninja -C $(BUILD)-bench
endef

bench: packages-bench  ## ratios against named baselines
	$(build-bench)
	$(PYTHON) tests/bench/run.py --build $(BUILD)-bench

# Half an hour, and alone on the machine: it writes what the README shows.
bench-rolling: packages-bench  ## rolling windows against recording rules; ARGS=--short writes nothing
	$(build-bench)
	$(PYTHON) tests/bench/rolling.py --binary $(BUILD)-bench/downsampled \
	  $(or $(ARGS),--output docs --readme README.md)

# The first whose engine answers, not the first whose client is installed.
image:  ## a container image; IMAGE= names it (or more than one), IMAGE_ARGS= go to the tool
	@tool=$(IMAGE_TOOL); \
	for one in docker podman buildah; do \
	  [ -n "$$tool" ] || ! $$one info >/dev/null 2>&1 || tool=$$one; \
	done; \
	if [ -z "$$tool" ]; then \
	  echo "make image: want docker or podman with an engine that answers, or buildah" >&2; exit 1; \
	fi; \
	version=$$(sed -n "s/^ *version: '\(.*\)',$$/\1/p" meson.build); \
	names="$(IMAGE)"; \
	[ -n "$$names" ] || names="downsampled:$$version downsampled:latest"; \
	echo "Building $$names with $$tool"; \
	$$tool build --file Containerfile $$(printf -- '--tag %s ' $$names) \
	  --build-arg VERSION=$$version \
	  --build-arg REVISION=$$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null) \
	  --build-arg CREATED=$$(date -u +%Y-%m-%dT%H:%M:%SZ) \
	  --build-arg SOURCE=$$(git ls-remote --get-url 2>/dev/null | sed -n 's|^https://\([^/@]*@\)*|https://|p') \
	  $(IMAGE_ARGS) .

# Helm 3 asks the cluster even for an "upgrade --install --dry-run=client"; "template" does not.
HELM ?= helm
RELEASE ?= downsampled
NAMESPACE ?= seldon-system
HELM_VERB = $(if $(findstring --dry-run=client,$(ARGS)),template,upgrade --install)
define want-helm
	@command -v $(HELM) >/dev/null || { \
	  echo "make $@: want helm (https://helm.sh/docs/intro/install/), or HELM= with its path" >&2; exit 1; }
endef

helm-install:  ## the chart into the current cluster; VALUES= files with values, ARGS= for helm
	$(want-helm)
	$(strip $(HELM) $(HELM_VERB) $(RELEASE) helm/downsampled --namespace $(NAMESPACE) \
	  --create-namespace $(addprefix --values ,$(VALUES)) $(ARGS))

helm-delete:  ## what helm-install installed
	$(want-helm)
	$(strip $(HELM) uninstall $(RELEASE) --namespace $(NAMESPACE) $(ARGS))

helm-readme:  ## the table of values in helm/downsampled/README.md
	$(PYTHON) helm/readme.py

fmt: packages-lint
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 -i

lint: packages-lint
	$(PYTHON) tests/lint/run.py

clean:
	rm -rf $(BUILD) $(BUILD)-*
