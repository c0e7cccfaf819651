"""Settings of the demonstration, with a header that counts queries and with errors on the console."""

from tracker.settings import *  # noqa: F403
from tracker.settings import MIDDLEWARE

MIDDLEWARE = ["tests.browser.query_count.CountQueries", *MIDDLEWARE]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Errors of requests go to standard error, which the tests show.
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}
