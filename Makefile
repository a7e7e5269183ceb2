# certify: every command of the project. `make` lists them.
# They need Python 3.11+ and make; everything else is set up on the way.

.DEFAULT_GOAL := help
.PHONY: help demo test serve check bench format docs translations lock clean setup setup-dev tools
.SUFFIXES:

RUN := .venv/bin
# Two cores are the least that this is made for. A file's tests share their fixtures, so they stay together; files run in their
# order, since the longest have few tests and would come last.
PYTEST := $(RUN)/pytest -q -n logical --dist loadfile --no-loadscope-reorder

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## set up everything and run the main job from records to verified certificates, in ./demo
	@$(RUN)/certify demo --into demo

test: setup-dev tools ## set up everything and run all tests
	@$(PYTEST)

serve: setup ## serve ./demo in the browser if it is there, or else the installation in ./var
	@if [ -f demo/certify.env ]; then $(RUN)/certify serve --demo demo; else $(RUN)/certify serve; fi

check: setup-dev tools ## format, lint, types and tests: all that must hold before a change goes in
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	@$(PYTEST)

bench: setup-dev ## measure how many certificates and answers a second this machine makes
	@$(RUN)/python -m benchmarks.run

format: setup-dev ## lay out the code, and mend what lint can mend
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

docs: setup-dev ## write the reference pages that are made from the program
	$(RUN)/python tools/write_docs.py

translations: setup-dev ## bring the pages' translations up to date, and name what is not translated
	@$(RUN)/python -m certify.web.extract

lock: ## resolve pyproject.toml anew into requirements/*.lock
	@tools/lock.sh

clean: ## remove the environment and every cache; ./demo and ./var stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis certify.egg-info build
	rm -rf tests/interop/node_modules
	find certify tests migrations tools -name __pycache__ -type d -exec rm -rf {} +

setup: ## set up what the program needs, in .venv
	@tools/setup.sh runtime

setup-dev:
	@tools/setup.sh dev

tools:
	@tools/system-packages.sh
	@tools/interop.sh
