# Cardinal's verbs; `make` alone prints them. Needs Linux, Python 3.11 and make, nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
UV     := $(BIN)/uv

# Trust what the machine trusts, so that a company proxy with its own certificate works. Node
# reads the store only when told to; NODE_EXTRA_CA_CERTS and the like pass through untouched.
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every package comes as a wheel whose hash is in a lock, so no compiler is ever needed.
INSTALL := $(UV) pip install --quiet --python $(PY) --no-deps --no-build --require-hashes

.PHONY: help setup run demo demo-large test torture check fix types floors ui proto lock bench bench-micro \
	spec openapi shots docs wheel clean

help: ## print these verbs
	@while IFS= read -r line; do case "$$line" in \
	  [a-z]*": "*"## "*) printf '  make %-12s %s\n' "$${line%%:*}" "$${line##*## }";; esac; \
	done < Makefile

# ---- getting it running ----------------------------------------------------------------------

setup: $(VENV)/.ready-run ui ## install what it runs on and build the web UI, without serving

run: setup ## set up what is missing, load the demo once, serve it and print a sign-in link
	@exec $(BIN)/cardinal demo

demo: run ## the same as run

ROWS = 1000000
demo-large: $(VENV)/.ready-test ## make customers and purchases to load and play with: ROWS=1000000 of them
	@$(PY) -m benchmarks.demo_large --rows $(ROWS)

# A sentence for each way in which the machine's Python can be wrong.
$(VENV)/.ready-bootstrap: requirements/bootstrap.lock
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "Cardinal needs Python 3.11 and found no $(PYTHON): install it (Debian, Ubuntu: apt install" \
	       "python3.11-venv), or say where it is with make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "Cardinal needs Python 3.11, but $(PYTHON) is another version: say where 3.11 is with" \
	       "make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) lacks its venv module: install it (Debian, Ubuntu: apt install" \
	       "python3.11-venv) and run make again"; exit 1; }
	@echo "making the environment in $(VENV)"
	@rm -f $(VENV)/.ready-*
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PY) -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

$(VENV)/.ready-run: $(VENV)/.ready-bootstrap requirements/run.lock requirements/demo.lock \
		requirements/web.lock pyproject.toml
	@echo "installing what Cardinal runs on"
	@$(INSTALL) -r requirements/run.lock -r requirements/demo.lock -r requirements/web.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready-run requirements/test.lock requirements/bench.lock
	@echo "installing what the tests need"
	@$(INSTALL) -r requirements/test.lock -r requirements/bench.lock
	@touch $@

ui: $(VENV)/.ready-run ## build the web UI if one of its sources changed
	@$(PY) -m gateway.ui.build

# ---- holding it true -------------------------------------------------------------------------

test: check ## install what is needed and run everything: checks, UI tests, Python and browser tests
	@echo "testing the web UI"
	@$(PY) -m gateway.ui.build test
	$(PY) -m pytest -n 2

torture: $(VENV)/.ready-test ## run the tests of crashes, failing disks and damage in their long sizes
	$(PY) -m pytest -n 2 --torture --timeout 0

check: $(VENV)/.ready-test ui ## format, lint, types and floors, for Python and the web UI
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(PY) -m gateway.ui.build check

spec: $(VENV)/.ready-test ui ## only what a product person reads: rules, oracles, demo counts
	$(PY) -m pytest tests/spec

fix: $(VENV)/.ready-test ## format, and repair what lint can repair
	$(BIN)/ruff check --quiet --fix
	$(BIN)/ruff format --quiet

types: $(VENV)/.ready-test ## check the types alone
	$(BIN)/mypy

floors: $(VENV)/.ready-test ## check the direction of imports alone
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/.ready-test ## run every benchmark over ROWS=1000000 and write benchmarks/REPORT.md
	$(PY) -m benchmarks --rows $(ROWS)

bench-micro: $(VENV)/.ready-test ## time the kernels alone
	$(PY) -m pytest -p no:randomly --benchmark-enable --benchmark-only -q -rN tests

# ---- making what is kept ---------------------------------------------------------------------

proto: $(VENV)/.ready-test ## write the Python of the wire contracts in proto/
	@$(PY) .ci/protos.py

docs: $(VENV)/.ready-test ## write the generated tables of README.md
	@$(PY) .ci/papers.py

openapi: $(VENV)/.ready-run ## write the API's file, from which the web UI takes its types
	@$(PY) -m gateway.openapi > gateway/ui/openapi.json

shots: $(VENV)/.ready-test ui ## take the pictures of README.md with the test browser
	@$(PY) .ci/shots.py

wheel: $(VENV)/.ready-test ui ## build a wheel with the web UI in it, into dist/
	@$(PY) -m hatchling build -t wheel

# The machine's own indexes and caches of local builds must not leave a trace in a lock.
COMPILE = env -u UV_FIND_LINKS -u UV_EXTRA_INDEX_URL -u UV_INDEX $(UV) pip compile --quiet \
	--no-config --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--only-binary :all: --custom-compile-command "make lock"

lock: $(VENV)/.ready-bootstrap ## pin every dependency again; add UPGRADE=--upgrade for newer versions
	$(COMPILE) $(UPGRADE) requirements/bootstrap.in -o requirements/bootstrap.lock
	$(COMPILE) $(UPGRADE) pyproject.toml -o requirements/run.lock
	$(COMPILE) $(UPGRADE) --group demo --no-deps -o requirements/demo.lock
	$(COMPILE) $(UPGRADE) --group web -o requirements/web.lock
	$(COMPILE) $(UPGRADE) --group test -c requirements/bootstrap.lock -c requirements/run.lock \
	  -o requirements/test.lock
	$(COMPILE) $(UPGRADE) --group bench --no-deps -o requirements/bench.lock

clean: ## remove everything that make made, but no data
	rm -rf $(VENV) gateway/ui/node_modules gateway/ui/dist gateway/ui/generated tests/browser/node_modules dist test-results \
	  .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
