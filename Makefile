# Everything a person or CI runs. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
PORT ?= 8080
DATA ?= data
PYTEST_ARGS ?= -n auto --dist loadfile

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CLIENT := $(shell find web/client -type f -not -name '*.test.ts' 2>/dev/null)
BENCHES := $(sort $(patsubst bench/%/__main__.py,%,$(wildcard bench/*/__main__.py)))

.PHONY: help run test check lint layers types client-check unit client-test journey shots bench lock client setup clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## set everything up and serve a sample provider on http://localhost:8080 (PORT=… DATA=…)
	@$(BIN)/python -m tools.sample --data $(DATA)
	@exec $(BIN)/observe serve --port $(PORT) --data $(DATA)

test: check client-test unit ## linters, types, and every test; installs what they need

check: lint layers types client-check ## linters and types

lint: $(VENV)/.test ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

layers: $(VENV)/.test ## import-linter: imports go down only
	$(BIN)/lint-imports --no-logo

types: $(VENV)/.test ## mypy, strict
	$(BIN)/mypy

client-check: $(VENV)/.test ## Biome and TypeScript
	$(BIN)/python -m tools.client check

unit: $(VENV)/.test $(VENV)/.browser client build/footage/SOURCE.txt ## the Python tests, those in a browser among them (PYTEST_ARGS=…)
	$(BIN)/pytest $(PYTEST_ARGS)

client-test: $(VENV)/.test ## the client's own tests
	$(BIN)/python -m tools.client test

journey: $(VENV)/.test $(VENV)/.browser client build/footage/SOURCE.txt ## the main job alone, in Chromium, on real film
	$(BIN)/pytest -m journey tests/journeys $(PYTEST_ARGS)

shots: $(VENV)/.test $(VENV)/.browser client build/footage/SOURCE.txt ## pictures of every page, wide and narrow, in build/shots
	$(BIN)/python -m tests.journeys.shots

bench: $(addprefix bench-,$(BENCHES)) ## every measurement; bench-NAME makes one

bench-%: $(VENV)/.test $(VENV)/.browser client build/footage/SOURCE.txt
	$(BIN)/python -m bench.$*

lock: $(VENV)/.test ## resolve the dependencies again and pin them, with hashes
	$(BIN)/python -m tools.lock

client: web/static/manifest.json ## build the TypeScript and the stylesheet into web/static

setup: $(VENV)/.project client build/footage/SOURCE.txt ## everything `run` needs, without serving

clean: ## remove all that was made here, but not the data
	rm -rf $(VENV) build dist node_modules web/static .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@tools/venv $(PYTHON) $(VENV)

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@touch $@

$(VENV)/.project: $(VENV)/.runtime pyproject.toml hatch_build.py package-lock.json
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt | $(VENV)/.project
	$(PIP) install --quiet --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.browser: | $(BIN)/python
	@tools/browser
	@touch $@

web/static/manifest.json: $(CLIENT) package-lock.json tsconfig.json | $(VENV)/.project
	$(BIN)/python -m tools.client build

build/footage/SOURCE.txt: | $(VENV)/.runtime
	$(BIN)/python -m tools.footage
