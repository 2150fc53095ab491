# `make demo` shows the main job from nothing, `make test` proves it. Each sets up what it needs, once.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock
DEMO := build/demo
INSTALLED := build/as-installed

.PHONY: demo test test-slow cover lint audit torture bench bench-large golden reference locale lock bundle clean

demo: .venv/.ready                # a synthetic district's first night, and what it says in the morning
	rm -rf $(DEMO)
	$(BIN)/huizong demo $(DEMO)
	$(BIN)/huizong nightly -C $(DEMO) --as-of 2011-04-01

test: .venv/.ready-dev            # what can be tried while one writes: a few minutes
	$(BIN)/python -m pytest --quiet --numprocesses auto --dist loadfile -m "not slow"

test-slow: .venv/.ready-dev       # the rest: whole corpora, kills and faults, hostile files, a month of nights, a cluster, a browser
	$(BIN)/python -m pytest --quiet --numprocesses auto --dist loadfile -m slow

cover: .venv/.ready-dev           # everything; ends with what of the code was covered
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --cov --cov-report=term

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory audit

audit:                            # known weaknesses of what is pinned; says so where the service cannot be reached
	@mkdir -p build
	@(test -x build/audit/bin/pip-audit || ($(PYTHON) -m venv build/audit && \
		build/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1) && \
		build/audit/bin/pip-audit --disable-pip --no-deps -r requirements.lock --progress-spinner off) \
		> build/audit.txt 2>&1 || echo "pip-audit did not end well: see build/audit.txt"
	@echo "pip-audit: $$(grep -c 'could not be audited' build/audit.txt) of the pinned packages could not be looked up"
	@! grep -A100 "^Found .* known vulnerabilit" build/audit.txt

torture: .venv/.ready-dev         # kill the command 200 times, let the disk refuse 160 times; half an hour
	$(BIN)/python tests/torture.py

bench: $(INSTALLED)/.ready         # nights against the plain script, short commands against an empty Python, in pairs
	$(INSTALLED)/bin/python benchmarks/bench.py
	$(INSTALLED)/bin/python benchmarks/reading.py
	$(INSTALLED)/bin/python benchmarks/publishing.py

bench-large: $(INSTALLED)/.ready   # nights of 2,000 and of 20,000 returns; takes long, and some GB of disk
	$(INSTALLED)/bin/python benchmarks/bench.py --large

golden: .venv/.ready-dev          # make the golden files anew; review the difference before committing it
	HUIZONG_REFRESH_GOLDEN=1 $(BIN)/python -m pytest -q -m golden

reference: .venv/.ready-dev       # write REFERENCE.md anew out of what the code says of its words
	$(BIN)/python tests/reference.py

locale:                           # compile what click says in Chinese, and what senders read in other languages; needs GNU gettext
	for po in pipeline/cli/locale/*/LC_MESSAGES/*.po pipeline/locale/*/LC_MESSAGES/*.po; do msgfmt -c -o "$${po%.po}.mo" "$$po"; done

lock:                             # renew the pins; needs uv
	mkdir -p build
	uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header --no-annotate --upgrade \
		--output-file build/requirements.lock pyproject.toml
	(sed '/^[^#]/,$$d' requirements.lock; cat build/requirements.lock) > build/requirements.new
	mv build/requirements.new requirements.lock

bundle: .venv/.ready              # a zip that installs without the internet on Windows, macOS and Linux; fetches some hundred wheels
	$(BIN)/python bundle/make.py

clean:
	rm -rf .venv build

.venv/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "huizong needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/.ready: .venv/.made pyproject.toml requirements.lock
	$(PIP) -e .
	touch $@

.venv/.ready-dev: .venv/.made pyproject.toml requirements.lock
	$(PIP) -e '.[dev]'
	touch .venv/.ready $@

$(INSTALLED)/.ready: pyproject.toml requirements.lock  # what an office has: a library may do more where tools for tests lie about
	$(PYTHON) -m venv $(INSTALLED)
	$(INSTALLED)/bin/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	touch $@
