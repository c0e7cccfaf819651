"""Validation of organisations in a dossier: unknown, duplicate, or without a slug."""

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from django.utils.translation import gettext as _

from participation.compliance.dossier_parser import parse_imprecise_date
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS

from .errors import Problem, pointer
from .hints import did_you_mean, format_value

#: The path of a party in the document, the party, and the words allowed there besides slugs.
NamedParty = tuple[tuple[str | int, ...], str, tuple[str, ...]]

#: (section, key, words): the keys that name a party, and the words allowed besides slugs.
_PARTIES: Final = (
    ("steps", "audience", AUDIENCES),
    ("steps", "body", ORGANISATION_KINDS),
    ("steps", "evaluated_by", ()),
    ("contributions", "from", AUDIENCES),
    ("requests", "from", AUDIENCES),
)


def party_problems(document: dict[str, Any], known: Collection[str]) -> Iterator[Problem]:
    """Yield the problems of organisations; ``known`` are slugs that need no declaration."""
    declared: dict[str, int] = {}
    for index, row in enumerate(document.get("organisations") or ()):
        slug = row.get("slug")
        if slug in declared:
            values = {"value": format_value(slug), "place": pointer("organisations", declared[slug])}
            reason = _("%(value)s is also the slug of %(place)s") % values
            yield Problem(pointer("organisations", index, "slug"), reason, _("make the two one"))
        elif slug:
            declared[slug] = index
        else:
            yield Problem(pointer("organisations", index, "slug"), _("it is missing"), _("e.g. wijk-a"))
    known_slugs = dict.fromkeys(sorted({*known, *declared}))
    for path, party, words in named_parties(document):
        if party not in known_slugs and party not in words:
            reason = _("there is no organisation %(value)s") % {"value": format_value(party)}
            yield Problem(pointer(*path), reason, _add_hint(party, known_slugs, words))
    yield from _duplicate_problems(document)


def named_parties(document: Mapping[str, Any]) -> Iterator[NamedParty]:
    """Yield every party that a document names, with its path and the words allowed there besides slugs."""
    yield from _parties_of_rows(document)
    for key in ("commissioner", "subject_of_study"):
        if party := (document.get("trajectory") or {}).get(key):
            yield ("trajectory", key), party, ()
    for index, row in enumerate(document.get("documents") or ()):
        for position, share in enumerate(row.get("shared") or ()):
            if party := share.get("with"):
                yield ("documents", index, "shared", position, "with"), party, AUDIENCES
    for index, actor in enumerate(_actors(document)):
        if party := actor.get("organisation"):
            yield ("plan", "actors", index, "organisation"), party, ()
        if party := actor.get("suggested_by"):
            yield ("plan", "actors", index, "suggested_by"), party, AUDIENCES


def _parties_of_rows(document: Mapping[str, Any]) -> Iterator[NamedParty]:
    for name, key, words in _PARTIES:
        for index, row in enumerate(document.get(name) or ()):
            value = row.get(key)
            if isinstance(value, str):
                yield (name, index, key), value, words
            for position, party in enumerate(value if isinstance(value, list) else ()):
                if isinstance(party, str):
                    yield (name, index, key, position), party, words


def _add_hint(party: str, known_slugs: Collection[str], words: tuple[str, ...]) -> str:
    values = {"example": f'{{"slug": {json.dumps(party[:100])}, …}}', "words": ", ".join(words)}
    if close := did_you_mean(party, chain(words, known_slugs)):
        return f"{close} {_('Otherwise add %(example)s under organisations') % values}"
    if words:
        return _("add %(example)s under organisations, or write one of: %(words)s") % values
    return _("add %(example)s under organisations") % values


def _actors(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return (document.get("plan") or {}).get("actors") or []


def _duplicate_problems(document: dict[str, Any]) -> Iterator[Problem]:
    actors: dict[Any, int] = {}
    for index, actor in enumerate(_actors(document)):
        location = pointer("plan", "actors", index)
        if not actor.get("organisation"):
            yield Problem(f"{location}/organisation", _("it is missing"), _("say which organisation this is"))
            continue
        first = actors.setdefault((actor["organisation"], actor.get("part")), index)
        if first != index:
            reason = _("the same actor, in the same part, as %(place)s")
            place = pointer("plan", "actors", first)
            yield Problem(location, reason % {"place": place}, _("leave one of them out"))
    for index, row in enumerate(document.get("documents") or ()):
        shares: dict[Any, int] = {}
        for position, share in enumerate(row.get("shared") or ()):
            location = pointer("documents", index, "shared", position)
            if not share.get("with"):
                yield Problem(f"{location}/with", _("it is missing"), _("say with whom it was shared"))
                continue
            first = shares.setdefault((share["with"], _normalized_day(share.get("on"))), position)
            if first != position:
                place = pointer("documents", index, "shared", first)
                reason = _("the same share as %(place)s") % {"place": place}
                yield Problem(location, reason, _("leave one of them out"))


def _normalized_day(value: Any) -> str:
    # Normalized, as one date can be written in several ways; unreadable dates are reported elsewhere.
    try:
        when = parse_imprecise_date(value)
    except (ValueError, TypeError):
        return str(value)
    return when.to_text() if when else ""
