"""The files of the open data and their columns, with the descriptions from the dossier's schema.

Restricted to the trajectories that everyone may see. No column holds names of persons: a name can be removed from a
web page, but not from copies of a published file.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from participation.compliance.reach import published_columns
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import RESIDENTS_PARTIES
from participation.dossier.schema_fields import DOSSIER, REGISTER, SECTIONS
from participation.models import (
    Commitment,
    CommitmentFulfilment,
    CounterSignal,
    Document,
    DocumentShare,
    Motion,
    Neighbourhood,
    Obligation,
    Organisation,
    Plan,
    PlanActor,
    ProgressReport,
    Trajectory,
    Transition,
)
from participation.selectors.dossiers.field_mapping import SECTION_TABLES
from participation.selectors.obligations.judging import judged_by, under_rules
from participation.selectors.obligations.status_expressions import status_on
from participation.selectors.obligations.visibility import is_of_existing_owner, is_of_public_register

from .columns import OF_TRAJECTORY, SLUG, DatasetColumn, column, description_of, link, link_reader, record, section


class DumpRequest(NamedTuple):
    """Context of an export: day, rulebooks, and the organisations named in the files written so far."""

    on: date
    rulebooks: Rulebooks
    parties: set[str]


class Dataset(NamedTuple):
    """A file: its name, description, columns, queryset and primary key (``unique``).

    ``links`` maps the key of a column with links to the function that reads them: see ``columns.link_reader``.
    ``publish`` leaves out of a row, by key of its columns, what is not public of it.
    """

    name: str
    description: Any
    columns: tuple[DatasetColumn, ...]
    rows: Callable[[DumpRequest], QuerySet[Any]]
    unique: tuple[str, ...] = ()
    links: Mapping[str, Callable[[list[int]], Mapping[int, list[str]]]] = {}
    publish: Callable[[dict[str, Any]], None] | None = None

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Return the key and type of each column."""
        return [(column.key, column.column_type) for column in self.columns]


def _publish_reach(row: dict[str, Any]) -> None:
    """Leave the counts of few people out of a row; lists are JSON, as stored."""
    counts = {name: json.loads(row[name] or "[]") for name in ("reach_groups", "reach_neighbourhoods")}
    if row["reach_total"] is None and not any(counts.values()):
        return
    found = published_columns({"reach_total": row["reach_total"], **counts})
    row["reach_total"] = found["reach_total"]
    for name, before in counts.items():
        if found[name] != before:
            row[name] = json.dumps(found[name])


def _visible_trajectories() -> QuerySet[Any, Any]:
    return Trajectory.objects.visible_to(None).order_by().values("pk")


def _public_rows(model: Any, owner: str = "trajectory") -> Callable[[DumpRequest], QuerySet[Any]]:
    """Return a function that queries the rows of a model that belong to a public trajectory."""
    return lambda _dump_request: model._default_manager.filter(**{f"{owner}__in": _visible_trajectories()})


def _all_rows(model: Any) -> Callable[[DumpRequest], QuerySet[Any]]:
    return lambda _dump_request: model._default_manager.all()


# ---------- obligations


_OWNER_COLUMNS = (
    DatasetColumn(
        "trajectory", _("trajectory"), "Slug of the trajectory that owes it.", "word", "{owner}trajectory__slug"
    ),
    DatasetColumn("motion", _("motion"), "Number of the motion that owes it.", "text", "{owner}motion__number"),
    DatasetColumn(
        "commitment", _("promise"), "Number of the promise that owes it.", "text", "{owner}commitment__number"
    ),
    DatasetColumn("rule", _("rule"), "Id of the rule: see rules.", "word", "{owner}rule", ("rules", "id")),
    DatasetColumn("subject", _("subject"), "Ref of what it is about; null for the whole.", "text", "{owner}subject"),
)
_REFERENCES = {
    "trajectory": OF_TRAJECTORY,
    "motion": ("motions", "number"),
    "commitment": ("commitments", "number"),
}


