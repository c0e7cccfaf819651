"""Validation of refs in a dossier: duplicate, dangling or circular."""

from collections.abc import Collection, Iterator
from itertools import chain, islice
from typing import Any, Final

from participation.compliance.checks.influence import subject_of_group
from participation.compliance.dossier_parser import REF_WORDS
from participation.compliance.problems import MAX_COMPARED_WORDS, did_you_mean

from .errors import Problem, pointer
from .hints import format_value

_ANY_SECTION = tuple(REF_WORDS)
#: (section, key, targets): the keys that hold refs, and the sections that they may refer to.
_POINTERS: Final = (
    ("steps", "about", ("steps", "documents", "contributions")),
    ("steps", "uses", ("steps", "documents")),
    ("steps", "documents", ("documents",)),
    ("documents", "replaces", ("documents",)),
    ("scenarios", "document", ("documents",)),
    ("contributions", "step", ("steps",)),
    ("waivers", "subject", _ANY_SECTION),
)
_MAX_NAMED = 10


def ref_problems(
    document: dict[str, Any], refs: dict[str, list[str]], known: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield the problems of refs; ``refs`` holds the ref of every row, as returned by ``refs_of``.

    ``known`` are refs outside this document that it may refer to, of any kind.
    """
    owners: dict[str, tuple[str, int]] = {}
    for name, section_refs in refs.items():
        for index, ref in enumerate(section_refs):
            if ref in owners:
                other = pointer(*owners[ref])
                reason = f"{format_value(ref)} is also the ref of {other}"
                yield Problem(pointer(name, index, "ref"), reason, "give one of the two another ref")
            else:
                owners[ref] = (name, index)
    # Of the obligation to reach a target group, the subject is that group.
    groups = {
        subject_of_group(row.get("group") or "") for row in (document.get("plan") or {}).get("target_groups") or ()
    }
    for name, key, targets in _POINTERS:
        for index, row in enumerate(document.get(name) or ()):
            own = refs[name][index] if name in refs else None
            for path, target in _targets(row.get(key), (name, index, key)):
                if name == "waivers" and target in groups:
                    continue
                if own == target:
                    yield _self_reference_problem(name, key, path)
                elif target in owners or target not in known:
                    yield from _target_problems(path, target, targets, owners, refs)
    yield from _cycle_problems(document, refs["documents"])


def _targets(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (*path, index), item


def _self_reference_problem(name: str, key: str, path: tuple[str | int, ...]) -> Problem:
    verb = {"about": "is about", "uses": "uses", "replaces": "replaces", "document": "names"}.get(key, key)
    return Problem(pointer(*path), f"this {REF_WORDS[name]} {verb} itself", "leave it out or name another")


def _target_problems(
    path: tuple[str | int, ...],
    target: str,
    sections: tuple[str, ...],
    owners: dict[str, tuple[str, int]],
    refs: dict[str, list[str]],
) -> Iterator[Problem]:
    *others, last = (REF_WORDS[name] for name in sections)
    wanted = f"{', '.join(others)} or {last}" if others else last
    if target not in owners:
        candidates = islice(chain.from_iterable(refs[name] for name in sections), MAX_COMPARED_WORDS)
        known = list(dict.fromkeys(candidates))
        hint = did_you_mean(target, known) or _known_refs_hint(known, wanted)
        yield Problem(pointer(*path), f"there is no {wanted} with the ref {format_value(target)}", hint)
    elif owners[target][0] not in sections and not any(target in refs[name] for name in sections):
        found = REF_WORDS[owners[target][0]]
        yield Problem(pointer(*path), f"{format_value(target)} is a {found}", f"name a {wanted}")


def _known_refs_hint(known: list[str], wanted: str) -> str:
    if not known:
        return f"there is no {wanted} in this document yet: add it or leave this out"
    more = ", …" if len(known) > _MAX_NAMED else ""
    return f"there are: {', '.join(known[:_MAX_NAMED])}{more}"


def _cycle_problems(document: dict[str, Any], refs: list[str]) -> Iterator[Problem]:
    rows = document.get("documents") or ()
    replaces = {ref: row.get("replaces") for ref, row in zip(refs, rows, strict=True)}
    seen: set[str] = set()
    for index, start in enumerate(refs):
        trail: list[str] = []
        ref: str | None = start
        while ref is not None and ref in replaces and ref not in seen:
            seen.add(ref)
            trail.append(ref)
            ref = replaces[ref]
        # Drop the rows that lead into the cycle without being part of it.
        cycle = trail[trail.index(ref) :] if ref in trail else []
        if len(cycle) > 1:
            named = [*cycle[:_MAX_NAMED], "…"] if len(cycle) > _MAX_NAMED else cycle
            first = refs.index(cycle[0]) if cycle[0] != start else index
            reason = f"documents replace one another in a circle: {' → '.join([*named, cycle[0]])}"
            hint = "the oldest of them replaces nothing: empty it there"
            yield Problem(pointer("documents", first, "replaces"), reason, hint)
