# Commands to run, test and develop Leidraad. `make help` lists them.
# Packages are installed into .venv, at the exact versions and hashes of requirements/*.txt.

# The first of these that is 3.11 or later is used. To choose another: make test PYTHON=/path/to/python
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
VENV_STAMP := $(VENV)/made.stamp
BASE_STAMP := $(VENV)/base.stamp
DEV_STAMP := $(VENV)/dev.stamp
FRONTEND := participation/frontend
CLIENTS := tests/api/clients
STATIC := participation/static/leidraad
NODE := sh $(FRONTEND)/node.sh
# A municipality's own eight colours: make css TOKENS=/path/to/tokens.css
TOKENS ?= $(FRONTEND)/tokens.css

# Checks and tests ignore the settings of the developer's own environment. They start dozens of Python processes, which
# would each compile everything where no bytecode may be written.
CLEAN_ENV := env -u PYTHONDONTWRITEBYTECODE -u ALARM_EMAIL -u ALLOWED_HOSTS -u BASE_MAP_URL -u BASE_URL -u BEHIND_PROXY -u BOUNCE_EMAIL -u BUSY_WEEK -u CLAIM_SECONDS -u COMPARISON_KEY -u CONTACT_EMAIL -u SECURITY_CONTACT \
	-u DATABASE_URL -u DEFAULT_FROM_EMAIL -u DEMO -u DISK_FREE_MB -u EMAIL_URL -u MEDIA_ROOT -u METRICS_TOKEN -u MUNICIPALITY \
	-u OIDC_API_AUDIENCE -u OIDC_CLIENT_ID -u OIDC_CLIENT_SECRET -u OIDC_EMAIL_CLAIM -u OIDC_EMAIL_DOMAINS \
	-u OIDC_NAME -u OIDC_SERVER_URL -u PORT -u PUBLIC_TEXT_HISTORY -u QUEUE_ROOT -u REDIS_URL -u RULEBOOK \
	-u SECRET_KEY -u STATEMENTS -u WEBHOOK_NETWORKS -u WEB_BIND DEBUG=1
# worksteal: a process that has finished takes over half of the tests that the other still has to do.
PYTEST := $(BIN)/python -m pytest -n 2 --dist=worksteal --hypothesis-profile=ci
# The database of `make dev`. Remove the file to start again, or set DATABASE_URL to use another.
DEV_DATABASE := demo-output/dev.sqlite3
DEV_ENV = DEBUG=1 DEMO=1 BASE_URL="$${BASE_URL:-http://localhost:$${PORT:-8000}}" DATABASE_URL="$${DATABASE_URL:-sqlite:///$(DEV_DATABASE)}" \
	MEDIA_ROOT="$${MEDIA_ROOT:-demo-output/media}"
HEADING = @printf '\n=== %s ===\n'

# Two targets may install in .venv or run tests at once only where a recipe below says that they can.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo dev shell migrate messages css screenshots test check clients lint types imports django-check deploy-check reuse \
	system test-sqlite test-postgres resilience fresh bench lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | \
		while IFS="$$(printf '\t')" read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

demo: $(BASE_STAMP) css ## run the demonstration, with real cases (ARGS='--help' lists its options)
	@DEMO=1 $(BIN)/python manage.py demo $(ARGS)

# The server keeps the terminal as its input, so that a breakpoint in a view works. The worker does not reload.
dev: $(DEV_STAMP) css ## run a reloading server and a worker, rebuild the stylesheet, load demonstration data (Ctrl-C stops all)
	@$(DEV_ENV) $(BIN)/python manage.py demo --no-server --port "$${PORT:-8000}" $(ARGS)
	@exec 3<&0; trap 'kill $$started 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	$(DEV_ENV) $(BIN)/python manage.py run_worker & started=$$!; \
	while sleep 1; do $(MAKE_COMMAND) --silent css; done & started="$$started $$!"; \
	$(DEV_ENV) $(BIN)/python manage.py runserver "$${PORT:-8000}" <&3 & started="$$started $$!"; \
	wait $$!

shell: $(DEV_STAMP) ## a Python shell on the database of `make dev`
	@$(DEV_ENV) $(BIN)/python manage.py shell $(ARGS)

migrate: $(DEV_STAMP) ## migrate the database of `make dev`
	@mkdir -p $(dir $(DEV_DATABASE))
	@$(DEV_ENV) $(BIN)/python manage.py migrate $(ARGS)

messages: $(DEV_STAMP) ## compile the Dutch translation, and list what is missing in it or left over
	@$(BIN)/pybabel compile --domain=django --directory=participation/locale
	@$(CLEAN_ENV) $(BIN)/python -m pytest -qq -n 0 -vv --tb=short tests/test_translations.py

css: $(STATIC)/leidraad.css ## build the stylesheet (TOKENS=FILE for other colours)