def _obligation_columns(owner: str = "") -> tuple[DatasetColumn, ...]:
    return tuple(
        column._replace(read=F(column.read.format(owner=owner)), references=_REFERENCES.get(column.key))
        for column in _OWNER_COLUMNS
    )


def _has_public_owner(owner: str = "") -> Q:
    """Return the condition that the owner of an obligation is public: motions and commitments always are.

    A request that belongs to no trajectory never is.
    """
    return is_of_public_register(owner) | Q(**{f"{owner}trajectory__in": _visible_trajectories()})


def _obligations(dump_request: DumpRequest) -> QuerySet[Any]:
    # A planned date after the day of the export does not count as met.
    met = Case(When(met_on__lte=dump_request.on, then=F("met_on")))
    rulebooks = dump_request.rulebooks
    judge = Case(
        *(When(judged_by(other, rulebooks), then=Value(other.name)) for other in rulebooks.others.values()),
        default=Value(rulebooks.first.name),
    )
    open_obligations = Obligation.objects.open().filter(_has_public_owner(), under_rules(rulebooks))
    return open_obligations.annotate(
        status=status_on(dump_request.on), met=Cast(met, models.TextField()), rulebook=judge
    )


def _transitions(_dump_request: DumpRequest) -> QuerySet[Any]:
    return Transition.objects.filter(_has_public_owner("obligation__"), is_of_existing_owner("obligation__"))


_OBLIGATIONS = (
    *_obligation_columns(),
    DatasetColumn(
        "rulebook", _("rulebook"), "Name of the rulebook that has this rule: see rules.", "word", F("rulebook")
    ),
    DatasetColumn("status", _("status"), "How it stands on the day of this file.", "word", F("status")),
    column(Obligation, "trigger_on", "trigger_on", "The day on which it was called for."),
    column(Obligation, "due_on", "due_on", "The last day on which it is in time."),
    column(Obligation, "strict_due_on", "strict_due_on", "The same, where an imprecise date is read strictly."),
    column(Obligation, "expected_on", "expected_on", "The day for which it is planned."),
    DatasetColumn(
        "met_on", Obligation._meta.get_field("met_on").verbose_name, "The day on which it was done.", "day", F("met")
    ),
    column(Obligation, "missing", "missing", "Which facts must be recorded before it can be judged."),
)
_TRANSITIONS = (
    *_obligation_columns("obligation__"),
    column(Transition, "from_status", "from_status", "How it stood before; null where it was not there."),
    column(Transition, "to_status", "to_status", "How it stood since; withdrawn: no longer called for."),
    column(Transition, "on", "on", "The day from which that held."),
    column(Transition, "noticed_at", "noticed_at", "When the tracker noticed, in UTC."),
    column(Transition, "rulebook", "rulebook", "Hash of the rulebook by which it was judged."),
)


# ---------- organisations: those that other files name, and those that represent a neighbourhood


def _organisations(dump_request: DumpRequest) -> QuerySet[Any]:
    # Representatives of residents are public on the page of their neighbourhood; others only where they are named.
    represents_residents = Q(neighbourhoods__isnull=False, kind__in=RESIDENTS_PARTIES)
    found = Organisation.objects.filter(Q(slug__in=dump_request.parties) | represents_residents).order_by().values("pk")
    return Organisation.objects.filter(pk__in=found)


_PARTY = ("organisations", "slug")
_ACTOR_KEYS = DOSSIER["plan"][0]["properties"]["actors"]["items"]["properties"]
_SHARE_KEYS = SECTIONS["documents"][0]["shared"][0]["items"]["properties"]
_FULFILMENT_KEYS = REGISTER["commitments"][0]["items"]["properties"]["fulfilments"]["items"]["properties"]
_REPORT_KEYS = REGISTER["motions"][0]["items"]["properties"]["reports"]["items"]["properties"]

