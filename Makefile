# Every target prepares .venv by itself (see scripts/environment.sh). `make help` lists them.
PYTHON_BIN := .venv/bin/python
READY := .venv/ready
JOBS ?= auto
SIZES ?= 1000,10000
PEERS ?= build/peers

.DEFAULT_GOAL := help

.PHONY: help environment demo test peers lint format bench lock

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

environment: $(READY) ## Prepare .venv

$(READY): constraints.txt pyproject.toml setup.py scripts/environment.sh
	@sh scripts/environment.sh
	@touch $@

demo: $(READY) ## Sample portals, harvested and published on loopback (PORT=8000; ONCE=1 checks and ends)
	@.venv/bin/harvester demo $(if $(PORT),--port $(PORT)) $(if $(ONCE),--once)

test: $(READY) ## Run the tests (ARGS=… goes to pytest)
	$(PYTHON_BIN) -m pytest -q -n $(JOBS) $(ARGS)

peers: $(READY) ## Harvest real servers (pycsw, pygeoapi, CKAN), installed into PEERS=build/peers; takes minutes
	HARVESTER_TEST_PEERS=$(PEERS) $(PYTHON_BIN) -m pytest -q -rP tests/peers $(ARGS)

lint: $(READY) ## Style, formatting, types, who may import what
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: $(READY) ## Rewrite the code in the project's style
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: $(READY) ## Measure (SIZES=1000,10000; FULL=1 takes an hour and measures everything)
	$(PYTHON_BIN) -m bench $(if $(FULL),--full,--sizes $(SIZES)) $(ARGS)

lock: ## Write constraints.txt anew from pyproject.toml (UPGRADE=1 for the newest versions)
	@UPGRADE=$(UPGRADE) sh scripts/lock.sh
