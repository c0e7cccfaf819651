"""The full explanation of one obligation as JSON, the same as on its page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.utils import translation

from participation.compliance import wording
from participation.compliance.calendar import Term
from participation.compliance.dates import ImpreciseDate
from participation.compliance.explain import Explainer, NonWorkingDay
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.models import Commitment, Motion, Request, Trajectory
from participation.selectors.associations.counter_signals import SignalView, counter_signals_of
from participation.selectors.changes.public_texts import without_printed_dates
from participation.selectors.dossiers.field_mapping import from_column
from participation.selectors.obligations.explanations import (
    SHARES,
    TransitionRow,
    fact_versions,
    open_obligation_key,
    transitions_by_obligation,
)
from participation.selectors.obligations.statuses import (
    ObligationStatus,
    PublicWaiver,
    Verdict,
    facts_as_known,
    obligations_as_known,
    obligations_of,
    obligations_with_status,
    register_facts,
    waivers_as_known,
)
from participation.selectors.trajectories.detail import trajectory_rows

from .explanation import (
    ExplanationData,
    Fact,
    FullExplanation,
    RenderedTraceLine,
    build_explanation,
    evidence_columns_of,
)
from .labels import titles_of
from .mail import counter_signal_url, link
from .values import DisplayNames

Record = dict[str, Any]
RegisterRow = Motion | Commitment | Request


class ExplanationQuery(NamedTuple):
    """Which obligation to explain: on which day, as known when (None: now), and in which language.

    ``names_known`` is whether the reader may see who recorded something, ``earlier_texts`` whether they may read texts
    as they were before a change.
    """

    rule: str
    subject: str
    day: date
    known_at: datetime | None = None
    language: str = "nl"
    names_known: bool = False
    earlier_texts: bool = False


def explanation_record(trajectory: Trajectory, rulebooks: Rulebooks, query: ExplanationQuery) -> Record | None:
    """Return the explanation of an obligation of this trajectory; None where it does not exist, or did not then."""
    day, known_at, earlier_texts = query.day, query.known_at, query.earlier_texts
    facts = facts_as_known(trajectory.pk, known_at, earlier_texts)
    rulebook = rulebooks.for_municipality((facts.trajectory if facts else trajectory).municipality)
    explanations = waivers_as_known(trajectory.pk, day, known_at, earlier_texts)
    obligations: Sequence[ObligationStatus]
    if known_at is None:
        obligations = obligations_with_status("trajectory", trajectory.pk, rulebook.by_id, day)
    else:
        obligations = obligations_as_known(facts, rulebook, day, explanations) if facts else []
    row = next((item for item in obligations if item.obligation.identity == (query.rule, query.subject)), None)
    if row is None:
        return None
    with translation.override(query.language):
        rows = trajectory_rows(trajectory)
        display_names = DisplayNames(query.language, rows.names, titles_of(rows, query.language))
        data = ExplanationData(
            rulebook,
            facts,
            day,
            display_names,
            histories=fact_versions(
                trajectory.pk, evidence_columns_of([row.obligation], facts, rulebook), known_at, earlier_texts
            )
            if facts
            else {},
            names_known=query.names_known,
            explainer=Explainer(facts, rulebook) if facts else None,
        )
        about = facts.trajectory if facts else trajectory
        found = build_explanation(row.obligation, data)
        rule = rulebook.by_id[row.obligation.rule]
        line = Verdict(
            "trajectory",
            trajectory.slug,
            rule,
            row.obligation,
            row.status,
            day,
            about.retrospective,
            names=rows.names,
            over=about.is_over(day),
        )
        waivers = [item for item in explanations if item.waiver.covers(row.obligation)]
        signals = None if known_at else counter_signals_of(trajectory.pk, day).get(row.obligation.identity, [])
        return {
            **_explanation_json(line, found, rulebook, query, row.pk),
            "explanations": [_waiver_json(item, day) for item in waivers],
            "counter_signals": None if signals is None else [_counter_signal_json(item) for item in signals],
            "counter_signal_url": counter_signal_url(trajectory.slug, *row.obligation.identity),
        }


def register_explanation_record(row: RegisterRow, rulebooks: Rulebooks, query: ExplanationQuery) -> Record | None:
    """Return the explanation of an obligation of this motion, commitment or request of the register; None without one.

    Waivers and counter-signals are about trajectories only. The facts are the row itself.
    """
    owner_type: str = row._meta.model_name or ""
    lines = obligations_of(owner_type, {row.pk: row.number}, rulebooks, query.day, query.known_at)[row.pk]
    line = next((item for item in lines if item.obligation.identity == (query.rule, query.subject)), None)
    if line is None:
        return None
    rulebook = next(found for found in rulebooks if found.by_id.get(line.rule.id) is line.rule)
    facts = register_facts(owner_type, row.pk, query.known_at)
    if query.known_at and not query.earlier_texts:
        facts = without_printed_dates(facts)
    with translation.override(query.language):
        display_names = DisplayNames(query.language, line.names)
        explainer = Explainer(facts, rulebook) if facts else None
        data = ExplanationData(rulebook, None, query.day, display_names, explainer=explainer)
        found = build_explanation(line.obligation, data)
        pk = open_obligation_key(owner_type, row.pk, line.obligation.identity) if query.known_at is None else None
        return {
            **_explanation_json(line, found, rulebook, query, pk),
            "explanations": [],
            "counter_signals": [],
            "counter_signal_url": None,
        }


def _explanation_json(
    line: Verdict, found: FullExplanation, rulebook: Rulebook, query: ExplanationQuery, pk: int | None
) -> Record:
    """Return what all explanations have; ``pk`` is the key of the stored obligation, if it was not reassessed."""
    transitions = transitions_by_obligation([pk], query.known_at)[pk] if pk else []
    return {
        "obligation": line.as_json(query.language),
        "on": query.day.isoformat(),
        "known_at": _format_moment(query.known_at) if query.known_at else None,
        "rulebook": {"name": rulebook.name, "hash": rulebook.hash},
        **_rule_json(line, found, rulebook, query.language),
        "arithmetic": [_trace_line_json(rendered, query.language) for rendered in found.arithmetic],
        "facts": [_fact_json(fact, query.names_known) for fact in found.facts],
        "more_facts": found.more_facts,
        "ledger": [_transition_json(item) for item in transitions],
        "url": link(line.owner_type, line.name, *line.obligation.identity),
    }


def _rule_json(line: Verdict, found: FullExplanation, rulebook: Rulebook, language: str) -> Record:
    rule, missing = line.rule, line.obligation.missing
    return {
        "title": wording.text_in_language(rule.title, language),
        "to_whom": found.beneficiary,
        "why": found.why,
        "strength_told": found.strength,
        "sources": [
            {
                "source": source.source,
                "passage": source.passage or None,
                "cited": wording.cite_in_full(source, rulebook.sources, language),
            }
            for source in rule.sources
        ],
        "missing": list(missing),
        "missing_told": wording.format_missing(missing, language) if missing else None,
    }


def _trace_line_json(rendered: RenderedTraceLine, language: str) -> Record:
    values = {
        name: _plain_value(value, language)
        for name, value in rendered.line.values.items()
        if value not in ("", None, {})
    }
    return {"code": rendered.line.code, "text": rendered.text, "strict": rendered.line.strict, "values": values}


def _plain_value(value: Any, language: str) -> Any:
    """Return a value of the trace as JSON: days as text, terms as in the rulebook."""
    match value:
        case ImpreciseDate():
            return value.to_json()
        case Term():
            return f"{value.length} {value.unit.replace('_', ' ')}"
        case NonWorkingDay():
            return {"day": value.day.isoformat(), "name": value.name.get(language)}
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): _plain_value(inner, language) for key, inner in value.items()}
        case str() | int() | float() | bool() | None:
            return value
        case Iterable():
            return [_plain_value(inner, language) for inner in value]
        case _:
            return str(value)


def _fact_json(fact: Fact, names_known: bool) -> Record:
    return {
        "kind": fact.used.row_type,
        "ref": fact.used.ref or None,
        "title": fact.title,
        "values": [
            {
                "column": shown.column,
                "name": shown.name,
                "value": _value_json(shown.column, shown.value),
                "text": shown.text,
            }
            for shown in fact.column_values
        ],
        "recorded_at": _format_moment(fact.line.at),
        "recorded_by_role": fact.line.role or None,
        "recorded_by": (fact.line.name or None) if names_known else None,
    }


def _value_json(column: str, value: Any) -> Any:
    if column == SHARES:
        return [{"with": party, "on": from_column(on)} for party, on in value]
    return from_column(value)


def _waiver_json(explanation: PublicWaiver, day: date) -> Record:
    until = explanation.waiver.until
    return {
        "id": explanation.key,
        "by": explanation.by,
        "reason": explanation.reason,
        "granted_on": explanation.waiver.granted_on.isoformat(),
        "until": until.isoformat() if until else None,
        "counts": explanation.waiver.is_in_force(day),
    }


def _counter_signal_json(signal: SignalView) -> Record:
    return {
        "organisation": signal.organisation,
        "on": signal.on.isoformat(),
        "status": signal.status,
        "text": signal.words,
        "evidence": signal.evidence or None,
        "evidence_url": signal.evidence_url or None,
        "request": signal.request,
        "answered": signal.is_answered,
        "answer": signal.answer or None,
        "answered_on": signal.answered_on.to_json() if signal.answered_on else None,
        "answer_due_on": signal.due_on.isoformat() if signal.due_on else None,
    }


def _transition_json(line: TransitionRow) -> Record:
    return {
        "from": line.before or None,
        "to": line.after or None,
        "on": line.on.isoformat(),
        "noticed_at": _format_moment(line.noticed_at),
    }


def _format_moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
