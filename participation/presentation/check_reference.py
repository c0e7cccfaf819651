"""The checks and their parameters as tables in Markdown, for who writes a rulebook: part of docs/rulebook.md."""

from collections.abc import Iterable, Iterator
from typing import Final

from participation.compliance import wording
from participation.compliance.checks import CHECKS
from participation.compliance.checks.anchors import ANCHORS
from participation.compliance.checks.plan import NEEDS
from participation.compliance.parameter_parser import parameter_keys
from participation.compliance.structure import FormatKey

_LANGUAGE: Final = "en"


def check_reference() -> str:
    """Return the tables: the checks, their parameters, the days to count from, and what every plan may be asked."""
    tables = (
        _table(("check", "what it asks", "parameters"), _checks()),
        _table(("parameter", "what it sets", "may hold"), _parameters()),
        _table(("day in `due` and `after`", "it is"), _labels(ANCHORS)),
        _table(("in `needs` of `plan_says`", "the plan holds"), _labels(NEEDS)),
    )
    return "\n\n".join(tables)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" if line[0] != "---" else f"|{'|'.join(line)}|" for line in lines)


def _checks() -> Iterator[tuple[str, ...]]:
    """Yield each check with what it asks and its parameters: those that a version must set in bold."""
    for name, definition in sorted(CHECKS.items()):
        keys = parameter_keys(name, definition)
        shown = (f"**`{key}`**" if found.is_required else f"`{key}`" for key, found in keys.items())
        yield f"`{name}`", definition.description, ", ".join(shown) or "–"


def _parameters() -> Iterator[tuple[str, ...]]:
    """Yield each parameter; one that means something else in some check once more, with that check."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, definition in sorted(CHECKS.items()):
        for parameter, key in parameter_keys(name, definition).items():
            checks = found.setdefault((parameter, _row(key)), [])
            checks.append(name)
    counts = [parameter for parameter, _ in found]
    for (parameter, row), checks in sorted(found.items(), key=lambda item: (item[0][0], item[1])):
        of_check = f" ({', '.join(f'`{check}`' for check in checks)})" if counts.count(parameter) > 1 else ""
        yield f"`{parameter}`{of_check}", *row.split("\t")


def _row(key: FormatKey) -> str:
    days = ", ".join(f"`{day}`" for day in ANCHORS)
    return f"{key.description}\t{key.kind.described.replace(days, 'days of the next table')}"


def _labels(words: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for word in words:
        yield f"`{word}`", wording.label("facts", word, _LANGUAGE)
