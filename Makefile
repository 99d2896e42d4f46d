# make demo   everything once, from simulated movies to a report on real ones, under demo/
# make test   every quick test;  make test-all adds the slow ones
# make docs   the documentation site, under docs/_build/html
# make lint   what CI checks before the tests

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: env test test-all lint docs demo clean

env: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml setup.cfg constraints.txt
	@echo "making the environment in $(VENV): one to three minutes"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

test: env
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: env
	$(BIN)/python -m pytest -n 2

lint: env
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/codespell

docs: env
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

# make demo DEMO=--small   the same in a few minutes, with a network that has hardly learnt
demo: env
	@$(BIN)/python examples/demo.py --out demo $(DEMO)

clean:
	rm -rf demo build docs/_build *.egg-info
