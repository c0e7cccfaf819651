"""Django settings. What differs between installations is read from the environment; invalid values are rejected.

Production needs SECRET_KEY and BASE_URL, the public URL; allowed hosts, secure cookies and the redirect to https are
derived from it. See ``environment.setting`` for how a value is read.
"""

import os
import tomllib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from tracker import api, logs, oidc, statements
from tracker import environment as env
from tracker.environment import BASE_DIR, setting


def require_secret_key(application: Any) -> Any:
    """Return the WSGI or ASGI application. Raises ImproperlyConfigured without a SECRET_KEY.

    Each process would otherwise generate its own, and reject the sessions of the others.
    """
    if not HAS_SECRET:
        raise ImproperlyConfigured(
            "To serve pages the environment variable SECRET_KEY must be set to a long, random text "
            "(or set DEMO=1 to look around, DEBUG=1 to develop)."
        )
    return application


# ---------- environment, hosts and security

_YES_OR_NO = "1, true or yes, or else 0, false or no"
DEBUG = setting("DEBUG", _YES_OR_NO, env.boolean, False)
#: Demonstration on a local machine: no https, a generated SECRET_KEY, fictitious trajectories.
DEMO = setting("DEMO", _YES_OR_NO, env.boolean, False)
_LOCAL = DEBUG or DEMO

SECRET_KEY = setting("SECRET_KEY", "a long, random text", str, "")
#: Management commands run without one; serving pages and signing unsubscribe links need it: see ``require_secret_key``.
HAS_SECRET = bool(SECRET_KEY) or _LOCAL
if not SECRET_KEY:
    # Fixed in development, so that sessions survive a reload; otherwise random.
    SECRET_KEY = "django-insecure-for-development-only" if DEBUG else get_random_secret_key()

_HOSTS = setting("ALLOWED_HOSTS", "host names with commas between them", env.comma_separated, [])
#: Public base URL, also of the links in mails.
BASE_URL = setting(
    "BASE_URL",
    "an address like https://participatie.example.nl, without a path",
    env.base_url,
    "http://localhost:8000" if _LOCAL else f"https://{next(iter(_HOSTS), 'localhost').lstrip('.*')}",
)
_HOST = str(urlsplit(BASE_URL).hostname)
ALLOWED_HOSTS = _HOSTS or ([_HOST, "localhost", "127.0.0.1", "[::1]"] if _LOCAL else [_HOST])
CSRF_TRUSTED_ORIGINS = [BASE_URL]

_HTTPS = BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = _HTTPS
# Monitoring on the same machine requests these without https.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# Trust forwarded headers only behind a proxy that sets them on every request: clients could forge them.
#: Number of trusted proxies.
ALLAUTH_TRUSTED_PROXY_COUNT = 0
if setting("BEHIND_PROXY", _YES_OR_NO, env.boolean, False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    #: Rate-limited clients are identified by the last address in X-Forwarded-For: the one that the proxy itself saw.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "participation.web.shared.errors.csrf_failure"
# Browsers accept a cookie with this prefix only over https from this exact host, so that sibling subdomains cannot
# set it.
_HOST_ONLY = "__Host-" if _HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_HOST_ONLY}language"
LANGUAGE_COOKIE_AGE = 31_536_000
#: Staff log in once a working day: no session ends in mid-afternoon, and one left open on a shared machine is over by
#: the next morning. Counted from logging in, not from the last request.
SESSION_COOKIE_AGE = 12 * 3600
#: Members of associations use their own telephone, and each new login costs them a mail.
MEMBER_SESSION_AGE = 14 * 24 * 3600

# ---------- the application

#: Stored with every assessment, so that a result can be traced to the code that computed it.
CODE_VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
#: Names of rulebooks in participation/rulebooks, or paths of files, with commas between them. The first also judges the
#: trajectories of municipalities without one, so what Leiden promised is the default of the demonstration alone.
RULEBOOK = setting("RULEBOOK", "names of rulebooks, like leiden,amsterdam", str, "leiden" if DEMO else "basis")
#: Name of the municipality, shown on every page.
MUNICIPALITY = setting("MUNICIPALITY", "a name like gemeente Leiden", str, "gemeente Leiden")
#: Whether both were chosen for this installation, instead of left at their defaults.
HAS_RULEBOOK, HAS_MUNICIPALITY = env.is_set("RULEBOOK"), env.is_set("MUNICIPALITY")
#: What the municipality filled in for its accessibility and privacy statements.
STATEMENTS = setting("STATEMENTS", "the path of a YAML file", statements.load, statements.Statements())
#: The private key with which the totals for other municipalities are signed; without one nothing is published.
COMPARISON_KEY = setting("COMPARISON_KEY", "the path of a file with a key", env.folder, None)
#: Whether visitors may read earlier versions of free text; otherwise only staff may.
PUBLIC_TEXT_HISTORY = setting("PUBLIC_TEXT_HISTORY", _YES_OR_NO, env.boolean, False)

