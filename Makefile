# Every target builds what it needs in .venv at the root, and can be run in any order.
# `make` or `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps

# The peers of `make bench` are large; name an environment that has them already to spare the download.
BENCH_VENV ?= .venv-bench
# The minutes-long forms of tests that `make test` runs for a moment.
HAMMER_SECONDS ?= 60
ACCURACY_POINTS ?= 1000000
NIGHTLY := cargo +nightly

RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock pyproject.toml
LOADTEST := $(BIN)/python loadtest/run.py

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help serve test test-rust test-python test-packaging fuzz fuzz-api mutations check-deploy check format bench
.PHONY: bench-learning bench-core bench-messages bench-training bench-memory
.PHONY: bench-quality bench-service sigmoid-exhaustive hammer miri asan loadtest model screenshots manual tutorial docs dist reproducible dependencies version
.PHONY: bench-rivals bench-capacity bench-ledger bench-stops soak audit audit-offline clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set-up, each step once -------------------------------------------------------------------------------

$(STAMPS)/venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Sigmail needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1' 'maturin>=1.14,<2'
	mkdir -p $(STAMPS) && touch $@

# The extension in the release profile, and what the library needs to run.
$(STAMPS)/core: $(STAMPS)/venv $(RUST_SOURCES)
	. $(BIN)/activate && maturin develop --release --quiet
	touch $@

$(STAMPS)/service: $(STAMPS)/core service/pyproject.toml
	$(BIN)/pip install --quiet --editable service
	touch $@

$(STAMPS)/tools: $(STAMPS)/service pyproject.toml
	. $(BIN)/activate && maturin develop --release --quiet --extras train
	$(BIN)/pip install --quiet --group test --group check --group docs --group loadtest --group browser
	touch $@

# --- use --------------------------------------------------------------------------------------------------

serve: $(STAMPS)/service ## serve the starter model on 127.0.0.1:8000
	$(BIN)/sigmail serve

test: test-rust test-python ## run every test; with SIGMAIL_CORPORA set also those that need the corpora

test-rust: $(STAMPS)/venv ## run the tests of the Rust core
	if command -v cargo-nextest >/dev/null; then cargo nextest run --workspace; \
		else cargo test --workspace --lib --tests; fi
	cargo test --workspace --doc

test-python: $(STAMPS)/tools ## run the tests of the package and the service
	$(BIN)/pytest -m "not packaging"

test-packaging: $(STAMPS)/tools ## build the distributions and use them in a clean environment
	$(BIN)/pytest -m packaging

fuzz-api: $(STAMPS)/tools ## 1,000 requests to each operation of the real server, made up from its description
	SIGMAIL_FUZZ_EXAMPLES=1000 $(BIN)/pytest tests/service/test_description_fuzzed.py

check-deploy: $(STAMPS)/tools ## the files of deploy/, with nginx, Caddy and systemd (from Debian where they are missing)
	command -v nginx >/dev/null && command -v caddy >/dev/null && command -v systemd-analyze >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq nginx-light caddy systemd openssl; }
	$(BIN)/pytest tests/service/test_deploy.py

FUZZ_SECONDS ?= 900

fuzz: $(STAMPS)/tools ## an hour of made-up mail, HTML, text and model files (needs nightly Rust and cargo-fuzz)
	$(BIN)/python -m tests.abuse.fuzz_seeds rust/core/fuzz/corpus
	for target in mail html tokens model_file; do \
		cargo +nightly fuzz run --fuzz-dir rust/core/fuzz $$target -- \
			-max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=10 || exit 1; done

mutations: $(STAMPS)/tools ## every public mail and 200,000 damaged ones get a verdict (needs SIGMAIL_CORPORA)
	$(BIN)/python -m recipes.mutations

check: $(STAMPS)/tools ## lints and types
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest sigmail._core --mypy-config-file pyproject.toml

format: $(STAMPS)/tools ## let the formatters have their way
	cargo fmt --all
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

