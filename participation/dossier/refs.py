"""Validation of refs in a dossier: duplicate, dangling or circular."""

from collections.abc import Collection, Iterator
from itertools import chain, islice
from typing import Any, Final

from participation.compliance.dossier_parser import REF_WORDS

from .errors import Problem, pointer
from .hints import MOST_COMPARED, did_you_mean, shown

_ANY = tuple(REF_WORDS)
#: (section, key, targets): the keys that hold refs, and the sections that they may refer to.
_POINTERS: Final = (
    ("steps", "about", ("steps", "documents", "contributions")),
    ("steps", "uses", ("steps", "documents")),
    ("steps", "documents", ("documents",)),
    ("documents", "replaces", ("documents",)),
    ("contributions", "step", ("steps",)),
    ("waivers", "subject", _ANY),
)
_MOST_NAMED = 10


def ref_problems(
    document: dict[str, Any], refs: dict[str, list[str]], known: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield the problems of refs; ``refs`` holds the ref of every row, as returned by ``refs_of``.

    ``known`` are refs outside this document that it may refer to, of any kind.
    """
    owners: dict[str, tuple[str, int]] = {}
    for name, in_order in refs.items():
        for index, ref in enumerate(in_order):
            if ref in owners:
                other = pointer(*owners[ref])
                reason = f"{shown(ref)} is also the ref of {other}"
                yield Problem(pointer(name, index, "ref"), reason, "give one of the two another ref")
            else:
                owners[ref] = (name, index)
    for name, key, targets in _POINTERS:
        for index, row in enumerate(document.get(name) or ()):
            own = refs[name][index] if name in refs else None
            for path, target in _targets(row.get(key), (name, index, key)):
                if own == target:
                    yield _about_itself(name, key, path)
                elif target in owners or target not in known:
                    yield from _astray(path, target, targets, owners, refs)
    yield from _circles(document, refs["documents"])


def _targets(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (*path, index), item


def _about_itself(name: str, key: str, path: tuple[str | int, ...]) -> Problem:
    said = {"about": "is about", "uses": "uses", "replaces": "replaces"}.get(key, key)
    return Problem(pointer(*path), f"this {REF_WORDS[name]} {said} itself", "leave it out or name another")


def _astray(
    path: tuple[str | int, ...],
    target: str,
    lists: tuple[str, ...],
    owners: dict[str, tuple[str, int]],
    refs: dict[str, list[str]],
) -> Iterator[Problem]:
    *most, last = (REF_WORDS[name] for name in lists)
    wanted = f"{', '.join(most)} or {last}" if most else last
    if target not in owners:
        some = islice(chain.from_iterable(refs[name] for name in lists), MOST_COMPARED)
        known = list(dict.fromkeys(some))
        hint = did_you_mean(target, known) or _there_are(known, wanted)
        yield Problem(pointer(*path), f"there is no {wanted} with the ref {shown(target)}", hint)
    elif owners[target][0] not in lists and not any(target in refs[name] for name in lists):
        found = REF_WORDS[owners[target][0]]
        yield Problem(pointer(*path), f"{shown(target)} is a {found}", f"name a {wanted}")


def _there_are(known: list[str], wanted: str) -> str:
    if not known:
        return f"there is no {wanted} in this document yet: add it or leave this out"
    more = ", …" if len(known) > _MOST_NAMED else ""
    return f"there are: {', '.join(known[:_MOST_NAMED])}{more}"


def _circles(document: dict[str, Any], refs: list[str]) -> Iterator[Problem]:
    rows = document.get("documents") or ()
    replaces = {ref: row.get("replaces") for ref, row in zip(refs, rows, strict=True)}
    seen: set[str] = set()
    for index, start in enumerate(refs):
        way: list[str] = []
        ref: str | None = start
        while ref is not None and ref in replaces and ref not in seen:
            seen.add(ref)
            way.append(ref)
            ref = replaces[ref]
        # Drop the rows that lead into the cycle without being part of it.
        circle = way[way.index(ref) :] if ref in way else []
        if len(circle) > 1:
            named = [*circle[:_MOST_NAMED], "…"] if len(circle) > _MOST_NAMED else circle
            first = refs.index(circle[0]) if circle[0] != start else index
            reason = f"documents replace one another in a circle: {' → '.join([*named, circle[0]])}"
            hint = "the oldest of them replaces nothing: empty it there"
            yield Problem(pointer("documents", first, "replaces"), reason, hint)