#: The files in the order in which they are written: organisations last, because the other files determine its rows.
DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        "trajectories",
        _("The trajectories: what they are about, how far residents can take part, and how far along they are."),
        (
            *record("trajectory", "contact_name", "public"),
            link(Trajectory, "neighbourhoods", "The neighbourhoods it is about.", ("neighbourhoods", "slug")),
            link(Trajectory, "motions", "Numbers of the motions that it carries out.", ("motions", "number")),
        ),
        lambda _dump_request: Trajectory.objects.visible_to(None),
        ("slug",),
        {
            "neighbourhoods": link_reader(Trajectory, "neighbourhoods", "slug"),
            "motions": link_reader(Trajectory, "motions", "number"),
        },
    ),
    Dataset(
        "plans",
        _("The participation plans: what is fixed, what is still open, and who is reached how."),
        (SLUG, *record("plan")),
        _public_rows(Plan),
        ("trajectory",),
    ),
    Dataset(
        "actors",
        _("Which organisations have which role in a plan."),
        (
            SLUG._replace(read=F("plan__trajectory__slug")),
            DatasetColumn(
                "organisation",
                _("organisation"),
                _ACTOR_KEYS["organisation"]["description"],
                "word",
                F("organisation__slug"),
                _PARTY,
                party=True,
            ),
            column(PlanActor, "part", "part", _ACTOR_KEYS["part"]["description"]),
            column(PlanActor, "suggested_by", "suggested_by", _ACTOR_KEYS["suggested_by"]["description"]),
        ),
        _public_rows(PlanActor, "plan__trajectory"),
    ),
    Dataset(
        "scenarios",
        _("The scenarios that residents could choose between."),
        section("scenarios"),
        _public_rows(SECTION_TABLES["scenarios"]),
        ("trajectory", "ref"),
    ),
    Dataset(
        "steps",
        _("What happens in a trajectory: meetings, messages, inspections and decisions, planned and done."),
        section("steps"),
        _public_rows(SECTION_TABLES["steps"]),
        ("trajectory", "ref"),
        publish=_publish_reach,
    ),
    Dataset(
        "documents",
        _("The documents, a row for each version, and where they can be read."),
        section("documents"),
        _public_rows(Document),
        ("trajectory", "ref"),
    ),
    Dataset(
        "shares",
        _("Who got which document when."),
        (
            SLUG._replace(read=F("document__trajectory__slug")),
            DatasetColumn("document", _("document"), "Ref of the document.", "text", F("document__ref")),
            column(DocumentShare, "party", "with", _SHARE_KEYS["with"]["description"]),
            column(DocumentShare, "on", "on", _SHARE_KEYS["on"]["description"]),
        ),
        _public_rows(DocumentShare, "document__trajectory"),
    ),
    Dataset(
        "contributions",
        _("What participants said, what was done with it, and why."),
        section("contributions"),
        _public_rows(SECTION_TABLES["contributions"]),
        ("trajectory", "ref"),
    ),
    Dataset(
        "requests",
        _("Questions, concerns, initiatives and complaints of residents, with the answers."),
        section("requests"),
        _public_rows(SECTION_TABLES["requests"]),
        ("trajectory", "ref"),
    ),
    Dataset(
        "counter-signals",
        _("Where an association says that things went differently."),
        (
            SLUG,
            column(CounterSignal, "rule", "rule", "Id of the rule that it is about.")._replace(
                references=("rules", "id")
            ),
            column(CounterSignal, "subject", "subject", "Ref of what it is about; null for the whole trajectory."),
            column(CounterSignal, "status", "status", "The status that is contradicted."),
            column(CounterSignal, "on", "on", "The day on which it came in."),
            DatasetColumn(
                "organisation",
                _("organisation"),
                "The organisation that says so.",
                "word",
                F("organisation__slug"),
                _PARTY,
                party=True,
            ),
            DatasetColumn(
                "request", _("request"), "Ref of the request with its words and the answer.", "text", F("request__ref")
            ),
            column(CounterSignal, "evidence", "evidence", "On what it rests."),
            column(CounterSignal, "evidence_url", "evidence_url", "Where that can be read."),
        ),
        _public_rows(CounterSignal),
    ),
    Dataset(
        "waivers",
        _("Explanations: why a rule is not followed, in whose name, and until when."),
        section("waivers"),
        _public_rows(SECTION_TABLES["waivers"]),
        ("trajectory", "rule", "subject", "granted_on"),
    ),
    Dataset(
        "obligations",
        _("What is due to residents, by which rule, by when, and its status on this day."),
        _OBLIGATIONS,
        _obligations,
    ),
    Dataset(
        "transitions",
        _("When the status of something due changed, and when that was noticed."),
        _TRANSITIONS,
        _transitions,
    ),
    Dataset(
        "motions",
        _("Motions of the council about participation."),
        tuple(c._replace(party=True) if c.key == "body" else c for c in record("motions")),
        _all_rows(Motion),
        ("number",),
    ),
    Dataset(
        "commitments",
        _("Commitments on participation: what was committed to, by whom in which role, and whether it was kept."),
        tuple(c._replace(party=True) if c.key == "made_to" else c for c in record("commitments")),
        _all_rows(Commitment),
        ("number",),
    ),
    Dataset(
        "reports",
        _("Progress reports on motions and commitments."),
        (
            DatasetColumn(
                "motion", _("motion"), "Number of the motion.", "text", F("motion__number"), ("motions", "number")
            ),
            DatasetColumn(
                "commitment",
                _("promise"),
                "Number of the promise.",
                "text",
                F("commitment__number"),
                ("commitments", "number"),
            ),
            column(ProgressReport, "on", "on", _REPORT_KEYS["on"]["description"]),
            column(ProgressReport, "text", "text", _REPORT_KEYS["text"]["description"]),
        ),
        _all_rows(ProgressReport),
    ),
    Dataset(
        "fulfilments",
        _("The times that a commitment that repeats was fulfilled."),
        (
            DatasetColumn(
                "commitment",
                _("promise"),
                "Number of the promise.",
                "text",
                F("commitment__number"),
                ("commitments", "number"),
            ),
            column(CommitmentFulfilment, "on", "on", _FULFILMENT_KEYS["on"]["description"]),
            column(CommitmentFulfilment, "text", "text", _FULFILMENT_KEYS["text"]["description"]),
        ),
        _all_rows(CommitmentFulfilment),
    ),
    Dataset(
        "neighbourhoods",
        _("The neighbourhoods, and which lie next to each other."),
        (
            column(Neighbourhood, "slug", "slug", "What the other files call it."),
            column(Neighbourhood, "name", "name", "Name as people know it."),
            column(Neighbourhood, "district", "district", "The district it is part of."),
            column(Neighbourhood, "municipality", "municipality", "The municipality it belongs to."),
            column(Neighbourhood, "cbs_code", "cbs_code", "Code of Statistics Netherlands (CBS)."),
            column(
                Neighbourhood,
                "inhabitants",
                "inhabitants",
                "Number of inhabitants, from the key figures of CBS (Kerncijfers wijken en buurten).",
            ),
            column(Neighbourhood, "inhabitants_year", "inhabitants_year", "Year of that number."),
            link(Neighbourhood, "neighbours", "The neighbourhoods next to it.", ("neighbourhoods", "slug")),
        ),
        _all_rows(Neighbourhood),
        ("slug",),
        {"neighbours": link_reader(Neighbourhood, "neighbours", "slug")},
    ),
    Dataset(
        "organisations",
        _("The organisations that the other files name, and those that speak for residents of a neighbourhood."),
        (
            *(
                column(Organisation, key, key, description_of("organisations", key))
                for key in ("slug", "name", "kind", "municipality")
            ),
            link(Organisation, "neighbourhoods", "The neighbourhoods it speaks for.", ("neighbourhoods", "slug")),
        ),
        _organisations,
        ("slug",),
        {"neighbourhoods": link_reader(Organisation, "neighbourhoods", "slug")},
    ),
)