# --- measure ----------------------------------------------------------------------------------------------

bench: $(STAMPS)/venv ## the kernels beside their peers (PyTorch, ONNX Runtime, ...), into docs/records
	test -d $(BENCH_VENV) || $(PYTHON) -m venv $(BENCH_VENV)
	test -x $(BENCH_VENV)/bin/maturin || $(BENCH_VENV)/bin/pip install --quiet --upgrade 'pip>=25.1' 'maturin>=1.14,<2'
	. $(BENCH_VENV)/bin/activate && maturin develop --release --quiet --extras bench
	$(BENCH_VENV)/bin/sigmail bench --record docs/records

bench-core: ## the kernels alone, by Criterion: what a change did to them
	cargo bench --package sigmail-core --bench kernels

sigmoid-exhaustive: $(STAMPS)/tools ## float32 on all 2^32 inputs, float64 on a million beside 40 digits
	cargo run --release --package sigmail-core --example sigmoid_exhaustive
	SIGMAIL_ACCURACY_POINTS=$(ACCURACY_POINTS) $(BIN)/pytest -rP tests/core/test_accuracy.py -k decimal

hammer: $(STAMPS)/tools ## eight threads on one model for a minute, and arrays that other threads write
	SIGMAIL_HAMMER_SECONDS=$(HAMMER_SECONDS) $(BIN)/pytest tests/core/test_threads.py

# Rayon's queues ask for tree borrows, and its threads outlive the tests.
MIRI = MIRIFLAGS='-Zmiri-disable-isolation -Zmiri-tree-borrows -Zmiri-ignore-leaks -Zmiri-deterministic-floats' \
	PROPTEST_CASES=3 RAYON_NUM_THREADS=1 $(NIGHTLY) miri test --package sigmail-core

miri: ## the tests of the numeric core under Miri, on the portable path (needs a nightly with miri)
	$(MIRI) --lib numeric::
	$(MIRI) --test forward_levels -- products_are compact_weights

ASAN = RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=target/asan $(NIGHTLY) test --package sigmail-core \
	--target $(shell rustc -vV 2>/dev/null | sed -n 's/host: //p')

asan: ## the tests of the core with AddressSanitizer, on all instruction sets (needs a nightly)
	$(ASAN) --lib
	$(ASAN) --test sigmoid_levels --test forward_levels

bench-messages: $(STAMPS)/tools ## messages to probabilities beside the usual ways, into docs/records (needs SIGMAIL_CORPORA)
	$(BIN)/python -m recipes.messages

bench-quality: $(STAMPS)/tools ## the filter on public mail (needs SIGMAIL_CORPORA)
	$(BIN)/python -m recipes.quality $(ARGUMENTS)

bench-training: $(STAMPS)/tools ## training beside scikit-learn's, asked and measured (needs SIGMAIL_CORPORA)
	$(BIN)/python -m recipes.training_speed $(ARGUMENTS)

bench-memory: $(STAMPS)/tools ## the memory of training on ten times the corpora (needs SIGMAIL_CORPORA)
	$(BIN)/python -m recipes.large_archive $(ARGUMENTS)

bench-service: $(STAMPS)/tools ## what the service promises under load: asked beside measured, into docs/records
	PYTHONPATH=loadtest $(BIN)/python -m service_bench --record docs/records

# Each writes a record of its own. BENCH_SHARE=0.1 does a tenth of it.
BENCH_SHARE ?= 1
SERVICE_BENCH = PYTHONPATH=loadtest $(BIN)/python -m service_bench --record docs/records --share $(BENCH_SHARE)

bench-rivals: $(STAMPS)/tools ## the service beside an empty route and other filters (needs SIGMAIL_CORPORA, and wrk)
	command -v wrk >/dev/null || { apt-get update -qq && apt-get install -y -qq wrk; }
	$(SERVICE_BENCH) rivals

