"""Reading of the parts of a rulebook: keys, lists, texts in two languages, days; what does not fit is reported."""

import re
import reprlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from .problems import ProblemReporter, closest_word_hint
from .rules import Text

LANGUAGES = ("nl", "en")
#: Ids of rules; slugs, which stand in addresses and names of files; and keys of a dossier, such as an item of a plan.
KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# Bounds what an error repeats of a value, which may be large, or refer to itself.
_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = 60


def brief(value: Any) -> str:
    """Return a value as an error message repeats it."""
    return str(value) if isinstance(value, date) else _BRIEF.repr(value)


def check_unknown_keys(data: Any, known: Iterable[str], report: ProblemReporter) -> None:
    """Report every unknown key."""
    if not isinstance(data, dict):
        report.at(data).add(f"{brief(data)} is not a list of keys", "write `key: value`")
        return
    known = tuple(known)
    for key in data:
        if key not in known:
            report.at(data).add(f"unknown key {brief(key)}", closest_word_hint(str(key), known))


def rows_of(data: Mapping[str, Any], key: str, report: ProblemReporter) -> list[Any]:
    """Return the list under this key; report anything else, and return an empty list."""
    found = data.get(key)
    if found is None or isinstance(found, list):
        return found or []
    report.at(data).add(f"{key}: {brief(found)} is not a list", f"write `{key}: [one, two]`")
    return []


def mapping_of(data: Mapping[str, Any], key: str, report: ProblemReporter) -> Mapping[Any, Any]:
    """Return the mapping under this key; report anything else, and return an empty one."""
    found = data.get(key)
    if found is None or isinstance(found, dict):
        return found or {}
    hint = f"write `{key}:` and below it, indented, `name: value`"
    report.at(data).add(f"{key}: {brief(found)} is not a list of keys", hint)
    return {}


def bilingual_text(text: Any, report: ProblemReporter, description: str = "text") -> Text:
    """Return a text in both languages, in one line each; report it when one is missing."""
    if isinstance(text, dict) and all(isinstance(text.get(k), str) and text[k].strip() for k in LANGUAGES):
        for key in text:
            if key not in LANGUAGES:
                hint = "put a text with a comma or a colon between quotes"
                report.at(text).add(f"{description}: unknown key {brief(key)}", hint)
        return {k: " ".join(text[k].split()) for k in LANGUAGES}
    report.at(text).add(f"no {description} in Dutch and English", f"write {description}: {{nl: …, en: …}}")
    return dict.fromkeys(LANGUAGES, "")


def day_of(data: Mapping[str, Any], key: str, report: ProblemReporter) -> date | None:
    """Return the day under this key, None where there is none; report anything else."""
    found = data.get(key)
    if found is None or isinstance(found, date):
        return found
    report.at(data).add(f"{key}: {brief(found)} is not a day", f"write `{key}: 2024-05-16`")
    return None


def flag_of(data: Mapping[str, Any], key: str, report: ProblemReporter, default: bool = False) -> bool:
    """Return true or false as it stands under this key, else the default; report anything else."""
    found = data.get(key, default)
    if isinstance(found, bool):
        return found
    report.at(data).add(f"{key}: {brief(found)} does not fit", "write true or false, or leave it out")
    return default
