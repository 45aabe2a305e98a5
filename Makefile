# make report | make test | make lab - each builds .venv by itself on a fresh machine.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NBVAL := $(BIN)/python -m pytest -p tests.harness.plugin notebooks --nbval -n 2 --dist loadfile -q

.PHONY: report test lint unit native second notebooks lab help
.DELETE_ON_ERROR:

help:
	@echo "make report     run the schedule shoot-out, full profile, into build/reports/shootout"
	@echo "make test       check everything: style, unit tests, every notebook on two machine profiles"
	@echo "make lab        open JupyterLab on the lessons"
	@echo "make notebooks  execute every lesson and report and store the outputs"

report: $(READY)
	$(BIN)/python -m lrlib report shootout -p profile full --out build/reports/shootout

test: lint unit native second

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

unit: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -rs

native: $(READY)
	$(NBVAL)

second: $(READY)
	$(NBVAL) --machine=second

notebooks: $(READY)
	$(BIN)/python -m tests.harness.navigate
	$(BIN)/python -m tests.harness.execute
	$(BIN)/python -m tests.harness.navigate

lab: $(READY)
	$(BIN)/jupyter lab notebooks/lessons

$(READY): requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or later is needed, found {sys.version.split()[0]}; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@echo "installing the packages of requirements.txt into $(VENV); this takes a few minutes"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@
