# make report | make test | make lab - each builds .venv by itself on a fresh machine.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps
TRAINERS := build/trainers-venv
ORACLES := build/oracles-venv
PADDLE := build/paddle-venv
SITE := build/site-venv
NBVAL := $(BIN)/python -m pytest -p notebooks.tools.plugin notebooks --nbval -n 2 --dist loadfile -q

.PHONY: playground release report test lint lines unit examples native second long notebooks parameters lab trainers torches oracle course-demo site site-open lock licences help
.DELETE_ON_ERROR:

help:
	@echo "make report     run the schedule shoot-out, full profile, into build/reports/shootout"
	@echo "make test       check everything: style, examples, unit tests, every notebook on two machines"
	@echo "make long       what takes minutes, a third of it each day: exercises answered, sweeps and fits computed again, JupyterLab"
	@echo "make lines      lines of code by part, against the budgets"
	@echo "make lab        open JupyterLab on copies of the lessons that are yours to write in"
	@echo "make site       the course as web pages, from the stored outputs, into build/site; make site-open shows it"
	@echo "make notebooks  execute every lesson and report and store the outputs"
	@echo "make parameters run every lesson with other parameters than its own"
	@echo "make trainers   check ScheduleLR inside real trainers and optimizers, killed and resumed, in a second environment"
	@echo "make torches    check the drivers of optimizers with the oldest and the newest torch they are made for"
	@echo "make oracle     run the other libraries again and compare their rates and updates with the stored ones"
	@echo "make course-demo a class of five, from the instructor notebook to the grade table, in build/course-demo"
	@echo "make lock       pin again what requirements.in asks for, with hashes"
	@echo "make playground a page that draws what you type, into build/playground"
	@echo "make release    the wheel of lrlib and a zip file of the executed collection, into dist"
	@echo "make licences   list the licences of what is pinned, as installed"

report: $(READY)
	$(BIN)/python -m lrlib report shootout -p profile standard --out build/reports/shootout

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

long: $(READY) $(SITE)/.ready
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

playground: $(READY)
	$(BIN)/python -m notebooks.tools.playground

lab: $(READY)
	$(BIN)/python -m lrlib lessons
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --LabApp.default_url=/lab/tree/notebooks/mine/index.ipynb

trainers: $(TRAINERS)/.ready
	$(TRAINERS)/bin/python -m pytest --noconftest -q -rs tests/trainers

$(TRAINERS)/.ready: tests/trainers/requirements.txt tests/trainers/requirements-no-deps.txt pyproject.toml
	$(PYTHON) -m venv $(TRAINERS)
	@echo "installing the packages of $< into $(TRAINERS); this takes a few minutes"
	$(TRAINERS)/bin/python -m pip install --disable-pip-version-check --quiet -r $<
	$(TRAINERS)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps \
		-r tests/trainers/requirements-no-deps.txt
	@touch $@

torches: $(READY)
	$(BIN)/python -m tests.optim.versions

oracle: $(ORACLES)/.ready $(PADDLE)/.ready
	$(ORACLES)/bin/python -m pytest --noconftest -q -rs -m oracle tests/schedules/test_presets.py
	$(ORACLES)/bin/python -m pytest --noconftest -q -rs -m oracle tests/playground/test_configurations.py
	$(ORACLES)/bin/python -m pytest --noconftest -q -rs -m oracle tests/adaptive/test_golden.py
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

# A torch on this machine's disk goes first, if there is one: pip would prefer the index, which tells hashes before a
# download. One with another hash stops make.
$(READY): requirements.txt requirements-torch.txt requirements-cuda.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is not Python 3.11 or later; name one that is, as in: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "installing the packages of requirements.txt into $(VENV); this takes a few minutes"
	@! $(INSTALL) --require-hashes --no-index -r requirements-torch.txt 2>&1 | grep -E "DO NOT MATCH|Got  "
	$(INSTALL) --require-hashes -r requirements.txt -r requirements-torch.txt
	$(INSTALL) --no-build-isolation -e .
	$(BIN)/python -m pip check >/dev/null || $(INSTALL) --require-hashes -r requirements-cuda.txt
	$(BIN)/python -m pip check
	@touch $@

site: $(SITE)/.ready
	$(SITE)/bin/python -m notebooks.tools.site

site-open: $(SITE)/.ready
	$(SITE)/bin/python -m notebooks.tools.site --open

$(SITE)/.ready: site/requirements.txt
	$(PYTHON) -m venv $(SITE)
	$(SITE)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r $<
	@touch $@

release: $(READY)
	$(BIN)/python -m notebooks.tools.release

course-demo: $(READY)
	rm -rf build/course-demo
	$(BIN)/python -m lrlib course demo build/course-demo

lock:
	$(PYTHON) -m venv build/lock-venv
	build/lock-venv/bin/python -m pip install --disable-pip-version-check --quiet uv==0.13.8
	cat requirements.txt requirements-*.txt > build/requirements.txt
	build/lock-venv/bin/uv pip compile requirements.in $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
		--no-config --quiet --annotation-style line --custom-compile-command "make lock" -o build/requirements.txt
	awk '/^[^ ]/ { part = /^torch==/ ? "-torch" : /^(cuda|nvidia|triton)/ ? "-cuda" : "" } \
		{ print > ("requirements" part ".txt") }' build/requirements.txt
	build/lock-venv/bin/uv pip compile site/requirements.in $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
		--no-config --quiet --annotation-style line --custom-compile-command "make lock" -c requirements.txt \
		-o site/requirements.txt

licences: $(READY) $(SITE)/.ready
	$(BIN)/python -m tests.licences
