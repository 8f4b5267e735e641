# make demo      a million rows that behave like the census: makes .venv, installs, fits, samples, tells
# make up        all of Lookalike on this machine, at an address that it prints; Ctrl-C ends it
# make test      all tests
# make check     what CI runs: format, lint, types, import rules, tests
# make faults    the long repetitions
# make bench     quality and speed on the five tables, as Markdown; fails when a figure that must hold does not
# make bench-check  what a check says of tables whose truth is known, and what it costs
# make bench-service  the service under a crowd, and a large file beside the command line
# make screenshots-report  the report of a check, light and dark, wide and narrow, on paper: in out/report
# make clean     remove what the above made, .venv too

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
ROWS ?= 1000000
PYTEST_ARGS ?=
PYTEST_WORKERS ?= 2

.PHONY: demo up test check faults bench bench-check bench-service screenshots-report clean
.DELETE_ON_ERROR:

demo: $(VENV)/.ready
	@$(BIN)/python examples/demo.py --rows $(ROWS)

up: $(VENV)/.ready
	@$(BIN)/lookalike up

test: $(VENV)/.ready-dev
	@$(BIN)/python -m lookalike.jobs.warming
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	@$(BIN)/python -m lookalike.jobs.warming
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

faults: $(VENV)/.ready-dev
	@$(BIN)/python -m lookalike.jobs.warming
	$(BIN)/python -m pytest -m "faults or kind" $(PYTEST_ARGS)

bench: $(VENV)/.ready-bench
	$(BIN)/python -m bench.tables --out docs/benchmarks.md

bench-check: $(VENV)/.ready-bench
	$(BIN)/python -m bench.check --out docs/benchmarks-check.md

bench-service: $(VENV)/.ready
	$(BIN)/python -m bench.service --out docs/benchmarks-service.md

screenshots-report: $(VENV)/.ready-dev
	PYTHONPATH=tests $(BIN)/python tests/screenshots_report.py out/report

clean:
	rm -rf $(VENV) out dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Each stamp stands for an environment that holds what the files before it asked for.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Lookalike needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 demo"; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing (on Debian: apt install python3-venv)."; exit 1; }
	@touch $@

$(VENV)/.ready: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Lookalike and what it needs (once)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Lookalike and the tools for working on it (once)"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.ready

$(VENV)/.ready-bench: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Lookalike and the libraries that define the measures (once)"
	@$(PIP) --editable '.[bench]'
	@touch $@ $(VENV)/.ready
