"""The HTML source of an archive's overview.pdf, in the terms of the site."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils import timezone, translation

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.explain import Explainer
from participation.compliance.explain_wording import format_trace_line
from participation.compliance.obligations import SETTLED, ObligationValue
from participation.compliance.rules import Rule
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.models import Contribution, Document, Plan, Scenario, Step, Trajectory
from participation.presentation.digest_data import SECTIONS, phrase, status_name
from participation.presentation.labels import date_of, date_texts, state_of, status_label, title_of
from participation.presentation.mail import link
from participation.presentation.values import column_name, value_text
from participation.selectors.changes.history import redact_withdrawn, transitions_in
from participation.selectors.obligations.statuses import ObligationStatus
from participation.selectors.published_reach import publish_step

from .data import ArchiveData

#: The columns of the trajectory and of its plan that are shown in a list; others have their own section.
_ABOUT = (
    *("kind", "status", "level", "impact", "initiator", "instrument", "participation_required", "portfolio"),
    *(
        "case_number",
        "external",
        "commissioner",
        "subject_of_study",
        "started_on",
        "closed_on",
        "no_participation_ground",
    ),
    *("no_participation_reason", "no_participation_decided_on", "no_participation_by", "contact_role"),
    *(
        "contact_name",
        "contact_email",
        "contact_phone",
        "geometry",
        "source_cite",
        "source_stance",
        "public",
        "retrospective",
    ),
)
_PLAN = (
    *("adopted_on", "published_on", "to_council_on", "actors_shared_on", "level_motivation", "channels"),
    *("target_groups", "silent_interests", "neighbouring_areas", "neighbouring_areas_reason", "joint_start"),
    *("joint_start_reason", "support", "support_reason", "scenarios_reason", "roles", "resources", "items"),
)
_SCENARIO = ("description", "advantages", "disadvantages", "document", "chosen", "chosen_reason")
_STEP = (
    *("description", "place_name", "place_address", "place_accessible", "place_online_url", "sign_up_url"),
    *("reach_total", "reach_groups", "reach_neighbourhoods", "reach_note", "effect", "effect_note", "room_kept"),
    *("room_reason", "case_number", "evaluated_by", "score", "items"),
)
#: Maximum number of contributions and of status transitions, and of obligations under one basic condition, that the PDF
#: has in full; of a longer list it has the first ``SHOWN_OF_LONG_LIST``. One with thousands takes minutes and hundreds
#: of megabytes of memory. The PDF states how many were left out, and which JSON file has them.
MAX_ROWS, MAX_OBLIGATIONS = 500, 200
SHOWN_OF_LONG_LIST = 100
#: Statuses in display order, the most urgent first.
_STATUS_ORDER = (*SECTIONS, "pending", "explained", *SETTLED)


class OverviewRow(NamedTuple):
    """A label and its value as text."""

    name: str
    value_text: str


class OverviewGroup(NamedTuple):
    """The contributions of one step (title "" if without a step), with the date of that step."""

    title: str
    when: ImpreciseDate | None
    rows: list[Any]


class OverviewCondition(NamedTuple):
    """The most urgent obligations under one basic condition, and the number of the others."""

    label: str
    obligations: list["OverviewObligation"]
    more: int


class OverviewObligation(NamedTuple):
    """An obligation as text: message, status, dates, source, trace of the due date, waivers and counter-signals."""

    message: str
    status_label: str
    dates: list[str]
    source_text: str
    why: str
    trace_lines: list[str]
    explanations: list[str]
    signals: list[Any]


def overview_html(data: ArchiveData) -> str:
    """Return the overview as HTML for print."""
    with translation.override(data.archive_request.language):
        return render_to_string("archive/overview.html", _context(data))


def _context(data: ArchiveData) -> dict[str, Any]:
    archive_request, rows = data.archive_request, data.rows
    language = archive_request.language
    all_transitions = transitions_in(rows.trajectory.pk).count()
    shown_transitions = _number_shown(all_transitions, MAX_ROWS)
    return {
        "language": language,
        "archive_request": archive_request,
        "trajectory": rows.trajectory,
        "made_at": timezone.localtime(archive_request.now),
        "address": link("trajectory", rows.trajectory.slug),
        "about": list(_filled_rows(rows.trajectory, _ABOUT, data)),
        "neighbourhoods": ", ".join(one.name for one in rows.neighbourhoods),
        "plan": rows.plan,
        "plan_rows": list(_filled_rows(rows.plan, _PLAN, data)) if rows.plan else [],
        "actors": [(actor, data.display_names.party(actor.suggested_by)) for actor in rows.actors],
        "scenarios": [(row, list(_filled_rows(row, _SCENARIO, data))) for row in rows.scenarios],
        "steps": _steps(data),
        "documents": [_document_row(row, data) for row in rows.documents],
        "contributions": _contributions(data),
        "requests": [(row, data.display_names.party(row.party) if row.party else "") for row in rows.requests],
        "motions": rows.motions,
        "explanations": [_explanation(one, data) for one in data.explanations],
        "obligations": list(_obligations_by_condition(data)),
        "counts": _counts(data),
        "late": phrase("late", language, sum(row.status == "overdue" for row in data.obligations)),
        "signals": [
            (signal, _message(*identity, data), status_name(signal.status, language))
            for identity, signals in data.signals.items()
            for signal in signals
        ],
        "evaluations": [
            (data.display_names.titles.get(ref, ref), results) for ref, results in data.evaluations.items()
        ],
        "transitions": list(_transition_rows(data, shown_transitions)),
        "more_contributions": len(rows.contributions) - _number_shown(len(rows.contributions), MAX_ROWS),
        "more_transitions": all_transitions - shown_transitions,
        "rulebook": wording.text_in_language(archive_request.rulebook.title, language),
        "sources": [
            wording.text_in_language(source.text, language) for source in archive_request.rulebook.sources.values()
        ],
    }


def _number_shown(total: int, maximum: int) -> int:
    """Return how many rows of a list with this total the PDF shows."""
    return total if total <= maximum else SHOWN_OF_LONG_LIST


def _filled_rows(
    row: Trajectory | Plan | Scenario | Step, columns: tuple[str, ...], data: ArchiveData
) -> Iterator[OverviewRow]:
    """Yield the label and text of each column that is not empty."""
    for column in columns:
        value = getattr(row, column)
        if value not in (None, "", [], {}):
            name, text = column_name(type(row), column), value_text(type(row), column, value, data.display_names)
            yield OverviewRow(name, data.display_names.code_label(text) if column == "source_stance" else text)


def _date_key(when: ImpreciseDate | None) -> Any:
    return (when or ImpreciseDate.unknown()).sort_key


def _steps(data: ArchiveData) -> list[tuple[Step, str, ImpreciseDate | None, str, str, list[OverviewRow]]]:
    """Return the steps in chronological order: each with its title, date, audience or body, state, and other facts."""
    found = sorted(data.rows.steps, key=lambda step: (_date_key(date_of(step)), step.pk))
    for step in found:
        publish_step(step)
    today = data.archive_request.today
    return [
        (
            *(step, title_of(step), date_of(step), _audience_of(step, data), state_of(step, today)),
            list(_filled_rows(step, _STEP, data)),
        )
        for step in found
    ]


def _audience_of(step: Step, data: ArchiveData) -> str:
    if step.audience:
        return ", ".join(data.display_names.party(party) for party in step.audience)
    return data.display_names.code_label(step.body) if step.body else ""


def _document_row(row: Document, data: ArchiveData) -> tuple[Document, str, Any]:
    """Return a document, the parties it was shared with, and its file."""
    shares = sorted(data.rows.shares.get(row.pk, ()), key=lambda share: (_date_key(share.on), share.pk))
    given = (
        f"{data.display_names.party(share.party)} ({wording.format_date(share.on, data.archive_request.language)})"
        for share in shares
    )
    return row, "; ".join(given), data.archived_files.get(row.file_id) if row.file_id else None


def _contributions(data: ArchiveData) -> list[OverviewGroup]:
    """Return the contributions grouped by step, in chronological order; of many, the first."""
    steps = data.rows.steps_by_ref
    found: dict[str, list[tuple[Contribution, str]]] = {}
    for row in data.rows.contributions:
        who = data.display_names.party(row.party) if row.party else ""
        found.setdefault(row.step if row.step in steps else "", []).append((row, who))
    groups = []
    for ref, rows in found.items():
        step = steps.get(ref)
        rows.sort(key=lambda one: (_date_key(one[0].received_on), one[0].pk))
        groups.append(OverviewGroup(title_of(step) if step else "", date_of(step) if step else None, rows))
    groups.sort(key=lambda group: (not group.title, _date_key(group.when), group.title))
    shown, remaining = [], _number_shown(len(data.rows.contributions), MAX_ROWS)
    for group in groups:
        if remaining > 0:
            shown.append(group._replace(rows=group.rows[:remaining]))
        remaining -= len(group.rows)
    return shown


def _rule(rule: str, data: ArchiveData) -> Rule | None:
    return data.archive_request.rulebook.by_id.get(rule)


def _explanation(given: Any, data: ArchiveData) -> tuple[str, str, Any]:
    rule = _rule(given.waiver.rule, data)
    title = wording.text_in_language(rule.title, data.archive_request.language) if rule else given.waiver.rule
    about = data.display_names.titles.get(given.waiver.subject, given.waiver.subject)
    return title, about, given


def _message(rule: str, subject: str, data: ArchiveData) -> str:
    """Return the message of an obligation; the title of its rule if there is no such obligation any more."""
    language = data.archive_request.language
    found = _rule(rule, data)
    for row in data.obligations:
        if found and row.obligation.identity == (rule, subject):
            return wording.message(found, row.obligation, language, data.display_names.names)
    return wording.text_in_language(found.title, language) if found else rule


def _obligations_by_condition(data: ArchiveData) -> Iterator[OverviewCondition]:
    """Yield the obligations by basic condition, the most urgent status first, then by strength of the source.

    Of many under one basic condition, it yields the first.
    """
    rules, language = data.archive_request.rulebook.by_id, data.archive_request.language
    explainer = Explainer(data.facts, data.archive_request.rulebook) if data.facts else None

    def sort_key(row: ObligationStatus) -> Any:
        strength = STRENGTHS.index(rules[row.obligation.rule].strength)
        return _STATUS_ORDER.index(row.status), strength, row.obligation.identity

    for basic in BASICS:
        own = [row for row in data.obligations if rules[row.obligation.rule].basic == basic]
        if own:
            shown = sorted(own, key=sort_key)[: _number_shown(len(own), MAX_OBLIGATIONS)]
            yield OverviewCondition(
                wording.label("basics", basic, language),
                [_obligation_as_text(row, explainer, data) for row in shown],
                len(own) - len(shown),
            )


def _obligation_as_text(row: ObligationStatus, explainer: Explainer | None, data: ArchiveData) -> OverviewObligation:
    archive_request, language, obligation = data.archive_request, data.archive_request.language, row.obligation
    rule = archive_request.rulebook.by_id[obligation.rule]
    names = data.display_names.names
    traces = explainer.explanation_lines(obligation, archive_request.today) if explainer else ()
    strength = wording.label("strengths", rule.strength, language)
    sources = (wording.cite(source, archive_request.rulebook.sources, language) for source in rule.sources)
    return OverviewObligation(
        wording.message(rule, obligation, language, names),
        status_label(row.status, language),
        date_texts(
            obligation,
            row.status,
            archive_request.today,
            language,
            archive_request.trajectory.is_over(archive_request.today),
        ),
        phrase("word_of", language, strength=strength, source=wording.format_list(sources, language)),
        wording.text_in_language(rule.why, language),
        [format_trace_line(line, rule, obligation, language, names) for line in traces],
        _waiver_texts(obligation, data),
        [(s, status_name(s.status, language)) for s in data.signals.get(obligation.identity, ())],
    )


def _waiver_texts(obligation: ObligationValue, data: ArchiveData) -> list[str]:
    return [
        phrase("waiver_by", data.archive_request.language, by=given.by, reason=given.reason)
        for given in data.explanations
        if given.waiver.covers(obligation)
    ]


def _counts(data: ArchiveData) -> list[tuple[str, int]]:
    """Return the number of obligations by status, without the statuses that do not occur."""
    counts = ((status, sum(row.status == status for row in data.obligations)) for status in _STATUS_ORDER)
    return [(status_label(status, data.archive_request.language), count) for status, count in counts if count]


def _transition_rows(data: ArchiveData, number: int) -> Iterator[tuple[Any, str, str, str]]:
    """Yield the status transitions as text, newest first; of many, the newest."""
    archive_request, language = data.archive_request, data.archive_request.language
    rows = list(transitions_in(archive_request.trajectory.pk)[:number])
    if not archive_request.earlier_texts:
        redact_withdrawn(archive_request.trajectory.pk, (row.obligation for row in rows))
    for row in rows:
        stored = row.obligation
        rule = _rule(stored.rule, data)
        obligation = ObligationValue(stored.rule, stored.subject, due_on=stored.due_on, details=stored.details)
        yield (
            row,
            wording.message(rule, obligation, language, data.display_names.names) if rule else stored.rule,
            status_name(row.from_status, language) if row.from_status else "",
            status_name(row.to_status, language) if row.to_status else "",
        )
