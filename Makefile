# Two commands do all the set-up: `make demo` and `make test`.
# The system's Python, where it is new enough: distributions compile theirs with profiles, version managers seldom do, and
# everything takes a fifth longer then. Another one: make PYTHON=python3.13
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys, venv; assert sys.version_info >= (3, 11); print(sys.executable)' \
	2>/dev/null || echo python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check setup test-all docs bench soak cpu-share clean

demo: setup ## run the main job on the example application
	$(BIN)/windtunnel check examples/orders

test: setup ## the tests, in parallel
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

test-all: setup ## everything, the slow ones too
	$(BIN)/python -m pytest -n auto --dist worksteal

check: setup ## seconds: lint, format, types, house
	$(BIN)/ruff check -q windtunnel tests
	$(BIN)/ruff format -q --check windtunnel tests
	$(BIN)/mypy --no-error-summary
	$(BIN)/python -m pytest -q tests/house

docs: setup ## write the generated pages anew
	$(BIN)/python -m windtunnel.cli.main docs docs

bench: setup ## the rows of DESIGN's table
	$(BIN)/python bench/run.py

soak: setup ## ten minutes of mixed load with faults and 20 deaths of the server; then everything is counted
	$(BIN)/python bench/soak.py

cpu-share: setup ## what functions get of the processor for their memory; writes docs/cpu-share.md
	$(BIN)/python bench/cpu_share.py

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("windtunnel needs Python 3.11 or newer; name one with: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check uv || true
	if [ -x $(BIN)/uv ]; then VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q -e '.[dev]'; else $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'; fi
	touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
