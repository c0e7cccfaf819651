"""Logging: one JSON line per event on stderr, without personal data.

A line consists of an allow-list: time, level, logger, message and the fields in FIELDS; other attributes of the record
are dropped. Of an exception it has the type and the traceback; its message only if the exception is of infrastructure
or code, because other messages may repeat user input. In the message itself e-mail addresses, secrets in URLs and IP
addresses are masked.
"""

import logging
import logging.config
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from ipaddress import ip_address
from smtplib import SMTPException, SMTPResponseException
from typing import Any

from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.db.utils import InterfaceError, OperationalError, ProgrammingError
from pythonjsonlogger.json import JsonFormatter

#: Keys of ``extra`` that are logged: primary keys, dates, numbers and codes.
FIELDS = frozenset(
    ("job", "run", "chunk", "of", "day", "message_key", "kind", "state", "code", "counts", "seconds", "rule", "what")
)
#: Fields of Celery's task messages that are logged: never arguments, results or exception messages.
TASK_FIELDS = frozenset(("id", "name", "description", "runtime"))
REDACTED = "…"

#: Exceptions whose first line is about code, servers and settings, never about user input.
_INFRASTRUCTURE_ERRORS = (ImproperlyConfigured, InterfaceError, OperationalError, ProgrammingError)
_CODE_ERRORS = (AttributeError, ImportError, NameError)
_INFRASTRUCTURE_PACKAGES = frozenset(("amqp", "billiard", "kombu", "redis"))

#: URL prefixes that are followed by a secret token; tests/tracker/test_logs.py checks them against the URLconf.
_SECRET_URL_PREFIXES = "volgen|evaluatie|initiatieven/insturen|post/stoppen|account/wachtwoord/nieuw"  # noqa: S105 paths
_SECRETS = re.compile(rf"(/(?:{_SECRET_URL_PREFIXES})/)[^/\s\"'?]+")
# Each pattern can start at only one position in a word, so that matching a long word takes linear time.
_QUERIES = re.compile(r"(?<![^\s?\"'])([^\s?\"'/]*/[^\s?\"']*)\?[^\s\"']+")
_LOGINS = re.compile(r"://[^\s/@]*@")
# celery@host is the name of a worker, not an e-mail address.
_MAIL = re.compile(r"(?<![\w.!#$&'*+=?^`{|}~-])(?!celery@)[\w.!#$&'*+=?^`{|}~-]+(?:@|%40)[\w.-]+", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f]*:[0-9a-f:]*:[0-9a-f.:]*", re.IGNORECASE)
_SAFE_TEXT = re.compile(r"[\w.:/+-]{0,200}")


def mask_personal_data(text: str) -> str:
    """Return the text with e-mail addresses, IP addresses, credentials, secret tokens and query strings masked."""
    text = _LOGINS.sub(f"://{REDACTED}@", text)
    text = _SECRETS.sub(rf"\1{REDACTED}", text)
    text = _QUERIES.sub(rf"\1?{REDACTED}", text)
    text = _MAIL.sub("[mail]", text)
    return _IPV4.sub(_mask_ip, _IPV6.sub(_mask_ip, text))


def _mask_ip(found: re.Match[str]) -> str:
    """Return the replacement of an IP address; loopback and unspecified addresses are kept."""
    try:
        number = ip_address(found.group().rstrip(".:") or found.group())
    except ValueError:
        return found.group()
    return found.group() if number.is_loopback or number.is_unspecified else "[ip]"


def message_of(record: logging.LogRecord) -> str:
    """Return the formatted message of a record, without personal data."""
    arguments = record.args
    if isinstance(arguments, Mapping):
        arguments = {name: value if name in TASK_FIELDS else REDACTED for name, value in arguments.items()}
    elif arguments:
        arguments = tuple(_safe_argument(record, value) for value in arguments)
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(record.msg, BaseException) or (error is not None and str(record.msg) == str(error)):
        # A library logged an exception as its message.
        return error_text(record.msg if isinstance(record.msg, BaseException) else error)
    text = str(record.msg)
    try:
        return mask_personal_data(text % arguments if arguments else text)
    except (TypeError, ValueError, KeyError):
        return mask_personal_data(text)


def _safe_argument(record: logging.LogRecord, value: Any) -> Any:
    """Return an argument safe to log: of an exception its type, of a request path the URL pattern."""
    if isinstance(value, BaseException):
        return error_text(value)
    # The development server sets ``record.request`` to its socket.
    request: Any = getattr(record, "request", None)
    if isinstance(value, str) and value.startswith("/") and hasattr(request, "path_info"):
        match = request.resolver_match
        return f"/{match.route}" if match else "/" + REDACTED
    return value


