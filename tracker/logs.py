"""What is logged, and how: one line of JSON an event on stderr, without anything about a person.

A line is built up, not cleaned up: a time, a level, a logger, a message and the fields in FIELDS, nothing else that
happens to hang on a record. Of an exception it tells the kind and the places in the code; its words only where
those come from our own machines, for elsewhere they repeat what people typed. What is left, the message itself, is
searched for addresses, secrets in links and numbers on the internet.
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

#: What a service may tell beside its message, by ``extra``: keys of rows, days, figures and words of our own.
FIELDS = frozenset(
    ("job", "run", "chunk", "of", "day", "message_key", "kind", "state", "code", "counts", "seconds", "rule", "what")
)
#: What Celery says of a task that may be told: never its arguments, its result or the words of its exception.
TASK_FIELDS = frozenset(("id", "name", "description", "runtime"))
LEFT_OUT = "…"

#: Exceptions whose first line tells of code, servers and settings, never of what somebody typed.
_OF_MACHINES = (ImproperlyConfigured, InterfaceError, OperationalError, ProgrammingError)
_OF_CODE = (AttributeError, ImportError, NameError)
_PACKAGES_OF_MACHINES = frozenset(("amqp", "billiard", "kombu", "redis"))

#: Where an address ends in a secret; tests/tracker/test_logs.py holds it against the addresses there are.
_SECRET_PLACES = "volgen|evaluatie|post/stoppen|account/wachtwoord/nieuw"
_SECRETS = re.compile(rf"(/(?:{_SECRET_PLACES})/)[^/\s\"'?]+")
# Each of these begins at one place in a word only: a long word is looked at once.
_QUERIES = re.compile(r"(?<![^\s?\"'])([^\s?\"'/]*/[^\s?\"']*)\?[^\s\"']+")
_LOGINS = re.compile(r"://[^\s/@]*@")
# A worker calls itself celery@machine.
_MAIL = re.compile(r"(?<![\w.!#$&'*+=?^`{|}~-])(?!celery@)[\w.!#$&'*+=?^`{|}~-]+(?:@|%40)[\w.-]+", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f]*:[0-9a-f:]*:[0-9a-f.:]*", re.IGNORECASE)
_WORD_OF_OURS = re.compile(r"[\w.:/+-]{0,200}")


def masked(text: str) -> str:
    """Return the text without e-mail addresses, IP numbers, and the secrets and searches in links."""
    text = _LOGINS.sub(f"://{LEFT_OUT}@", text)
    text = _SECRETS.sub(rf"\1{LEFT_OUT}", text)
    text = _QUERIES.sub(rf"\1?{LEFT_OUT}", text)
    text = _MAIL.sub("[mail]", text)
    return _IPV4.sub(_number, _IPV6.sub(_number, text))


def _number(found: re.Match[str]) -> str:
    """Return what stands for a number on the internet: machines that talk to themselves are nobody."""
    try:
        number = ip_address(found.group().rstrip(".:") or found.group())
    except ValueError:
        return found.group()
    return found.group() if number.is_loopback or number.is_unspecified else "[ip]"


def message_of(record: logging.LogRecord) -> str:
    """Return what a record says, without what may be about a person."""
    arguments = record.args
    if isinstance(arguments, Mapping):
        arguments = {name: value if name in TASK_FIELDS else LEFT_OUT for name, value in arguments.items()}
    elif arguments:
        arguments = tuple(_argument(record, value) for value in arguments)
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(record.msg, BaseException) or (error is not None and str(record.msg) == str(error)):
        # A library that logs an exception as if it were a sentence.
        return said(record.msg if isinstance(record.msg, BaseException) else error)
    text = str(record.msg)
    try:
        return masked(text % arguments if arguments else text)
    except (TypeError, ValueError, KeyError):
        return masked(text)


def _argument(record: logging.LogRecord, value: Any) -> Any:
    """Return a value as it may stand in a message: of a page its place among the addresses, not what was asked for."""
    if isinstance(value, BaseException):
        return said(value)
    # The development server hangs its socket under this name.
    request: Any = getattr(record, "request", None)
    if isinstance(value, str) and value.startswith("/") and hasattr(request, "path_info"):
        match = request.resolver_match
        return f"/{match.route}" if match else "/" + LEFT_OUT
    return value


def said(error: BaseException | None) -> str:
    """Return the kind of an exception, with its words only where they cannot be somebody's."""
    if error is None:
        return "None"
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    words = _words(error)
    return f"{name}: {words}" if words else name