$(STATIC)/leidraad.css: $(FRONTEND)/node_modules/.package-lock.json $(FRONTEND)/build.mjs $(TOKENS) \
		$(wildcard $(FRONTEND)/*.css $(FRONTEND)/*.svg)
	@echo 'Building the stylesheet in $(STATIC)'
	@$(NODE) node $(FRONTEND)/build.mjs $(STATIC) $(TOKENS)

# Uses the system's Node.js, or else the one in a wheel: see node.sh. Install scripts of npm packages are not run.
$(FRONTEND)/node_modules/.package-lock.json: $(FRONTEND)/package-lock.json $(FRONTEND)/package.json requirements/frontend.txt $(VENV_STAMP)
	@$(NODE) npm --version >/dev/null 2>&1 || { \
		echo 'Installing Node.js into $(VENV)'; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/frontend.txt; }
	@echo 'Installing npm packages into $(FRONTEND)/node_modules'
	@cd $(FRONTEND) && sh node.sh npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# With the Node.js of the stylesheet; `css` has installed it where there was none.
clients: $(CLIENTS)/node_modules/.package-lock.json

$(CLIENTS)/node_modules/.package-lock.json: $(CLIENTS)/package-lock.json $(CLIENTS)/package.json $(FRONTEND)/node_modules/.package-lock.json
	@echo 'Installing npm packages into $(CLIENTS)/node_modules'
	@cd $(CLIENTS) && sh $(CURDIR)/$(FRONTEND)/node.sh npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

screenshots: $(DEV_STAMP) css system ## take the screenshots in docs/ again (tests/screenshots.py lists the pages)
	@$(CLEAN_ENV) $(BIN)/python -m tests.screenshots docs

test: $(DEV_STAMP) ## run all checks, then the tests on SQLite and on PostgreSQL with Redis
	@$(MAKE) --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) SIDE_BY_SIDE=1 check clients
	@$(MAKE) --no-print-directory system test-sqlite test-postgres

# The slowest first: `make test` runs two at a time.
check: types lint imports django-check deploy-check reuse ## run every check that is not a test

lint: $(DEV_STAMP) ## check style and formatting
	$(HEADING) 'ruff'
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV_STAMP) ## check types
	$(HEADING) 'mypy'
	@$(CLEAN_ENV) $(BIN)/mypy

imports: $(DEV_STAMP) ## check the import contracts between layers
	$(HEADING) 'import-linter'
	@$(BIN)/lint-imports --no-cache --no-logo

django-check: $(DEV_STAMP) ## run Django's checks, and look for missing migrations
	$(HEADING) 'manage.py check'
	@$(CLEAN_ENV) DATABASE_URL=sqlite:///:memory: $(BIN)/python manage.py check
	@$(CLEAN_ENV) DATABASE_URL=sqlite:///:memory: $(BIN)/python manage.py makemigrations --check --dry-run

# With the minimal production settings of docs/operations.md and nothing else.
deploy-check: $(DEV_STAMP) css ## run Django's deployment checks
	$(HEADING) 'manage.py check --deploy'
	@$(CLEAN_ENV) DEBUG=0 ALLOWED_HOSTS=example.org DATABASE_URL=sqlite:///:memory: \
		SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

reuse: $(DEV_STAMP) ## check that every file has a licence and a copyright holder
	$(HEADING) 'reuse'
	@$(BIN)/reuse lint --lines

test-sqlite: $(DEV_STAMP) css clients system ## run the tests on SQLite, with tasks in the same process
	$(HEADING) 'tests on SQLite'
	@$(CLEAN_ENV) $(PYTEST) $(ARGS)

test-postgres: $(DEV_STAMP) css system ## run the tests that touch the database, on PostgreSQL with Redis
	$(HEADING) 'tests on PostgreSQL and Redis'
	@$(CLEAN_ENV) $(BIN)/python tests/servers.py -- $(PYTEST) --database-only $(ARGS)

system: $(DEV_STAMP) ## check that browser, PDF libraries and servers work; root on Debian installs what is missing
	@$(BIN)/python tests/system.py

fresh: ## run make demo and make test on a bare Debian in a chroot (needs root and debootstrap; ARGS=FOLDER)
	@tests/fresh_machine.sh $(ARGS)

# `make test` runs most scenarios once. This repeats all of them with other timing: make resilience ARGS='--times 10'
resilience: $(DEV_STAMP) system ## inject faults, and count what is lost or duplicated (ARGS='--help' lists the options)
	@$(CLEAN_ENV) $(BIN)/python -m tests.resilience $(ARGS)

bench: $(DEV_STAMP) ## run the benchmarks, each against a baseline
	@$(CLEAN_ENV) $(BIN)/python -m tests.benchmarks $(ARGS)

lock: ## compile requirements/*.in again (needs uv; UPGRADE=--upgrade for newer versions)
	cd requirements && for name in base maps dev frontend; do \
		uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
			$(UPGRADE) "$$name.in" -o "$$name.txt" || exit 1; \
	done

clean: ## remove installed packages and caches, never data
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf $(FRONTEND)/node_modules $(CLIENTS)/node_modules $(STATIC)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV_STAMP):
	@for python in $(PYTHON) ''; do \
		[ -z "$$python" ] || "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
			&& break; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Leidraad needs Python 3.11 or later. Point to one with: make PYTHON=/path/to/python' >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot create a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; \
	fi; \
	rm -rf $(VENV) && "$$python" -m venv $(VENV) && touch $@

# A stamp file records the last installation: packages are installed again only when their list is newer. The list is
# complete, so nothing is looked up for it, and Python compiles a module when it is first imported.
$(BASE_STAMP) $(DEV_STAMP): $(VENV)/%.stamp: requirements/%.txt $(VENV_STAMP)
	@echo 'Installing $< into $(VENV)'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --no-compile -r $<
	@touch $@
