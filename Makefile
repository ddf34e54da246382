# `make` lists the targets.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: help demo test bench lint docs lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

.venv: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch .venv

demo: .venv ## run the gate on samples/: verdict, exit code, HTML report
	@mkdir -p out
	@$(BIN)/leakgate gate samples/deskmate --policy samples/policy.yaml \
	  --now 2026-10-15T06:00:00Z -o html=out/report.html -o json=out/report.json; \
	  echo "exit code $$?"

test: .venv ## all tests
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

bench: .venv ## speed on made-up telemetry (SIZE=64 megabytes), beside decoding alone and Kingfisher
	$(BIN)/python tests/benchmarks/bench.py --size $(or $(SIZE),64)

lint: .venv ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv ## fill the generated tables of the README
	$(BIN)/python scripts/docs.py

lock: ## pin all packages with hashes, from the public index only
	$(PYTHON) -m venv out/lock && out/lock/bin/pip install --quiet pip-tools
	env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	  out/lock/bin/pip-compile --generate-hashes --allow-unsafe --strip-extras --no-annotate \
	  --no-header --no-emit-index-url --no-emit-find-links --all-extras --all-build-deps --quiet -o requirements.lock pyproject.toml
	sed -i '/^#/d; /^$$/d' requirements.lock

clean: ## remove what the other targets made
	rm -rf .venv out .leakgate