#: The rules come from the rulebooks, not from a table; columns in ``_nl`` hold Dutch text.
RULES: Final = Dataset(
    "rules",
    _("The rules: what is due, by which source, and how it is counted."),
    (
        DatasetColumn("rulebook", _("rulebook"), "Name of the rulebook that it is in.", "word", None),
        DatasetColumn("id", _("rule"), "Id of the rule; it never changes.", "word", None),
        DatasetColumn("about", _("about"), "What owes it: a trajectory, a motion or a commitment.", "word", None),
        DatasetColumn("basic", _("basic condition"), "The basic condition that it is part of.", "word", None),
        DatasetColumn("strength", _("kind of source"), "On whose word it is: from law to wish.", "word", None),
        DatasetColumn("title_nl", _("title"), "What it is called, in Dutch.", "text", None),
        DatasetColumn("why_nl", _("why"), "Why it is there, in Dutch.", "text", None),
        DatasetColumn("remedy_nl", _("what to do"), "What clears it, in Dutch.", "text", None),
        DatasetColumn("sources", _("sources"), "Where it is written: text and passage.", "list", None),
        DatasetColumn("check", _("check"), "The check that counts it.", "word", None),
        DatasetColumn("versions", _("versions"), "From when which terms hold.", "list", None),
    ),
    lambda _dump_request: Trajectory.objects.none(),
    ("rulebook", "id"),
)