def _words(error: BaseException) -> str:
    package = type(error).__module__.partition(".")[0]
    if isinstance(error, SMTPException):
        return str(error.smtp_code) if isinstance(error, SMTPResponseException) else ""
    if isinstance(error, (*_OF_MACHINES, *_OF_CODE)) or package in _PACKAGES_OF_MACHINES:
        return masked(next(iter(str(error).splitlines()), ""))
    if isinstance(error, OSError):
        # Not the name of the file: people name their uploads.
        return error.strerror or ""
    return str(getattr(error, "sqlstate", None) or "")


def trace_of(error: BaseException, places: Any = None) -> str:
    """Return an exception and what it came from, the first cause first: places in the code, without values."""
    return "\n".join(_trace(error, places, set()))


def _trace(error: BaseException, places: Any, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _trace(before, None, seen)
        yield "then:"
    yield "".join(traceback.format_tb(places or error.__traceback__)).rstrip() or "(no place in the code)"
    yield said(error)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what stands beside a record's message: allowed names, with values of a harmless form."""
    given = {name: _harmless(record.__dict__[name]) for name in sorted(FIELDS & record.__dict__.keys())}
    status = getattr(record, "status_code", None)
    return {**given, **({"status": status} if isinstance(status, int) else {})}


def _harmless(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): figure for name, figure in value.items() if isinstance(figure, (int, float))}
    if isinstance(value, str) and _WORD_OF_OURS.fullmatch(value):
        return masked(value)
    return LEFT_OUT


class Line(JsonFormatter):
    """One event as one line of JSON."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = message_of(record)
        log_data.update(fields_of(record))
        error = record.exc_info[1] if record.exc_info else None
        # Where in the code a visitor was sent away says nothing; that it happened does.
        if error is not None and record.exc_info and not isinstance(error, SuspiciousOperation):
            log_data["exception"] = trace_of(error, record.exc_info[2])

    def format(self, record: logging.LogRecord) -> str:
        # The library's own way would format message and exception first, with everything in them.
        log_data: dict[str, Any] = {}
        self.add_fields(log_data, record, {})
        return self.serialize_log_record(log_data)


class Text(logging.Formatter):
    """One event for whoever develops or looks around: readable, and with the whole exception."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        beside = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        return f"{self.formatTime(record, '%H:%M:%S')} {record.levelname} {record.name}: {record.message}{beside}"


def configuration(readable: bool, level: str = "INFO") -> dict[str, Any]:
    """Return how everything logs, for Django, Celery and gunicorn alike: readable text, or else a line of JSON."""
    own = {"handlers": ["stderr"], "propagate": False}
    to_root: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": "tracker.logs.Line", "json_ensure_ascii": False},
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
            # Django would print on its own, and mail a page that failed with everything in it.
            "django": {**to_root, "level": level},
            **({} if readable else {"django.server": {**own, "level": level}}),
            # At a lower level it tells the parameters of every query.
            "django.db.backends": {"level": "WARNING"},
            # Celery would give these a form of their own.
            "celery.task": own,
            "multiprocessing": own,
            # A line and a result for every chunk: the services tell what was done.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            # Each step of making a PDF.
            "weasyprint.progress": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "gunicorn.error": {**own, "level": level},
            # Who asked for what is the proxy's to log, as the municipality has agreed.
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }


def set_up(config: dict[str, Any]) -> None:
    """Log as configured, also what nobody caught where no one is watching; Django calls it with LOGGING."""
    logging.config.dictConfig(config)
    if config["handlers"]["stderr"]["formatter"] == "line" and not sys.stderr.isatty():
        sys.excepthook = _uncaught
        threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, places: Any) -> None:
    if error is None or issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    logging.getLogger("leidraad").critical("Nobody caught this", exc_info=(kind, error, places))
