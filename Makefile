# What a developer does here. Everything works on a fresh clone with Go and a C compiler;
# what else is needed is found or fetched by the target that needs it.

GO        ?= go
LINT      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TESTFLAGS ?=
DEMOFLAGS ?=

# make torture SEEDS=5000 KILLS=500 FUZZTIME=2m
SEEDS    ?= 1000
KILLS    ?= 200
FUZZTIME ?= 30s

.DEFAULT_GOAL := help
.PHONY: help build demo demo-postgres flights test bench torture lint docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/lode, the command line, and bin/shopserver, the shop's two APIs
	$(GO) build -o bin/ ./cmd/lode ./examples/shop/server/cmd/shopserver

demo: build ## two APIs to a star, two days, in an embedded DuckDB
	$(GO) run ./examples/shop/demo $(DEMOFLAGS)

demo-postgres: build ## the same on a throw-away PostgreSQL
	PGBIN="$$(scripts/postgres.sh)" && export PGBIN && $(GO) run ./internal/pgtest/pgserve -- $(GO) run ./examples/shop/demo $(DEMOFLAGS)

flights: build ## three million real flights from files to a star (fetches 14 MB by npm)
	examples/flights/fetch.sh
	bin/lode -C examples/flights run
	bin/lode -C examples/flights query -f examples/flights/delays.sql

test: ## build, vet, and all tests on DuckDB and PostgreSQL
	$(GO) build ./...
	$(GO) vet ./...
	$(GO) -C examples/pocketbase vet ./...
	$(GO) -C examples/custom vet ./helpdesk ./models ./app
	$(GO) -C examples/custom test ./helpdesk ./models ./app
	PGBIN="$$(scripts/postgres.sh)" && export PGBIN && $(GO) test -timeout 14m -parallel 4 $(TESTFLAGS) ./...

bench: ## the figures of speed and memory, into bench-results.jsonl
	PGBIN="$$(scripts/postgres.sh)" && export PGBIN && $(GO) run ./internal/bench -out bench-results.jsonl

torture: ## fuzzing, property and kill tests for as long as SEEDS, KILLS, FUZZTIME say
	PGBIN="$$(scripts/postgres.sh)" && export PGBIN && GO="$(GO)" scripts/torture.sh "$(SEEDS)" "$(KILLS)" "$(FUZZTIME)"

lint: ## golangci-lint, at a fixed version, with the rules of .golangci.yaml
	$(GO) run $(LINT) run ./...

docs: ## write docs/schema and docs/reference anew from the code
	$(GO) run ./internal/docgen

clean: ## remove what was built and the warehouses of the examples
	rm -rf bin
	rm -f examples/*/*.duckdb examples/*/*.duckdb.wal
