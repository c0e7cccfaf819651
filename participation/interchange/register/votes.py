"""Parser of votes on motions in Popolo, Open Raadsinformatie and ORI 2.0: outcome, totals and date, never voters."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate

from .entries import OriEntry, normalize_key
from .values import UNKNOWN_OUTCOME, Unreadable, Votes, day_of, outcome_of, votes_of

Note = Callable[..., None]

_YES: Final = frozenset(
    {
        *("yes", "voor", "yescount", "voteoptionyes", "for", "aye", "ayes", "yeas", "stemmenvoor", "aantalvoor", "pro"),
        *("infavour", "infavor", "votesfor", "voorstemmen", "voorstemmers", "aantalstemmenvoor", "approve"),
    }
)
_NO: Final = frozenset(
    {
        *("no", "tegen", "nocount", "voteoptionno", "against", "nay", "nays", "noes", "stemmentegen", "aantaltegen"),
        *("contra", "votesagainst", "tegenstemmen", "tegenstemmers", "aantalstemmentegen", "reject"),
    }
)
EVENTS: Final = ("voteevents", "voteevent", "stemming", "stemmingen")
RESULTS: Final = ("result", "resultaat", "resultaatmondelingestemming", "besluit", "uitslag", "outcome")
#: Keys with the official totals.
TALLIES: Final = ("tally", "telling", "stemverhouding", "stemuitslag", "votecount", "votecounts", "totals", "totaal")
#: Keys of a single vote that name a group or a person, and that hold the number of votes it stands for.
_GROUPS: Final = ("group", "groupname", "groupid", "fractie", "fractienaam", "partij", "party")
_PEOPLE: Final = ("voter", "voterid", "votername", "person", "personid", "raadslid", "lid")
_WEIGHTS: Final = ("weight", "count", "value", "number", "aantal", "stemmen", "zetels", "seats")
_DATE_KEYS: Final = ("enddate", "startdate", "datum", "date", "vergaderdatum", "aanvangvergadering")


class Voting(NamedTuple):
    """The result of a vote on a motion: outcome (a vocabulary code, or ""), totals and date.

    ``unclear`` tells that an outcome is present but cannot be parsed: the date of the vote must then not be taken for
    a date of adoption.
    """

    outcome: str = ""
    votes: Votes | None = None
    on: ImpreciseDate | None = None
    unclear: bool = False


def voting_of(entry: OriEntry, top_level_events: Mapping[str, Sequence[Mapping[str, Any]]], note: Note) -> Voting:
    """Return the vote on this motion.

    ``top_level_events`` are the vote events outside motions, by identifier of the motion.

    Data that cannot be parsed is left out, and reported through ``note``.
    """
    events = [event for key in EVENTS for event in _objects(entry.values.get(key))]
    for key in ("id", "@id"):
        name = entry.values.get(key)
        events += top_level_events.get(str(name), ()) if name else ()
    read = sorted((_vote_event(event, entry, note) for event in events), key=lambda voting: _date_key(voting.on))
    if len(read) > 1:
        note(_("%(place)s: was voted on more than once; the last vote is used."), entry.pointer_to(*EVENTS))
    last = read[-1] if read else Voting()
    own = _first_outcome([entry.values.get(key) for key in RESULTS], entry.pointer_to(*RESULTS), note)
    votes = _vote_totals(entry.values, own.votes, entry.pointer_to(*TALLIES, *RESULTS), note) or last.votes
    if not (own.outcome or last.outcome or own.unclear or last.unclear):
        # The current status may be something else than the outcome of the vote, so an unknown one does not matter.
        own = _first_outcome([entry.values.get("status")], entry.pointer_to("status"), note)._replace(unclear=False)
    outcome = own.outcome or last.outcome
    return Voting(outcome, votes, last.on, not outcome and (own.unclear or last.unclear))


def _vote_event(event: Mapping[str, Any], entry: OriEntry, note: Note) -> Voting:
    values = {normalize_key(key): value for key, value in event.items()}
    location = entry.pointer_to(*EVENTS)
    on = None
    for source in (
        values,
        *(_normalize_keys(values.get(key)) for key in ("agendapunt", "vergadering", "legislativesession")),
    ):
        raw = next((source[key] for key in _DATE_KEYS if isinstance(source.get(key), str)), "")
        if raw and on is None:
            try:
                on = day_of(raw)
            except Unreadable as error:
                note(_("%(place)s: %(reason)s It is left out."), location, reason=error.reason)
    found = _first_outcome([values.get(key) for key in RESULTS], location, note)
    return found._replace(votes=_vote_totals(values, found.votes, location, note), on=on)


def _first_outcome(raw: Sequence[Any], location: str, note: Note) -> Voting:
    """Return the first outcome that can be parsed, with the votes in the same text."""
    unclear = False
    for value in raw:
        for word in _texts_in(value):
            # A vocabulary term may be a URI: …#ResultPassed.
            short = word.replace("#", "/").rpartition("/")[2] if "://" in word else word
            try:
                found, votes = outcome_of(short.rpartition(":")[2] if " " not in short else short)
            except Unreadable:
                note(UNKNOWN_OUTCOME, location, word=word[:60])
                unclear = True
                continue
            if found:
                return Voting(found, votes)
    return Voting(unclear=unclear)


def _texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, Mapping):
        return [word for key in ("text", "schema:text", "@value", "name", "@id") for word in _texts_in(value.get(key))][
            :1
        ]
    return [word for item in value for word in _texts_in(item)] if isinstance(value, list) else []


def _vote_totals(values: Mapping[str, Any], outcome_votes: Votes | None, location: str, note: Note) -> Votes | None:
    """Return the totals: as stated, else counted from the individual votes, without reading the voters.

    ``outcome_votes`` are the votes in the text of the outcome. If totals differ, the stated ones count, and a note is
    added.
    """
    stated = list(_stated_totals(values, outcome_votes))
    counted = _counted_votes(values.get("votes"), location, note, has_stated=bool(stated))
    found = [*stated, *([counted] if counted else [])]
    others = [f"{other.votes_for}-{other.votes_against}" for other in dict.fromkeys(found) if other != found[0]]
    if others:
        params = {"votes": f"{found[0].votes_for}-{found[0].votes_against}", "others": ", ".join(others)}
        note(
            _("%(place)s: %(votes)s is used as the result of the vote; the file also has %(others)s."),
            location,
            **params,
        )
    return found[0] if found else None


def _stated_totals(values: Mapping[str, Any], outcome_votes: Votes | None) -> Iterator[Votes]:
    """Yield all totals that the file states."""
    for key in (*TALLIES, "counts", "count", "stemming", "votes"):
        value = values.get(key)
        if isinstance(value, Mapping) and (votes := _totals_by_key(_normalize_keys(value))):
            yield votes
        elif isinstance(value, str):
            try:
                votes = votes_of(value)
            except Unreadable:
                continue
            if votes:
                yield votes
        elif key != "votes" and (votes := _totals_by_option(value)):
            yield votes
    if votes := _totals_by_key(values):
        yield votes
    if outcome_votes:
        yield outcome_votes


def _totals_by_key(source: Mapping[str, Any]) -> Votes | None:
    """Return the totals under keys that mean for and against; None if either is missing."""
    found: dict[str, int] = {}
    for key, value in source.items():
        number, option = _vote_count(value), _option(key)
        if number is not None and option:
            found[option] = number
    return Votes(found["yes"], found["no"]) if {"yes", "no"} <= found.keys() else None


def _totals_by_option(value: Any) -> Votes | None:
    """Return the totals in a list of options with counts."""
    found: Counter[str] = Counter()
    for item in _objects(value):
        count = _normalize_keys(item)
        number = _vote_count(count.get("value"))
        option = _option(count.get("option")) or _option(count.get("@type")) or _option(count.get("type"))
        if number is not None and option:
            found[option] += number
    # An option with no votes may be missing from the list, and counts as zero.
    return Votes(found["yes"], found["no"]) if found else None


def _counted_votes(cast: Any, location: str, note: Note, *, has_stated: bool) -> Votes | None:
    """Return the totals counted from individual votes.

    None if a row is of a group without its number of votes, unless stated totals exist as well (``has_stated``).
    """
    found: Counter[str] = Counter()
    for item in cast if isinstance(cast, list) else []:
        row = _normalize_keys(item)
        option = _option(row.get("option") or row.get("keuzestemming") or row.get("stem"))
        if not option:
            continue
        number = next((number for key in _WEIGHTS if (number := _vote_count(row.get(key))) is not None), None)
        of_group = any(row.get(key) for key in _GROUPS) and not any(row.get(key) for key in _PEOPLE)
        if number is None and of_group and not has_stated:
            note(_("%(place)s: how many of each group voted is not in the file; the votes are not counted."), location)
            return None
        found[option] += 1 if number is None else number
    return Votes(found["yes"], found["no"]) if found else None


def _option(value: Any) -> str:
    names = {normalize_key(word) for word in _texts_in(value)}
    return "yes" if names & _YES else "no" if names & _NO else ""


def _vote_count(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) <= 5:
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= 10_000 else None


def _objects(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def _normalize_keys(value: Any) -> dict[str, Any]:
    return {normalize_key(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _date_key(on: ImpreciseDate | None) -> str:
    return on.latest.isoformat() if on and on.latest else ""
