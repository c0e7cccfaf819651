"""The published table of rights, read as it stands in docs/rights.md, and every address of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern

PUBLISHED = Path(__file__).parents[2] / "docs" / "rights.md"
ROLES = (
    "visitor",
    "follower",
    "member (own)",
    "member (outsider)",
    "adviser (own)",
    "adviser (other's)",
    "coordinator",
    "auditor",
    "administrator",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
YES, LOG_IN, NO, HIDDEN, ANY = "yes", "log in", "no (403)", "hidden (404)", "any"
CELLS = (YES, LOG_IN, NO, HIDDEN, ANY)
#: How the parts of the text end below which the trajectory is one that is not public.
NOT_PUBLIC = "a trajectory that is not public"


class Row(NamedTuple):
    """One line: what may be done at which addresses, with which methods, and for each role what they get."""

    part: str
    action: str
    names: tuple[str, ...]
    methods: tuple[str, ...]
    cells: dict[str, str]

    @property
    def hidden(self) -> bool:
        return self.part.lower().endswith(NOT_PUBLIC)

    def says_of(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self.names)


class Address(NamedTuple):
    """One address of the site: its name, with its namespace, and which arguments it takes."""

    name: str
    arguments: tuple[str, ...]


def rows(text: str) -> list[Row]:
    """Every line of every table of rights in the text. Raises ValueError for one that cannot be read."""
    found, part = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            part = line[3:].strip()
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] == "action" or set(line) <= set("|-: "):
            continue
        if len(cells) != 3 + len(ROLES):
            raise ValueError(f"{len(cells)} cells, not {3 + len(ROLES)}: {line}")
        action, names, methods, *answers = cells
        if wrong := [answer for answer in answers if answer not in CELLS]:
            raise ValueError(f"Not a cell that means something: {wrong[0]!r} in: {line}")
        allowed_methods = METHODS if methods == ANY else tuple(method.strip() for method in methods.split(","))
        if unknown := set(allowed_methods) - set(METHODS):
            raise ValueError(f"Not a method: {unknown} in: {line}")
        allowed_methods += ("HEAD",) if "GET" in allowed_methods and "HEAD" not in allowed_methods else ()
        addresses = tuple(re.findall(r"`([^`]+)`", names))
        if not addresses:
            raise ValueError(f"No address in: {line}")
        found.append(Row(part, action, addresses, allowed_methods, dict(zip(ROLES, answers, strict=True))))
    return found


def published() -> list[Row]:
    return rows(PUBLISHED.read_text(encoding="utf-8"))


def addresses(resolver: URLResolver, namespace: str = "", above: tuple[str, ...] = ()) -> Iterator[Address]:
    """Every address below a resolver that has a name; Raises ValueError for one of ours that has none."""
    for pattern in resolver.url_patterns:
        arguments = (*above, *pattern.pattern.converters, *_groups(pattern))
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inside, arguments)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield Address(namespace + pattern.name, tuple(dict.fromkeys(arguments)))
        elif not namespace.startswith("admin:"):
            raise ValueError(f"An address without a name: {pattern.pattern}")


def _groups(pattern: URLPattern | URLResolver) -> tuple[str, ...]:
    """The groups of an address that is written as a regular expression: by name, or else by number."""
    if not isinstance(pattern.pattern, RegexPattern):
        return ()
    regex = pattern.pattern.regex
    return tuple(regex.groupindex) or tuple(str(number) for number in range(regex.groups))


def rows_for(name: str, hidden: bool, table: list[Row]) -> list[Row]:
    """The lines that say what is allowed at an address, each of other methods; one with a star only without others."""
    fitting = [row for row in table if row.hidden == hidden and row.says_of(name)]
    return [row for row in fitting if name in row.names] or fitting


def unpublished(found: list[Address], of_trajectory: set[str], table: list[Row]) -> list[str]:
    """What is missing in the table, or too much: in sentences."""
    problems = []
    for name in sorted({address.name for address in found}):
        problems += [
            f"{name}: no line in docs/rights.md{' for what is not public' if hidden else ''}"
            for hidden in ((False, True) if name in of_trajectory else (False,))
            if not rows_for(name, hidden, table)
        ]
    for row in table:
        problems += [
            f"{pattern}: there is no such address any more ({row.action})"
            for pattern in row.names
            if not any(fnmatch(address.name, pattern) for address in found)
        ]
    return problems
