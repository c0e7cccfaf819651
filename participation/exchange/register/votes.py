"""The vote on a motion as Popolo, Open Raadsinformatie and ORI 2.0 write it: outcome, numbers, day. Never who voted."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.dates import When

from .entries import Entry, folded
from .values import Unreadable, Votes, day_of, outcome_of

Note = Callable[..., None]

_YES: Final = frozenset({"yes", "voor", "yescount", "voteoptionyes", "for", "aye", "stemmenvoor", "aantalvoor"})
_NO: Final = frozenset({"no", "tegen", "nocount", "voteoptionno", "against", "nay", "stemmentegen", "aantaltegen"})
_EVENTS: Final = ("voteevents", "voteevent", "stemming", "stemmingen")
_RESULTS: Final = ("result", "resultaat", "resultaatmondelingestemming", "besluit", "uitslag")
_DAYS: Final = ("enddate", "startdate", "datum", "date", "vergaderdatum", "aanvangvergadering")


class Voting(NamedTuple):
    """What became of a motion in the vote: a word of the vocabulary or "", the numbers, and the day."""

    outcome: str = ""
    votes: Votes | None = None
    on: When | None = None


def voting_of(one: Entry, loose: Mapping[str, Sequence[Mapping[str, Any]]], note: Note) -> Voting:
    """Return the vote on this motion. ``loose`` are vote events beside it, by what identifies their motion.

    What cannot be understood is told through ``note`` and left out.
    """
    events = [event for key in _EVENTS for event in _objects(one.values.get(key))]
    for key in ("id", "@id"):
        name = one.values.get(key)
        events += loose.get(str(name), ()) if name else ()
    read = sorted((_event(event, one, note) for event in events), key=lambda voting: _place(voting.on))
    if len(read) > 1:
        note(_("%(place)s: was voted on more than once; the last vote is taken over."), one.at(*_EVENTS))
    last = read[-1] if read else Voting()
    own = _outcome([one.values.get(key) for key in _RESULTS], one.at(*_RESULTS), note)
    votes = last.votes or _votes(one.values)
    return Voting(own or last.outcome, votes, last.on)


def _event(event: Mapping[str, Any], one: Entry, note: Note) -> Voting:
    values = {folded(key): value for key, value in event.items()}
    place = one.at(*_EVENTS)
    on = None
    for source in (values, *(_folded(values.get(key)) for key in ("agendapunt", "vergadering", "legislativesession"))):
        said = next((source[key] for key in _DAYS if isinstance(source.get(key), str)), "")
        if said and on is None:
            try:
                on = day_of(said)
            except Unreadable as error:
                note(_("%(place)s: %(reason)s It is left out."), place, reason=error.reason)
    return Voting(_outcome([values.get(key) for key in _RESULTS], place, note), _votes(values), on)


def _outcome(said: Sequence[Any], place: str, note: Note) -> str:
    for value in said:
        for word in _words(value):
            # A word of a vocabulary is the end of an address: …#ResultPassed.
            short = word.replace("#", "/").rpartition("/")[2] if "://" in word else word
            try:
                found, _votes_behind = outcome_of(short.rpartition(":")[2] if " " not in short else short)
            except Unreadable:
                note(_("%(place)s: the outcome “%(word)s” is not known; it is left out."), place, word=word[:60])
                continue
            if found:
                return found
    return ""


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, Mapping):
        return [word for key in ("text", "schema:text", "@value", "name", "@id") for word in _words(value.get(key))][:1]
    return [word for item in value for word in _words(item)] if isinstance(value, list) else []


def _votes(values: Mapping[str, Any]) -> Votes | None:
    """Return the numbers: counted, written beside it, or to be counted from votes whose voters are not looked at."""
    found: Counter[str] = Counter()
    for item in _objects(values.get("counts") or values.get("count")):
        count = {folded(key): value for key, value in item.items()}
        number = _whole(count.get("value"))
        option = _option(count.get("option")) or _option(count.get("@type")) or _option(count.get("type"))
        if number is not None and option:
            found[option] += number
    if not found:
        cast = values.get("votes")
        for item in cast if isinstance(cast, list) else []:
            if isinstance(item, Mapping) and (option := _option(item.get("option") or item.get("keuzeStemming"))):
                found[option] += 1
    if found:
        # Nobody against is left out of what is counted.
        return Votes(found["yes"], found["no"])
    for source in (values, _folded(values.get("stemming")), _folded(values.get("votes"))):
        for key, value in source.items():
            number, option = _whole(value), _option(key)
            if number is not None and option:
                found[option] = number
    return Votes(found["yes"], found["no"]) if {"yes", "no"} <= found.keys() else None


def _option(value: Any) -> str:
    names = {folded(word) for word in _words(value)}
    return "yes" if names & _YES else "no" if names & _NO else ""


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= 10_000 else None


def _objects(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def _folded(value: Any) -> dict[str, Any]:
    return {folded(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _place(on: When | None) -> str:
    return on.latest.isoformat() if on and on.latest else ""
