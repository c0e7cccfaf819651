"""Kinds of values in a rulebook: how each is read, with what does not fit, and how a JSON Schema says it.

A part of the format is a ``RecordValue``: its keys are declared once, each with its kind and its description.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .problem_kinds import HintKind, ProblemKind
from .problems import MAX_REPEATED, ProblemReporter, brief

Fragment = dict[str, Any]
LANGUAGES: Final = ("nl", "en")
#: What XML, and so a page or a mail, cannot hold.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOT_BLANK: Final = {"type": "string", "pattern": r"\S"}
_DAY: Final = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


class ValueKind:
    """What may stand under a key, or in a list."""

    #: What is read where nothing stands.
    empty: Any = None
    #: The problem of a value that is not of this kind.
    refusal: ProblemKind
    #: What it is, for the table of the parameters of the checks.
    noun = ""
    #: How it is written.
    example = ""

    def read(self, value: Any, report: ProblemReporter) -> Any:
        """Return the value as rules use it; report what does not fit, and return ``empty``."""
        raise NotImplementedError

    def schema(self) -> Fragment:
        """Return the JSON Schema of such a value."""
        raise NotImplementedError

    @property
    def described(self) -> str:
        """Return what may stand there, in words."""
        return self.noun

    def refuse(self, value: Any, report: ProblemReporter) -> None:
        """Report that this value is not of this kind."""
        if value in (None, ""):
            report.add(ProblemKind.EMPTY, name=report.name, example=self.example)
        else:
            report.add(self.refusal, name=report.name, value=brief(value), example=self.example)


class FormatKey(NamedTuple):
    """A key of a part of a rulebook: what may stand under it, and what it is for."""

    kind: ValueKind
    description: str
    is_required: bool = False

    def read(self, value: Any, report: ProblemReporter) -> Any:
        """Return the value under this key; report one that is missing or does not fit."""
        if value is not None:
            return self.kind.read(value, report)
        if self.is_required:
            report.add(ProblemKind.MISSING, name=report.name, example=self.kind.example)
        return self.kind.empty

    def schema(self) -> Fragment:
        """Return the JSON Schema of what may stand under this key; an optional one may be left empty."""
        found = {"description": self.description, **self.kind.schema()}
        return found if self.is_required else or_null(found)


def or_null(fragment: Fragment) -> Fragment:
    """Return the JSON Schema that allows null besides."""
    if "anyOf" in fragment:
        return {**fragment, "anyOf": [*fragment["anyOf"], {"type": "null"}]}
    found = {**fragment, "type": [fragment["type"], "null"]}
    return {**found, "enum": [*fragment["enum"], None]} if "enum" in fragment else found


class TextValue(ValueKind):
    """A text, in one line."""

    empty = ""
    refusal, example = ProblemKind.NOT_TEXT, "…"

    def __init__(self, example: str = example) -> None:
        self.example = example

    def read(self, value: Any, report: ProblemReporter) -> str:
        """Return the text, with single spaces."""
        if not isinstance(value, str):
            if isinstance(value, bool | int | float | date):
                values = {"name": report.name, "value": brief(value), "example": self.example}
                report.add(self.refusal, HintKind.QUOTE, unquoted=str(value), **values)
            else:
                self.refuse(value, report)
            return ""
        text = " ".join(value.split())
        if not text:
            self.refuse("", report)
        elif _UNPRINTABLE.search(text):
            report.add(ProblemKind.UNPRINTABLE, name=report.name)
            return ""
        return text

    def schema(self) -> Fragment:
        """Return the JSON Schema of a text."""
        return dict(_NOT_BLANK)


class NameValue(TextValue):
    """A word of a certain form."""

    def __init__(
        self,
        pattern: str,
        example: str,
        hint: HintKind,
        *,
        refusal: ProblemKind = ProblemKind.NOT_NAME,
        longest: int = 60,
    ) -> None:
        super().__init__(example)
        self.refusal, self._hint, self._pattern, self._longest = refusal, hint, re.compile(pattern), longest

    def fits(self, value: Any) -> bool:
        """Return whether this is such a name."""
        return isinstance(value, str) and len(value) <= self._longest and self._pattern.fullmatch(value) is not None

    def read(self, value: Any, report: ProblemReporter) -> str:
        """Return the name."""
        text = super().read(value, report)
        if text and not self.fits(value):
            self.refuse_form(value, report.name, report)
            return ""
        return text

    def refuse_form(self, value: Any, name: str, report: ProblemReporter) -> None:
        """Report that what stands under the key ``name`` has another form."""
        values = {"name": name, "value": brief(value), "example": self.example}
        report.add(self.refusal, self._hint, longest=self._longest, **values)

    def schema(self) -> Fragment:
        """Return the JSON Schema of the name."""
        return {"type": "string", "maxLength": self._longest, "pattern": f"^(?:{self._pattern.pattern})$"}


class BilingualValue(ValueKind):
    """A text in Dutch and in English."""

    empty: Mapping[str, str] = MappingProxyType(dict.fromkeys(LANGUAGES, ""))
    refusal, example = ProblemKind.NOT_BILINGUAL, "{nl: …, en: …}"

    def read(self, value: Any, report: ProblemReporter) -> Mapping[str, str]:
        """Return the text by language, in one line each."""
        if not isinstance(value, dict):
            self.refuse(value, report)
            return self.empty
        for key in value:
            if key not in LANGUAGES:
                report.at(_part(key)).add(ProblemKind.UNKNOWN_LANGUAGE, name=report.name, key=brief(key))
        return {key: _translation(value.get(key), key, report) for key in LANGUAGES}

    def schema(self) -> Fragment:
        """Return the JSON Schema of the two texts."""
        return {
            "type": "object",
            "required": list(LANGUAGES),
            "additionalProperties": False,
            "properties": {key: dict(_NOT_BLANK) for key in LANGUAGES},
        }


def _translation(value: Any, language: str, report: ProblemReporter) -> str:
    if value is None:
        kind = {"nl": ProblemKind.NOT_IN_DUTCH, "en": ProblemKind.NOT_IN_ENGLISH}[language]
        report.add(kind, name=report.name, example=BilingualValue.example)
        return ""
    return TextValue().read(value, report.at(language))


class DayValue(ValueKind):
    """A day."""

    refusal, example = ProblemKind.NOT_DAY, "2024-05-16"

    def read(self, value: Any, report: ProblemReporter) -> date | None:
        """Return the day."""
        if isinstance(value, date):
            return value
        self.refuse(value, report)
        return None

    def schema(self) -> Fragment:
        """Return the JSON Schema of a day."""
        return dict(_DAY)


class FlagValue(ValueKind):
    """True or false."""

    refusal, noun = ProblemKind.NOT_FLAG, "true or false"

    def __init__(self, default: bool = False) -> None:
        self.empty: bool = default
        self.example = str(not default).lower()

    def read(self, value: Any, report: ProblemReporter) -> bool:
        """Return true or false."""
        if isinstance(value, bool):
            return value
        self.refuse(value, report)
        return self.empty

    def schema(self) -> Fragment:
        """Return the JSON Schema, with the value where nothing stands."""
        return {"type": "boolean", "default": self.empty}


class WordValue(ValueKind):
    """One of the words of a vocabulary; each with its description where ``words`` is a mapping."""

    empty = ""

    def __init__(self, words: tuple[str, ...] | Mapping[str, str], name: str = "") -> None:
        """Store the words; a problem calls one ``name``, or by the key under which it stands."""
        self.words, self._name = words, name
        self.example = next(iter(words), "…")

    @property
    def described(self) -> str:
        """Return the words."""
        return ", ".join(f"`{word}`" for word in self.words)

    def read(self, value: Any, report: ProblemReporter) -> str:
        """Return the word."""
        if isinstance(value, str) and value in self.words:
            return value
        in_list = bool(report.place) and isinstance(report.place[-1], int)
        kind = ProblemKind.UNKNOWN_WORD if in_list else ProblemKind.UNKNOWN_VALUE
        values = {"name": report.name if in_list else self._name or report.name, "value": brief(value)}
        self.add_unknown(kind, str(value), report, values)
        return ""

    def add_unknown(self, kind: ProblemKind, word: str, report: ProblemReporter, values: Mapping[str, str]) -> None:
        """Report a word that is none of these."""
        report.add_unknown(kind, word, self.words, **values)

    def schema(self) -> Fragment:
        """Return the JSON Schema of the words."""
        if isinstance(self.words, Mapping):
            return {"anyOf": [{"const": word, "description": text} for word, text in self.words.items()]}
        return {"type": "string", "enum": list(self.words)}


class RawValue(ValueKind):
    """A mapping that is read elsewhere."""

    empty: Mapping[Any, Any] = MappingProxyType({})
    refusal, example = ProblemKind.NOT_KEYS, "{name: value}"

    def read(self, value: Any, report: ProblemReporter) -> Mapping[Any, Any]:
        """Return the mapping."""
        if isinstance(value, dict):
            return value
        self.refuse(value, report)
        return self.empty

    def schema(self) -> Fragment:
        """Return the JSON Schema of any mapping."""
        return {"type": "object"}


class ListValue(ValueKind):
    """A list of values of one kind, each there once."""

    empty: Sequence[Any] = ()
    refusal = ProblemKind.NOT_LIST

    def __init__(self, kind: ValueKind, *, may_be_empty: bool = True) -> None:
        self._kind, self._may_be_empty = kind, may_be_empty
        self.example = f"[{kind.example}]"

    @property
    def described(self) -> str:
        """Return what the list may hold."""
        return f"a list of {self._kind.described}"

    def read(self, value: Any, report: ProblemReporter) -> Sequence[Any]:
        """Return the values by position: what does not fit stays as the empty value of its kind."""
        if not isinstance(value, list):
            self.refuse(value, report)
            return self.empty
        if not value and not self._may_be_empty:
            report.add(ProblemKind.EMPTY_LIST, name=report.name, example=self.example)
        found = [self._kind.read(row, report.at(index)) for index, row in enumerate(value)]
        seen = set()
        for index, row in enumerate(found):
            if isinstance(row, str | date) and row:
                if row in seen:
                    report.at(index).add(ProblemKind.VALUE_TWICE, name=report.name, value=brief(row))
                seen.add(row)
        return found

    def schema(self) -> Fragment:
        """Return the JSON Schema of the list."""
        found: Fragment = {"type": "array", "items": self._kind.schema()}
        if found["items"].get("type") == "string":
            found["uniqueItems"] = True
        return found if self._may_be_empty else {**found, "minItems": 1}


class MapValue(ValueKind):
    """Values of one kind, each under a name of its own."""

    empty: Mapping[str, Any] = MappingProxyType({})
    refusal = ProblemKind.NOT_KEYS

    def __init__(self, name: NameValue, kind: ValueKind, *, rule: str = "", most: int = 1_000) -> None:
        """Store the form of the names; an error names the part ``rule``, with the name in it in place of ``{}``."""
        self._name, self._kind, self._rule, self._most = name, kind, rule, most
        self.example = f"{{{name.example}: {kind.example}}}"

    def read(self, value: Any, report: ProblemReporter) -> Mapping[str, Any]:
        """Return the values by name: what does not fit stays as the empty value of its kind."""
        if not isinstance(value, dict):
            self.refuse(value, report)
            return self.empty
        if len(value) > self._most:
            report.add(ProblemKind.TOO_MANY_KEYS, name=report.name, count=len(value), most=self._most)
            return self.empty
        found = {}
        for key, row in value.items():
            place = report.at(_part(key), rule=self._rule.format(_part(key)) if self._rule else None)
            if not self._name.fits(key):
                self._name.refuse_form(key, report.name, place)
            found[str(key)] = self._kind.read(row, place)
        return found

    def schema(self) -> Fragment:
        """Return the JSON Schema of the mapping."""
        return {
            "type": "object",
            "maxProperties": self._most,
            "propertyNames": self._name.schema(),
            "additionalProperties": self._kind.schema(),
        }


class RecordValue(ValueKind):
    """A part of a rulebook with fixed keys."""

    refusal = ProblemKind.NOT_KEYS

    def __init__(self, keys: Mapping[str, FormatKey], *, rule: str = "", named_by: str = "") -> None:
        """Store the keys; an error names the part ``rule``, or what stands under the key ``named_by``."""
        self.keys, self._rule, self._named_by = keys, rule, named_by
        self.empty: Mapping[str, Any] = MappingProxyType({name: key.kind.empty for name, key in keys.items()})
        required = {name: key for name, key in keys.items() if key.is_required}
        self.example = "{" + ", ".join(f"{name}: {key.kind.example}" for name, key in required.items()) + "}"

    def read(self, value: Any, report: ProblemReporter) -> Mapping[str, Any]:
        """Return the value of every key; the empty one where it does not fit."""
        if not isinstance(value, dict):
            self.refuse(value, report)
            return self.empty
        named = value.get(self._named_by)
        if rule := _part(named) if isinstance(named, str) else self._rule:
            report = report.at(rule=rule)
        for key in value:
            if key not in self.keys:
                place = report.at(_part(key))
                place.add_unknown(ProblemKind.UNKNOWN_KEY, str(key), self.keys, key=brief(key))
        return {name: key.read(value.get(name), report.at(name)) for name, key in self.keys.items()}

    def schema(self) -> Fragment:
        """Return the JSON Schema of the part."""
        return {
            "type": "object",
            "required": [name for name, key in self.keys.items() if key.is_required],
            "additionalProperties": False,
            "properties": {name: key.schema() for name, key in self.keys.items()},
        }


def _part(key: Any) -> str:
    """Return a key as a part of a place, as an error can show it: cut off, and on one line."""
    text = str(key)[:MAX_REPEATED]
    return text if text.isprintable() else repr(text)
