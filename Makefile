# Every target works from a clean clone: the first one that needs it creates .venv.
# What tools write goes to .venv and .cache; `make clean` removes both.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-agents agents check fix bench bench-lane bench-lane-sim bench-lane-plumbing docs soak lock clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SOURCES := src tests $(wildcard bench)
UV := UV_CACHE_DIR=.cache/uv $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

# What is passed on to the program a target runs: make test ARGS='-k lane'
ARGS ?=
# Random choices in tests follow from this number; the header of each run prints it.
export ORCH_TEST_SEED ?= 0

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Watch three agents land four changes in a throw-away repository
	@$(BIN)/orch demo $(ARGS)

test: $(READY) ## Run the tests, except the soak and those of real agents
	@$(BIN)/pytest -n auto tests $(ARGS)

agents: ## Install the agent programs that test-agents drives (1.6 GB, into .cache)
	@sh requirements/agents/install.sh .cache/agents

test-agents: $(READY) agents ## Run the tests that drive real agents with a scripted model
	@$(BIN)/pytest -n 2 --dist loadgroup -m "agents and not soak" tests/agents $(ARGS)

check: $(READY) ## Check style, types, import directions and tidiness
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter
	$(BIN)/pytest -q tests/tidy

fix: $(READY) ## Repair what ruff can repair, and format
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(READY) ## Measure, print the table and write docs/benchmarks.md
	@$(BIN)/python -m bench $(ARGS)

bench-lane: $(READY) ## Land branches one by one and many at once, and compare (twenty minutes)
	@$(BIN)/python -m bench.landing $(ARGS)

bench-lane-sim: $(READY) ## Simulate thirty agents and a seven-minute gate in virtual time
	@$(BIN)/python -m bench.lane_sim $(ARGS)

bench-lane-plumbing: $(READY) ## Measure the lane's own work on a repository of 100,000 files
	@$(BIN)/python -m bench.landing_plumbing $(ARGS)

docs: $(READY) ## Regenerate the pages that are generated from code
	@$(BIN)/python -m orch.testing.docs $(ARGS)

soak: $(READY) ## Run the full counts of crashes, deliveries and tasks (long; make agents first for theirs)
	@$(BIN)/pytest -n auto -m soak --hypothesis-profile=soak --timeout=0 tests $(ARGS)

lock: $(READY) ## Resolve the locks again (ARGS=--upgrade for newer versions)
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) $(ARGS) pyproject.toml --group dev --constraint requirements/runtime.txt \
		--output-file requirements/dev.txt

clean: ## Remove the environment and everything that tools wrote
	rm -rf .venv .cache dist
	find src tests $(wildcard bench) -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that came along with a moved or copied folder is made anew.
ifneq ($(shell cat .venv/.home 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): requirements/dev.txt requirements/install.sh pyproject.toml
	@sh requirements/install.sh $(PYTHON) .venv requirements/dev.txt
	@touch $@
