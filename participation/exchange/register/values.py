"""Single values of motions and commitments as other systems and people's lists write them: outcome, votes, day."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance.dates import When
from participation.dossier.errors import Problem

from ..dates import UNREADABLE, NotADate
from ..days import read_day

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

#: What a word alone says of the outcome.
_OUTCOMES: Mapping[str, str] = {
    **dict.fromkeys(("aangenomen", "aanvaard", "adopted", "passed", "carried", "agreed", "agreed to"), "adopted"),
    **dict.fromkeys(("pass", "resultpassed", "voor"), "adopted"),
    **dict.fromkeys(("verworpen", "afgewezen", "rejected", "failed", "defeated"), "rejected"),
    **dict.fromkeys(("fail", "resultfailed", "tegen"), "rejected"),
    **dict.fromkeys(("ingetrokken", "teruggetrokken", "withdrawn", "resultwithdrawn"), "withdrawn"),
    **dict.fromkeys(("aangehouden", "uitgesteld", "verdaagd", "deferred", "postponed"), "deferred"),
    **dict.fromkeys(("held over", "resultpostponed"), "deferred"),
}
#: Those that say it within a longer phrase as well; "voor" and "tegen" also stand beside numbers.
_IN_PHRASES = re.compile(
    r"\b(?:(?P<no>niet|not) )?(?P<word>"
    + "|".join(
        sorted((word for word in _OUTCOMES if word not in ("pass", "fail", "voor", "tegen")), key=len, reverse=True)
    )
    + r")\b"
)
#: With such a word in the same part of a phrase, the outcome beside it is not the outcome.
_HEDGES = re.compile(
    r"\b(?:niet|not|geen|nooit|never|nog|deels|gedeeltelijk|partly|partially|opnieuw|again|indien|if|bijna|nearly|"
    r"advies|advice|gelijke|staken|tie)\b"
)
#: What ends one part of a phrase; a hyphen between words, not within one or between numbers.
_PARTS = re.compile(r"[,;:()]| - ")
_UNANIMOUS = ("unaniem", "met algemene stemmen", "algemene stemmen", "hoofdelijk", "unanimous", "unanimously")
_PAIR = re.compile(r"(\d{1,5}) ?(?:-|/|:|tegen) ?(\d{1,5})")
_FOR, _AGAINST = r"(?:voor|for|yes|v)\b", r"(?:tegen|against|no|t)\b"
_SOME_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}")
#: No status of a motion is longer, in characters.
_LONGEST_STATUS = 500


#: What is noted of a row whose outcome cannot be read, in every kind of file.
UNKNOWN_OUTCOME = gettext_lazy("%(place)s: the outcome “%(word)s” is not known; it is left out.")
LEFT_OUT_AS_WELL = gettext_lazy("%(place)s: the day is left out as well, for it would make this an adopted motion.")


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
    """Return the outcome of a vote, "" where none is told, and the votes where they stand beside it.

    Raises Unreadable where no outcome is known, or more than one: what is not clear is never taken for one.
    """
    said = _plain(text)
    if said in NOTHING:
        return "", None
    if said in _OUTCOMES:
        return _OUTCOMES[said], None
    found = {outcome for part in _PARTS.split(said[:_LONGEST_STATUS]) for outcome in _in_part(part)}
    if len(found) != 1 or "" in found or len(said) > _LONGEST_STATUS:
        raise Unreadable(
            _("“%(word)s” is not an outcome that we know.") % {"word": text[:60]},
            _("Write: aangenomen, verworpen, ingetrokken or aangehouden."),
        )
    rest = _IN_PHRASES.sub(" ", said).strip(" ,;:()-")
    try:
        return found.pop(), votes_of(rest.removeprefix("met ")) if rest else None
    except Unreadable:
        return outcome_of(_IN_PHRASES.search(said).group())[0], None  # type: ignore[union-attr]


def _in_part(part: str) -> set[str]:
    """Return the outcomes in one part of a phrase, "" among them where a word beside one takes it back."""
    found = set()
    for said in _IN_PHRASES.finditer(part):
        outcome = _OUTCOMES[said["word"]]
        # Not adopted is rejected; not rejected may be anything.
        found.add({"adopted": "rejected"}.get(outcome, "") if said["no"] else outcome)
    return found | {""} if found and _HEDGES.search(_IN_PHRASES.sub(" ", part)) else found


def is_amendment(name: str, *, within: bool = False) -> bool:
    """Tell whether a type or title is of an amendment by its first word, or a status by any word (``within``).

    A name for both, such as "Moties en amendementen", says of no entry which of the two it is.
    """
    # A single letter belongs to a number: "M21.0098 Amendement".
    words = [word for word in re.split(r"[^a-zà-ÿ]+", name[:_LONGEST_STATUS].casefold()) if len(word) > 1]
    if any(word.startswith("moti") if within else word in ("moties", "motions") for word in words):
        return False
    return any(word.startswith(("amend", "subamend")) for word in (words if within else words[:1]))


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
    # "24 voor" or "voor: 24", one of the two ways for both.
    for order in (r"(\d{{1,5}}) ?{}", r"{} ?:? ?(\d{{1,5}})"):
        numbers = [[int(number) for number in re.findall(order.format(word), said)] for word in (_FOR, _AGAINST)]
        if all(len(same) == 1 for same in numbers):
            return Votes(numbers[0][0], numbers[1][0])
    raise Unreadable(_("“%(text)s” does not tell how many voted for and against.") % {"text": text[:60]}, hint)


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


def day_of(text: str, tell: Callable[[str], None] | None = None) -> When | None:
    """Return a day as people or systems write it; None where there is none. Raises Unreadable.

    ``tell`` is called with a sentence where somebody has to look at how it was read.
    """
    said = text.strip()
    if said.casefold() in NOTHING:
        return None
    if said.casefold() in ("ja", "yes", "x", "afgedaan"):
        raise Unreadable(
            _("“%(text)s” is not a day.") % {"text": said},
            _("Write the day; where nobody knows it, write: onbekend."),
        )
    try:
        found, note = read_day(said)
    except NotADate as problem:
        reason = _("“%(text)s” cannot be read as a day.") % {"text": said[:60]}
        remedy = "" if problem.message is UNREADABLE else str(problem.message) % problem.told
        hint = _("Write for example 20-3-2026, maart 2026, uiterlijk 17 maart 2026 or onbekend.")
        raise Unreadable(reason, f"{remedy} {hint}".strip()) from None
    if note and tell:
        tell(note)
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


def _plain(text: str) -> str:
    said = re.sub(r"[–—−]", "-", text.casefold()).strip().strip(".")
    return " ".join(said.split())