bench-capacity: $(STAMPS)/tools ## arrivals by the clock, and batches beside other filters (needs SIGMAIL_CORPORA, and wrk)
	$(SERVICE_BENCH) arrivals
	$(SERVICE_BENCH) batches
	$(SERVICE_BENCH) capacity

soak: $(STAMPS)/tools ## a million mixed requests: memory, open files and threads have to stay as they are
	$(SERVICE_BENCH) soak

bench-stops: $(STAMPS)/tools ## 300 services told to stop a moment after their start: each ends by itself
	$(SERVICE_BENCH) stops

bench-ledger: $(STAMPS)/tools ## the ledger under kills, full disks, eight writers; what the history costs (root, PostgreSQL)
	$(SERVICE_BENCH) kills databases disks writers history

bench-learning: $(STAMPS)/tools ## models swapped under load, interrupted and damaged; learning over HTTP, and poisoned ledgers (some need SIGMAIL_CORPORA)
	$(SERVICE_BENCH) swaps interrupted damage online alike poison

loadtest: $(STAMPS)/tools ## serve on loopback, put Locust on it for a minute, leave the report
	$(LOADTEST)

# --- make things ------------------------------------------------------------------------------------------

model: $(STAMPS)/tools ## train the starter model (needs SIGMAIL_CORPORA): the same bytes each time
	$(BIN)/python -m recipes.starter

screenshots: $(STAMPS)/tools ## the pictures of the page in docs/images (needs Chromium)
	$(BIN)/python -m recipes.screenshots

MANUAL := python/sigmail.data/data/share/man/man1/sigmail.1

manual: $(STAMPS)/tools ## the manual page that the wheel brings, from the command itself
	mkdir -p $(dir $(MANUAL))
	$(BIN)/python -m recipes.manual > $(MANUAL)

tutorial: $(STAMPS)/tools ## run the chapters, draw their plots, put what they say into their pages
	$(BIN)/python -m recipes.tutorial

docs: $(STAMPS)/tools ## the documentation, in docs/_build/html; a warning is an error
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --builder html docs docs/_build/html

# The same sources give the same bytes, wherever they lie and whenever they are built.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)
CARGO_SOURCES = $(or $(CARGO_HOME),$(HOME)/.cargo)
REPRODUCIBLE = SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) CARGO_TARGET_DIR=$(CURDIR)/target/dist \
	RUSTFLAGS='--remap-path-prefix=$(CURDIR)=/sigmail --remap-path-prefix=$(CARGO_SOURCES)=/cargo'

dist: $(STAMPS)/tools ## wheels and sdists, in dist/
	$(REPRODUCIBLE) $(BIN)/maturin build --release --sdist --out dist $(ARGUMENTS)
	$(REPRODUCIBLE) $(BIN)/python -m build --outdir dist service

reproducible: $(STAMPS)/tools ## two builds from two folders, which must give the same wheel byte for byte
	$(BIN)/python -m recipes.reproducible

dependencies: $(STAMPS)/tools ## THIRD_PARTY.md and the SBOM of the wheel
	$(BIN)/python -m recipes.dependencies

version: $(STAMPS)/tools ## VERSION=x.y.z: move every place that states the version
	$(BIN)/python -m recipes.version $(VERSION)
	. $(BIN)/activate && maturin develop --release --quiet
	$(MAKE) dependencies manual

audit: $(STAMPS)/tools ## advisories, licences and sources of dependencies; bandit; the workflows (needs cargo-deny, cargo-audit)
	$(BIN)/pip install --quiet --group audit
	cargo deny check
	cargo audit
	$(BIN)/pip-audit --local --skip-editable
	$(MAKE) audit-offline

audit-offline: $(STAMPS)/tools ## the part of `make audit` that needs no advisory data
	$(BIN)/pip install --quiet --group audit
	cargo deny check licenses bans sources
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive python service/src recipes loadtest
	$(BIN)/zizmor --offline .github/workflows

clean: ## remove what was built
	cargo clean
	rm -rf $(VENV) dist
