# One image: pages, workers and clock differ by their command alone. See docs/operations.md.

# ---------- the stylesheet
FROM node:22-bookworm-slim AS frontend
WORKDIR /frontend
COPY participation/frontend/package.json participation/frontend/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY participation/frontend ./
# A municipality's own eight colours (design tokens, no secrets): a file beside tokens.css.
# hadolint ignore=DL3064
ARG TOKENS=tokens.css
RUN node build.mjs /made "$TOKENS"

# ---------- the packages
FROM python:3.11-slim-bookworm AS packages
WORKDIR /packages
RUN python -m venv /venv
COPY requirements/base.txt requirements/maps.txt ./
# MAPS=yes: what reads the shapes of neighbourhoods too, 82 MB that only their import needs.
ARG MAPS=
RUN /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement base.txt \
        ${MAPS:+--requirement maps.txt}

# ---------- what runs
FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/db.sqlite3 \
    MEDIA_ROOT=/data/media \
    QUEUE_ROOT=/data/queue \
    WEB_BIND=0.0.0.0
# What PDFs are made with: the archives. Without versions: Debian removes one from its mirrors as soon as it is mended, so
# that a pinned version would fail to build exactly when it should be replaced.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
# Numbers, so that whoever looks after the machine can give a folder to the same account.
RUN groupadd --gid 10001 leidraad \
    && useradd --no-log-init --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin leidraad \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data /data/media
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py gunicorn.conf.py pyproject.toml LICENSE ./
COPY tracker tracker
COPY participation participation
COPY templates templates
COPY --from=frontend /made participation/static/leidraad
RUN python manage.py collectstatic --noinput && python -m compileall -q tracker participation
# The only place that is written to: the rest may be mounted read-only, with a /tmp in memory.
VOLUME /data
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/healthz', timeout=8)"]
CMD ["gunicorn"]
