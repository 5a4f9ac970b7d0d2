# Two commands matter: `make run` and `make test`. Each makes `.venv` by itself and needs Python 3.11+ and make.
PORT ?= 8000
export PORT
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do command -v $$p >/dev/null 2>&1 && \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes --only-binary :all:
BEGAN := $(shell date +%s)

.PHONY: help run test check bench docs messages clean

help:
	@echo "make run       serve the demo municipality on http://127.0.0.1:$(PORT)"
	@echo "make test      everything that must hold"
	@echo "make check     style, types, contracts and catalogues: seconds"
	@echo "make bench     figures and ratios"
	@echo "make docs      check the links of the papers"
	@echo "make messages  add what is still untranslated to the catalogues"

run: .venv/.run
	@exec $(BIN)/consult start

test: .venv/.test
	@$(BIN)/python -m tests.provide
	@$(MAKE) --no-print-directory check
	@CONSULT_TEST_BEGAN=$(BEGAN) $(BIN)/python -m pytest -q -n auto --dist worksteal -rs

check: .venv/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tests.house.catalogues
	@$(BIN)/python -m tests.house.links

bench: .venv/.test
	@$(BIN)/python -m bench

docs: .venv/.test
	@$(BIN)/python -m tests.house.links

messages: .venv/.test
	@$(BIN)/python -m tests.house.catalogues --write

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/.made:
	@test -n "$(PYTHON)" || { echo "This needs Python 3.11 or newer with venv (Debian: apt install python3-venv)."; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.made requirements.lock pyproject.toml
	@echo "Installing what the platform runs on"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: .venv/.run requirements-test.lock
	@echo "Installing what the tests need"
	@$(INSTALL) -r requirements-test.lock
	@touch $@