INSTALLED_APPS = [
    # First, so that our translations override those of other applications.
    "participation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Its templates alone.
    "django.contrib.sitemaps",
    "django.forms",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "participation.web.shared.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "participation.web.shared.headers.SecurityHeadersMiddleware",
    "participation.web.shared.health.HealthMiddleware",
    "participation.api.core.middleware.ApiResponseMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every view requires login unless it has @login_not_required.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "participation.web.accounts.middleware.RequireSecondFactorMiddleware",
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
            "builtins": ["django.templatetags.i18n", "participation.templatetags.leidraad"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "participation.web.shared.context.base_context",
            ],
        },
    },
]
FORM_RENDERER = "participation.web.shared.forms.Renderer"

DATABASES = {
    "default": setting(
        "DATABASE_URL",
        "sqlite:///file.sqlite3 or postgres://user:password@host:5432/name",
        env.database_settings,
        env.sqlite_settings(BASE_DIR / "db.sqlite3"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Reverting in simple_history's admin bypasses the assessment; restoring goes through a form, as a recorded change.
SIMPLE_HISTORY_REVERT_DISABLED = True

AUTH_USER_MODEL = "participation.User"
AUTHENTICATION_BACKENDS = ["participation.web.accounts.backends.PasswordBackend"]
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

# ---------- logging in (see participation/web/accounts)

#: Require a second factor of staff who log in by password. Not in development or the demonstration, whose accounts
#: have a published password only.
SECOND_FACTOR = not _LOCAL
#: Contact address for accounts and accessibility problems; left out of the pages if empty.
CONTACT_EMAIL = setting("CONTACT_EMAIL", "an e-mail address", env.mail_address, "")
#: Contact address in security.txt; defaults to the former.
SECURITY_CONTACT = setting("SECURITY_CONTACT", "an e-mail address", env.mail_address, "") or CONTACT_EMAIL

OIDC_SERVER_URL = setting(
    "OIDC_SERVER_URL", "the https address of an OpenID Connect server, without a query", env.oidc_server_url, ""
)
OIDC_CLIENT_ID = setting("OIDC_CLIENT_ID", "a text", str, "")
OIDC_CLIENT_SECRET = setting("OIDC_CLIENT_SECRET", "a text", str, "")
#: Name on the login button: "Inloggen met …".
OIDC_NAME = setting("OIDC_NAME", "a text", str, "")
#: Claim that holds the user's e-mail address.
OIDC_EMAIL_CLAIM = setting("OIDC_EMAIL_CLAIM", "the name of a claim, like email", env.claim_name, "email")
#: Domains whose addresses are trusted without an email_verified claim, which Microsoft Entra never sends.
OIDC_EMAIL_DOMAINS = setting("OIDC_EMAIL_DOMAINS", "domains with commas between them", env.comma_separated, [])
#: Audience (aud) of access tokens for the API; if empty, no tokens are accepted.
OIDC_API_AUDIENCE = setting("OIDC_API_AUDIENCE", "a text", str, "")
if any((OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)) and not all(
    (OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
):
    raise ImproperlyConfigured("OIDC_SERVER_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: set all or none.")
if OIDC_API_AUDIENCE and not OIDC_SERVER_URL:
    raise ImproperlyConfigured("OIDC_API_AUDIENCE needs OIDC_SERVER_URL: the server whose tokens are accepted.")

SOCIALACCOUNT_PROVIDERS = oidc.provider(OIDC_NAME, OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
SOCIALACCOUNT_ADAPTER = "participation.web.accounts.oidc.StaffSocialAccountAdapter"
# The first login finds the account by e-mail address; later ones by the subject identifier (sub) of the provider.
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

ACCOUNT_ADAPTER = "participation.web.accounts.adapters.AccountAdapter"
# Send nothing to unknown addresses: anyone could otherwise make us mail third parties.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "participation.web.accounts.links.PasswordLinks"  # noqa: S105 a class
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _HTTPS else "http"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
# Addresses are entered by administrators; see participation/services/accounts/lookup.py.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
# Long enough to read the mail on another device.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_TIMEOUT = 15 * 60
# Digits only, so that telephones show the numeric keypad.
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_FORMS = {
    "login": "participation.web.accounts.forms.LogInForm",
    "request_login_code": "participation.web.accounts.forms.AskCodeForm",
    "confirm_login_code": "participation.web.accounts.forms.GiveCodeForm",
    "reset_password": "participation.web.accounts.forms.ForgottenForm",
    "reset_password_from_key": "participation.web.accounts.forms.NewPasswordForm",
    "reauthenticate": "participation.web.accounts.forms.PasswordAgainForm",
}
# Replaced by services/rate_limits.py, which counts atomically and across processes.
ACCOUNT_RATE_LIMITS = False
#: Rate limits by action: number per second, minute, hour or day, for a network address (ip), a logged-in user (user),
#: or a key that the code chooses (key). See web/shared/throttle.py.
RATE_LIMITS = {
    "login": "30/m/ip",
    # Wrong passwords and wrong authenticator codes. Attackers exhaust the limit of their own address, not that of the
    # account holder elsewhere; a login with a second factor passes the limit of an account over all addresses.
    "login_failed_from": "10/m/ip",
    "login_failed": "5/5m/key,20/h/key",
    "login_failed_account": "100/h/key",
    "second_factor": "5/5m/key",
    "second_factor_account": "30/h/key",
    "reauthenticate": "10/m/user",
    "new_password": "20/m/ip",
    # Mails with a login code or link: per account and network address, and per account.
    "login_mail_from": "20/m/ip",
    "login_mail": "5/15m/key",
    "login_mail_account": "20/h/key",
    # For the whole installation: abuse beyond this would damage the sender's reputation with other mail servers.
    "login_mail_all": "2000/d/key",
    "follow": "10/m/ip,60/h/ip",
    # What visitors hand in: per network address; the mails to confirm it per address, and for the whole installation.
    "submission": "5/m/ip,20/h/ip",
    "submission_mail": "5/d/key",
    "submission_mail_all": "300/d/key",
    # Which neighbourhood a postcode is in: enough for a library full of people, too few to read the whole list.
    "postcode": "30/m/ip,200/h/ip",
    # All visitors of a meeting may fill in its form behind one network address.
    "evaluation": "60/m/ip,300/h/ip",
    "counter_signal": "20/h/user",
    "api_key": "20/h/user",
    # Each is a mail to an address that somebody typed.
    "invitation": "60/h/user",
    # Archives that must be built, which takes seconds for the PDF. Cached ones are not counted.
    "archive": "6/m/ip,20/m/key",
    # Two versions of a document compared: reading a PDF takes seconds.
    "document_comparison": "10/m/ip,20/m/key",
}
MFA_FORMS = {
    "authenticate": "participation.web.accounts.forms.SecondFactorForm",
    "reauthenticate": "participation.web.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "participation.web.accounts.forms.SetUpForm",
}
MFA_ADAPTER = "participation.web.accounts.second_factor.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Leidraad"
# Accept one time step (30 seconds) of clock skew.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True

# ---------- Content Security Policy

#: The image beneath the maps, a GetMap request of WMS; without it, the browsers of visitors ask no other server.
BASE_MAP_URL = setting(
    "BASE_MAP_URL", "an https address in which {bbox}, {width} and {height} stand once each", env.base_map_url, ""
)
_OIDC_ORIGIN, _BASE_MAP_ORIGIN = (
    "{0.scheme}://{0.netloc}".format(urlsplit(url)) if url else "" for url in (OIDC_SERVER_URL, BASE_MAP_URL)
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *filter(None, [_BASE_MAP_ORIGIN])],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # The login button is a form that redirects to the provider; Chromium applies form-action to redirects too.
        "form-action": [SELF, *filter(None, [_OIDC_ORIGIN])],
    }
}

# ---------- background work: Redis as the broker if configured, else a local folder

REDIS_URL = setting("REDIS_URL", "an address like redis://localhost:6379/0", env.redis_url, "")
#: Folder of the broker without Redis: see `manage.py run_worker`.
QUEUE_ROOT = setting("QUEUE_ROOT", "the path of a folder", env.folder, BASE_DIR / "queue")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "tracker.kombu_filesystem.Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if REDIS_URL
    else {
        "data_folder_in": str(QUEUE_ROOT / "waiting"),
        "data_folder_out": str(QUEUE_ROOT / "waiting"),
        "control_folder": str(QUEUE_ROOT / "control"),
    }
)
CELERY_TASK_IGNORE_RESULT = True
# Tasks are idempotent, because work is claimed in the database; a task whose worker dies is redelivered.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Do not cancel a running task if the connection to Redis is lost: it may be sending a mail, and claims in the database
# prevent duplicate work.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "Europe/Amsterdam"
#: Lease on a claimed chunk or batch of mail: a worker that holds it longer is considered dead.
CLAIM = timedelta(seconds=setting("CLAIM_SECONDS", "a number of seconds, at least 1", env.positive_integer, 600))
#: Recipients of alerts about jobs that did not run and mail that is not sent; defaults to the administrators.
ALARM_EMAIL = setting("ALARM_EMAIL", "e-mail addresses with commas between them", env.mail_addresses, [])
#: Bearer token for /metrics; if empty, nobody can read the metrics.
METRICS_TOKEN = setting("METRICS_TOKEN", "a long, random text", str, "")
# Rate limits use this cache with Redis, otherwise the database: see services/rate_limits.py.
CACHES = {
    "default": {
        "BACKEND": f"django.core.cache.backends.{'redis.RedisCache' if REDIS_URL else 'locmem.LocMemCache'}",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "leidraad",
    },
    # Counts of the statistics, and keys of lists, in each process: pages go on without Redis, and nothing is unpickled
    # from it. Apart, as reading a whole list would else push out counts that take long.
    **{
        name: {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": name,
            "OPTIONS": {"MAX_ENTRIES": entries},
        }
        for name, entries in (("figures", 100), ("lists", 500))
    },
}

# ---------- mail

globals().update(
    setting(
        "EMAIL_URL",
        "smtp://, smtps:// or smtp+tls://user:password@host:port, console:// or file:///folder",
        env.email_settings,
        env.email_settings("console://" if _LOCAL else "smtp://localhost:25"),
    )
)
DEFAULT_FROM_EMAIL = setting("DEFAULT_FROM_EMAIL", "an e-mail address", str, f"leidraad@{_HOST}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
BOUNCE_EMAIL = setting(
    "BOUNCE_EMAIL", "an e-mail address with at most 20 characters before the @, and no +", env.bounce_address, ""
)

# ---------- the API: see participation/api

KNOX_TOKEN_MODEL = "participation.ApiKey"  # noqa: S105 a model
# knox's own token table, whose keys have no name, would be unused.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = api.KNOX_SETTINGS
REST_FRAMEWORK = api.rest_framework_settings(proxies=ALLAUTH_TRUSTED_PROXY_COUNT)
SPECTACULAR_SETTINGS = api.spectacular_settings(MUNICIPALITY, BASE_URL, CONTACT_EMAIL or DEFAULT_FROM_EMAIL)

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
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # World-readable, because the account that runs collectstatic is not the one that serves. Uploads are not.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
WHITENOISE_USE_FINDERS = _LOCAL
#: Folder of uploaded files. Not served by the web server: a view checks permissions first.
MEDIA_ROOT = setting("MEDIA_ROOT", "the path of a folder", env.folder, BASE_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "participation.services.uploads.MediaUploadHandler",
]
#: Free disk space in megabytes below which an alert is raised.
#: With so many meetings and last days in one week, it is too much for the people of one neighbourhood or association.
BUSY_WEEK = setting("BUSY_WEEK", "a number of meetings and last days, at least 1", env.positive_integer, 3)
#: Networks of the municipality itself to which webhooks may go; elsewhere internal addresses are refused (SSRF).
WEBHOOK_NETWORKS = setting("WEBHOOK_NETWORKS", "networks like 10.20.30.0/24 with commas between them", env.networks, [])
DISK_FREE_MB = setting("DISK_FREE_MB", "a number of megabytes, at least 1", env.positive_integer, 1024)
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
#: The preview of a planning has ten fields for each of its rows, of which there are at most 500.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000
# openpyxl would parse with lxml where that is installed, as it is for Word files: defusedxml refuses more.
os.environ["OPENPYXL_LXML"] = "False"

# ---------- logging to stderr, without personal data: see logs.py

LOGGING_CONFIG = "tracker.logs.set_up"
LOGGING = logs.configuration(readable=_LOCAL, level="WARNING" if DEMO else "INFO")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
