# Every target makes .venv on its own if it is missing. Set PYTHON to use another interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all check clean

# Eight investigations without a language model: four models that hide something, and a clean twin of each.
demo: $(READY)
	$(BIN)/inspect eval tasks/hidden_preference.py --solver solvers/baseline.py --model none --log-dir logs/demo --display plain $(DEMO)
	$(BIN)/seer table logs/demo

# One investigation of each kind, and all that is quick.
test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Everything, with what trains models and what takes its time. `make --assume-old=test test-all` is the rest alone.
test-all: test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "slow and not gpu and not live"

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis logs/demo

$(READY): pyproject.toml constraints.txt
	@echo "Installing packages into $(VENV): some 420 MB to fetch with a CPU build of torch, gigabytes more with another."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --constraint constraints.txt torch
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[local,dev]"
	touch $(READY)
