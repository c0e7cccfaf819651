"""The sections of a rulebook besides its rules: sources, calendar, items, exceptions and findings.

Every section is added to that of the rulebook it extends. The keys are declared here; see ``structure``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from .calendar import Calendar, Recess
from .checks.plan import NEEDS
from .problem_kinds import HintKind, ProblemKind
from .problems import MAX_REPEATED, ProblemReporter, brief
from .rules import Citation, ExceptionGround, Item, Source
from .structure import (
    BilingualValue,
    DayValue,
    FlagValue,
    FormatKey,
    ListValue,
    MapValue,
    NameValue,
    RecordValue,
    TextValue,
    WordValue,
)
from .vocabulary import BASICS, STRENGTHS

Values = Mapping[str, Any]

#: As many as a dossier can hold.
MAX_ITEMS: Final = 100
ITEM_ID: Final = NameValue("[a-z][a-z0-9]*(_[a-z0-9]+)*", "way_of_input", HintKind.UNDERSCORED)
SOURCE_ID: Final = NameValue(r"\S+", "V1", HintKind.SOURCE_KEY)
REGION_ID: Final = NameValue(r"\S+", "midden", HintKind.ONE_WORD)
ADDRESS: Final = NameValue(r"https://\S+", "https://…", HintKind.HTTPS, refusal=ProblemKind.NOT_ADDRESS, longest=1_000)
CITATION: Final = TextValue("V1 article 4")

_NAME: Final = {
    "nl": FormatKey(TextValue(), "Its name in Dutch, as people read it.", is_required=True),
    "en": FormatKey(TextValue(), "Its name in English.", is_required=True),
}
SOURCE: Final = RecordValue(
    {
        **_NAME,
        "strength": FormatKey(
            WordValue(STRENGTHS),
            "How strong it is, strongest first: law, ordinance, policy, motion, commitment, recommendation, practice, "
            "wish. A rule has the strength of the first source it cites.",
            is_required=True,
        ),
        "from": FormatKey(DayValue(), "The day on which it entered into force: no rule counts from before it."),
        "known_from": FormatKey(
            TextValue("'003'"), "Key of the source from which it is known, where the text itself was not read."
        ),
        "unread": FormatKey(
            FlagValue(), "Whether it applies while not all of it is in rules: then the page of rules says so."
        ),
        "url": FormatKey(ADDRESS, "Where it can be read."),
    }
)
RECESS: Final = RecordValue(
    {
        "name": FormatKey(TextValue("zomerreces 2027"), "Its name, with the year.", is_required=True),
        "from": FormatKey(DayValue(), "Its first day.", is_required=True),
        "to": FormatKey(DayValue(), "Its last day.", is_required=True),
        "source": FormatKey(TextValue(), "Where its days are fixed."),
    }
)
_RECESSES: Final = ListValue(RECESS)
CALENDAR: Final = RecordValue(
    {
        "region": FormatKey(
            REGION_ID, "The region of the municipality for school holidays; nl.yaml has noord, midden and zuid."
        ),
        "recesses": FormatKey(_RECESSES, "Recesses of the municipality itself, such as those of the council."),
        "school_holidays": FormatKey(MapValue(REGION_ID, _RECESSES), "School holidays by region; those of nl.yaml do."),
        "equated_days": FormatKey(
            ListValue(DayValue()), "Days that a royal decree puts on a par with public holidays; those of nl.yaml do."
        ),
    },
    rule="calendar",
)
ITEM: Final = RecordValue({**_NAME, "help": FormatKey(BilingualValue(), "Help for who writes it, in the form.")})
GROUND: Final = RecordValue(
    {**_NAME, "source": FormatKey(CITATION, "Key of the source, then the passage.", is_required=True)}
)
FINDING: Final = RecordValue(
    {
        "basic": FormatKey(WordValue(BASICS), "The heading under which it is shown.", is_required=True),
        "found_on": FormatKey(DayValue(), "The day on which it was found.", is_required=True),
        "by": FormatKey(BilingualValue(), "Who found it.", is_required=True),
        "text": FormatKey(BilingualValue(), "What was found, in your own words.", is_required=True),
        "source": FormatKey(CITATION, "Key of the source, then the passage."),
    },
    rule="findings",
)
#: The sections, by their key in a rulebook.
SECTIONS: Final = {
    "sources": FormatKey(
        MapValue(SOURCE_ID, SOURCE, rule="source {}"), "The texts that the rules rest on, each under a short key."
    ),
    "calendar": FormatKey(CALENDAR, "The school region, and recesses, besides what the extended rulebook has."),
    "plan_items": FormatKey(
        MapValue(ITEM_ID, ITEM, rule="plan_items", most=MAX_ITEMS),
        "What the municipality's plan must hold besides what every plan has.",
    ),
    "report_items": FormatKey(
        MapValue(ITEM_ID, ITEM, rule="report_items", most=MAX_ITEMS), "What the municipality's final report must hold."
    ),
    "exceptions": FormatKey(
        MapValue(ITEM_ID, GROUND, rule="exceptions", most=MAX_ITEMS),
        "The grounds on which it may decide to hold no participation.",
    ),
    "findings": FormatKey(
        ListValue(FINDING),
        "What others found about the municipality as a whole: shown, never counted as an obligation.",
    ),
}


class Sections(NamedTuple):
    """What the rules of a rulebook may refer to."""

    sources: Mapping[str, Source]
    plan_items: Mapping[str, Item]
    report_items: Mapping[str, Item]
    exceptions: Mapping[str, ExceptionGround]
    calendar: Calendar


def parse_sources(data: Values, known: Mapping[str, Source], report: ProblemReporter) -> dict[str, Source]:
    """Return the sources of a file by key, also those with a mistake: rules may cite them all the same."""
    found = {}
    for key, entry in data["sources"].items():
        if key in known:
            _at(report, "sources", key).add(ProblemKind.SOURCE_TWICE)
        text = {"nl": entry["nl"], "en": entry["en"]}
        found[key] = Source(text, entry["strength"], entry["from"], entry["known_from"], entry["unread"], entry["url"])
    for key, source in found.items():
        origin = source.known_from
        if origin and (origin == key or origin not in {**known, **found}):
            others = [name for name in (*known, *found) if name != key]
            place = _at(report, "sources", key).at("known_from")
            place.add_unknown(ProblemKind.UNKNOWN_ORIGIN, origin, others, HintKind.ADD_HERE, value=brief(origin))
    return found


def _at(report: ProblemReporter, section: str, key: str) -> ProblemReporter:
    return report.at(section, key, rule=f"source {key[:MAX_REPEATED]}" if section == "sources" else section)


class CalendarParts:
    """The calendar as the files of a rulebook fill it: the base has the school holidays, a municipality its region."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.school_holidays: dict[str, list[Recess]] = {}
        self.recesses: list[Recess] = []
        self.equated: list[date] = []
        self.region = ""

    def add(self, data: Values, report: ProblemReporter) -> None:
        """Add the calendar of a file; recesses in the wrong order and an unknown region are reported."""
        found, place = data["calendar"], report.at("calendar", rule="calendar")
        for region, rows in found["school_holidays"].items():
            holidays = _parse_recesses(rows, place.at("school_holidays", region))
            self.school_holidays.setdefault(region, []).extend(holidays)
        self.recesses += _parse_recesses(found["recesses"], place.at("recesses"))
        self.equated += filter(None, found["equated_days"])
        region = found["region"]
        if region and region not in self.school_holidays:
            values = {"value": brief(region)}
            place.at("region").add_unknown(ProblemKind.UNKNOWN_REGION, region, self.school_holidays, **values)
        self.region = region or self.region

    def calendar(self) -> Calendar:
        """Return the calendar: the holidays of the region, the recesses of the municipality and the equated days."""
        return Calendar([*self.school_holidays.get(self.region, ()), *self.recesses], self.equated)


