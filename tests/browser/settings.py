"""The settings of the demonstration, with one thing more: each answer says how many queries it took."""

from tracker.settings import *  # noqa: F403
from tracker.settings import MIDDLEWARE

MIDDLEWARE = ["tests.browser.query_count.CountQueries", *MIDDLEWARE]
# What goes wrong is told where the tests show it.
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}
