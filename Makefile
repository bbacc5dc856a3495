# Everything in one command: `make book` or `make test`. The plain commands, for Windows, are in the README.
# `make book SOLUTIONS=0` builds the book without the solutions of its exercises, in a folder of its own.
PYTHON ?= python3
BIN := .venv/bin
SOLUTIONS ?= 1
BOOK := docs/_build/html$(if $(filter 0,$(SOLUTIONS)),-without-solutions)

.PHONY: book test audit clean

book: .venv/ready
	$(BIN)/python -m experiments run first-run --quick --data auto
	$(BIN)/python -m sphinx -W -n -E -q -j auto -D solutions=$(SOLUTIONS) docs $(BOOK)
	@echo "The book: $(CURDIR)/$(BOOK)/index.html"

test: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell docs mlpedu experiments tests README.md CONTRIBUTING.md CHANGELOG.md
	$(BIN)/pytest

# What takes minutes or a browser.
audit: .venv/audit
	rm -rf experiments/live/random/training-step
	$(BIN)/python -m experiments run training-step --seeds 1 --jobs 1
	$(BIN)/python -m sphinx -W -n -E -q -j auto docs $(BOOK)
	$(BIN)/pytest tests/audit

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable ".[docs,test,experiments]" --config-settings editable_mode=compat
	@touch $@

.venv/audit: .venv/ready
	$(BIN)/pip install --quiet --editable ".[audit]" --config-settings editable_mode=compat
	@touch $@

clean:
	rm -rf .venv docs/_build docs/_generated experiments/live
