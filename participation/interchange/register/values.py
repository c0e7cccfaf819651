"""Parsers of single values of an imported register: outcome, votes, date, yes or no, number, choice, slug."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance.dates import ImpreciseDate
from participation.dossier.errors import Problem
from participation.dossier.schema_fields import MAX_MONTHS, is_slug

from ..dates import UNREADABLE, NotADate
from ..days import read_day

#: The lists of a register.
SECTIONS: Final = ("motions", "commitments", "requests")
#: Maximum lengths in characters; longer texts are shortened, with a note.
MAX_TITLE_LENGTH, MAX_TEXT_LENGTH, MAX_NUMBER_LENGTH, MAX_NAME_LENGTH = 300, 20_000, 100, 200
#: Maximum number of motions and commitments per import: what a user can still review in the preview.
MAX_ROWS = 2_000
#: Dates outside these years are most likely something else that a spreadsheet converted to a date.
_MIN_YEAR, _MAX_YEAR = 1950, 2199
#: Texts that stand for an empty value.
EMPTY_VALUES: Final = frozenset(
    {"", "-", "--", "–", ".", "?", "/", "nvt", "n.v.t.", "n.v.t", "geen", "none", "n/a", "nee", "no"}
)

_YES: Final = frozenset({"ja", "yes", "true", "waar", "x", "1"})
_NO: Final = frozenset({"nee", "no", "false", "onwaar", "0"})

#: Outcomes by the text of a whole cell.
_OUTCOMES: Mapping[str, str] = {
    **dict.fromkeys(("aangenomen", "aanvaard", "adopted", "passed", "carried", "agreed", "agreed to"), "adopted"),
    **dict.fromkeys(("pass", "resultpassed", "voor"), "adopted"),
    **dict.fromkeys(("verworpen", "afgewezen", "rejected", "failed", "defeated"), "rejected"),
    **dict.fromkeys(("fail", "resultfailed", "tegen"), "rejected"),
    **dict.fromkeys(("ingetrokken", "teruggetrokken", "withdrawn", "resultwithdrawn"), "withdrawn"),
    **dict.fromkeys(("aangehouden", "uitgesteld", "verdaagd", "deferred", "postponed"), "deferred"),
    **dict.fromkeys(("held over", "resultpostponed"), "deferred"),
}
#: Words that indicate an outcome within a longer phrase; not "voor" and "tegen", which also accompany numbers of votes.
_OUTCOME_WORDS = re.compile(
    r"\b(?:(?P<no>niet|not) )?(?P<word>"
    + "|".join(
        sorted((word for word in _OUTCOMES if word not in ("pass", "fail", "voor", "tegen")), key=len, reverse=True)
    )
    + r")\b"
)
#: A word that negates or qualifies an outcome in the same clause.
_QUALIFIERS = re.compile(
    r"\b(?:niet|not|geen|nooit|never|nog|deels|gedeeltelijk|partly|partially|opnieuw|again|indien|if|bijna|nearly|"
    r"advies|advice|gelijke|staken|tie)\b"
)
#: Separators of clauses; a hyphen only with spaces around it.
_CLAUSE_SEPARATORS = re.compile(r"[,;:()]| - ")
_UNANIMOUS = ("unaniem", "met algemene stemmen", "algemene stemmen", "hoofdelijk", "unanimous", "unanimously")
_PAIR = re.compile(r"(\d{1,5}) ?(?:-|/|:|tegen) ?(\d{1,5})")
_FOR, _AGAINST = r"(?:voor|for|yes|v)\b", r"(?:tegen|against|no|t)\b"
_DATE_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}")
#: Maximum length of a status, in characters.
_MAX_STATUS_LENGTH = 500


#: Notes about an unknown outcome, shared by the importers.
UNKNOWN_OUTCOME = gettext_lazy("%(place)s: the outcome “%(word)s” is not known; it is left out.")
DATE_LEFT_OUT = gettext_lazy("%(place)s: the day is left out as well, for it would make this an adopted motion.")


class Unreadable(ValueError):
    """A value cannot be parsed: with the ``reason``, and as ``hint`` what to write instead."""

    def __init__(self, reason: str, hint: str) -> None:
        """Store the reason and the remedy."""
        super().__init__(f"{reason} {hint}")
        self.reason, self.hint = reason, hint


class ParsedRegister(NamedTuple):
    """The content of a file as a register document, with the location of each row in the file.

    With ``problems`` it cannot be imported. ``notes`` tell what was left out or needs to be checked.
    """

    document: dict[str, Any]
    locations: dict[str, tuple[str, ...]]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


class Votes(NamedTuple):
    """Numbers of votes for and against."""

    votes_for: int
    votes_against: int


def rejected_register(*problems: Problem) -> ParsedRegister:
    """Return an empty result with these problems."""
    return ParsedRegister({"register": 1, "motions": [], "commitments": []}, {}, problems)


def outcome_of(text: str) -> tuple[str, Votes | None]:
    """Return the outcome in a text, "" if it is empty, and the votes if the text has them.

    Raises Unreadable if it has no known outcome or more than one: an ambiguous outcome is never guessed.
    """
    phrase = _normalize(text)
    if phrase in EMPTY_VALUES:
        return "", None
    if phrase in _OUTCOMES:
        return _OUTCOMES[phrase], None
    found = {
        outcome for part in _CLAUSE_SEPARATORS.split(phrase[:_MAX_STATUS_LENGTH]) for outcome in _outcomes_in(part)
    }
    if len(found) != 1 or "" in found or len(phrase) > _MAX_STATUS_LENGTH:
        raise Unreadable(
            _("“%(word)s” is not an outcome that we know.") % {"word": text[:60]},
            _("Write: aangenomen, verworpen, ingetrokken or aangehouden."),
        )
    rest = _OUTCOME_WORDS.sub(" ", phrase).strip(" ,;:()-")
    try:
        return found.pop(), votes_of(rest.removeprefix("met ")) if rest else None
    except Unreadable:
        return outcome_of(_OUTCOME_WORDS.search(phrase).group())[0], None  # type: ignore[union-attr]


def _outcomes_in(part: str) -> set[str]:
    """Return the outcomes in one clause, and "" if a word in it negates or qualifies them."""
    found = set()
    for phrase in _OUTCOME_WORDS.finditer(part):
        outcome = _OUTCOMES[phrase["word"]]
        # "Not adopted" is rejected; any other negated outcome is unknown.
        found.add({"adopted": "rejected"}.get(outcome, "") if phrase["no"] else outcome)
    return found | {""} if found and _QUALIFIERS.search(_OUTCOME_WORDS.sub(" ", part)) else found


def is_amendment(name: str, *, anywhere: bool = False) -> bool:
    """Return whether a type or title starts with the word amendment, or a status contains it (``anywhere``).

    False for a category of both, such as "Moties en amendementen".
    """
    # Single letters are ignored, because they belong to a number: "M21.0098 Amendement".
    words = [word for word in re.split(r"[^a-zà-ÿ]+", name[:_MAX_STATUS_LENGTH].casefold()) if len(word) > 1]
    if any(word.startswith("moti") if anywhere else word in ("moties", "motions") for word in words):
        return False
    return any(word.startswith(("amend", "subamend")) for word in (words if anywhere else words[:1]))


def votes_of(text: str) -> Votes | None:
    """Return the votes in "24-12" or "24 voor, 12 tegen"; None if there are no numbers. Raises Unreadable."""
    phrase = _normalize(text)
    if phrase in EMPTY_VALUES or phrase in _UNANIMOUS:
        return None
    phrase = phrase.replace(" stemmen", "")
    hint = _("Write for example 24-12, or 24 voor, 12 tegen.")
    if _DATE_LIKE.fullmatch(phrase):
        raise Unreadable(
            _("“%(text)s” is a day, not a number of votes.") % {"text": text[:60]},
            _("Excel takes 24-12 for a day. Give the column the format Text, and write the votes again."),
        )
    if pair := _PAIR.fullmatch(phrase):
        return Votes(int(pair[1]), int(pair[2]))
    # "24 voor" or "voor: 24"; both numbers in the same order.
    for order in (r"(\d{{1,5}}) ?{}", r"{} ?:? ?(\d{{1,5}})"):
        numbers = [[int(number) for number in re.findall(order.format(word), phrase)] for word in (_FOR, _AGAINST)]
        if all(len(matches) == 1 for matches in numbers):
            return Votes(numbers[0][0], numbers[1][0])
    raise Unreadable(_("“%(text)s” does not tell how many voted for and against.") % {"text": text[:60]}, hint)


def count_of(text: str) -> int | None:
    """Return a number of votes; None if the text is empty. Raises Unreadable."""
    phrase = _normalize(text)
    if phrase in EMPTY_VALUES:
        return None
    if not re.fullmatch(r"\d{1,4}(?:\.0+)?", phrase):
        raise Unreadable(
            _("“%(text)s” is not a number of votes.") % {"text": text[:60]}, _("Write a whole number, like 24.")
        )
    return int(phrase.partition(".")[0])


def months_of(text: str) -> int | None:
    """Return a number of months; None if the text is empty. Raises Unreadable."""
    phrase = _normalize(text)
    if phrase in EMPTY_VALUES:
        return None
    found = re.fullmatch(r"([0-9]{1,3})(?:\.0+)?(?: maanden| maand| months| month)?", phrase)
    if not found or not 1 <= int(found[1]) <= MAX_MONTHS:
        reason = _("“%(text)s” is not a number of months.") % {"text": text[:60]}
        raise Unreadable(reason, _("Write a whole number from 1 to %(most)s, like 6.") % {"most": MAX_MONTHS})
    return int(found[1])


def yes_or_no(text: str) -> bool | None:
    """Return yes or no; None if the text is empty. Raises Unreadable."""
    phrase = _normalize(text)
    if phrase in _NO:
        return False
    if phrase in EMPTY_VALUES:
        return None
    if phrase not in _YES:
        raise Unreadable(_("“%(text)s” is not yes or no.") % {"text": text[:60]}, _("Write ja, nee or nothing."))
    return True


def word_of(text: str, words: Mapping[str, str]) -> str:
    """Return the word of the vocabulary by one of its names; "" if the text is empty. Raises Unreadable."""
    phrase = _normalize(text)
    if phrase in EMPTY_VALUES:
        return ""
    if phrase not in words:
        names = ", ".join(dict.fromkeys(words))
        raise Unreadable(
            _("“%(text)s” is not a word for this.") % {"text": text[:60]}, _("Write: %(names)s.") % {"names": names}
        )
    return words[phrase]


def slug_of(text: str) -> str:
    """Return a slug; "" if the text is empty. Raises Unreadable."""
    phrase = text.strip()
    if phrase.casefold() in EMPTY_VALUES:
        return ""
    if not is_slug(phrase):
        reason = _("“%(text)s” is not a name as it stands in addresses.") % {"text": text[:60]}
        raise Unreadable(reason, _("Write lower-case letters, digits and single hyphens, like wijk-a."))
    return phrase


def day_of(text: str, add_note: Callable[[str], None] | None = None) -> ImpreciseDate | None:
    """Return the date in a text; None if the text is empty. Raises Unreadable.

    ``add_note`` is called with a note if the interpretation needs to be checked by a person.
    """
    phrase = text.strip()
    if phrase.casefold() in EMPTY_VALUES:
        return None
    if phrase.casefold() in ("ja", "yes", "x", "afgedaan"):
        raise Unreadable(
            _("“%(text)s” is not a day.") % {"text": phrase},
            _("Write the day; where nobody knows it, write: onbekend."),
        )
    try:
        found, note = read_day(phrase)
    except NotADate as problem:
        reason = _("“%(text)s” cannot be read as a day.") % {"text": phrase[:60]}
        remedy = "" if problem.message is UNREADABLE else str(problem)
        hint = _("Write for example 20-3-2026, maart 2026, uiterlijk 17 maart 2026 or onbekend.")
        raise Unreadable(reason, f"{remedy} {hint}".strip()) from None
    if note and add_note:
        add_note(note)
    if any(day and not _MIN_YEAR <= day.year <= _MAX_YEAR for day in (found.earliest, found.latest)):
        raise Unreadable(
            _("The year of “%(text)s” cannot be right.") % {"text": phrase[:60]},
            _("Check it. Excel shows 1900 where a cell that should hold a day is empty or holds a number."),
        )
    return found


def shorten(text: str, max_length: int) -> str:
    """Return the text, truncated at a word boundary to at most this many characters."""
    if len(text) <= max_length:
        return text
    return f"{text[: max_length - 1].rpartition(' ')[0] or text[: max_length - 1]}…"


def _normalize(text: str) -> str:
    phrase = re.sub(r"[–—−]", "-", text.casefold()).strip().strip(".")
    return " ".join(phrase.split())
