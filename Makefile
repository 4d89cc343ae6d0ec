# Everything a person needs to run, test and release leadscore. `make help` lists it.
# Only Python >= 3.11 and make are assumed; the rest is installed into .venv, node_modules and build.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: help install up test lint faults bench lock clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: $(VENV)/.packages build/.assets ## Create .venv, install the locked packages, copy the front-end files

up: install ## Run everything: PostgreSQL, Valkey, web, worker, beat (ARGS="--port 8001 --no-demo")
	@exec $(BIN)/python manage.py up $(ARGS)

test: install ## The whole suite in two processes, each on services of its own (STRICT=1: a skipped test fails; ARGS="-k name")
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),--numprocesses 2 --dist loadfile --durations 15) $(if $(STRICT),--strict-skips)

faults: install ## The long runs that kill processes and servers in the middle of work
	@$(BIN)/python -m pytest tests/faults -m faults $(if $(STRICT),--strict-skips) $(ARGS)

bench: install ## Every benchmark in benchmarks/, on embedded services (ARGS="draining" for one)
	@$(BIN)/python manage.py bench $(ARGS)

lint: install ## Style, types, directions of imports, templates, missing migrations
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py makemigrations --check --dry-run

lock: $(VENV)/.packages ## Resolve pyproject.toml and package.json anew into the lock files (UPGRADE=1: newest versions)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(COMPILE) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(COMPILE) pyproject.toml --all-extras -c requirements.txt -o requirements-dev.txt
	$(BIN)/python -m leadscore.assets lock

clean: ## Remove what install made (the data folder stays)
	rm -rf $(VENV) node_modules build

COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

$(VENV)/.packages: requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "leadscore needs Python 3.11 or newer."; exit 1; }
	@echo "Installing Python packages into $(VENV) (a minute or two the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then uv pip install --python $(BIN)/python --require-hashes -r requirements-dev.txt; \
	else $(BIN)/python -m pip install --disable-pip-version-check --require-hashes --progress-bar on -r requirements-dev.txt; \
	fi
	@touch $@

node_modules/.packages: package.json package-lock.json $(VENV)/.packages
	@echo "Installing front-end packages into node_modules"
	@$(BIN)/python -m leadscore.assets install
	@touch $@

build/.assets: node_modules/.packages leadscore/assets.py $(wildcard snippet/*.js)
	@$(BIN)/python -m leadscore.assets build
	@touch $@
