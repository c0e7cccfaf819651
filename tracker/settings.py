"""Settings: what differs between machines comes from the environment, and odd values are refused.

A real installation needs SECRET_KEY and BASE_URL, the address that people use; from that follow the allowed
host, secure cookies and the redirect to https. See ``environment.setting`` for how a value is read.
"""

import tomllib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from tracker import api, logs, openid
from tracker import environment as read
from tracker.environment import BASE_DIR, setting


def served(application: Any) -> Any:
    """Return the application as it may be served. Raises ImproperlyConfigured where there is no secret key.

    Each process would make its own, and log out the visitors of the others.
    """
    if not HAS_SECRET:
        raise ImproperlyConfigured(
            "To serve pages the environment variable SECRET_KEY must be set to a long, random text "
            "(or set DEMO=1 to look around, DEBUG=1 to develop)."
        )
    return application


# ---------- who, where and how safe

_YES_OR_NO = "1, true or yes, or else 0, false or no"
DEBUG = setting("DEBUG", _YES_OR_NO, read.yes_or_no, False)
#: A demonstration on one's own machine: no https, no secret to think of, invented trajectories.
DEMO = setting("DEMO", _YES_OR_NO, read.yes_or_no, False)
_LOCAL = DEBUG or DEMO

SECRET_KEY = setting("SECRET_KEY", "a long, random text", str, "")
#: A command needs no secret; whoever serves pages or makes mails does: see ``served`` and the links to stop a mail.
HAS_SECRET = bool(SECRET_KEY) or _LOCAL
if not SECRET_KEY:
    # While developing a fixed one, so that a reload keeps one logged in; else one that nobody can guess.
    SECRET_KEY = "django-insecure-for-development-only" if DEBUG else get_random_secret_key()

_HOSTS = setting("ALLOWED_HOSTS", "host names with commas between them", read.words, [])
#: The address that people use: links in mails start with it.
BASE_URL = setting(
    "BASE_URL",
    "an address like https://participatie.example.nl, without a path",
    read.web_address,
    "http://localhost:8000" if _LOCAL else f"https://{next(iter(_HOSTS), 'localhost').lstrip('.*')}",
)
_HOST = str(urlsplit(BASE_URL).hostname)
ALLOWED_HOSTS = _HOSTS or ([_HOST, "localhost", "127.0.0.1", "[::1]"] if _LOCAL else [_HOST])
CSRF_TRUSTED_ORIGINS = [BASE_URL]

_HTTPS = BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = _HTTPS
# Whoever watches the machine asks it on the spot, where there is no https.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# Only where a proxy sets these headers itself on every request: anyone else could lie in them.
#: How many proxies tell the truth about who calls.
ALLAUTH_TRUSTED_PROXY_COUNT = 0
if setting("BEHIND_PROXY", _YES_OR_NO, read.yes_or_no, False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    #: Who knocks too often is known by the last address in X-Forwarded-For: the one that the proxy itself saw.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "participation.web.shared.errors.not_sent"
# A browser takes a cookie of this name from this very host only, by https: no neighbouring site can plant one.
_HOST_ONLY = "__Host-" if _HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_HOST_ONLY}language"
LANGUAGE_COOKIE_AGE = 31_536_000
#: Who works here logs in once a working day, however long: nobody is put out in the middle of an afternoon, and
#: what is left open on a shared machine is closed by the next morning. The count is from logging in.
SESSION_COOKIE_AGE = 12 * 3600
#: Members of associations come back on their own telephone every so many days; each time costs them a mail.
MEMBER_SESSION_AGE = 14 * 24 * 3600

# ---------- the application

#: Told in every receipt of an assessment, so that a figure can be traced to the code that made it.
CODE_VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
#: The file in participation/rulebooks by which trajectories are judged.
RULEBOOK = setting("RULEBOOK", "the name of a rulebook, like leiden", str, "leiden")
#: Whose tracker this is, as every page says it.
MUNICIPALITY = setting("MUNICIPALITY", "a name like gemeente Leiden", str, "gemeente Leiden")
#: Whether visitors may read what free text said before it was changed; without it that is for who works here.
PUBLIC_TEXT_HISTORY = setting("PUBLIC_TEXT_HISTORY", _YES_OR_NO, read.yes_or_no, False)

