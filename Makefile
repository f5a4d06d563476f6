# make demo | test | search | crawl | check | bench | faults: each sets itself up first, inside this folder.
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
BIN := .venv/bin
# 3.11 is the oldest supported; the newest that is there is used.
PYTHON ?= $(firstword $(foreach v,python3 python3.14 python3.13 python3.12 python3.11,$(shell $(v) -c 'import sys; print("$(v)" if sys.version_info >= (3, 11) else "")' 2>/dev/null)))
PORT ?= 8080
# A test waits for the disk and for its servers a third of its time: three at once keep two cores busy.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(max(2, (os.cpu_count() or 1) * 3 // 2))')

.PHONY: demo test search crawl faults check format bench lock setup clean

demo: setup  ## a parent's phone and a teacher's phone in the browser
	@$(BIN)/klasno demo --port $(PORT)

test: setup  ## the tests; those that want a browser or PostgreSQL say so and skip where there is none
	@$(BIN)/python -m pytest -q -rs -n $(WORKERS) --dist worksteal -m "not slow"

search: setup  ## the property tests with inputs that nobody has tried yet
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not slow and hypothesis" --hypothesis-profile=search

crawl: setup  ## every button of everyone, on both messengers in every language
	@$(BIN)/python -m pytest -q -s -n $(WORKERS) --dist worksteal tests/crawl

faults: setup  ## the long fault tests, one JSON line each
	@$(BIN)/python -m pytest -q -s -m "faults"

check: setup  ## style, types, arrows between folders, catalogues
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m locales check

format: setup
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

bench: setup  ## ratios against named peers, in one run
	@$(BIN)/python -m benchmarks

lock: $(UV)  ## pin anew what pyproject.toml asks for
	@$(UV) pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --upgrade --no-header -o requirements.lock

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml | $(UV)
	@test -n "$(PYTHON)" || { echo "Klasno wants Python 3.11 or newer; install it (on Debian: apt install python3 python3-venv) and try again."; exit 1; }
	@test -d .venv || $(UV) venv -q --no-python-downloads --python "$(PYTHON)" .venv
	@$(UV) pip sync -q --require-hashes --python $(BIN)/python requirements.lock
	@$(UV) pip install -q --no-deps --python $(BIN)/python -e .
	@touch $@

.tools/bin/uv:
	@test -n "$(PYTHON)" || { echo "Klasno wants Python 3.11 or newer; install it (on Debian: apt install python3 python3-venv) and try again."; exit 1; }
	@echo "Fetching uv, once, into .tools …"
	@$(PYTHON) -m venv .tools 2>/dev/null || { rm -rf .tools; echo "Python's venv module is missing (on Debian: apt install python3-venv)."; exit 1; }
	@.tools/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

clean:
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis
