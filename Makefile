# The front door. Everything is built by Meson; these targets install what is missing, then call it.
.DEFAULT_GOAL := build
.PHONY: build run test bench fmt lint clean packages-build packages-test packages-lint packages-bench

BUILD ?= build
# Warnings are errors in CI.
SETUP := meson setup $(if $(CI),-Dwerror=true)
PYTHON := /usr/bin/python3

BUILD_PACKAGES := ca-certificates g++ libcli11-dev libcurl4-openssl-dev libfmt-dev \
  libmicrohttpd-dev libsimdjson-dev libspdlog-dev libyaml-cpp-dev \
  meson ninja-build pkg-config prometheus-cpp-dev zlib1g-dev
TEST_PACKAGES := doctest-dev openssl prometheus python3 python3-pytest python3-yaml \
  victoria-metrics
LINT_PACKAGES := clang-14 clang-format-14 libclang-rt-14-dev
BENCH_PACKAGES := libbenchmark-dev

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

build: packages-build  ## build/downsampled, optimized, with debug information
	@[ -f $(BUILD)/build.ninja ] || $(SETUP) $(BUILD) -Dtests=false
	@meson configure $(BUILD) -Dtests=false >/dev/null
	ninja -C $(BUILD)

run: packages-test build  ## against PROMETHEUS_URL, or a demo Prometheus when that is unset
	@if [ -n "$$PROMETHEUS_URL" ]; then exec $(BUILD)/downsampled run $(ARGS); \
	else exec $(PYTHON) tests/simulation/demo.py --daemon $(BUILD)/downsampled $(ARGS); fi

test: packages-test  ## everything that Debian's packages can test
	@[ -f $(BUILD)/build.ninja ] || $(SETUP) $(BUILD)
	@meson configure $(BUILD) -Dtests=true >/dev/null
	ninja -C $(BUILD)
	$(PYTHON) tests/run.py --build $(BUILD)

bench: packages-bench  ## ratios against named baselines
	@[ -f $(BUILD)-bench/build.ninja ] || $(SETUP) $(BUILD)-bench -Dbenchmarks=true -Dbuildtype=release
	ninja -C $(BUILD)-bench
	$(PYTHON) tests/bench/run.py --build $(BUILD)-bench

fmt: packages-lint
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 -i

lint: packages-lint
	$(PYTHON) tests/lint/run.py

clean:
	rm -rf $(BUILD) $(BUILD)-*
