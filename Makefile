# Every task of the project. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON ?=
ARGS ?=

BIN := .venv/bin
SAM := .venv-sam/bin
export SAM_CLI_TELEMETRY := 0
# npm trusts what the system trusts, such as the certificate of a company's proxy.
export NODE_USE_SYSTEM_CA := 1
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR):$(CURDIR)/layers/tenantql

WORKERS ?= 2
REQUESTS ?=
URL ?=
TEMPLATE := template.yaml


.PHONY: help
help: ## List the tasks.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.ready .venv-cloud/.ready .venv-sam/.ready .venv-clients/.ready .venv-checkov/.ready .local/playground/.ready .local/checks/.ready ## Install everything that the other tasks need.

.PHONY: run
run: .venv/.ready .venv-cloud/.ready .local/playground/.ready ## Local cloud, demonstration data, endpoint and playground. ARGS="--help" lists options.
	@$(BIN)/python -m local run $(ARGS)

.PHONY: test
test: setup lint ## Everything that CI checks: lint, then all tests.
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

.PHONY: lint
lint: .venv/.ready .venv-sam/.ready ## Format, lint, types, direction of imports, templates.
	@echo "ruff"; $(BIN)/ruff format --check -q . && $(BIN)/ruff check -q .
	@echo "pyright"; $(BIN)/pyright --pythonpath $(BIN)/python
	@echo "import-linter"; $(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@echo "cfn-lint"; $(BIN)/cfn-lint $(TEMPLATE) infra/delivery.yaml
	@echo "sam validate"; AWS_DEFAULT_REGION=us-east-1 $(SAM)/sam validate --lint

.PHONY: format
format: .venv/.ready ## Format the code and mend what ruff can mend.
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: build
build: .venv-sam/.ready ## Build the functions and the layer for this machine.
	@PATH="$(CURDIR)/$(SAM):$(PATH)" $(SAM)/sam build --config-env local

.PHONY: deploy-local
deploy-local: setup ## Build, deploy the whole template into a local cloud, and query its API Gateway.
	@$(BIN)/python -m local deploy $(ARGS)

.PHONY: deploy
deploy: .venv-sam/.ready ## Build and deploy to AWS: CONFIG=dev, staging or prod, as samconfig.toml has them. ARGS go to sam deploy.
	@test -n "$(CONFIG)" || { echo "say which: make deploy CONFIG=dev (or staging, prod)"; exit 2; }
	@PATH="$(CURDIR)/$(SAM):$(PATH)" $(SAM)/sam build --config-env $(CONFIG)
	@$(SAM)/sam deploy --config-env $(CONFIG) $(ARGS)

.PHONY: verify-isolation
verify-isolation: .venv/.ready .venv-cloud/.ready .local/checks/.ready ## Isolation matrix, in a local cloud or on AWS with AWS_PROFILE=name STACK=name. ARGS="--help"
	@$(BIN)/python -m local verify-isolation $(if $(AWS_PROFILE),--profile $(AWS_PROFILE)) $(if $(STACK),--stack $(STACK)) $(ARGS)

.PHONY: bench
bench: .venv/.ready .venv-cloud/.ready ## Time, memory, cost; with targets and a plot. ARGS="run --help" lists parts, ARGS="profile B" looks into a case.
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: day
day: .venv/.ready ## Units of each key in a day at the peaks: makes docs/load/day.md. ARGS="--help"
	@$(BIN)/python -m benchmarks.day $(ARGS)

.PHONY: scaling
scaling: .venv/.ready ## Limits of provisioned capacity from the load model, and docs/load/scaling.md. ARGS="--help"
	@$(BIN)/python -m benchmarks.scaling $(ARGS)

.PHONY: load
load: .venv/.ready .venv-cloud/.ready ## The mix in process, REQUESTS=1000000 of them, or over HTTP with URL=...: docs/load/. ARGS="--help"
	@$(BIN)/python -m load $(if $(URL),url $(URL),run --workers $(WORKERS)) $(if $(REQUESTS),--requests $(REQUESTS)) $(ARGS)

.PHONY: terraform
terraform: .venv/.ready .venv-checkov/.ready ## Format, validate, plan, scan infra/terraform; needs Terraform and its AWS provider.
	@$(BIN)/python -m local.terraform
	@$(BIN)/pytest -q tests/terraform

.PHONY: docs
docs: .venv/.ready .venv-cloud/.ready .venv-clients/.ready ## Make what is generated in docs/ (pages, pictures, schemas) and the client in clients/.
	@$(BIN)/python -m local.patterns
	@$(BIN)/python -m local.authorization
	@$(BIN)/python -m local.clients
	@$(BIN)/python -m cli.cost
	@$(BIN)/python -m cli.page

.PHONY: requirements
requirements: .venv/.ready ## Pin what requirements/*.in ask for.
	@for name in dev cloud sam clients checkov; do \
		$(BIN)/uv pip compile -q --no-header --no-emit-index-url --no-emit-find-links \
			--annotation-style line requirements/$$name.in -o requirements/$$name.txt; \
	done

.PHONY: clean
clean: ## Remove everything that the tasks made.
	rm -rf .venv .venv-cloud .venv-sam .venv-clients .venv-checkov .aws-sam .local .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready: requirements/dev.txt
.venv-cloud/.ready: requirements/cloud.txt
.venv-sam/.ready: requirements/sam.txt
.venv-clients/.ready: requirements/clients.txt
.venv-checkov/.ready: requirements/checkov.txt

.venv/.ready .venv-cloud/.ready .venv-sam/.ready .venv-clients/.ready .venv-checkov/.ready:
	@python=$$(local/find-python) && echo "set-up: $(@D), with $$python" && \
		rm -rf $(@D) && "$$python" -m venv $(@D)
	@$(@D)/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

.local/playground/.ready: local/playground/package.json .venv/.ready
	@echo "set-up: the playground's page"
	@$(BIN)/python -m local playground
	@touch $@

.local/checks/.ready: package.json .venv/.ready
	@echo "set-up: checks from npm"
	@npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p $(@D) && touch $@
