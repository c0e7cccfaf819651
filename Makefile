# Commands for whoever runs, tests or changes Leidraad. `make help` lists them.
# Everything installed goes into .venv, at the exact versions and hashes of requirements/*.txt.

# The first of these that is 3.11 or later is used; or say: make test PYTHON=/path/to/python
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/made.stamp
BASE := $(VENV)/base.stamp
DEV := $(VENV)/dev.stamp
LOOK := participation/frontend
STYLES := participation/static/leidraad
NODE := sh $(LOOK)/node.sh
# A municipality's own eight colours: make look TOKENS=/path/to/tokens.css
TOKENS ?= $(LOOK)/tokens.css

# What a developer happens to have set is not what the checks are about.
CLEAN := env -u ALARM_EMAIL -u ALLOWED_HOSTS -u BASE_URL -u BEHIND_PROXY -u CLAIM_SECONDS -u CONTACT_EMAIL \
	-u DATABASE_URL -u DEFAULT_FROM_EMAIL -u DEMO -u DISK_FREE_MB -u EMAIL_URL -u MEDIA_ROOT -u METRICS_TOKEN -u MUNICIPALITY \
	-u OIDC_API_AUDIENCE -u OIDC_CLIENT_ID -u OIDC_CLIENT_SECRET -u OIDC_EMAIL_CLAIM -u OIDC_EMAIL_DOMAINS \
	-u OIDC_NAME -u OIDC_SERVER_URL -u PORT -u PUBLIC_TEXT_HISTORY -u QUEUE_ROOT -u REDIS_URL -u RULEBOOK \
	-u SECRET_KEY -u WEB_BIND DEBUG=1
# The tests that take longest come last and together: who is done first takes half of what the other has left.
PYTEST := $(BIN)/python -m pytest -n 2 --dist=worksteal --hypothesis-profile=ci
# A database of its own for developing; remove the file to begin anew, or set DATABASE_URL to use another.
DEV_DATABASE := demo-output/dev.sqlite3
DEVELOP = DEBUG=1 DEMO=1 BASE_URL="$${BASE_URL:-http://localhost:$${PORT:-8000}}" DATABASE_URL="$${DATABASE_URL:-sqlite:///$(DEV_DATABASE)}"
HEADING = @printf '\n=== %s ===\n'

.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo dev shell migrate messages look picture test check lint types layers django deploy licences system test-sqlite \
	test-postgres faults fresh bench lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | \
		while IFS="$$(printf '\t')" read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

demo: $(BASE) look ## show what Leidraad does, with real cases (ARGS='--help' for more)
	@DEMO=1 $(BIN)/python manage.py demo $(ARGS)

# The server reads from the terminal, so that a breakpoint in a view can be used. The worker does not reload.
dev: $(DEV) look ## develop: a server that reloads, a worker, the stylesheet, demonstration data and log-ins (Ctrl-C stops all)
	@$(DEVELOP) $(BIN)/python manage.py demo --no-server --port "$${PORT:-8000}" $(ARGS)
	@exec 3<&0; trap 'kill $$started 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	$(DEVELOP) $(BIN)/python manage.py run_worker & started=$$!; \
	while sleep 1; do $(MAKE_COMMAND) --silent look; done & started="$$started $$!"; \
	$(DEVELOP) $(BIN)/python manage.py runserver "$${PORT:-8000}" <&3 & started="$$started $$!"; \
	wait $$!

shell: $(DEV) ## a Python shell on the database of `make dev`
	@$(DEVELOP) $(BIN)/python manage.py shell $(ARGS)

migrate: $(DEV) ## migrate the database of `make dev`
	@mkdir -p $(dir $(DEV_DATABASE))
	@$(DEVELOP) $(BIN)/python manage.py migrate $(ARGS)

messages: $(DEV) ## compile the Dutch translation, and list what is missing in it or left over
	@$(BIN)/pybabel compile --domain=django --directory=participation/locale
	@$(CLEAN) $(BIN)/python -m pytest -qq -n 0 -vv --tb=short tests/test_translations.py

look: $(STYLES)/leidraad.css ## make the stylesheet of the pages (TOKENS=FILE for other colours)

