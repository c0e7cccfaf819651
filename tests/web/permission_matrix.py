"""Reads the table of permissions in docs/rights.md, and every URL pattern of the site."""

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
    "council member",
    "adviser (own)",
    "adviser (other's)",
    "coordinator",
    "auditor",
    "administrator",
)
#: The columns of the tables; one of a council member may follow, who else gets what a member who is an outsider gets.
COLUMNS = tuple(role for role in ROLES if role != "council member")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
YES, LOG_IN, NO, HIDDEN, ANY = "yes", "log in", "no (403)", "hidden (404)", "any"
CELLS = (YES, LOG_IN, NO, HIDDEN, ANY)
#: How the headings of tables about non-public trajectories end.
NOT_PUBLIC = "a trajectory that is not public"


class PermissionRow(NamedTuple):
    """A row of a table: an action, its URL names and methods, and the response for each role."""

    heading: str
    action: str
    names: tuple[str, ...]
    methods: tuple[str, ...]
    cells: dict[str, str]

    @property
    def hidden(self) -> bool:
        return self.heading.lower().endswith(NOT_PUBLIC)

    def matches(self, name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in self.names)


class UrlPattern(NamedTuple):
    """A URL pattern: its name with its namespace, and the names of its arguments."""

    name: str
    arguments: tuple[str, ...]


def parse_rows(text: str) -> list[PermissionRow]:
    """Return every row of every table in the text. Raises ValueError for a row that is not valid."""
    found, heading = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line[3:].strip()
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] == "action" or set(line) <= set("|-: "):
            continue
        if len(cells) - 3 not in (len(COLUMNS), len(ROLES)):
            raise ValueError(f"{len(cells)} cells, not {3 + len(COLUMNS)}: {line}")
        action, names, methods, *answers = cells
        if wrong := [answer for answer in answers if answer not in CELLS]:
            raise ValueError(f"Not a valid cell: {wrong[0]!r} in: {line}")
        allowed_methods = METHODS if methods == ANY else tuple(method.strip() for method in methods.split(","))
        if unknown := set(allowed_methods) - set(METHODS):
            raise ValueError(f"Not a method: {unknown} in: {line}")
        allowed_methods += ("HEAD",) if "GET" in allowed_methods and "HEAD" not in allowed_methods else ()
        addresses = tuple(re.findall(r"`([^`]+)`", names))
        if not addresses:
            raise ValueError(f"No address in: {line}")
        by_role = dict(zip((*COLUMNS, "council member"), answers, strict=False))
        by_role.setdefault("council member", by_role["member (outsider)"])
        cells_by_role = {role: by_role[role] for role in ROLES}
        found.append(PermissionRow(heading, action, addresses, allowed_methods, cells_by_role))
    return found


def published_rows() -> list[PermissionRow]:
    return parse_rows(PUBLISHED.read_text(encoding="utf-8"))


def url_patterns(resolver: URLResolver, namespace: str = "", above: tuple[str, ...] = ()) -> Iterator[UrlPattern]:
    """Yield the named URL patterns below a resolver. Raises ValueError for an unnamed one outside the admin."""
    for pattern in resolver.url_patterns:
        arguments = (*above, *pattern.pattern.converters, *_groups(pattern))
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_patterns(pattern, inside, arguments)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield UrlPattern(namespace + pattern.name, tuple(dict.fromkeys(arguments)))
        elif not namespace.startswith("admin:"):
            raise ValueError(f"A URL pattern without a name: {pattern.pattern}")


def _groups(pattern: URLPattern | URLResolver) -> tuple[str, ...]:
    """Return the groups of a regular expression, by name or else by number."""
    if not isinstance(pattern.pattern, RegexPattern):
        return ()
    regex = pattern.pattern.regex
    return tuple(regex.groupindex) or tuple(str(number) for number in range(regex.groups))


def rows_for(name: str, hidden: bool, table: list[PermissionRow]) -> list[PermissionRow]:
    """Return the rows that name a URL pattern, or where there are none, the rows whose wildcard matches it."""
    matching = [row for row in table if row.hidden == hidden and row.matches(name)]
    return [row for row in matching if name in row.names] or matching


def matrix_problems(found: list[UrlPattern], of_trajectory: set[str], table: list[PermissionRow]) -> list[str]:
    """Return a sentence for each URL pattern that the table lacks, and for each row without a URL pattern."""
    problems = []
    for name in sorted({address.name for address in found}):
        problems += [
            f"{name}: no line in docs/rights.md{' for non-public trajectories' if hidden else ''}"
            for hidden in ((False, True) if name in of_trajectory else (False,))
            if not rows_for(name, hidden, table)
        ]
    for row in table:
        problems += [
            f"{pattern}: no URL pattern has this name ({row.action})"
            for pattern in row.names
            if not any(fnmatch(address.name, pattern) for address in found)
        ]
    return problems
