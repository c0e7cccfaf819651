"""Validation of refs in a dossier: duplicate, dangling or circular."""

from collections.abc import Collection, Iterator
from itertools import chain, islice
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from participation.compliance.checks.influence import subject_of_group
from participation.compliance.dossier_parser import REF_WORDS
from participation.compliance.problems import MAX_COMPARED_WORDS

from .errors import Problem, pointer
from .hints import did_you_mean, format_value

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
#: By key: why a ref may not be that of its own row.
_SELF_REFERENCES: Final = {
    "about": gettext_noop("it is about itself"),
    "uses": gettext_noop("it uses itself"),
    "replaces": gettext_noop("it replaces itself"),
}


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
                values = {"value": format_value(ref), "place": pointer(*owners[ref])}
                reason = _("%(value)s is also the ref of %(place)s") % values
                yield Problem(pointer(name, index, "ref"), reason, _("give one of the two another ref"))
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
                    reason = _(_SELF_REFERENCES.get(key, gettext_noop("it names itself")))
                    yield Problem(pointer(*path), reason, _("leave it out or name another"))
                elif target in owners or target not in known:
                    yield from _target_problems(path, target, targets, owners, refs)
    yield from _cycle_problems(document, refs["documents"])


def _targets(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (*path, index), item


def _target_problems(
    path: tuple[str | int, ...],
    target: str,
    sections: tuple[str, ...],
    owners: dict[str, tuple[str, int]],
    refs: dict[str, list[str]],
) -> Iterator[Problem]:
    *others, last = (_(REF_WORDS[name]) for name in sections)
    wanted = _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last} if others else last
    if target not in owners:
        candidates = islice(chain.from_iterable(refs[name] for name in sections), MAX_COMPARED_WORDS)
        known = list(dict.fromkeys(candidates))
        hint = did_you_mean(target, known) or _known_refs_hint(known, wanted)
        reason = _("there is no %(kind)s with the ref %(value)s") % {"kind": wanted, "value": format_value(target)}
        yield Problem(pointer(*path), reason, hint)
    elif owners[target][0] not in sections and not any(target in refs[name] for name in sections):
        values = {"value": format_value(target), "kind": _(REF_WORDS[owners[target][0]])}
        reason = _("%(value)s is a %(kind)s") % values
        yield Problem(pointer(*path), reason, _("name a %(kind)s") % {"kind": wanted})


def _known_refs_hint(known: list[str], wanted: str) -> str:
    if not known:
        return _("there is no %(kind)s in this document yet: add it or leave this out") % {"kind": wanted}
    more = ", …" if len(known) > _MAX_NAMED else ""
    return _("there are: %(known)s") % {"known": f"{', '.join(known[:_MAX_NAMED])}{more}"}


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
            circle = {"circle": " → ".join([*named, cycle[0]])}
            reason = _("documents replace one another in a circle: %(circle)s") % circle
            hint = _("the oldest of them replaces nothing: empty it there")
            yield Problem(pointer("documents", first, "replaces"), reason, hint)
