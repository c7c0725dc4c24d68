# Everything starts here: `make help` lists. A fresh Debian 12 with python3, make and git is enough.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin

# Some machines forbid Python its compiled files; without them every start compiles a hundred thousand lines again.
unexport PYTHONDONTWRITEBYTECODE

# Settings of `make demo`, e.g. make demo PORT=9000 TLS=1 DATABASE_URL=postgresql://…
export UPGRADE HOST PORT TLS CA DATABASE_URL REDIS_URL ISSUER SERVICES_PORT SIMULATORS_PORT

# Workers of the full test run; two cores are the common case.
WORKERS ?= 2

.PHONY: help demo test check bench lock fmt clean photographs rehearsal documents lint types contracts quick full stand dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## provider, three example services and fictional people; HOST PORT TLS CA DATABASE_URL REDIS_URL ISSUER
	@tools/bootstrap runtime
	@exec $(BIN)/idp demo

test: dev ## everything: installs PostgreSQL, Redis, Chromium, Node and Apache if missing; private instances only
	@tools/test-packages
	@failed=0; $(MAKE) -k -j2 --output-sync=target lint types contracts || failed=1; $(MAKE) full || failed=1; exit $$failed

check: dev ## lint, types, import contracts, unit and quick property tests; under a minute when warm
	@$(MAKE) -k -j2 --output-sync=target lint types contracts quick

bench: dev ## measures the hot path beside a bare endpoint; PEOPLE=2000000: searching so many by name instead
	@tools/test-packages
	@$(BIN)/python -m tests.bench $(if $(PEOPLE),--people $(PEOPLE))

photographs: dev ## a picture of every page: phone and desktop, Vietnamese and English, under var/photographs
	@tools/test-packages
	@$(BIN)/python tools/photograph

rehearsal: ## runs the Dockerfile's steps and the image's command without a container engine (root on Debian 12)
	@python3 tools/rehearse_image.py

documents: dev ## writes the generated pages of docs/ anew
	@$(BIN)/python -m tools.protocol_coverage
	@$(BIN)/python -m tools.settings_document
	@$(BIN)/python -m tools.chip_document

lock: dev ## compiles the requirement files anew, hash-pinned and without registry addresses
	@tools/lock

fmt: dev ## formats and mends what ruff can mend
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

clean: ## removes what was made here: environment, caches, demo data
	@rm -rf .venv node_modules var build ./*.egg-info clients/sdk/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

dev:
	@tools/bootstrap dev

lint:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

types:
	@$(BIN)/mypy

contracts:
	@$(BIN)/lint-imports --no-cache | sed -n '/^Analyzed/,$$p'

quick:
	@HYPOTHESIS_PROFILE=quick $(BIN)/pytest -q -n $(WORKERS) --dist worksteal -m "not stand and not slow" --ignore=tests/doors --ignore=tests/flows

full:
	@HYPOTHESIS_PROFILE=full $(BIN)/pytest -q -n $(WORKERS) --dist loadfile
