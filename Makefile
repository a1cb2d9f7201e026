# The targets of syncd; `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build test needs lint bench demo clean

LINT_VERSION := v2.15.0
LINT := .tools/golangci-lint-$(LINT_VERSION)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the static binary ./syncd
	CGO_ENABLED=0 go build -trimpath -o syncd ./cmd/syncd

test: needs ## vet, all tests with the race detector, and the static build
	go vet ./...
	@# The race detector needs a C compiler; without one the tests still run.
	@race=; if command -v "$$(go env CC)" >/dev/null; then race=-race; export CGO_ENABLED=1; \
	else echo "make: no C compiler, testing without the race detector" >&2; fi; \
	set -x; go test $$race -shuffle=on -timeout 15m ./...
	CGO_ENABLED=0 go build -trimpath -o /dev/null ./cmd/syncd

# The documented queries are tested with Debian's sqlite3 shell, and the race
# detector wants a C compiler.
needs:
	@command -v go >/dev/null || { echo "make: Go is not installed (see go.mod for the version)" >&2; exit 1; }
	@missing=(); \
	command -v sqlite3 >/dev/null || missing+=(sqlite3); \
	command -v "$$(go env CC)" >/dev/null || missing+=(gcc libc6-dev); \
	if [ $${#missing[@]} -gt 0 ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "make: installing $${missing[*]}"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null; \
		else \
			echo "make: please install: $${missing[*]}" >&2; \
			command -v sqlite3 >/dev/null; \
		fi; \
	fi

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

clean: ## remove what the targets made
	rm -rf syncd .tools dist
