# `make` alone says what there is. State lies under PREAU_HOME (default var/), ports count from
# PREAU_PORT_BASE (default 8600): set both to run several instances side by side.

PLACE := $(or $(PREAU_HOME),var)
PYTHON := .venv/bin/python
PREAU := .venv/bin/preau
BENCH ?=
DEMO ?= large

# A town starts its processes by the dozen: each finds what was compiled before.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run copies cluster cluster-test host-test test test-all test-moments check style whole screens bench grown soak sbom audit release image code clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, start a demo town, print where to sign in (Ctrl-C stops all); DEMO=small
	@bash deploy/bootstrap.sh run
	@$(PREAU) run --demo $(DEMO) $(if $(SEED),--seed $(SEED))

cluster: ## the same town on PostgreSQL, three broker nodes, two instances of each service, nginx
	@bash deploy/bootstrap.sh cluster
	@$(PREAU) run --cluster --demo $(DEMO) $(if $(SEED),--seed $(SEED))

test: ## install what is missing and run the tests
	@bash deploy/bootstrap.sh test
	@$(PYTHON) -m tests

test-all: ## every test on both databases, and the full sequences (nightly)
	@bash deploy/bootstrap.sh test
	@$(PYTHON) -m tests all

cluster-test: ## the journeys on such a town, and again while a node and an instance of each are killed
	@bash deploy/bootstrap.sh test
	@$(PYTHON) -m tests cluster

host-test: ## a town under systemd on bare Debian machines, one and two, in containers; as root
	@bash deploy/bootstrap.sh host
	@$(PYTHON) -m pytest tests/hosts -q

test-moments: ## rules and services on a Friday evening, a leap day, in New Year's night … (nightly)
	@bash deploy/bootstrap.sh moments
	@$(PYTHON) -m tests moments

copies: ## copies under load, each restored and compared: COPIES=20, COPIED=files,postgresql,three-nodes
	@bash deploy/bootstrap.sh test
	@PREAU_TEST_COPIES=$(or $(COPIES),20) $(if $(COPIED),PREAU_TEST_COPIED=$(COPIED)) $(PYTHON) -m pytest -s tests/deploy/test_copies_under_load.py

check: style ## the quick part: style, types, architecture and the tests of the rules
	@$(PYTHON) -m tests check

whole: style ## the quick part and every test, as `.ci/run` does
	@$(PYTHON) -m tests whole

style:
	@bash deploy/bootstrap.sh test
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

screens: ## walk through the journeys and keep what they see in var/screens; renews the README's picture
	@bash deploy/bootstrap.sh test
	@PREAU_SCREENS=$(abspath $(PLACE))/screens $(PYTHON) -m pytest tests/journeys -q --timeout=1800
	@cp "$(PLACE)/screens/readme.webp" docs/preau.webp

bench: ## measure; BENCH=rpc measures one thing
	@bash deploy/bootstrap.sh test
	@$(PYTHON) -m bench $(BENCH)

grown: ## open every page of a town ten times the large one; first `make run DEMO=small` beside it
	@$(PYTHON) -m bench.grown fill
	@$(PYTHON) -m bench.grown walk

soak: ## ten thousand random sequences of billing; SOAK=500 for fewer
	@bash deploy/bootstrap.sh test
	@PREAU_SOAK=$(or $(SOAK),10000) $(PYTHON) -m pytest tests/services/test_billing_machine.py -q --timeout=0

sbom: ## what is in it: the locked packages, their digests and licences, as CycloneDX in var/preau.cdx.json
	@bash deploy/bootstrap.sh test
	@$(PYTHON) -m deploy.releases.requirements.bill_of_materials "$(PLACE)/preau.cdx.json"

audit: ## compare the locked packages with a database of known vulnerabilities; OSV=address for another
	@bash deploy/bootstrap.sh test
	@$(PYTHON) -m deploy.releases.requirements.audit $(OSV)

release: ## the archive of the last commit, its digest and bill of materials, in var/release
	@bash deploy/bootstrap.sh test
	@$(PYTHON) -m deploy.releases.archive "$(PLACE)/release"

image: ## the release as an image for podman and docker, in var/release, as root; ENGINES=yes: with a broker
	@bash deploy/bootstrap.sh test
	@bash deploy/hosting/containers/image.sh "$$($(PYTHON) -m deploy.releases.archive "$(PLACE)/release")" "$(PLACE)/release" $(if $(ENGINES),engines)

code: ## print the one-time codes of the demo's agents
	@$(PREAU) code

# Only what Préau made: an instance carries the file .preau.
clean: ## stop the instance and delete its data (never .venv)
	@if [ -e "$(PLACE)" ] && [ ! -e "$(PLACE)/.preau" ]; then \
		echo "$(PLACE) is not an instance of Préau: it is left alone." >&2; exit 1; fi
	@if [ -e "$(PLACE)/run" ] && [ -x $(PREAU) ]; then $(PREAU) down --forget; fi
	@rm -rf -- "$(PLACE)"
