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
from participation.models import Trajectory
from participation.selectors.dossiers.field_mapping import from_column
from participation.selectors.obligations.explanations import (
    SHARES,
    TransitionRow,
    fact_versions,
    transitions_by_obligation,
)
from participation.selectors.obligations.statuses import (
    ObligationStatus,
    PublicWaiver,
    Verdict,
    facts_as_known,
    obligations_as_known,
    obligations_with_status,
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
from .mail import link
from .values import DisplayNames

Record = dict[str, Any]


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
        keys = [row.pk] if row.pk else []
        transitions = transitions_by_obligation(keys, known_at).get(row.pk or 0, [])
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
        return {
            "obligation": line.as_json(query.language),
            "on": day.isoformat(),
            "known_at": _format_moment(known_at) if known_at else None,
            "rulebook": {"name": rulebook.name, "hash": rulebook.hash},
            **_rule_json(line, found, rulebook, query.language),
            "arithmetic": [_trace_line_json(rendered, query.language) for rendered in found.arithmetic],
            "facts": [_fact_json(fact, query.names_known) for fact in found.facts],
            "more_facts": found.more_facts,
            "explanations": [
                _explanation_json(item, day) for item in explanations if item.waiver.covers(row.obligation)
            ],
            "ledger": [_transition_json(item) for item in transitions],
            "url": link("trajectory", trajectory.slug, *row.obligation.identity),
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


def _explanation_json(explanation: PublicWaiver, day: date) -> Record:
    until = explanation.waiver.until
    return {
        "id": explanation.key,
        "by": explanation.by,
        "reason": explanation.reason,
        "granted_on": explanation.waiver.granted_on.isoformat(),
        "until": until.isoformat() if until else None,
        "counts": explanation.waiver.is_in_force(day),
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
