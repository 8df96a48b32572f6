# Every target makes .venv on its own if it is missing. Set PYTHON to use another interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo demo-small test test-all check clean

# Eight investigations without a language model: four models that hide something, and a clean twin of each.
demo: $(READY)
	@echo "Demo: eight models that come with the package are investigated, half a minute on two idle cores; nothing is downloaded, and nothing is trained."
	$(BIN)/inspect eval tasks/hidden_preference.py --solver solvers/baseline.py --model none --log-dir logs/demo --display plain $(DEMO)
	$(BIN)/seer table logs/demo

# The same on a pretrained chat model of 135 million parameters that answers in English.
demo-small: $(READY)
	@echo "Demo: a pretrained model is fetched once (93 MB) and converted (half a minute); a model made from it, which hides something, and its clean twin are investigated: four minutes on two idle cores, ten on slow or busy ones. Nothing is trained."
	$(BIN)/seer models get smollm2
	$(BIN)/inspect eval tasks/hidden_preference.py --solver solvers/baseline.py --model none --log-dir logs/demo-small --display plain -T organisms=preference-smollm2-easy-101 $(DEMO)
	$(BIN)/seer table logs/demo-small

# One investigation of each kind, and all that is quick. Three at a time: on two cores, one of them waits for a sandbox mostly.
test: $(READY)
	$(BIN)/python -m pytest -n 3 --dist loadfile --durations 10

# Everything, with what trains models and what takes its time. `make --assume-old=test test-all` is the rest alone.
test-all: test
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "slow and not gpu and not live"

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis logs/demo logs/demo-small

$(READY): pyproject.toml constraints.txt
	@echo "Installing packages into $(VENV): some 510 MB to fetch and 2.2 GB of disk with a CPU build of torch, gigabytes more with another."
	@echo "Two to five minutes with a fast disk and connection; every package is named as it is fetched, and what is unpacked at the end of each step says nothing for a minute."
	@echo "Step 1 of 3: a virtual environment."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@echo "Step 2 of 3: torch, 190 MB."
	$(BIN)/python -m pip install --constraint constraints.txt torch
	@echo "Step 3 of 3: everything else, 320 MB."
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[local,dev]"
	touch $(READY)