INSTALLED_APPS = [
    # Ours comes first: of a sentence that others say too, our translation is taken.
    "participation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
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
    "csp.middleware.CSPMiddleware",
    "participation.web.shared.headers.Headers",
    "participation.web.shared.health.Probes",
    "participation.api.conventions.headers.ApiAnswers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every page asks to log in, but those that say @login_not_required.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "participation.web.accounts.middleware.SecondFactor",
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
            "builtins": ["django.templatetags.i18n", "participation.web.shared.tags"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "participation.web.shared.context.around_page",
            ],
        },
    },
]
FORM_RENDERER = "participation.web.shared.forms.Renderer"

DATABASES = {
    "default": setting(
        "DATABASE_URL",
        "sqlite:///file.sqlite3 or postgres://user:password@host:5432/name",
        read.database,
        read.sqlite(BASE_DIR / "db.sqlite3"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What is changed back is changed: by a form, in the open. (Its own way back skips the assessment.)
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

#: Whoever works here and logs in by password must show a second factor. Not while one looks around or develops on
#: one's own machine: the log-ins of `make demo` are a password each, and the page says so.
SECOND_FACTOR = not _LOCAL
#: Whom to ask for an account, or to tell that something cannot be used; the pages leave it out where it is empty.
CONTACT_EMAIL = setting("CONTACT_EMAIL", "an e-mail address", read.mail_address, "")

OIDC_SERVER_URL = setting(
    "OIDC_SERVER_URL", "the https address of an OpenID Connect server, without a query", read.sign_in_server, ""
)
OIDC_CLIENT_ID = setting("OIDC_CLIENT_ID", "a text", str, "")
OIDC_CLIENT_SECRET = setting("OIDC_CLIENT_SECRET", "a text", str, "")
#: What people call it, on the button: "Inloggen met …".
OIDC_NAME = setting("OIDC_NAME", "a text", str, "")
#: What of that which the server says of a person is their e-mail address.
OIDC_EMAIL_CLAIM = setting("OIDC_EMAIL_CLAIM", "the name of a claim, like email", read.claim, "email")
#: Addresses that count as checked where the server does not say whether they are (Microsoft Entra never does).
OIDC_EMAIL_DOMAINS = setting("OIDC_EMAIL_DOMAINS", "domains with commas between them", read.words, [])
#: For whom the server makes a token with which a program may write over the API; without it none is accepted.
OIDC_API_AUDIENCE = setting("OIDC_API_AUDIENCE", "a text", str, "")
if any((OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)) and not all(
    (OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
):
    raise ImproperlyConfigured("OIDC_SERVER_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: set all or none.")
if OIDC_API_AUDIENCE and not OIDC_SERVER_URL:
    raise ImproperlyConfigured("OIDC_API_AUDIENCE needs OIDC_SERVER_URL: the server whose tokens are accepted.")

SOCIALACCOUNT_PROVIDERS = openid.provider(OIDC_NAME, OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
SOCIALACCOUNT_ADAPTER = "participation.web.accounts.oidc.StaffDoor"
# The first time an account is found by its address; from then on by the number that the server gave the person.
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

ACCOUNT_ADAPTER = "participation.web.accounts.adapters.Door"
# To an address without an account nothing is sent: else anybody could have us mail anybody.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "participation.web.accounts.links.PasswordLinks"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _HTTPS else "http"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
# The administrator typed the addresses; see participation/web/accounts/people.py.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
# Long enough to fetch the mail from another machine.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_TIMEOUT = 15 * 60
# Digits: a telephone shows the keys for them at once.
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_FORMS = {
    "login": "participation.web.accounts.forms.LogInForm",
    "request_login_code": "participation.web.accounts.forms.AskCodeForm",
    "confirm_login_code": "participation.web.accounts.forms.GiveCodeForm",
    "reset_password": "participation.web.accounts.forms.ForgottenForm",
    "reset_password_from_key": "participation.web.accounts.forms.NewPasswordForm",
    "reauthenticate": "participation.web.accounts.forms.PasswordAgainForm",
}
# Counted here, in one step and for all processes together: see services/rate_limits.py. Not by allauth as well.
ACCOUNT_RATE_LIMITS = False
#: How often something may be done: so many a second, minute, hour or day for an address on the internet (ip), for
#: someone who logged in (user), or for what the code names (key). See web/shared/throttle.py.
RATE_LIMITS = {
    "login": "30/m/ip",
    # Of wrong passwords and wrong codes of an app. Strangers use up what their own address may, never what a person
    # may from another; what all addresses together may do to one account a person with a second factor still passes.
    "login_failed_from": "10/m/ip",
    "login_failed": "5/5m/key,20/h/key",
    "login_failed_account": "100/h/key",
    "second_factor": "5/5m/key",
    "second_factor_account": "30/h/key",
    "reauthenticate": "10/m/user",
    "new_password": "20/m/ip",
    # Of mails with a code or a link: for an account from one address, and for an account.
    "login_mail_from": "20/m/ip",
    "login_mail": "5/15m/key",
    "login_mail_account": "20/h/key",
    # All of the installation: what goes wrong beyond this costs the sender's good name with other mail servers.
    "login_mail_all": "2000/d/key",
    "follow": "10/m/ip,60/h/ip",
    # A hall full of people behind one address fills in the form of one evening.
    "evaluation": "60/m/ip,300/h/ip",
    "counter_signal": "20/h/user",
    "api_key": "20/h/user",
    # Of archives that must be made, each with its PDF: some seconds of work. What was made before costs nothing.
    "archive": "6/m/ip,20/m/key",
}
MFA_FORMS = {
    "authenticate": "participation.web.accounts.forms.SecondFactorForm",
    "reauthenticate": "participation.web.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "participation.web.accounts.forms.SetUpForm",
}
MFA_ADAPTER = "participation.web.accounts.second_factor.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Leidraad"
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True

# ---------- what a browser may do with our pages

_OIDC_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER_URL)) if OIDC_SERVER_URL else ""
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # The button "log in with…" is a form whose answer leads to the server; Chromium holds that against it too.
        "form-action": [SELF, *filter(None, [_OIDC_ORIGIN])],
    }
}

# ---------- work in the background: over Redis where it is given, else over a folder of this machine

REDIS_URL = setting("REDIS_URL", "an address like redis://localhost:6379/0", read.redis, "")
#: Where messages between the clock and the worker lie when there is no Redis: see `manage.py work`.
QUEUE_ROOT = setting("QUEUE_ROOT", "the path of a folder", read.folder, BASE_DIR / "queue")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "tracker.folder.Transport"
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
# Work is rows that may be taken twice, so a job that dies with its worker is simply handed out again.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Nor is what is being done broken off when Redis goes away: it may be handing over a mail, and rows know who does what.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "Europe/Amsterdam"
#: A worker that holds a part of a job, or a batch of mail, for so long is taken for dead.
CLAIM = timedelta(seconds=setting("CLAIM_SECONDS", "a number of seconds, at least 1", read.positive, 600))
#: Who hears by mail that a job did not run, or that mail does not leave; without it the administrators do.
ALARM_EMAIL = setting("ALARM_EMAIL", "e-mail addresses with commas between them", read.mail_addresses, [])
#: Who shows this word may read the figures at /metrics; without it nobody may.
METRICS_TOKEN = setting("METRICS_TOKEN", "a long, random text", str, "")
# Rate limits are counted in Redis by way of this; without it in the database: see services/rate_limits.py.
CACHES = {
    "default": {
        "BACKEND": f"django.core.cache.backends.{'redis.RedisCache' if REDIS_URL else 'locmem.LocMemCache'}",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "leidraad",
    }
}

# ---------- mail

globals().update(
    setting(
        "EMAIL_URL",
        "smtp://, smtps:// or smtp+tls://user:password@host:port, console:// or file:///folder",
        read.mail,
        read.mail("console://" if _LOCAL else "smtp://localhost:25"),
    )
)
DEFAULT_FROM_EMAIL = setting("DEFAULT_FROM_EMAIL", "an e-mail address", str, f"leidraad@{_HOST}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ---------- the API: see participation/api

KNOX_TOKEN_MODEL = "participation.ApiKey"
# Its own table of keys, which have no name, would stand empty.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = api.KEYS
REST_FRAMEWORK = api.framework(proxies=ALLAUTH_TRUSTED_PROXY_COUNT)
SPECTACULAR_SETTINGS = api.description(MUNICIPALITY, BASE_URL, CONTACT_EMAIL or DEFAULT_FROM_EMAIL)

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
        # Whoever installs is another account than the one that serves; what people upload is closed, this is not.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
WHITENOISE_USE_FINDERS = _LOCAL
#: Where uploaded files are kept, in a folder that no web server shows: the page that serves them asks who is there.
MEDIA_ROOT = setting("MEDIA_ROOT", "the path of a folder", read.folder, BASE_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "participation.services.uploads.MediaUploadHandler",
]
#: With less than so many megabytes left on a disk an alarm is raised.
DISK_FREE_MB = setting("DISK_FREE_MB", "a number of megabytes, at least 1", read.positive, 1024)
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

# ---------- logs: on stderr, for whoever collects them; what may stand in them is told in logs.py

LOGGING_CONFIG = "tracker.logs.set_up"
LOGGING = logs.configuration(readable=_LOCAL, level="WARNING" if DEMO else "INFO")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
