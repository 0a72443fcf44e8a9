# golive's tasks; `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# What the tests run besides Rust: COMMAND:DEBIAN-PACKAGE.
TEST_TOOLS := cc:gcc ssh-keygen:openssh-client python3:python3-venv \
  dbus-run-session:dbus dbus-send:dbus-bin gnome-keyring-daemon:gnome-keyring secret-tool:libsecret-tools
# Stripe's own library, in an environment of its own: it verifies what the webhook check sends.
STRIPE := 16.1.0
STRIPE_MARK := target/python/stripe-$(STRIPE)

.PHONY: help
help: ## List the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

.PHONY: demo
demo: ## Start the simulator and a throw-away store, and open the portfolio
	cargo run --release -- demo

.PHONY: test
test: tools ## Run all tests, installing what they need when that is possible
	cargo test --all-features

.PHONY: model
model: ## Hold the rules against the reference for a million steps (MODEL_SEED=n starts elsewhere)
	GOLIVE_MODEL_STEPS=1000000 GOLIVE_MODEL_SEED=$(or $(MODEL_SEED),1) cargo test --lib domain::model_tests

.PHONY: tools
tools: ## Install the Debian packages that the tests need, or say which are missing
	@missing=; for pair in $(TEST_TOOLS); do \
	  command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing && exit 0; \
	fi; \
	echo "The tests need these Debian packages, which could not be installed from here:$$missing" >&2
	@[ -e $(STRIPE_MARK) ] || { python3 -m venv target/python \
	  && target/python/bin/python -m pip install -q --disable-pip-version-check stripe==$(STRIPE) \
	  && touch $(STRIPE_MARK); }

.PHONY: lint
lint: fmt clippy doc ## Check the format, the lints and the documentation

.PHONY: fmt
fmt: ## Check the format
	cargo fmt --check
	cargo fmt --check --manifest-path benches/tui/floor/Cargo.toml
	cargo fmt --check --manifest-path fuzz/Cargo.toml

.PHONY: clippy
clippy: ## Check the lints
	cargo clippy --all-targets --all-features -- -D warnings
	cargo clippy --lib --bins -- -D warnings

.PHONY: doc
doc: ## Check the documentation, private items included
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --all-features

.PHONY: pictures
pictures: ## Make the pictures of the README from the real program (needs DejaVu Sans Mono)
	cargo build --release --locked --bin golive
	@[ -e target/python/bin/python ] || python3 -m venv target/python
	target/python/bin/python -m pip install -q --disable-pip-version-check pyte==0.8.2 pillow==13.0.0
	target/python/bin/python assets/pictures.py target/release/golive assets

.PHONY: deny
deny: ## Check licences, bans and sources of all dependencies (needs cargo-deny)
	cargo deny check licenses bans sources

# How long each target runs, in seconds.
FUZZ_TIME := 60

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZ_TIME seconds (needs cargo-fuzz; a nightly Rust where there is one)
	@cargo fuzz --version >/dev/null 2>&1 || { \
	  echo "To run the targets, this is missing: cargo-fuzz (cargo install cargo-fuzz)" >&2; exit 1; }
	@# The sanitizer is an unstable option, which a stable compiler takes when it is told to.
	if cargo +nightly --version >/dev/null 2>&1; then fuzz="cargo +nightly fuzz"; \
	else export RUSTC_BOOTSTRAP=1; fuzz="cargo fuzz"; fi; \
	for target in $$(ls fuzz/corpus); do \
	  mkdir -p target/fuzz-corpus/$$target && \
	  $$fuzz run $$target target/fuzz-corpus/$$target fuzz/corpus/$$target -- \
	    -max_total_time=$(FUZZ_TIME) -timeout=10 || exit 1; \
	done

.PHONY: storm
storm: ## Write from 8 and from 32 processes at once, and tell the longest wait
	cargo test --test it -- --ignored --nocapture --exact storm::whole_storms_lose_and_double_nothing_and_nobody_waits_long

.PHONY: kills
kills: ## Kill 1,000 processes while they write, migrate or release
	cargo test --test it -- --ignored --nocapture --exact kill::a_thousand_kills_lose_no_acknowledged_event

.PHONY: flips
flips: ## Flip 10,000 bits of a store, one at a time (GOLIVE_TEST_FLIPS, GOLIVE_TEST_SEED)
	cargo test --test it -- --ignored --nocapture --exact flips::many_flipped_bits_open_no_gate_and_hide_nothing

.PHONY: walk
walk: ## Walk without aim through every screen, 10,000 keys, clicks and sizes each (GOLIVE_WALKS, of 100 steps)
	GOLIVE_WALKS=$(or $(GOLIVE_WALKS),900) cargo test --all-features --lib tui::view::walk_tests

.PHONY: bench
bench: ## Measure the library: folding, assessing, drawing, judging
	cargo bench

.PHONY: bench-checks
bench-checks: ## Measure live checks beside the floor and wrk, as ratios
	cargo build --release --locked --example checks
	python3 benches/checks/bench.py

.PHONY: bench-tui
bench-tui: ## Measure the program in a terminal beside the floor, as ratios
	cargo build --release --locked --manifest-path benches/tui/floor/Cargo.toml
	cargo build --release --locked --bin golive --example seed
	python3 benches/tui/bench.py

.PHONY: bench-scan
bench-scan: ## Scan a gigabyte of logs: peak memory and speed beside grep -c
	cargo build --release --locked --bin golive
	benches/scan.sh