#: What each kind of loose end is called on the page.
LOOSE_END_KINDS: Final[Mapping[str, Any]] = {
    "contribution_without_outcome": _("Contributions without an outcome"),
    "weighing_without_reason": _("Outcomes without a reason"),
    "weighing_without_decision": _("Weighed contributions and papers that no decision refers to"),
    "decision_without_weighing": _("Decisions that do not say what was weighed"),
    "motion_without_trajectory": _("Adopted motions without a public trajectory or a rule"),
    "motion_without_execution": _("Adopted motions without a report on the progress"),
    "commitment_without_execution": _("Open commitments without a report on the progress"),
}
#: Where the decision chain stops; the rows come from ``chain``.
LOOSE_ENDS: Final = Dataset(
    "loose-ends",
    _("What is missing between contribution and execution, a row for each place where the chain stops."),
    (
        DatasetColumn("kind", _("what is missing"), f"One of: {', '.join(LOOSE_END_KINDS)}.", "word", None),
        DatasetColumn("name", _("about"), "What it is called, shortened.", "text", None),
        DatasetColumn("address", _("address"), "Its address in chain.jsonld and in the API.", "text", None),
        DatasetColumn("page", _("page"), "Where a person can read it.", "text", None),
        DatasetColumn("trajectory", _("trajectory"), "Slug of its trajectory.", "word", None, OF_TRAJECTORY),
        DatasetColumn("ref", _("ref"), "Its ref in the trajectory.", "text", None),
        DatasetColumn("motion", _("motion"), "Number of the motion.", "text", None, ("motions", "number")),
        DatasetColumn("commitment", _("promise"), "Number of the promise.", "text", None, ("commitments", "number")),
        DatasetColumn(
            "retrospective",
            Trajectory._meta.get_field("retrospective").verbose_name,
            "Whether the trajectory is looked at afterwards: then it is for learning only.",
            "yes_or_no",
            None,
        ),
    ),
    lambda _dump_request: Trajectory.objects.none(),
    ("address", "kind"),
)
#: Every file that is there as a table, in the order in which they are described.
TABLES: Final = (*DATASETS, RULES, LOOSE_ENDS)
