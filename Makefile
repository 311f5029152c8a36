# Every target works from a clean clone: the first one that needs it creates .venv.

.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

$(READY): requirements/dev.txt requirements/install.sh pyproject.toml
	@sh requirements/install.sh $(PYTHON) .venv requirements/dev.txt
	@touch $@
