"""What a municipality fills in itself for its accessibility and privacy statements, read from a YAML file.

The keys are the fields of the classes below; ``docs/operations.md`` shows a whole file. A mistake stops the start, with
its place and what belongs there: a statement that is half read would say something untrue.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import yaml
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import URLValidator, validate_email

from tracker import environment

#: Statuses of the national model of somebody who signed a statement; without one it is E.
STATUSES = ("A", "B", "C", "D")
#: How long a full test supports status A or B, and how long status C may last: three years and half a year, counted in
#: days and so at most a day too short.
TEST_VALIDITY, PLANNED_TEST_WITHIN = timedelta(days=3 * 365), timedelta(days=182)


class Url(str):
    """An address of a page on the web."""

    __slots__ = ()


class Email(str):
    """An e-mail address."""

    __slots__ = ()


_validate_url: Any = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Text:
    """A text in Dutch, and in English if it was translated."""

    nl: str
    en: str = ""


@dataclass(frozen=True)
class AccessibilityTest:
    """A full test by the method WCAG-EM: when, by whom, and where its report can be read."""

    tested_on: date
    tested_by: str
    report: Url


@dataclass(frozen=True)
class Deviation:
    """A requirement that is not met: which, for whom that matters, why, and what is done about it until when."""

    criterion: str
    what: Text
    consequence: Text
    cause: Text
    measure: Text
    solved_by: date
    alternative: Text | None = None


@dataclass(frozen=True)
class AccessibilityStatement:
    """The accessibility statement that somebody signed, by the national model."""

    status: str
    signed_on: date
    signed_by: Text
    #: What somebody who reports a problem may expect, and by when.
    response: Text
    tests: tuple[AccessibilityTest, ...] = ()
    next_test_on: date | None = None
    deviations: tuple[Deviation, ...] = ()
    measures: tuple[Text, ...] = ()
    #: The statement in the national register, which decides where it says something else.
    register: Url | None = None

    def problem(self) -> str:
        """Return what is missing or contradictory for this status; "" where nothing is."""
        if self.status not in STATUSES:
            return f"status: is {self.status}; write one of {', '.join(STATUSES)}, or leave the statement out"
        if late := next((test for test in self.tests if test.tested_on > self.signed_on), None):
            return f"tests: that of {late.tested_on} is later than signed_on: sign after the test"
        if self.status in "AB" and not self.tests:
            return f"tests: status {self.status} needs a full test with its report; without one it is C or D"
        if self.status == "A" and self.deviations:
            return "deviations: with status A there are none; with them it is B"
        if self.status == "B" and not self.deviations:
            return "deviations: status B names each of them, with its measure and day"
        planned = self.next_test_on is not None and self.next_test_on <= self.signed_on + PLANNED_TEST_WITHIN
        if self.status == "C" and not planned:
            return "next_test_on: status C needs a test that is planned within half a year of signed_on"
        return ""

    def status_on(self, day: date) -> str:
        """Return the status that holds on this day: A, B and C end in D when what supports them is too old."""
        ends = {
            "A": self._last_test_on + TEST_VALIDITY,
            "B": self._last_test_on + TEST_VALIDITY,
            "C": self.signed_on + PLANNED_TEST_WITHIN,
        }
        return self.status if day <= ends.get(self.status, day) else "D"

    @property
    def _last_test_on(self) -> date:
        return max((test.tested_on for test in self.tests), default=self.signed_on)


@dataclass(frozen=True)
class Processor:
    """A company that handles personal data for the municipality, and what it does."""

    name: str
    task: Text


@dataclass(frozen=True)
class PrivacyStatement:
    """What the municipality says about its own part in the handling of personal data."""

    #: The body that decides on the data (GDPR, article 4(7)).
    controller: Text | None = None
    #: Address of the data protection officer.
    officer: Email | None = None
    processors: tuple[Processor, ...] | None = None
    #: What the servers in front of Leidraad log of a visit, and how long: Leidraad itself logs no visits.
    visit_logs: Text | None = None
    #: How long backups are kept.
    backups: Text | None = None


@dataclass(frozen=True)
class Statements:
    """The two statements of this installation; ``accessibility`` is None where nobody signed one."""

    accessibility: AccessibilityStatement | None = None
    privacy: PrivacyStatement = PrivacyStatement()


def load(path: str) -> Statements:
    """Return the statements in this YAML file. Raises ImproperlyConfigured with file, place and remedy."""
    file = environment.folder(path)
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ImproperlyConfigured(f"STATEMENTS: {file} cannot be read: {error}") from None
    try:
        statements: Statements = _parse(Statements, {} if found is None else found, "")
        if statements.accessibility and (problem := statements.accessibility.problem()):
            raise ValueError(f"accessibility.{problem}")
    except ValueError as error:
        raise ImproperlyConfigured(f"STATEMENTS: {file}: {error}. docs/operations.md shows a whole file.") from None
    return statements


def _parse(kind: Any, value: Any, place: str) -> Any:
    """Return the value as this type. Raises ValueError with the place and what belongs there."""
    if get_origin(kind) is UnionType:
        return _parse(get_args(kind)[0], value, place)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{place}: must be a list")
        return tuple(_parse(get_args(kind)[0], item, f"{place}[{number}]") for number, item in enumerate(value))
    if kind is Text and isinstance(value, str):
        value = {"nl": value}
    if dataclasses.is_dataclass(kind):
        return _parse_fields(kind, value, place)
    if kind is date:
        # A moment is a date too, for Python.
        if type(value) is not date:
            raise ValueError(f"{place}: must be a day like 2026-09-01")
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{place}: must be a text, between quotes if need be")
    return _checked(kind, value.strip(), place)


def _parse_fields(kind: Any, value: Any, place: str) -> Any:
    prefix = f"{place}." if place else ""
    if not isinstance(value, Mapping):
        raise ValueError(f"{place or 'the file'}: must have keys: {', '.join(_fields(kind))}")
    if unknown := [key for key in value if key not in _fields(kind)]:
        raise ValueError(f"{prefix}{unknown[0]}: there is no such key; there are {', '.join(_fields(kind))}")
    required = [field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]
    if missing := [name for name in required if name not in value]:
        raise ValueError(f"{prefix}{missing[0]}: is missing")
    return kind(**{name: _parse(_fields(kind)[name], item, f"{prefix}{name}") for name, item in value.items()})


def _fields(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _checked(kind: Any, text: str, place: str) -> str:
    """Return an address of the web or of e-mail after validation, or the text itself."""
    try:
        if kind is Url:
            form = "an address like https://www.example.nl/rapport"
            _validate_url(text)
        elif kind is Email:
            form = "an e-mail address"
            validate_email(text)
    except ValidationError:
        raise ValueError(f"{place}: must be {form}") from None
    return text
