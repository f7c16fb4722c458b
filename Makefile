# Footnote. `make run` opens the chat page, `make test` runs the tests; both install what they need first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -q
LOCKED := $(PIP) --require-hashes --no-deps
RUNTIME := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
GOLD ?= eval/gold/test.jsonl
OUT ?= out/eval

# The folders of articles that the training questions are about (docs/reader.md).
NEWS ?= articles
BLOG ?= blog
TRAINING := $(foreach name,news-e news-f news-g,eval/training/$(name).jsonl=$(NEWS)) eval/training/blog.jsonl=$(BLOG) \
	eval/training/seeds.jsonl=seeds eval/training/seeds-b.jsonl=seeds

.PHONY: run install test torture lint eval train lock audit clean
.DEFAULT_GOAL := run

run: $(RUNTIME)
	@$(BIN)/python app.py $(ARGS)

install: $(RUNTIME)

test: $(DEV)
	$(BIN)/python -m pytest $(ARGS)

# The promises of docs/reliability.md attacked at length (about an hour); writes docs/torture.json.
torture: $(DEV)
	FOOTNOTE_TORTURE=1 $(BIN)/python -m pytest tests/promises -o timeout=3600 $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy rag eval app.py

# The locks and the table of dependencies anew, after a change of requirements.txt or requirements-dev.txt.
# Names no index: whichever one pip uses has the same bytes.
lock: $(DEV)
	$(BIN)/python docs/dependencies.py lock
	$(PIP) -r requirements-dev.txt
	$(BIN)/python docs/dependencies.py table

# What is known of weaknesses of the locked packages; says so where that cannot be asked.
audit: $(BIN)/python
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --disable-pip-version-check -q pip-audit==2.10.1
	.venv-audit/bin/python docs/audit.py

eval: $(RUNTIME)
	$(BIN)/python -m eval --gold $(GOLD) --out $(OUT) $(ARGS)

train: $(RUNTIME)
	$(BIN)/python -m eval.learn $(TRAINING) --withhold $(wildcard eval/gold/news-*.jsonl) $(ARGS)

# Never touches data or weights.
clean:
	rm -rf $(VENV) .venv-audit .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Footnote needs Python 3.11 or newer; %s is %s. Try: make PYTHON=python3.11" % (sys.executable, sys.version.split()[0]))'
	$(PYTHON) -m venv $(VENV)

# From the lock, by sha256, where it has been tried (Linux on x86-64, Python 3.11 to 3.13); elsewhere from the readable
# list. The torch without CUDA is taken where pip is told of a place that has it, and one that is there already is kept;
# then the CUDA packages are left out.
$(RUNTIME): requirements.txt requirements.lock requirements-cpu.lock requirements-cuda.lock | $(BIN)/python
	@if $(BIN)/python docs/dependencies.py holds; then \
		$(LOCKED) -r requirements-cpu.lock 2>/dev/null || true; \
		$(LOCKED) -r requirements.lock && \
		if $(BIN)/python docs/dependencies.py cuda; then $(LOCKED) -r requirements-cuda.lock; fi; \
	else \
		$(PIP) -r requirements.txt; \
	fi
	@touch $@

$(DEV): requirements-dev.txt requirements-dev.lock $(RUNTIME)
	@if $(BIN)/python docs/dependencies.py holds; then \
		$(LOCKED) -r requirements-dev.lock; \
	else \
		$(PIP) -r requirements-dev.txt; \
	fi
	@touch $@