def _parse_recesses(rows: list[Values], report: ProblemReporter) -> Iterator[Recess]:
    for index, row in enumerate(rows):
        name, first, last = row["name"], row["from"], row["to"]
        if first and last and first > last:
            report.at(index).add(ProblemKind.RECESS_REVERSED, recess=name[:MAX_REPEATED], first=first)
        elif first and last:
            yield Recess(name, first, last, row["source"])


def parse_items(data: Values, section: str, known: Mapping[str, Item], report: ProblemReporter) -> dict[str, Item]:
    """Return the plan items or report items of a file by id."""
    found = {}
    for key, entry in data[section].items():
        place = _at(report, section, key)
        _check_once(key, known, place)
        if section == "plan_items" and key in NEEDS:
            place.add(ProblemKind.IN_EVERY_PLAN, key=brief(key), word=key)
        help_text = entry["help"] if all(entry["help"].values()) else None
        found[key] = Item({"nl": entry["nl"], "en": entry["en"]}, help_text)
    return found


def parse_exceptions(
    data: Values, known: Mapping[str, ExceptionGround], sources: Mapping[str, Source], report: ProblemReporter
) -> dict[str, ExceptionGround]:
    """Return the grounds for holding no participation of a file by id."""
    found = {}
    for key, entry in data["exceptions"].items():
        place = _at(report, "exceptions", key)
        _check_once(key, known, place)
        citation = parse_citation(entry["source"], sources, place.at("source"))
        found[key] = ExceptionGround({"nl": entry["nl"], "en": entry["en"]}, citation or Citation(""))
    return found


def _check_once(key: str, known: Mapping[str, Any], report: ProblemReporter) -> None:
    if key in known:
        report.add(ProblemKind.ITEM_TWICE, key=brief(key))


def parse_citation(text: str, sources: Mapping[str, Source], report: ProblemReporter) -> Citation | None:
    """Return the source and the passage of `002 action 10`; None, reported, when there is no such source."""
    key, _, passage = text.partition(" ")
    if key in sources:
        return Citation(key, passage)
    if key:
        report.add_unknown(ProblemKind.UNKNOWN_SOURCE, key, sources, value=brief(key))
    return None


def parse_findings(data: Values, sources: Mapping[str, Source], report: ProblemReporter) -> Sequence[Mapping[str, Any]]:
    """Return the findings of others about the municipality as a whole."""
    for index, finding in enumerate(data["findings"]):
        parse_citation(finding["source"], sources, report.at("findings", index, "source", rule="findings"))
    return list(data["findings"])
