# Two commands first: `make demo` serves a generated catalogue, `make test` runs everything.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
TARGET := $(or $(CARGO_TARGET_DIR),target)
DEMO_DIR ?= data
LISTEN ?= 127.0.0.1:8080
EVENTS ?= 20000
LONG ?= 600
USERS ?= $(wildcard ../shared/data/ticketoverflow/users.json)
CATALOGUE ?= ../shared/data/catalogue
# One selection for building and testing, so that dependencies are built once.
EVERYTHING := --locked --workspace --lib --bins --tests

.PHONY: help demo demo-ticketoverflow test check bless bench bench-large bench-relevance bench-ticketoverflow bench-onsale mutants setup-demo setup-test setup-bench

help: ## Shows this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: setup-demo ## Builds, generates a catalogue with on-sales, and serves it on 127.0.0.1:8080.
	cargo build --release --locked --package gateway
	$(TARGET)/release/boxoffice demo --listen $(LISTEN) --data-dir $(DEMO_DIR) --events $(EVENTS)

demo-ticketoverflow: setup-demo ## Builds, and serves the TicketOverflow interface on 127.0.0.1:8080 (USERS=file for a list of your own).
	cargo build --release --locked --package gateway
	$(TARGET)/release/boxoffice serve --facade ticketoverflow $(if $(USERS),--facade-users $(USERS)) --connections-per-address 0 --listen $(LISTEN) --data-dir $(DEMO_DIR)-ticketoverflow

test: setup-test ## Runs every test against its own private Postgres.
	@[ -e ../shared/data/catalogue/queries-public.ndjson ] || echo "make: ../shared/data/catalogue is not here: the floor under search quality is SKIPPED"
	cargo build $(EVERYTHING)
	BOXOFFICE_MOTO="$$(.ci/setup-moto $(abspath $(TARGET))/moto)" BOXOFFICE_BIN="$(abspath $(TARGET))/debug/boxoffice" .ci/with-postgres cargo $(if $(shell command -v cargo-nextest),nextest run,test) $(EVERYTHING)

check: ## Formatting, lints and documentation, warnings refused.
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --locked --workspace --no-deps --document-private-items

bless: setup-test ## Rewrites goldens, snapshots and generated documents.
	cargo build $(EVERYTHING)
	BLESS=1 INSTA_UPDATE=always BOXOFFICE_BIN="$(abspath $(TARGET))/debug/boxoffice" .ci/with-postgres cargo test $(EVERYTHING)

bench: setup-bench ## Runs the benchmarks and writes docs/BENCHMARKS.md.
	cargo build --release --locked --package gateway --package bench
	$(TARGET)/release/bench all --write docs/BENCHMARKS.md

bench-large: setup-demo ## Measures browsing on ten million events (30 GB of disk, hours) and writes docs/BENCHMARKS-LARGE.md.
	cargo build --release --locked --package gateway --package bench
	$(TARGET)/release/bench browse --events 10000000 --catalogue $(CATALOGUE) --write docs/BENCHMARKS-LARGE.md

bench-relevance: setup-demo ## Measures search quality on the real catalogue (CATALOGUE=folder) and writes docs/RELEVANCE.md.
	cargo build --release --locked --package gateway --package bench
	$(TARGET)/release/bench relevance --catalogue $(CATALOGUE) --write docs/RELEVANCE.md

bench-ticketoverflow: setup-demo ## Plays the scenarios of the TicketOverflow interface (LONG=seconds for the last one) and writes docs/BENCHMARKS-TICKETOVERFLOW.md.
	cargo build --release --locked --package gateway --package bench
	$(TARGET)/release/bench ticketoverflow --seconds $(LONG) --write docs/BENCHMARKS-TICKETOVERFLOW.md

bench-onsale: setup-demo ## Sells a stadium through a waiting room and writes docs/BENCHMARKS-ONSALE.md.
	cargo build --release --locked --package gateway --package bench
	$(TARGET)/release/bench onsale --write docs/BENCHMARKS-ONSALE.md

mutants: setup-test ## Changes the rules here and there and tells what no test notices (hours; MUTANTS="--re edge/src/rules" narrows).
	@[ -n "$(shell command -v cargo-mutants)" ] || cargo install --locked cargo-mutants
	@[ -n "$(shell command -v cargo-nextest)" ] || cargo install --locked cargo-nextest
	cargo build --locked --package gateway --bins
	BOXOFFICE_BIN="$(abspath $(TARGET))/debug/boxoffice" .ci/with-postgres cargo mutants --workspace --jobs 1 --output $(TARGET) $(MUTANTS)

setup-demo:
	@.ci/setup cc:gcc cargo: pg_config:postgresql

setup-test:
	@.ci/setup cc:gcc cargo: pg_config:postgresql chromium:chromium chromedriver:chromium-driver python3:python3 python3-venv:python3-venv \
		faketime:faketime varnishd:varnish vmod_xkey:varnish-modules nginx:nginx-light nginx_purge:libnginx-mod-http-cache-purge \
		nats-server:nats-server

setup-bench:
	@.ci/setup cc:gcc cargo: pg_config:postgresql nginx:nginx-light
