# Every target sets up what it needs first: .venv, the pinned packages, the GOV.UK styles. After that nothing needs a network.
# Wanted of the machine: make, and Python 3.11 or newer with venv (on Debian: apt install make python3 python3-venv).

.DEFAULT_GOAL := help
.PHONY: help run test bench faults lint pins
MAKEFLAGS += --no-print-directory

NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" $(NEW_ENOUGH) 2>/dev/null && echo "$$python" && break; done)
endif
BIN := .venv/bin

define set_up
@"$(PYTHON)" $(NEW_ENOUGH) 2>/dev/null || { \
	echo "This needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.11." >&2; exit 1; }
@"$(PYTHON)" requirements/install.py $(1)
endef

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

run: ## serve the demonstration partnership on this machine, with its mailbox (PORT=8000)
	$(call set_up,run)
	@DEMONSTRATION=1 exec $(BIN)/flask --app app demo run

test: ## run the whole suite; T="tests/packs -k digest" runs a part of it
	$(call set_up,test)
	@$(BIN)/python -m pytest $(or $(T),--numprocesses=auto --maxprocesses=4 --dist=loadfile)

bench: ## measure the main pages and commands, and print the figures
	$(call set_up,test)
	@$(BIN)/python -m tests.benchmarks

lint: ## check the code, its types, its form and the templates
	$(call set_up,test)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/shape

faults: ## break whatever may break, in full, on both databases, and print the table
	$(call set_up,test)
	@$(BIN)/python -m tests.faults

pins: ## work out requirements/*.txt anew from the .in files (needs uv)
	@command -v uv >/dev/null || { echo "This needs uv: pip install uv." >&2; exit 1; }
	@for name in run postgres test node; do \
		[ $$name = run ] && kept= || kept="-c requirements/run.txt"; \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
			--no-annotate requirements/$$name.in $$kept -o requirements/$$name.txt >/dev/null || exit 1; \
	done
