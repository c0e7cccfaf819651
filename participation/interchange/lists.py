"""The lists of the site as tables for CSV and Excel export: the same rows, with the dossier's keys as columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance import wording
from participation.compliance.obligations import ObligationValue, days_late
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.models import Commitment, Contribution, Motion, Neighbourhood, Obligation, Request, Step, Trajectory
from participation.models.labels import LABELS
from participation.presentation.digest_data import phrase, status_name
from participation.presentation.mail import link
from participation.selectors import register
from participation.selectors.contributions import CHECK
from participation.selectors.initiatives import initiative_lines
from participation.selectors.obligations.judging import rulebook_of
from participation.selectors.obligations.statuses import PublicWaiver, party_names
from participation.selectors.trajectories import list_query as trajectory_list
from participation.selectors.trajectories.neighbourhoods import NeighbourhoodCount

from .tables import CHUNK_SIZE, Table, TableColumn, in_chunks

_OVERDUE = gettext_lazy("Number overdue")
_ADDRESS = gettext_lazy("Web address")


class ListReader(NamedTuple):
    """Context of an export: rulebooks, day and language."""

    rulebooks: Rulebooks
    today: date
    language: str


def model_columns(model: type[models.Model], *keys: str) -> list[TableColumn]:
    """Return columns for fields of a model, with their verbose names as labels and choices as display values."""
    return [TableColumn(key, model._meta.get_field(key).verbose_name, _display_reader(model, key)) for key in keys]  # type: ignore[union-attr]


def _display_reader(model: type[models.Model], key: str) -> Callable[[Any], Any]:
    labels = dict(getattr(model._meta.get_field(key), "flatchoices", None) or ())
    if not labels:
        return attrgetter(key)
    return lambda row: labels.get(getattr(row, key), getattr(row, key))


def _columns_from(part: Callable[[Any], Any], columns: Iterable[TableColumn]) -> Iterator[TableColumn]:
    """Yield these columns, reading from ``part(row)`` instead of the row."""
    for column in columns:
        yield column._replace(read=_compose(part, column.read))


def _compose(first: Callable[[Any], Any], then: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda row: then(first(row))


def _label(code: str) -> str:
    return str(LABELS.get(code, code))


# ---------- trajectories


def trajectories(keys: Iterable[int], reader: ListReader, name: str = "trajecten") -> Table:
    """Return the table of these trajectories, in this order; four queries per five hundred trajectories."""
    language = reader.language
    columns = [
        *model_columns(Trajectory, "title", "status"),
        TableColumn("phase", gettext_lazy("Phase now"), lambda row: _phase_label(row.phase, language)),
        *model_columns(Trajectory, "kind", "level", "instrument", "portfolio", "case_number"),
        TableColumn("external", Trajectory._meta.get_field("external").verbose_name, _external_names),
        TableColumn("neighbourhoods", Trajectory._meta.get_field("neighbourhoods").verbose_name, _neighbourhood_names),
        TableColumn("next", gettext_lazy("What comes next"), lambda row: _step_name(row.next) if row.next else None),
        TableColumn("planned", gettext_lazy("When that is"), lambda row: row.next.planned if row.next else None),
        TableColumn(
            "chance",
            gettext_lazy("Taking part now"),
            lambda row: _step_name(row.opportunity.step) if row.opportunity else None,
        ),
        TableColumn("closes", gettext_lazy("Taking part until"), lambda row: _opportunity_end(row.opportunity)),
        TableColumn("overdue", _OVERDUE, attrgetter("overdue")),
        *model_columns(Trajectory, "retrospective", "public", "summary", "municipality", "slug"),
        TableColumn("url", _ADDRESS, lambda row: link("trajectory", row.slug)),
    ]
    found = Trajectory.objects.all()
    rows = in_chunks(keys, lambda part: trajectory_list.rows(found, part, reader.rulebooks, reader.today))
    return Table(name, _("Trajectories"), columns, rows, language)


def _phase_label(phase: str, language: str) -> str:
    return wording.label("phases", phase, language) if phase else ""


def _external_names(row: trajectory_list.ListedTrajectory) -> list[str]:
    """Return what it is called in each other system: the system, the number there, and the address."""
    return [
        " ".join(text for key in ("system", "id", "url") if (text := names.get(key))) for names in row.external or ()
    ]


def _neighbourhood_names(row: trajectory_list.ListedTrajectory) -> list[str]:
    return row.neighbourhoods


def _step_name(step: Any) -> str:
    return str(step.title or _label(step.method if step.kind == "activity" and step.method else step.kind))


def _opportunity_end(opportunity: Any) -> Any:
    return (opportunity.end or (opportunity.start if opportunity.until else None)) if opportunity else None


# ---------- motions and commitments


def motions(rows: QuerySet[Motion], states: Mapping[str, Any], reader: ListReader) -> Table:
    """Return the table of these motions, annotated with their state; ``states`` are the labels of the states."""
    columns = [
        *_columns_from(itemgetter(0), model_columns(Motion, "number", "title")),
        TableColumn("state", gettext_lazy("Status"), lambda pair: states[pair[1].state]),
        *_columns_from(
            itemgetter(0),
            model_columns(Motion, "adopted_on", "outcome", "votes_for", "votes_against", "owner", "due_on"),
        ),
        *_columns_from(itemgetter(0), model_columns(Motion, "settled_proposed_on", "settled_on")),
        TableColumn("overdue", _OVERDUE, lambda pair: pair[1].overdue),
        *_columns_from(itemgetter(0), model_columns(Motion, "dictum", "rules", "also_printed_as", "municipality")),
        TableColumn("url", _ADDRESS, lambda pair: link("motion", pair[0].number)),
    ]
    return Table("moties", _("Motions"), columns, _with_register_lines(rows, reader), reader.language)


def commitments(rows: QuerySet[Commitment], states: Mapping[str, Any], reader: ListReader) -> Table:
    """Return the table of these commitments, annotated with their state; ``states`` are the labels of the states."""
    made_to = Commitment._meta.get_field("made_to")
    columns = [
        *_columns_from(itemgetter(0), model_columns(Commitment, "number", "text")),
        TableColumn("state", gettext_lazy("Status"), lambda pair: states[pair[1].state]),
        *_columns_from(itemgetter(0), model_columns(Commitment, "made_on", "made_by")),
        TableColumn("made_to", made_to.verbose_name, lambda pair: [_label(party) for party in pair[0].made_to]),
        *_columns_from(itemgetter(0), model_columns(Commitment, "owner", "due_on", "fulfilled_on")),
        TableColumn("overdue", _OVERDUE, lambda pair: pair[1].overdue),
        *_columns_from(
            itemgetter(0),
            model_columns(Commitment, "repeats_every_months", "repeats_first_due_on", "repeats_until"),
        ),
        *_columns_from(itemgetter(0), model_columns(Commitment, "source", "municipality")),
        TableColumn("url", _ADDRESS, lambda pair: link("commitment", pair[0].number)),
    ]
    return Table("toezeggingen", _("Promises"), columns, _with_register_lines(rows, reader), reader.language)


def _with_register_lines(rows: QuerySet[Any], reader: ListReader) -> Iterator[tuple[Any, register.RegisterLine]]:
    def with_line(part: list[Any]) -> Iterable[tuple[Any, register.RegisterLine]]:
        return zip(part, register.register_lines(part, reader.rulebooks, reader.today), strict=True)

    return in_chunks(rows.iterator(chunk_size=CHUNK_SIZE), with_line)


# ---------- initiatives


def initiatives(rows: QuerySet[Request], states: Mapping[str, Any], reader: ListReader) -> Table:
    """Return the table of these requests, annotated with their state; ``states`` are the labels of the states."""

    def due_title(line: Any) -> str:
        return wording.text_in_language(line.due.rule.title, reader.language) if line.due else ""

    columns = [
        *_columns_from(attrgetter("row"), model_columns(Request, "number", "kind", "summary")),
        TableColumn("state", gettext_lazy("Status"), lambda line: states[line.state]),
        *_columns_from(attrgetter("row"), model_columns(Request, "received_on", "acknowledged_on")),
        TableColumn("due", gettext_lazy("What comes next"), due_title),
        TableColumn("due_on", gettext_lazy("Due"), lambda line: line.due.due_on if line.due else None),
        TableColumn(
            "due_status",
            gettext_lazy("Status of what is due"),
            lambda line: status_name(line.due.status, reader.language) if line.due else "",
        ),
        *_columns_from(attrgetter("row"), model_columns(Request, "answered_on", "outcome", "answer")),
        TableColumn(
            "neighbourhoods", Request._meta.get_field("neighbourhoods").verbose_name, attrgetter("neighbourhoods")
        ),
        TableColumn(
            "trajectory",
            Request._meta.get_field("trajectory").verbose_name,
            lambda line: line.row.trajectory.title if line.row.trajectory else "",
        ),
        TableColumn("url", _ADDRESS, lambda line: link("request", line.row.number)),
    ]

    def lines(part: list[Any]) -> Iterable[Any]:
        return initiative_lines(part, reader.rulebooks, reader.today)

    found = in_chunks(rows.iterator(chunk_size=CHUNK_SIZE), lines)
    return Table("initiatieven", _("Initiatives"), columns, found, reader.language)


# ---------- neighbourhoods and rules


def neighbourhoods(counts: Iterable[NeighbourhoodCount], language: str) -> Table:
    """Return the table of neighbourhoods with their number of current trajectories."""
    columns = [
        *model_columns(Neighbourhood, "name", "district"),
        TableColumn("running", gettext_lazy("Trajectories that run or will begin"), attrgetter("running")),
        *model_columns(Neighbourhood, "slug"),
    ]
    return Table("wijken", _("Neighbourhoods"), columns, counts, language)


def rules(found: Sequence[Rule], rulebook: Rulebook, language: str) -> Table:
    """Return the table of rules with their citations."""

    def text(attribute: str) -> Callable[[Rule], str]:
        return lambda rule: wording.text_in_language(getattr(rule, attribute), language)

    columns = [
        TableColumn("rule", gettext_lazy("Name of the rule"), attrgetter("id")),
        TableColumn("title", Trajectory._meta.get_field("title").verbose_name, text("title")),
        TableColumn(
            "basic", gettext_lazy("Basic condition"), lambda rule: wording.label("basics", rule.basic, language)
        ),
        TableColumn(
            "strength", gettext_lazy("Kind of source"), lambda rule: wording.label("strengths", rule.strength, language)
        ),
        TableColumn("why", gettext_lazy("Why"), text("why")),
        TableColumn("remedy", gettext_lazy("What to do"), text("remedy")),
        TableColumn("source", gettext_lazy("Source"), lambda rule: _sources(rule, rulebook, language)),
    ]
    return Table("regels", _("Rules"), columns, found, language)


def _sources(rule: Rule, rulebook: Rulebook, language: str) -> list[str]:
    return [wording.cite(source, rulebook.sources, language) for source in rule.sources]


# ---------- one trajectory


class ContributionRow(NamedTuple):
    """A contribution with its party, its step, and the due date of an answer."""

    row: Contribution
    party: str
    step: str
    due_on: date | None


def contributions(trajectory: Trajectory, reader: ListReader, only_waiting: bool = False) -> Table:
    """Return the table of contributions, oldest first; with ``only_waiting`` those without outcome or answer only."""
    found = Contribution.objects.filter(trajectory=trajectory).order_by("received_on__earliest", "pk")
    if only_waiting:
        found = found.exclude(outcome__gt="", response__gt="")
    fields = Contribution._meta
    columns = [
        *_columns_from(attrgetter("row"), model_columns(Contribution, "ref")),
        TableColumn("step", gettext_lazy("Received in"), attrgetter("step")),
        TableColumn("from", fields.get_field("party").verbose_name, attrgetter("party")),
        *_columns_from(
            attrgetter("row"),
            model_columns(Contribution, "received_on", "theme", "summary", "outcome", "response", "responded_on"),
        ),
        TableColumn(
            "due_on", gettext_lazy("Answer due by"), lambda item: None if _is_answered(item.row) else item.due_on
        ),
    ]
    rows = _contribution_rows(found, trajectory, reader)
    return Table(f"inbreng-{trajectory.slug}", _("Contributions"), columns, rows, reader.language)


def _is_answered(row: Contribution) -> bool:
    return bool(row.outcome and row.response)


def _contribution_rows(
    found: QuerySet[Contribution], trajectory: Trajectory, reader: ListReader
) -> Iterator[ContributionRow]:
    names = party_names()
    steps = {step.ref: _step_name(step) for step in Step.objects.filter(trajectory=trajectory)}
    rules = [rule.id for rule in rulebook_of(trajectory, reader.rulebooks).rules if rule.check == CHECK]
    open_obligations = Obligation.objects.open().filter(trajectory=trajectory, rule__in=rules)

    def with_party_and_due_date(part: list[Contribution]) -> Iterator[ContributionRow]:
        due = dict(open_obligations.filter(subject__in=[row.ref for row in part]).values_list("subject", "due_on"))
        for row in part:
            party = names.get(row.party) or wording.label("parties", row.party, reader.language)
            yield ContributionRow(row, party, steps.get(row.step, ""), due.get(row.ref))

    return in_chunks(found.iterator(chunk_size=CHUNK_SIZE), with_party_and_due_date)


def obligations(
    trajectory: Trajectory,
    pairs: Sequence[tuple[ObligationValue, str]],
    explanations: Sequence[PublicWaiver],
    rulebook: Rulebook,
    reader: ListReader,
) -> Table:
    """Return the table of a trajectory's obligations with their status and, if there is one, the waiver's reason.

    ``rulebook`` is the one that judged them.
    """
    language, names = reader.language, party_names()
    by_id, sources = rulebook.by_id, rulebook.sources

    def rule(pair: tuple[ObligationValue, str]) -> Rule:
        return by_id[pair[0].rule]

    def day(key: str) -> TableColumn:
        return TableColumn(key, Obligation._meta.get_field(key).verbose_name, lambda pair: getattr(pair[0], key))  # type: ignore[union-attr]

    def met(pair: tuple[ObligationValue, str]) -> date | None:
        # A planned date after the requested day does not count as met.
        return pair[0].met_on if pair[0].met_on and pair[0].met_on <= reader.today else None

    def remedy(pair: tuple[ObligationValue, str]) -> str:
        return wording.remedy(rule(pair), *pair, reader.today, language)

    def status(pair: tuple[ObligationValue, str]) -> str:
        # Overdue in a trajectory that is over: no number of days late is known, so the status gets a suffix.
        name = status_name(pair[1], language)
        return f"{name}: {phrase('not_done', language)}" if late(pair[0]) is None else name

    def late(obligation: ObligationValue) -> int | None:
        return days_late(obligation, reader.today, over)

    over = trajectory.is_over(reader.today)
    columns = [
        TableColumn(
            "what", gettext_lazy("What is due"), lambda pair: wording.message(rule(pair), pair[0], language, names)
        ),
        TableColumn("status", gettext_lazy("Status"), status),
        day("due_on"),
        day("strict_due_on"),
        day("expected_on"),
        TableColumn("met_on", Obligation._meta.get_field("met_on").verbose_name, met),
        TableColumn("days_late", gettext_lazy("Days late"), lambda pair: late(pair[0]) or None),
        TableColumn(
            "basic", gettext_lazy("Basic condition"), lambda pair: wording.label("basics", rule(pair).basic, language)
        ),
        TableColumn(
            "strength",
            gettext_lazy("Kind of source"),
            lambda pair: wording.label("strengths", rule(pair).strength, language),
        ),
        TableColumn(
            "source", gettext_lazy("Source"), lambda pair: wording.cite(rule(pair).sources[0], sources, language)
        ),
        TableColumn("remedy", gettext_lazy("What to do"), remedy),
        TableColumn(
            "reason", gettext_lazy("Explanation"), lambda pair: _waiver_reason(pair[0], explanations, reader.today)
        ),
        TableColumn("rule", gettext_lazy("Name of the rule"), lambda pair: pair[0].rule),
        TableColumn("subject", gettext_lazy("Reference of the subject"), lambda pair: pair[0].subject),
        TableColumn("url", _ADDRESS, lambda pair: link("trajectory", trajectory.slug, pair[0].rule, pair[0].subject)),
    ]
    order = {code: index for index, code in enumerate(_SEVERITY_ORDER)}
    rows = sorted(
        pairs, key=lambda pair: (order.get(pair[1], len(order)), pair[0].due_on or date.max, pair[0].identity)
    )
    return Table(f"afspraken-{trajectory.slug}", _("What was agreed"), columns, rows, language)


#: Statuses in display order, the most urgent first.
_SEVERITY_ORDER = (
    *("overdue", "possibly_overdue", "due_soon", "planned_late", "unknown", "pending", "explained"),
    *("met_late", "met"),
)


def _waiver_reason(obligation: ObligationValue, explanations: Sequence[PublicWaiver], today: date) -> str:
    applicable = [
        e for e in explanations if e.waiver.covers(obligation) and (e.waiver.until is None or e.waiver.until >= today)
    ]
    return "; ".join(f"{e.reason} ({e.by})" if e.by else e.reason for e in applicable)
