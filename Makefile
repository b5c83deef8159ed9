# Two commands do everything on a fresh Debian or Ubuntu with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 4

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types unit install lock bench clean system

help: ## Show these lines
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/demo.stamp ## The main job on an embedded mailbox (ARGS=--once ends by itself)
	@$(BIN)/triage demo $(ARGS)

test: system $(VENV)/dev.stamp lint types ## Install what the tests need, then lint, types and every test
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: lint types ## Style and types only

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

install: $(VENV)/run.stamp ## The service alone, into .venv

bench: system $(VENV)/dev.stamp ## Speed and memory, measured (docs/performance.md)
	$(BIN)/python -m bench $(ARGS)

lock: $(VENV)/dev.stamp ## Write requirements/*.lock anew from pyproject.toml
	$(BIN)/python requirements/lock.py

clean: ## Remove what the commands above made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

system:
	@deploy/test-packages.sh

# One recipe for the three sets; the stamp's name is the lock's name.
$(VENV)/run.stamp: requirements/runtime.lock
$(VENV)/demo.stamp: requirements/demo.lock
$(VENV)/dev.stamp: requirements/dev.lock
$(VENV)/%.stamp: pyproject.toml
	@deploy/virtualenv.sh "$(PYTHON)" "$(VENV)" "$(filter %.lock,$^)"
	@touch $@
	@if [ "$*" = dev ]; then touch $(VENV)/demo.stamp $(VENV)/run.stamp; fi