$(STYLES)/leidraad.css: $(LOOK)/node_modules/.package-lock.json $(LOOK)/build.mjs $(TOKENS) \
		$(wildcard $(LOOK)/*.css $(LOOK)/*.svg)
	@echo 'Making the stylesheet in $(STYLES)'
	@$(NODE) node $(LOOK)/build.mjs $(STYLES) $(TOKENS)

# Node.js of the system, else of a wheel: see node.sh. The packages' own scripts are not run.
$(LOOK)/node_modules/.package-lock.json: $(LOOK)/package-lock.json $(LOOK)/package.json requirements/look.txt $(MADE)
	@$(NODE) npm --version >/dev/null 2>&1 || { \
		echo 'Installing Node.js into $(VENV)'; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/look.txt; }
	@echo 'Installing what the stylesheet is made of into $(LOOK)/node_modules'
	@cd $(LOOK) && sh node.sh npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

picture: $(DEV) look system ## make the pictures in docs/ anew (of which pages: tests/pictures.py)
	@$(CLEAN) $(BIN)/python -m tests.pictures docs

test: check system test-sqlite test-postgres ## everything: the checks, then the tests on SQLite and on PostgreSQL with Redis

check: lint types layers django deploy licences ## what can be checked without running a test

lint: $(DEV) ## style and formatting
	$(HEADING) 'ruff'
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV) ## types
	$(HEADING) 'mypy'
	@$(CLEAN) $(BIN)/mypy

layers: $(DEV) ## the import contracts: arrows run one way
	$(HEADING) 'import-linter'
	@$(BIN)/lint-imports --no-cache --no-logo

django: $(DEV) ## Django's own checks, and no model without its migration
	$(HEADING) 'manage.py check'
	@$(CLEAN) DATABASE_URL=sqlite:///:memory: $(BIN)/python manage.py check
	@$(CLEAN) DATABASE_URL=sqlite:///:memory: $(BIN)/python manage.py makemigrations --check --dry-run

# As in production: nothing set but what the manual tells an administrator to set.
deploy: $(DEV) look ## Django's checks for a production set-up
	$(HEADING) 'manage.py check --deploy'
	@$(CLEAN) DEBUG=0 ALLOWED_HOSTS=example.org DATABASE_URL=sqlite:///:memory: \
		SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

licences: $(DEV) ## every file has a licence and a copyright holder
	$(HEADING) 'reuse'
	@$(BIN)/reuse lint --lines

test-sqlite: $(DEV) look system ## the tests on SQLite, tasks in process
	$(HEADING) 'tests on SQLite'
	@$(CLEAN) $(PYTEST) $(ARGS)

test-postgres: $(DEV) look system ## the tests that touch the database, on PostgreSQL with Redis
	$(HEADING) 'tests on PostgreSQL and Redis'
	@$(CLEAN) $(BIN)/python tests/servers.py -- $(PYTEST) --database-only $(ARGS)

system: $(DEV) ## use what the tests need of the machine: a browser, PDF, servers; root on Debian installs what is missing
	@$(BIN)/python tests/system.py

fresh: ## run make demo and make test on a bare Debian in a folder (needs root and debootstrap; ARGS=FOLDER)
	@tests/fresh_machine.sh $(ARGS)

# Once is among the tests; this is for often, each time at other moments: make faults ARGS='--times 10'
faults: $(DEV) system ## let everything go wrong that can, and count what is lost or comes twice (ARGS='--help' for more)
	@$(CLEAN) $(BIN)/python -m tests.faults $(ARGS)

bench: $(DEV) ## measure, each figure against its floor
	@$(CLEAN) $(BIN)/python -m tests.benchmarks $(ARGS)

lock: ## compile requirements/*.in anew (needs uv; UPGRADE=--upgrade for newer versions)
	cd requirements && for name in base dev look; do \
		uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
			$(UPGRADE) "$$name.in" -o "$$name.txt" || exit 1; \
	done

clean: ## remove what was installed or cached, never data
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf $(LOOK)/node_modules $(STYLES)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@for python in $(PYTHON) ''; do \
		[ -z "$$python" ] || "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
			&& break; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Leidraad needs Python 3.11 or later. Point to one with: make PYTHON=/path/to/python' >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; \
	fi; \
	rm -rf $(VENV) && "$$python" -m venv $(VENV) && touch $@

# A stamp is as old as the last installation: nothing is installed again until its list changes.
$(BASE) $(DEV): $(VENV)/%.stamp: requirements/%.txt $(MADE)
	@echo 'Installing $< into $(VENV)'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@
