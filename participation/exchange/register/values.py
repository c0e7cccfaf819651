"""Single values of motions and commitments as other systems and people's lists write them: outcome, votes, day."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from participation.compliance.dates import When
from participation.dossier.errors import Problem

from ..dates import NotADate, read_when

#: Longer ones are shortened, and that is told: what the register of a council holds of titles and texts.
MOST_TITLE, MOST_TEXT, MOST_NUMBER, MOST_NAME = 300, 20_000, 100, 200
#: So many motions and commitments at once: what still can be looked at before it is recorded.
MOST_ROWS = 2_000
#: Older days come from a sheet that took something else for a day.
_FIRST_YEAR, _LAST_YEAR = 1950, 2199
#: What people write where there is nothing.
NOTHING: Final = frozenset(
    {"", "-", "--", "–", ".", "?", "/", "nvt", "n.v.t.", "n.v.t", "geen", "none", "n/a", "nee", "no"}
)

_OUTCOMES: Mapping[str, str] = {
    **dict.fromkeys(("aangenomen", "unaniem aangenomen", "aanvaard", "adopted", "passed", "pass"), "adopted"),
    **dict.fromkeys(("carried", "agreed", "agreed to", "resultpassed", "voor"), "adopted"),
    **dict.fromkeys(("verworpen", "afgewezen", "niet aangenomen", "rejected", "failed", "fail"), "rejected"),
    **dict.fromkeys(("defeated", "resultfailed", "tegen"), "rejected"),
    **dict.fromkeys(("ingetrokken", "teruggetrokken", "withdrawn", "resultwithdrawn"), "withdrawn"),
    **dict.fromkeys(("aangehouden", "uitgesteld", "verdaagd", "deferred", "postponed"), "deferred"),
    **dict.fromkeys(("held over", "resultpostponed"), "deferred"),
}
_UNANIMOUS = ("unaniem", "met algemene stemmen", "algemene stemmen", "hoofdelijk", "unanimous", "unanimously")
_PAIR = re.compile(r"(\d{1,5}) ?(?:-|/|:|tegen) ?(\d{1,5})")
_FOR, _AGAINST = r"(?:voor|for|yes|v)\b", r"(?:tegen|against|no|t)\b"
_SOME_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}")
_SERIAL = re.compile(r"[1-6]\d{4}(?:\.0+)?")


class Unreadable(ValueError):
    """A value cannot be read: ``reason`` says why, ``hint`` what to write instead."""

    def __init__(self, reason: str, hint: str) -> None:
        """Hold the reason and the remedy."""
        super().__init__(f"{reason} {hint}")
        self.reason, self.hint = reason, hint


class Read(NamedTuple):
    """What a file says, as a register document, with the place of each row in the file.

    With ``problems`` it cannot be taken in. ``notes`` are sentences about what was left out or read with care.
    """

    document: dict[str, Any]
    places: dict[str, tuple[str, ...]]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


class Votes(NamedTuple):
    """How many voted for and against."""

    votes_for: int
    votes_against: int


def refused(*problems: Problem) -> Read:
    """Return a file of which nothing can be taken in, for these reasons."""
    return Read({"register": 1, "motions": [], "commitments": []}, {}, problems)


def outcome_of(text: str) -> tuple[str, Votes | None]:
    """Return the outcome of a vote, "" where none is told, and the votes where they stand behind it.

    Raises Unreadable on a word that is not known.
    """
    said = _plain(text)
    if said in NOTHING:
        return "", None
    for word in sorted(_OUTCOMES, key=len, reverse=True):
        if said == word:
            return _OUTCOMES[word], None
        if said.startswith(word) and not said[len(word)].isalnum():
            rest = said[len(word) :].strip(" ,;:()").removeprefix("met ")
            try:
                return _OUTCOMES[word], votes_of(rest)
            except Unreadable:
                break
    raise Unreadable(
        _("“%(word)s” is not an outcome that we know.") % {"word": text[:60]},
        _("Write: aangenomen, verworpen, ingetrokken or aangehouden."),
    )


def votes_of(text: str) -> Votes | None:
    """Return the votes in "24-12" or "24 voor, 12 tegen"; None where no numbers are told. Raises Unreadable."""
    said = _plain(text)
    if said in NOTHING or said in _UNANIMOUS:
        return None
    said = said.replace(" stemmen", "")
    hint = _("Write for example 24-12, or 24 voor, 12 tegen.")
    if _SOME_DAY.fullmatch(said):
        raise Unreadable(
            _("“%(text)s” is a day, not a number of votes.") % {"text": text[:60]},
            _("Excel takes 24-12 for a day. Give the column the format Text, and write the votes again."),
        )
    if pair := _PAIR.fullmatch(said):
        return Votes(int(pair[1]), int(pair[2]))
    # "voor: 24" or "24 voor": which of the two is said by how it begins.
    order = r"(\d{{1,5}}) ?{}" if said[0].isdigit() else r"{} ?:? ?(\d{{1,5}})"
    numbers = [[int(number) for number in re.findall(order.format(word), said)] for word in (_FOR, _AGAINST)]
    if any(len(same) != 1 for same in numbers):
        raise Unreadable(_("“%(text)s” does not tell how many voted for and against.") % {"text": text[:60]}, hint)
    return Votes(numbers[0][0], numbers[1][0])


def count_of(text: str) -> int | None:
    """Return a number of votes; None where there is none. Raises Unreadable."""
    said = _plain(text)
    if said in NOTHING:
        return None
    if not re.fullmatch(r"\d{1,4}(?:\.0+)?", said):
        raise Unreadable(
            _("“%(text)s” is not a number of votes.") % {"text": text[:60]}, _("Write a whole number, like 24.")
        )
    return int(said.partition(".")[0])


def day_of(text: str) -> When | None:
    """Return a day as people or systems write it; None where there is none. Raises Unreadable."""
    said = text.strip()
    if said.casefold() in NOTHING:
        return None
    found = _system_day(said)
    if found is None:
        hint = _("Write for example 20-3-2026, maart 2026, uiterlijk 17 maart 2026 or onbekend.")
        if said.casefold() in ("ja", "yes", "x", "afgedaan"):
            raise Unreadable(
                _("“%(text)s” is not a day.") % {"text": said},
                _("Write the day; where nobody knows it, write: onbekend."),
            )
        if _SERIAL.fullmatch(said):
            raise Unreadable(
                _("%(text)s is how Excel counts days.") % {"text": said},
                _("Give the column the format Date, save the file again, and upload it once more."),
            )
        try:
            found = read_when(said)
        except NotADate as problem:
            reason = _("“%(text)s” cannot be read as a day.") % {"text": said[:60]}
            told = str(problem.message) % problem.told if problem.told else ""
            raise Unreadable(reason, f"{told} {hint}".strip()) from None
    if any(day and not _FIRST_YEAR <= day.year <= _LAST_YEAR for day in (found.earliest, found.latest)):
        raise Unreadable(
            _("The year of “%(text)s” cannot be right.") % {"text": said[:60]},
            _("Check it. Excel shows 1900 where a cell that should hold a day is empty or holds a number."),
        )
    return found


def shortened(text: str, most: int) -> str:
    """Return the text, cut at a word where it is longer than so many characters."""
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rpartition(' ')[0] or text[: most - 1]}…"


def _system_day(said: str) -> When | None:
    """Return the day in a moment as systems write it, in Amsterdam time; None where it is no such moment."""
    if not re.match(r"\d{4}-\d{2}", said):
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}", said):
            first = date.fromisoformat(f"{said}-01")
            last = date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal() - 1
            return When(first, date.fromordinal(last), "month")
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return When.on(timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date())


def _plain(text: str) -> str:
    said = re.sub(r"[–—−]", "-", text.casefold()).strip().strip(".")
    return " ".join(said.split())
