# Footnote. `make run` opens the chat page, `make test` runs the tests; both install what they need first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
GOLD ?= eval/gold/test.jsonl
OUT ?= out/eval

# The folders of articles that the training questions are about (docs/reader.md).
NEWS ?= articles
BLOG ?= blog
TRAINING := $(foreach name,news-e news-f news-g,eval/training/$(name).jsonl=$(NEWS)) eval/training/blog.jsonl=$(BLOG) \
	eval/training/seeds.jsonl=seeds eval/training/seeds-b.jsonl=seeds

.PHONY: run install test torture lint eval train clean
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

eval: $(RUNTIME)
	$(BIN)/python -m eval --gold $(GOLD) --out $(OUT) $(ARGS)

train: $(RUNTIME)
	$(BIN)/python -m eval.learn $(TRAINING) --withhold $(wildcard eval/gold/news-*.jsonl) $(ARGS)

# Never touches data or weights.
clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Footnote needs Python 3.11 or newer; %s is %s. Try: make PYTHON=python3.11" % (sys.executable, sys.version.split()[0]))'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	@touch $@
