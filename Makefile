# Everything that a person does with a checkout starts here: `make help`.
#
# Targets make what they need: a Python environment in .venv from a lock with hashes (infra/locks),
# and uv in .uv where the machine has none. Nothing is written outside this folder but two caches:
# uv's, and jars in ~/.cache/clickledger.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

VENV := .venv/bin
PYTHON := $(VENV)/python

# Without bytecode every command would start three times as slowly.
unexport PYTHONDONTWRITEBYTECODE

# The JVMs of `make test` live for seconds: the optimising compiler took half of a driver's start
# (JVM 10 core-seconds to the first commit, 5 without it). Long tests run as a deployment does.
SHORT_LIVED_JVMS := JAVA_TOOL_OPTIONS="-XX:TieredStopAtLevel=1"

# Half the time of a stack test is waiting: for a server, a JVM, a moment.
TWO_WORKERS := --numprocesses 2 --dist loadscope --no-loadscope-reorder

# `TRAFFIC=off AIRFLOW=off make up` reads better than the settings' own names.
ifdef TRAFFIC
export CLICKLEDGER_TRAFFIC := $(TRAFFIC)
endif
ifdef AIRFLOW
export CLICKLEDGER_AIRFLOW := $(AIRFLOW)
endif

# A python3.12 on PATH may be a version manager's stub that only complains: each is asked.
FIND_PYTHON = for each in python3.11 python3.12 python3.13 python3.14 python3; do \
	if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then command -v "$$each"; break; fi; done

# $(call prepare,LOCK,OPTIONS): the machine has what is needed, .venv holds what LOCK says.
define prepare
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer was not found. Install it (sudo apt-get install python3)." >&2; \
		exit 10; \
	fi; \
	"$$python" -m infra.preflight $(2) && "$$python" -m infra.bootstrap $(1)
endef

INSTALLED = @[ -x $(PYTHON) ] || { echo "Nothing is installed here yet: run make up." >&2; exit 10; }

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- the stack ------------------------------------------------------------------------------------
.PHONY: up down status logs sql airflow
up: ## bring up Kafka, MariaDB, the stream and its traffic (TRAFFIC=off: without)
	$(call prepare,runtime,--ports)
	@$(PYTHON) -m infra up

down: ## drain the stream, end everything in order
	$(INSTALLED)
	@$(PYTHON) -m infra down

status: ## what runs, where, and how it does
	$(INSTALLED)
	@$(PYTHON) -m infra status

logs: ## the end of every log; one with NAME=stream, FOLLOW=1 goes on
	$(INSTALLED)
	@$(PYTHON) -m infra logs $(NAME) $(if $(FOLLOW),--follow)

sql: ## the database's own client, as the user who may only read
	$(INSTALLED)
	@$(PYTHON) -m infra sql

airflow: ## Airflow's own command: make airflow ARGS="dags list"
	$(INSTALLED)
	@$(PYTHON) -m infra airflow $(ARGS)

# --- tests and checks -----------------------------------------------------------------------------
.PHONY: test test-unit test-long chaos check fmt ci bench
test: ready-to-test ## every scenario once, slowest tests last
	@$(SHORT_LIVED_JVMS) $(PYTHON) -m pytest -m "not long" $(TWO_WORKERS) --durations=15 $(ARGS)

test-unit: dev ## what needs nothing but Python
	@$(PYTHON) -m pytest -m unit $(TWO_WORKERS) $(ARGS)

test-long: ready-to-test ## loops, big days, then percentiles of live and restarts (hours)
	@$(PYTHON) -m pytest -m long --keep-results long $(ARGS)
	@$(PYTHON) -m benchmarks live --keep
	@$(PYTHON) -m benchmarks restarts

chaos: dev ## random kills until ROUNDS are done (default 10)
	@CLICKLEDGER_CHAOS_ROUNDS=$(or $(ROUNDS),10) $(PYTHON) -m pytest -m long -k chaos -s --keep-results chaos $(ARGS)

check: dev ## formatting, lint, types, import directions; changes nothing
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@cd dags && ../$(VENV)/mypy --config-file ../pyproject.toml --cache-dir ../.mypy_cache *.py
	@$(VENV)/lint-imports

fmt: dev ## let ruff format and fix
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .

ci: check test ## exactly what CI runs

bench: dev ## every benchmark in one run, results kept; Flink takes part where it can be fetched
	@$(PYTHON) -m benchmarks $(ARGS)

# --- the environment ------------------------------------------------------------------------------
.PHONY: dev ready-to-test lock
dev: ## .venv with what tests and checks need
	$(call prepare,dev)

ready-to-test: # as `dev`, and the programs that reports are opened with: as root on Debian, installed
	$(call prepare,dev,--readers)

lock: ## write infra/locks again from pyproject.toml (UPGRADE=1: newest versions)
	@python=$$($(FIND_PYTHON)); "$${python:-python3}" -m infra.relock $(if $(UPGRADE),--upgrade)
