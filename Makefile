.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint format bench fuzz docs lock clean environment environment-dev

PY := .venv/bin/python
PYTEST := pytest -n 2 --dist worksteal $(TESTS)

# Containers often forbid Python to keep what it has compiled; each of the processes that tests start would compile anew.
unexport PYTHONDONTWRITEBYTECODE

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

demo: environment  ## run a village of 217 homes against the daemon; DAYS=14 runs that many days unpaced and checks itself
	@.venv/bin/metersim demo $(if $(DAYS),--days $(DAYS)) $(if $(DIR),--dir $(DIR))

test: environment-dev  ## lint, type-check and run every test, installing what they need
	@tools/system-packages
	@$(MAKE) --no-print-directory lint
	@$(PY) -m $(PYTEST)

coverage: environment-dev  ## run every test under coverage, which doubles their time, and tell what share of lines and branches they reach
	@tools/system-packages
	@rm -f .coverage .coverage.*
	@$(PY) -m coverage run -m $(PYTEST)
	@$(PY) -m coverage combine -q
	@$(PY) -m coverage report --format=total --fail-under=0 | sed 's/^/coverage of the lines and branches: /; s/$$/ %/'

lint: environment-dev  ## ruff, mypy --strict, the import contract
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@$(PY) tools/draw --check

format: environment-dev  ## let ruff lay out the code
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --fix --quiet .

bench: environment-dev  ## measure, as ratios against a floor and a peer in the same run
	@for script in bench/*.py; do echo "== $$script"; $(PY) $$script; done

fuzz: environment-dev  ## aim bytes at both protocols under coverage; SECONDS=60 for each target, TARGET=apdus_698 for one of them
	@$(PY) -m tests.fuzz.run --seconds $(or $(SECONDS),60) $(addprefix --target ,$(TARGET))

docs: environment-dev  ## draw the state machines from the tables that the code runs on
	@$(PY) tools/draw

lock: environment-dev  ## pin every dependency again, by version and hash
	@requirements/lock

clean:  ## remove the environment and everything that was made
	rm -rf .venv build dist var .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

environment:
	@tools/environment run

environment-dev:
	@tools/environment dev
