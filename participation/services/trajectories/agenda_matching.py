"""The trajectories that items of agendas are about: where they are recorded, by case number, else by their titles.

Only the trajectories that the user may change are looked at.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from participation.dossier.characters import without_case
from participation.interchange.agendas.values import AgendaItem, AgendaMeeting
from participation.interchange.plannings.words import normalize_words
from participation.models import Step, Trajectory

#: How a trajectory was found, the most certain first, or that a person chose it.
RECORDED, CASE_NUMBER, TITLE, BY_HAND = "recorded", "case_number", "title", "by_hand"
#: A case number is only looked for in a text if it is this long and has so many digits: "12" stands everywhere.
_MIN_NUMBER_LENGTH, _MIN_DIGITS = 5, 3
#: Length of a word that says what a trajectory is about, and of one that is enough where no other title has it.
_MIN_WORD_LENGTH, _MIN_ONLY_WORD_LENGTH = 5, 8
#: A word in the titles of more trajectories than this says nothing.
_MAX_TITLES_WITH_WORD = 25
#: Maximum number of trajectories that are proposed for one item by words of its title.
_MAX_BY_TITLE = 3
_TOKEN_SEPARATORS: Final = re.compile(r"[\s:;,()\[\]<>\"'“”‘’]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
#: Words of agendas and of titles of any trajectory.
_COMMON_WORDS: Final = frozenset(
    (
        *("voorstel", "raadsvoorstel", "collegevoorstel", "besluit", "raadsbesluit", "raadsbrief", "vaststellen"),
        *("vaststelling", "vastgesteld", "participatie", "participatieplan", "participatietraject", "traject"),
        *("gemeente", "gemeenteraad", "commissie", "college", "burgemeester", "wethouder", "wethouders", "agenda"),
        *("beleid", "beleidsnota", "ontwerp", "concept", "definitief", "herinrichting", "ontwikkeling", "project"),
        *("omgevingsplan", "omgevingsvisie", "bestemmingsplan", "programma", "uitvoering", "evaluatie", "bespreking"),
        *("openbare", "ruimte", "locatie", "gebied", "kader", "kaders", "nieuwe", "inzake", "betreffende", "tussen"),
        *("startnotitie", "informatie", "verslag", "notitie", "toekomst", "voortgang", "aanpak", "wijziging"),
    )
)


class ItemMatch(NamedTuple):
    """A trajectory that an item may be about, by its primary key; ``is_certain`` where there is no doubt."""

    meeting: AgendaMeeting
    item: AgendaItem
    trajectory: int
    how: str
    is_certain: bool


class AgendaMatches(NamedTuple):
    """The matches of all items, and the items that no trajectory was found for."""

    matches: tuple[ItemMatch, ...]
    others: tuple[tuple[AgendaMeeting, AgendaItem], ...]


def match_agendas(meetings: Sequence[AgendaMeeting], user: Any) -> AgendaMatches:
    """Return the trajectories of this user that each item is about, in a constant number of queries."""
    finder = _TrajectoryFinder(meetings, user)
    matches: list[ItemMatch] = []
    others = []
    for meeting in meetings:
        for item in meeting.items:
            how, found = finder.find(item)
            is_certain = how == RECORDED or (how == CASE_NUMBER and len(found) == 1)
            matches += [ItemMatch(meeting, item, pk, how, is_certain) for pk in sorted(found)]
            if not found:
                others.append((meeting, item))
    return AgendaMatches(tuple(matches), tuple(others))


class _TrajectoryFinder:
    """Finds trajectories by ref, case number and words; what it looks in is read once."""

    def __init__(self, meetings: Sequence[AgendaMeeting], user: Any) -> None:
        editable = Trajectory.objects.editable_by(user)
        refs = [item.ref for meeting in meetings for item in meeting.items]
        self._by_ref: dict[str, set[int]] = defaultdict(set)
        self._by_number: dict[str, set[int]] = defaultdict(set)
        for pk, ref in Step.objects.filter(trajectory__in=editable, ref__in=refs).values_list("trajectory_id", "ref"):
            self._by_ref[ref].add(pk)
        numbered = Step.objects.filter(trajectory__in=editable).exclude(case_number="")
        for pk, number in numbered.values_list("trajectory_id", "case_number"):
            self._by_number[_normalize_number(number)].add(pk)
        titles: dict[int, set[str]] = {}
        columns = ("pk", "title", "case_number", "external", "status", "retrospective")
        for pk, title, number, external, status, retrospective in editable.values_list(*columns):
            for name in (number, *(one.get("id", "") for one in external)):
                if name:
                    self._by_number[_normalize_number(name)].add(pk)
            if status != "closed" and not retrospective:
                titles[pk] = _significant_words(title)
        self._by_word = _by_word(titles)

    def find(self, item: AgendaItem) -> tuple[str, Collection[int]]:
        """Return how trajectories were found, and which; none, with "", where nothing points at one."""
        if recorded := self._by_ref.get(item.ref):
            return RECORDED, recorded
        if numbered := self._numbered(item):
            return CASE_NUMBER, numbered
        similar = self._similar(item)
        return (TITLE, similar) if similar else ("", ())

    def _numbered(self, item: AgendaItem) -> set[int]:
        """Return the trajectories with a case number of the item: in a field of its own, else in its text."""
        own = {pk for number in item.case_numbers for pk in self._by_number.get(_normalize_number(number), ())}
        texts = (item.title, *(document.title for document in item.documents), item.words)
        return own or {pk for text in texts for name in _numbers_in(text) for pk in self._by_number.get(name, ())}

    def _similar(self, item: AgendaItem) -> list[int]:
        """Return the trajectories with the most words of the title in common: two, or a long one of its own."""
        shared: Counter[int] = Counter()
        named: set[int] = set()
        for word in _significant_words(item.title):
            trajectories = self._by_word.get(word, ())
            shared.update(trajectories)
            if len(trajectories) == 1 and len(word) >= _MIN_ONLY_WORD_LENGTH:
                named.update(trajectories)
        enough = [pk for pk, count in shared.items() if count >= 2 or pk in named]
        best = max((shared[pk] for pk in enough), default=0)
        found = sorted(pk for pk in enough if shared[pk] == best)
        return found if len(found) <= _MAX_BY_TITLE else []


def _by_word(titles: Mapping[int, Iterable[str]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for pk, words in titles.items():
        for word in words:
            found[word].add(pk)
    return {word: pks for word, pks in found.items() if len(pks) <= _MAX_TITLES_WITH_WORD}


def _significant_words(text: str) -> set[str]:
    words = _WORD.findall(normalize_words(text))
    return {word for word in words if len(word) >= _MIN_WORD_LENGTH and word not in _COMMON_WORDS}


def _normalize_number(number: str) -> str:
    return without_case(number).replace(" ", "")


def _numbers_in(text: str) -> Iterator[str]:
    """Yield what may be a case number: each part of the text, and each two that follow one another."""
    tokens = [token.strip(".-/") for token in _TOKEN_SEPARATORS.split(text.casefold())]
    for index, token in enumerate(tokens):
        for name in (token, "".join(tokens[index : index + 2])):
            if len(name) >= _MIN_NUMBER_LENGTH and sum(map(str.isdigit, name)) >= _MIN_DIGITS:
                yield name
