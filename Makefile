# The targets of syncd; `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build test needs lint bench demo packages clean

LINT_VERSION := v2.15.0
LINT := .tools/golangci-lint-$(LINT_VERSION)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the static binary ./syncd
	CGO_ENABLED=0 go build -trimpath -o syncd ./cmd/syncd

test: needs ## vet, all tests, those that race with the race detector, and the static build
	CGO_ENABLED=0 go vet -trimpath ./...
	.ci/tests
	CGO_ENABLED=0 go build -trimpath -o /dev/null ./cmd/syncd

# The documented queries are tested with Debian's sqlite3 shell, the race detector
# wants a C compiler, SQL is tested against private servers (internal/sqltest), the
# page is looked at with a browser, and the unit is started by a systemd of its own
# (packaging/systemdtest): only their programs are wanted. Debian would also start a
# PostgreSQL service at once, which postgresql-common is told not to do while this
# installs.
CREATECLUSTER := /etc/postgresql-common/createcluster.conf

needs:
	@command -v go >/dev/null || { echo "make: Go is not installed (see go.mod for the version)" >&2; exit 1; }
	@PATH=$$PATH:/usr/sbin; missing=(); \
	command -v sqlite3 >/dev/null || missing+=(sqlite3); \
	command -v "$$(go env CC)" >/dev/null || missing+=(gcc libc6-dev); \
	command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null || missing+=(mariadb-server-core); \
	command -v my_print_defaults >/dev/null || missing+=(mariadb-client-core); \
	command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql); \
	command -v chromium >/dev/null || missing+=(chromium); \
	[ -x /lib/systemd/systemd ] && command -v systemd-analyze >/dev/null || missing+=(systemd); \
	[ $${#missing[@]} -gt 0 ] || exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "make: please install: $${missing[*]}" >&2; \
		command -v sqlite3 >/dev/null; exit; \
	fi; \
	echo "make: installing $${missing[*]}"; \
	install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$$@" >/dev/null; }; \
	apt-get update -qq; \
	if [[ " $${missing[*]} " == *" postgresql "* ]]; then \
		install postgresql-common; \
		cp -p $(CREATECLUSTER) $(CREATECLUSTER).before; \
		trap 'mv $(CREATECLUSTER).before $(CREATECLUSTER)' EXIT; \
		echo 'create_main_cluster = false' >>$(CREATECLUSTER); \
	fi; \
	install "$${missing[@]}"

lint: $(LINT) ## golangci-lint with the import law (.golangci.yml)
	$(LINT) run ./...

$(LINT):
	@mkdir -p .tools
	GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv .tools/golangci-lint $@

bench: ## speed and memory on a million rows, as one table (minutes)
	go run ./internal/bench

demo: ## the main job against an emulated CRM
	go run ./cmd/syncd demo

# The packages are the same, byte for byte, for the same commit and toolchain: their
# times are those of the commit, and so is the version outside a release.
NFPM_VERSION := v2.43.0
NFPM := .tools/nfpm-$(NFPM_VERSION)
STAGE := dist/stage
packages: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
packages: export VERSION ?= $(shell git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null | sed 's/^v//' | grep . || \
	git log -1 --format=0.0.0~%cd.%h --date=format-local:%Y%m%d%H%M%S --abbrev=12 2>/dev/null || echo 0.0.0)
packages: export TZ := UTC
packages: $(NFPM) ## dist/*.deb and *.rpm for amd64 and arm64, installed and removed once where that can be tested
	rm -rf $(STAGE) dist/*.deb dist/*.rpm && mkdir -p $(STAGE)/completion $(STAGE)/man $(STAGE)/doc $(STAGE)/mappings
	@umask 022; set -x; \
	for arch in amd64 arm64; do CGO_ENABLED=0 GOARCH=$$arch go build -buildvcs=auto -trimpath -ldflags=-s -o $(STAGE)/syncd-$$arch ./cmd/syncd; done; \
	syncd=$(STAGE)/syncd-$$(go env GOHOSTARCH); \
	$$syncd man --dir $(STAGE)/man; \
	$$syncd completion bash >$(STAGE)/completion/syncd.bash; \
	$$syncd completion zsh >$(STAGE)/completion/_syncd; \
	$$syncd completion fish >$(STAGE)/completion/syncd.fish; \
	cp -r README*.md docs examples config.example.yaml packaging/systemd/exchange.conf.example $(STAGE)/doc/; \
	if [ -d packaging/prometheus ]; then cp -r packaging/prometheus $(STAGE)/doc/; fi; \
	cp mappings/*.yaml $(STAGE)/mappings/; \
	find $(STAGE)/man -name '*.1' -exec gzip -9n {} +; \
	find $(STAGE) -exec touch -h -d @$(SOURCE_DATE_EPOCH) {} +; chmod -R u=rwX,go=rX $(STAGE)
	@for arch in amd64 arm64; do for kind in deb rpm; do \
		ARCH=$$arch $(NFPM) package --config packaging/nfpm.yaml --packager $$kind --target dist/; \
	done; done
	SYNCD_TEST_PACKAGES=$(CURDIR)/dist go test -count=1 -run Package ./packaging/systemdtest

$(NFPM):
	@mkdir -p .tools
	GOBIN=$(CURDIR)/.tools go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)
	mv .tools/nfpm $@

clean: ## remove what the targets made
	rm -rf syncd .tools dist
