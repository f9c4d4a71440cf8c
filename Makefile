PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
EXTRAS := postgres,oidc,langchain,pii,docs,train,notebook,testing,dev

# Tests and campaigns start hundreds of processes; without this each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

CATALOGUES := src/signoff/web/pages/catalogues
KEYWORDS := -k sentence -k pgettext:1c,2 -k npgettext:1c,2,3

.DEFAULT_GOAL := help
.PHONY: help setup test check words demo conformance crash race test-browser screenshots bench-web fuzz-api bench eval eval-guard contracts constraints

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## create the environment in .venv

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; choose one with PYTHON=...")'
	@echo "Creating the environment in .venv; the first time this takes a minute or two."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(EXTRAS)]"
	@touch $@

check: setup ## lint, formatting, import layers and types
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

words: setup ## collect the messages of the pages, and bring the catalogues up to date with them
	@mkdir -p build
	$(BIN)/pybabel -q extract -F babel.toml $(KEYWORDS) --no-location --no-wrap --omit-header --sort-output -o build/words.pot src/signoff
	for po in $(CATALOGUES)/*.po; do $(BIN)/pybabel -q update -i build/words.pot -o $$po -l $$(basename $$po .po) \
		--no-fuzzy-matching --ignore-obsolete --no-wrap --omit-header || exit 1; done

test: check ## check, then the whole default suite
	$(BIN)/pytest -q -n 2 --dist worksteal

demo: setup ## run the outbound flow on sample accounts and open the review page for you
	$(BIN)/signoff demo

conformance: setup ## every pitfall and bypass against every door of the guard
	$(BIN)/signoff conformance

crash: setup ## kill workers with SIGKILL at every commit and count the effects
	$(BIN)/python -m tests.campaigns.crash

race: setup ## let deciders and resumes race
	$(BIN)/python -m tests.campaigns.race

test-browser: setup ## the pages in Chromium: keyboard, axe, security
	$(BIN)/pytest -q -m browser tests/browser

screenshots: setup ## a picture of every view, wide and on a phone, light and dark
	$(BIN)/python -m tests.campaigns.screenshots

bench-web: setup ## what the pages cost: bytes, first paint, news, 100,000 open reviews
	$(BIN)/python -m tests.campaigns.bench_web

fuzz-api: setup ## 20,000 generated requests against the OpenAPI document
	$(BIN)/python -m tests.campaigns.fuzz_api

bench: setup ## what the guard costs, as ratios against baselines in the same run
	$(BIN)/python -m tests.campaigns.bench

eval: setup ## figures of detectors and classifiers on labelled data (SIGNOFF_DATA); PART=name for one
	$(BIN)/python -m tests.campaigns.eval $(PART)

contracts: setup ## review ten contracts of CUAD, and compare what is read of all with its labels
	$(BIN)/python -m tests.campaigns.contracts

DOJO := .venv-agentdojo

eval-guard: $(DOJO)/.ready ## replay AgentDojo's ground truth through the guard, in an environment of its own
	$(DOJO)/bin/python -W ignore::FutureWarning -m tests.campaigns.eval_guard

$(DOJO)/.ready: pyproject.toml constraints.txt
	@echo "Creating the environment in $(DOJO); AgentDojo brings model SDKs along, so this takes some minutes."
	$(PYTHON) -m venv $(DOJO)
	$(DOJO)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e . agentdojo==0.1.32
	@touch $@

constraints: ## write constraints.txt anew from what pyproject.toml resolves to today
	rm -rf build/constraints && $(PYTHON) -m venv build/constraints
	build/constraints/bin/pip install --quiet --disable-pip-version-check -e ".[$(EXTRAS)]"
	build/constraints/bin/pip freeze --exclude-editable > constraints.txt
	rm -rf build/constraints
