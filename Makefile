# make report | make test | make lab - each builds .venv by itself on a fresh machine.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TRAINERS := build/trainers-venv
ORACLES := build/oracles-venv
PADDLE := build/paddle-venv
NBVAL := $(BIN)/python -m pytest -p notebooks.tools.plugin notebooks --nbval -n 2 --dist loadfile -q

.PHONY: report test lint lines unit examples native second long notebooks parameters lab trainers torches oracle help
.DELETE_ON_ERROR:

help:
	@echo "make report     run the schedule shoot-out, full profile, into build/reports/shootout"
	@echo "make test       check everything: style, examples, unit tests, every notebook on two machines"
	@echo "make long       what takes minutes: stored sweeps and fits computed again, JupyterLab in a browser"
	@echo "make lines      lines of code by part, against the budgets"
	@echo "make lab        open JupyterLab on the lessons"
	@echo "make notebooks  execute every lesson and report and store the outputs"
	@echo "make parameters run every lesson with other parameters than its own"
	@echo "make trainers   check ScheduleLR inside transformers, accelerate and Lightning, in a second environment"
	@echo "make torches    check the drivers of optimizers with the oldest and the newest torch they are made for"
	@echo "make oracle     run the other libraries again and compare their rates with the stored ones"

report: $(READY)
	$(BIN)/python -m lrlib report shootout -p profile full --out build/reports/shootout

test: lint examples unit native second

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell $(wildcard *.md docs) lrlib notebooks data

lines: $(READY)
	$(BIN)/python -m notebooks.tools.lines

examples: $(READY)
	$(BIN)/python -m pytest --doctest-modules lrlib -q

unit: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -rs

long: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -rs -m long tests

native: $(READY)
	$(NBVAL)

second: $(READY)
	$(NBVAL) --machine=second

notebooks: $(READY)
	$(BIN)/python -m notebooks.tools.navigate
	$(BIN)/python -m notebooks.tools.execute
	$(BIN)/python -m notebooks.tools.navigate
	$(BIN)/python -m notebooks.tools.checks

parameters: $(READY)
	$(BIN)/python -m notebooks.tools.vary

lab: $(READY)
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/lessons

trainers: $(TRAINERS)/.ready
	$(TRAINERS)/bin/python -m pytest --noconftest -q -rs tests/trainers

$(TRAINERS)/.ready: tests/trainers/requirements.txt pyproject.toml
	$(PYTHON) -m venv $(TRAINERS)
	@echo "installing the packages of $< into $(TRAINERS); this takes a few minutes"
	$(TRAINERS)/bin/python -m pip install --disable-pip-version-check --quiet -r $<
	@touch $@

torches: $(READY)
	$(BIN)/python -m tests.optim.versions

oracle: $(ORACLES)/.ready $(PADDLE)/.ready
	$(ORACLES)/bin/python -m pytest --noconftest -q -rs -m oracle tests/schedules/test_presets.py
	$(PADDLE)/bin/python -m pytest --noconftest -q -m oracle -k paddle tests/schedules/test_presets.py

$(ORACLES)/.ready: tests/oracles/requirements.txt tests/oracles/requirements-no-deps.txt
	$(PYTHON) -m venv $(ORACLES)
	@echo "installing the other libraries into $(ORACLES) and $(PADDLE); this takes a few minutes"
	$(ORACLES)/bin/python -m pip install --disable-pip-version-check --quiet -r $<
	DS_BUILD_OPS=0 $(ORACLES)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps \
		--no-build-isolation -r tests/oracles/requirements-no-deps.txt
	@touch $@

$(PADDLE)/.ready: tests/oracles/requirements-paddle.txt
	$(PYTHON) -m venv $(PADDLE)
	$(PADDLE)/bin/python -m pip install --disable-pip-version-check --quiet -r $<
	@touch $@

$(READY): requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or later is needed, found {sys.version.split()[0]}; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@echo "installing the packages of requirements.txt into $(VENV); this takes a few minutes"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@
