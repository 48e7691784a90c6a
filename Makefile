# What there is to do here. The first run installs what it needs; later runs find it there.

PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes \
	--allow-unsafe --strip-extras --build-deps-for editable --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-emit-options

.PHONY: help install install-dev serve test check format bench browser lock clean

help:  ## Say what there is to do.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

install: .venv/installed  ## Make .venv with the service in it.

install-dev: .venv/installed-dev  ## The same, with everything for tests and checks.

serve: .venv/installed  ## Run the service with demonstration data on port 8080.
	$(BIN)/luanchuyen serve --demo --port $(PORT)

test: .venv/installed-dev browser  ## Run every test.
	$(BIN)/pytest -n 2

check: .venv/installed-dev  ## Format, lint, types and import rules; changes nothing.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-dev  ## Put the code into house style.
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# The tests of pages drive a real browser; on a machine where that is possible it is installed.
browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ]; then root="env"; else root="sudo -n env"; fi; \
	if command -v apt-get >/dev/null && $$root true 2>/dev/null; then \
		$$root apt-get update -qq && $$root DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y chromium chromium-driver >/dev/null; \
	fi; \
	{ command -v chromium && command -v chromedriver; } >/dev/null || { \
		echo "The page tests need chromium and chromedriver (Debian: chromium, chromium-driver)."; exit 1; }

bench: .venv/installed-dev  ## Measure, and print the table of ratios.
	$(BIN)/python -m benchmarks $(ONLY)

lock: .venv/installed-dev  ## Choose versions anew; both files carry hashes and no addresses.
	$(INSTALL) 'pip-tools>=7.5'
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --output-file requirements-dev.txt --extra dev --constraint requirements.txt pyproject.toml

clean:  ## Remove what was installed and built, and keep the data.
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The environment itself. `--no-compile`: files are compiled when first imported, and most never are.
# `--no-deps`: the lock is complete (`pip check` below proves it), so nothing has to be resolved.
.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python requirements.txt pyproject.toml
	$(INSTALL) --no-deps --require-hashes -r requirements.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(INSTALL) --no-deps --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip check
	@touch $@
