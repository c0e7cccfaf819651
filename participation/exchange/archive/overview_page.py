"""The HTML source of an archive's overview.pdf, in the terms of the site."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils import timezone, translation

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.explain import Explainer
from participation.compliance.explain_wording import said
from participation.compliance.obligations import SETTLED, ObligationValue
from participation.compliance.rules import Rule
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.models import Contribution, Document, Plan, Step, Trajectory
from participation.reports.digest import SECTIONS, phrase, status_name
from participation.reports.labels import dates_told, status_label, state_of, title_of, when_of
from participation.reports.urls import link
from participation.reports.values import column_name, told
from participation.selectors.explaining import ObligationStatus
from participation.selectors.history import ledger_in, publish

from .data import ArchiveData

#: The columns of the trajectory and of its plan that are shown in a list; others have their own section.
_ABOUT = (
    *("kind", "status", "level", "impact", "initiator", "commissioner", "subject_of_study", "started_on"),
    *("closed_on", "contact_role", "contact_name", "source_cite", "source_stance", "public", "retrospective"),
)
_PLAN = (
    *("adopted_on", "published_on", "to_council_on", "actors_shared_on", "level_motivation", "channels"),
    *("target_groups", "silent_interests", "neighbouring_areas", "neighbouring_areas_reason", "joint_start"),
    *("joint_start_reason", "support", "support_reason", "scenarios_reason", "roles", "resources"),
)
#: Maximum number of contributions, and of status transitions, in the PDF: one with thousands takes minutes and hundreds
#: of megabytes of memory. The PDF says how many were left out, and which JSON file has them.
MOST = 500
#: Statuses in display order, the most urgent first.
_ORDER = (*SECTIONS, "pending", "explained", *SETTLED)


class OverviewRow(NamedTuple):
    """A label and its value as text."""

    name: str
    told: str


class OverviewGroup(NamedTuple):
    """The contributions of one step (title "" if without a step), with the date of that step."""

    title: str
    when: ImpreciseDate | None
    rows: list[Any]


class OverviewObligation(NamedTuple):
    """An obligation as text: message, status, dates, source, trace of the due date, waivers and counter-signals."""

    what: str
    mark: str
    dates: list[str]
    word_of: str
    why: str
    sum: list[str]
    explanations: list[str]
    signals: list[Any]


def overview_html(read: ArchiveData) -> str:
    """Return the overview as HTML for print."""
    with translation.override(read.asked.language):
        return render_to_string("archive/overview.html", _context(read))


def _context(read: ArchiveData) -> dict[str, Any]:
    asked, rows = read.asked, read.rows
    language = asked.language
    return {
        "language": language,
        "asked": asked,
        "trajectory": rows.trajectory,
        "made_at": timezone.localtime(asked.now),
        "address": link("trajectory", rows.trajectory.slug),
        "about": list(_filled(rows.trajectory, _ABOUT, read)),
        "neighbourhoods": ", ".join(one.name for one in rows.neighbourhoods),
        "plan": rows.plan,
        "plan_says": list(_filled(rows.plan, _PLAN, read)) if rows.plan else [],
        "actors": [(actor, read.called.party(actor.suggested_by)) for actor in rows.actors],
        "scenarios": rows.scenarios,
        "steps": _steps(read),
        "documents": [_paper(row, read) for row in rows.documents],
        "contributions": _contributions(read),
        "requests": [(row, read.called.party(row.party) if row.party else "") for row in rows.requests],
        "motions": rows.motions,
        "explanations": [_explanation(one, read) for one in read.explanations],
        "owed": list(_owed(read)),
        "counts": _counts(read),
        "late": phrase("late", language, sum(row.status == "overdue" for row in read.owed)),
        "signals": [
            (signal, _message(*identity, read), status_name(signal.status, language))
            for identity, signals in read.signals.items()
            for signal in signals
        ],
        "evaluations": [(read.called.titles.get(ref, ref), results) for ref, results in read.evaluations.items()],
        "ledger": list(_ledger(read)),
        "more_contributions": max(0, len(rows.contributions) - MOST),
        "more_ledger": max(0, ledger_in(rows.trajectory.pk).count() - MOST),
        "rulebook": wording.in_language(asked.rulebook.title, language),
        "sources": [wording.in_language(text, language) for text in asked.rulebook.sources.values()],
    }


def _filled(row: Trajectory | Plan, columns: tuple[str, ...], read: ArchiveData) -> Iterator[OverviewRow]:
    """Yield the label and text of each column that is not empty."""
    for column in columns:
        value = getattr(row, column)
        if value not in (None, "", [], {}):
            name, text = column_name(type(row), column), told(type(row), column, value, read.called)
            yield OverviewRow(name, read.called.word(text) if column == "source_stance" else text)


def _in_time(when: ImpreciseDate | None) -> Any:
    return (when or ImpreciseDate.unknown()).sort_key


def _steps(read: ArchiveData) -> list[tuple[Step, str, ImpreciseDate | None, str, str]]:
    """Return the steps in chronological order, each with its title, date, audience or deciding body, and state."""
    found = sorted(read.rows.steps, key=lambda step: (_in_time(when_of(step)), step.pk))
    today = read.asked.today
    return [(step, title_of(step), when_of(step), _whom(step, read), state_of(step, today)) for step in found]


def _whom(step: Step, read: ArchiveData) -> str:
    if step.audience:
        return ", ".join(read.called.party(party) for party in step.audience)
    return read.called.word(step.body) if step.body else ""


def _paper(row: Document, read: ArchiveData) -> tuple[Document, str, Any]:
    """Return a document, the parties it was shared with, and its file."""
    shares = sorted(read.rows.shares.get(row.pk, ()), key=lambda share: (_in_time(share.on), share.pk))
    given = (
        f"{read.called.party(share.party)} ({wording.say_when(share.on, read.asked.language)})" for share in shares
    )
    return row, "; ".join(given), read.kept.get(row.file_id) if row.file_id else None


def _contributions(read: ArchiveData) -> list[OverviewGroup]:
    """Return the contributions grouped by step, in chronological order, at most ``MOST`` in all."""
    steps = read.rows.step_by_ref
    found: dict[str, list[tuple[Contribution, str]]] = {}
    for row in read.rows.contributions:
        who = read.called.party(row.party) if row.party else ""
        found.setdefault(row.step if row.step in steps else "", []).append((row, who))
    groups = []
    for ref, rows in found.items():
        step = steps.get(ref)
        rows.sort(key=lambda one: (_in_time(one[0].received_on), one[0].pk))
        groups.append(OverviewGroup(title_of(step) if step else "", when_of(step) if step else None, rows))
    groups.sort(key=lambda group: (not group.title, _in_time(group.when), group.title))
    shown, room = [], MOST
    for group in groups:
        if room > 0:
            shown.append(group._replace(rows=group.rows[:room]))
        room -= len(group.rows)
    return shown


def _rule(rule: str, read: ArchiveData) -> Rule | None:
    return read.asked.rulebook.by_id.get(rule)


def _explanation(given: Any, read: ArchiveData) -> tuple[str, str, Any]:
    rule = _rule(given.waiver.rule, read)
    title = wording.in_language(rule.title, read.asked.language) if rule else given.waiver.rule
    about = read.called.titles.get(given.waiver.subject, given.waiver.subject)
    return title, about, given


def _message(rule: str, subject: str, read: ArchiveData) -> str:
    """Return the message of an obligation; the title of its rule if there is no such obligation any more."""
    language = read.asked.language
    found = _rule(rule, read)
    for row in read.owed:
        if found and row.obligation.identity == (rule, subject):
            return wording.message(found, row.obligation, language, read.called.names)
    return wording.in_language(found.title, language) if found else rule


def _owed(read: ArchiveData) -> Iterator[tuple[str, list[OverviewObligation]]]:
    """Yield the obligations by basic condition, the most urgent status first, then by strength of the source."""
    rules, language = read.asked.rulebook.by_id, read.asked.language
    explainer = Explainer(read.facts, read.asked.rulebook) if read.facts else None

    def worst_first(row: ObligationStatus) -> Any:
        strength = STRENGTHS.index(rules[row.obligation.rule].strength)
        return _ORDER.index(row.status), strength, row.obligation.identity

    for basic in BASICS:
        own = [row for row in read.owed if rules[row.obligation.rule].basic == basic]
        if own:
            told = [_in_words(row, explainer, read) for row in sorted(own, key=worst_first)]
            yield wording.label("basics", basic, language), told


def _in_words(row: ObligationStatus, explainer: Explainer | None, read: ArchiveData) -> OverviewObligation:
    asked, language, obligation = read.asked, read.asked.language, row.obligation
    rule = asked.rulebook.by_id[obligation.rule]
    names = read.called.names
    sums = explainer.explained(obligation, asked.today) if explainer else ()
    strength = wording.label("strengths", rule.strength, language)
    sources = (wording.cite(source, asked.rulebook.sources, language) for source in rule.sources)
    return OverviewObligation(
        wording.message(rule, obligation, language, names),
        status_label(row.status, language),
        dates_told(obligation, row.status, asked.today, language, asked.trajectory.is_over(asked.today)),
        phrase("word_of", language, strength=strength, source=wording.listed(sources, language)),
        wording.in_language(rule.why, language),
        [said(line, rule, obligation, language, names) for line in sums],
        _explained(obligation, read),
        [(s, status_name(s.status, language)) for s in read.signals.get(obligation.identity, ())],
    )


def _explained(obligation: ObligationValue, read: ArchiveData) -> list[str]:
    return [
        phrase("waiver_by", read.asked.language, by=given.by, reason=given.reason)
        for given in read.explanations
        if given.waiver.covers(obligation)
    ]


def _counts(read: ArchiveData) -> list[tuple[str, int]]:
    """Return the number of obligations by status, without the statuses that do not occur."""
    counts = ((status, sum(row.status == status for row in read.owed)) for status in _ORDER)
    return [(status_label(status, read.asked.language), count) for status, count in counts if count]


def _ledger(read: ArchiveData) -> Iterator[tuple[Any, str, str, str]]:
    """Yield the newest status transitions as text, at most ``MOST``."""
    asked, language = read.asked, read.asked.language
    rows = list(ledger_in(asked.trajectory.pk)[:MOST])
    if not asked.earlier_texts:
        publish(asked.trajectory.pk, (row.obligation for row in rows))
    for row in rows:
        stored = row.obligation
        rule = _rule(stored.rule, read)
        owed = ObligationValue(stored.rule, stored.subject, due_on=stored.due_on, details=stored.details)
        yield (
            row,
            wording.message(rule, owed, language, read.called.names) if rule else stored.rule,
            status_name(row.from_status, language) if row.from_status else "",
            status_name(row.to_status, language) if row.to_status else "",
        )
