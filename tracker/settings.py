"""Settings: what differs between machines comes from the environment, and odd values are refused.

A real installation needs SECRET_KEY and BASE_URL, the address that people use; from that follow the allowed
host, secure cookies and the redirect to https. See ``setting`` for how a value is read.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


def setting(name: str, allowed: str, read: Callable[[str], Any], default: Any) -> Any:
    """Return the environment's variable as ``read`` makes it, or the default where it is absent or empty.

    Raises ImproperlyConfigured, naming the variable and the allowed form, where ``read`` raises ValueError.
    """
    given = os.environ.get(name, "").strip()
    if not given:
        return default
    try:
        return read(given)
    except (ValueError, KeyError):
        # The value itself is left out: it may hold a password, and this message ends up in logs.
        raise ImproperlyConfigured(f"The environment variable {name} must be {allowed}.") from None


def _yes_or_no(text: str) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]


def _words(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise ValueError(text)
    return words


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError(text)
    return text.rstrip("/")


def _redis(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError(text)
    return text


def _login(parts: SplitResult) -> tuple[str, str]:
    return unquote(parts.username or ""), unquote(parts.password or "")


def _sqlite(path: str | Path) -> dict[str, Any]:
    # IMMEDIATE takes the write lock when a transaction begins, so that two writers wait instead of failing
    # half-way; WAL lets readers go on meanwhile.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _database(text: str) -> dict[str, Any]:
    parts = urlsplit(text)
    name = unquote(parts.path[1:])
    if parts.scheme == "sqlite" and name and not parts.netloc:
        return _sqlite(name if name == ":memory:" else BASE_DIR / name)
    if parts.scheme not in ("postgres", "postgresql") or not name:
        raise ValueError(text)
    user, password = _login(parts)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))),
    }


def _mail(text: str) -> dict[str, Any]:
    parts = urlsplit(text)
    backend = "django.core.mail.backends."
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": backend + "console.EmailBackend"}
    if parts.scheme == "file" and len(parts.path) > 1:
        return {"EMAIL_BACKEND": backend + "filebased.EmailBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme not in ("smtp", "smtps", "smtp+tls") or not parts.hostname:
        raise ValueError(text)
    user, password = _login(parts)
    return {
        "EMAIL_BACKEND": backend + "smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": password,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 30,
    }


def served(application: Any) -> Any:
    """Return the application as it may be served. Raises ImproperlyConfigured where there is no secret key.

    Each process would make its own, and log out the visitors of the others.
    """
    if not _HAS_SECRET:
        raise ImproperlyConfigured(
            "To serve pages the environment variable SECRET_KEY must be set to a long, random text "
            "(or set DEMO=1 to look around, DEBUG=1 to develop)."
        )
    return application


# ---------- who, where and how safe

_YES_OR_NO = "1, true or yes, or else 0, false or no"
DEBUG = setting("DEBUG", _YES_OR_NO, _yes_or_no, False)
#: A demonstration on one's own machine: no https, no secret to think of, invented trajectories.
DEMO = setting("DEMO", _YES_OR_NO, _yes_or_no, False)
_LOCAL = DEBUG or DEMO

SECRET_KEY = setting("SECRET_KEY", "a long, random text", str, "")
#: A command needs no secret; whoever serves pages does: see ``served``.
_HAS_SECRET = bool(SECRET_KEY) or _LOCAL
if not SECRET_KEY:
    # While developing a fixed one, so that a reload keeps one logged in; else one that nobody can guess.
    SECRET_KEY = "django-insecure-for-development-only" if DEBUG else get_random_secret_key()

_HOSTS = setting("ALLOWED_HOSTS", "host names with commas between them", _words, [])
#: The address that people use: links in mails start with it.
BASE_URL = setting(
    "BASE_URL",
    "an address like https://participatie.example.nl, without a path",
    _web_address,
    "http://localhost:8000" if _LOCAL else f"https://{next(iter(_HOSTS), 'localhost').lstrip('.*')}",
)
_HOST = str(urlsplit(BASE_URL).hostname)
ALLOWED_HOSTS = _HOSTS or ([_HOST, "localhost", "127.0.0.1", "[::1]"] if _LOCAL else [_HOST])
CSRF_TRUSTED_ORIGINS = [BASE_URL]

_HTTPS = BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = _HTTPS
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
# Only where a proxy sets this header itself on every request: anyone else could lie in it.
if setting("BEHIND_PROXY", _YES_OR_NO, _yes_or_no, False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---------- the application

#: Told in every receipt of an assessment, so that a figure can be traced to the code that made it.
CODE_VERSION = "0.1.0"
#: The file in participation/rulebooks by which trajectories are judged.
RULEBOOK = setting("RULEBOOK", "the name of a rulebook, like leiden", str, "leiden")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "participation",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": setting(
        "DATABASE_URL",
        "sqlite:///file.sqlite3 or postgres://user:password@host:5432/name",
        _database,
        _sqlite(BASE_DIR / "db.sqlite3"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What is changed back is changed: by a form, in the open. (Its own way back skips the assessment.)
SIMPLE_HISTORY_REVERT_DISABLED = True

AUTH_USER_MODEL = "participation.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# ---------- work in the background: Redis where it is given, else in process

REDIS_URL = setting("REDIS_URL", "an address like redis://localhost:6379/0", _redis, "")
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_IGNORE_RESULT = True
# Work is rows that may be taken twice, so a job that dies with its worker is simply handed out again.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Europe/Amsterdam"

# ---------- mail

globals().update(
    setting(
        "EMAIL_URL",
        "smtp://, smtps:// or smtp+tls://user:password@host:port, console:// or file:///folder",
        _mail,
        _mail("console://" if _LOCAL else "smtp://localhost:25"),
    )
)
DEFAULT_FROM_EMAIL = setting("DEFAULT_FROM_EMAIL", "an e-mail address", str, f"leidraad@{_HOST}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ---------- language, time and files

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
TIME_ZONE = "Europe/Amsterdam"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = None if _LOCAL else BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = _LOCAL