def error_text(error: BaseException | None) -> str:
    """Return the type of an exception, with its message only if that cannot contain user input."""
    if error is None:
        return "None"
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = _safe_error_message(error)
    return f"{name}: {message}" if message else name


def _safe_error_message(error: BaseException) -> str:
    package = type(error).__module__.partition(".")[0]
    if isinstance(error, SMTPException):
        return str(error.smtp_code) if isinstance(error, SMTPResponseException) else ""
    if isinstance(error, (*_INFRASTRUCTURE_ERRORS, *_CODE_ERRORS)) or package in _INFRASTRUCTURE_PACKAGES:
        return mask_personal_data(next(iter(str(error).splitlines()), ""))
    if isinstance(error, OSError):
        # Without the file name: users choose the names of their uploads.
        return error.strerror or ""
    return str(getattr(error, "sqlstate", None) or "")


def trace_of(error: BaseException, frames: Any = None) -> str:
    """Return the traceback of an exception and its causes, root cause first, with messages of ``error_text``.

    ``frames`` replaces the traceback of the exception itself.
    """
    return "\n".join(_trace(error, frames, set()))


def _trace(error: BaseException, frames: Any, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _trace(cause, None, seen)
        yield "then:"
    yield "".join(traceback.format_tb(frames or error.__traceback__)).rstrip() or "(no traceback)"
    yield error_text(error)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the extra fields of a record that are in FIELDS, with safe values, and its HTTP status."""
    given = {name: _safe_value(record.__dict__[name]) for name in sorted(FIELDS & record.__dict__.keys())}
    status = getattr(record, "status_code", None)
    return {**given, **({"status": status} if isinstance(status, int) else {})}


def _safe_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): figure for name, figure in value.items() if isinstance(figure, (int, float))}
    if isinstance(value, str) and _SAFE_TEXT.fullmatch(value):
        return mask_personal_data(value)
    return REDACTED


class LogLine(JsonFormatter):
    """Formatter of one event as one line of JSON."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = message_of(record)
        log_data.update(fields_of(record))
        error = record.exc_info[1] if record.exc_info else None
        # For a suspicious request the event matters, not the traceback.
        if error is not None and record.exc_info and not isinstance(error, SuspiciousOperation):
            log_data["exception"] = trace_of(error, record.exc_info[2])

    def format(self, record: logging.LogRecord) -> str:
        # Not super().format(): it formats the message and the exception first, unmasked.
        log_data: dict[str, Any] = {}
        self.add_fields(log_data, record, {})
        return self.serialize_log_record(log_data)


class Text(logging.Formatter):
    """Formatter for development and the demonstration: readable text with the full exception."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        fields = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        return f"{self.formatTime(record, '%H:%M:%S')} {record.levelname} {record.name}: {record.message}{fields}"


def configuration(readable: bool, level: str = "INFO") -> dict[str, Any]:
    """Return the logging configuration (dictConfig) of Django, Celery and gunicorn: readable text or JSON lines."""
    own = {"handlers": ["stderr"], "propagate": False}
    to_root: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": "tracker.logs.LogLine", "json_ensure_ascii": False},
            "text": {"()": "tracker.logs.Text"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.__stderr__",
                "formatter": "text" if readable else "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Replaces Django's own handlers, which would mail unmasked error reports to ADMINS.
            "django": {**to_root, "level": level},
            **({} if readable else {"django.server": {**own, "level": level}}),
            # At DEBUG it logs the parameters of every query.
            "django.db.backends": {"level": "WARNING"},
            # Replaces Celery's own format.
            "celery.task": own,
            "multiprocessing": own,
            # At INFO it logs a line for every chunk; the services log what was done.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            # At INFO it logs each step of rendering a PDF.
            "weasyprint.progress": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "gunicorn.error": {**own, "level": level},
            # Access logs are left to the proxy, under the municipality's own policy.
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }


def set_up(config: dict[str, Any]) -> None:
    """Apply the configuration, and log uncaught exceptions if not on a terminal. Django calls it (LOGGING_CONFIG)."""
    logging.config.dictConfig(config)
    if config["handlers"]["stderr"]["formatter"] == "line" and not sys.stderr.isatty():
        sys.excepthook = _uncaught
        threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, frames: Any) -> None:
    if error is None or issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    logging.getLogger("leidraad").critical("Uncaught exception", exc_info=(kind, error, frames))
