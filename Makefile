# The two commands are `make forecast` and `make test`; everything else is a convenience.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(VENV)/bin/uv

.PHONY: help setup forecast skill test docs reference serve mlflow-ui lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.5"
	$(UV) pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.installed ## Make the environment from requirements.lock

forecast: $(VENV)/.installed ## Do the main job on the starter panel: backtest, fit, track, publish, print the risks
	$(BIN)/chokepoint retrain || case $$? in 10|11) ;; *) exit 1 ;; esac # kept and degraded: forecasts are published

test: $(VENV)/.installed ## Run every check: ruff, mypy, import-linter, pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 3 --dist loadgroup # a worker more than two cores: some wait for servers

skill: forecast ## Judge the forecasts: studies, README's score tables and docs/skill.md, from the starter panel
	$(BIN)/chokepoint study ablation
	$(BIN)/chokepoint study leave-out
	$(BIN)/chokepoint study learning-curve
	$(BIN)/python -m benchmarks.write_tables

docs: $(VENV)/.installed ## Build the documentation as a site in docs/_build
	$(BIN)/sphinx-build -q -W -b html docs docs/_build

reference: $(VENV)/.installed ## Write the reference pages of docs/reference from the code
	$(BIN)/python -m docs.write_reference

serve: $(VENV)/.installed ## Start the HTTP API and the pages
	$(BIN)/chokepoint serve

mlflow-ui: $(VENV)/.installed ## Open the MLflow UI
	$(BIN)/chokepoint mlflow-ui

lock: ## Renew requirements.lock (hashes, no index addresses, every platform)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

clean: ## Remove the environment and everything the commands made
	rm -rf $(VENV) .chokepoint .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
