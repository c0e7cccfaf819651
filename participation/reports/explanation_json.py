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
from participation.models import Trajectory
from participation.selectors.explaining import (
    SHARES,
    ObligationStatus,
    TransitionRow,
    explanations_known,
    facts_known,
    ledger_of,
    lines_of,
    owed_as_known,
    owed_on,
)
from participation.selectors.mapping import from_column
from participation.selectors.pages import Explanation
from participation.selectors.trajectory_page import recorded_of
from participation.selectors.verdicts import Verdict

from .explanation import ExplanationData, Fact, FullExplanation, RenderedTraceLine, build_explanation, used_by
from .labels import titles_of
from .urls import link
from .values import Called

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


def explanation_record(trajectory: Trajectory, rulebook: Rulebook, asking: ExplanationQuery) -> Record | None:
    """Return the explanation of an obligation of this trajectory; None where it does not exist, or did not then."""
    day, known_at, earlier = asking.day, asking.known_at, asking.earlier_texts
    facts = facts_known(trajectory.pk, known_at, earlier)
    given = explanations_known(trajectory.pk, day, known_at, earlier)
    owed: Sequence[ObligationStatus]
    if known_at is None:
        owed = owed_on(trajectory.pk, rulebook, day)
    else:
        owed = owed_as_known(facts, rulebook, day, given) if facts else []
    row = next((one for one in owed if one.obligation.identity == (asking.rule, asking.subject)), None)
    if row is None:
        return None
    with translation.override(asking.language):
        rows = recorded_of(trajectory)
        called = Called(asking.language, rows.names, titles_of(rows, asking.language))
        keys = [row.pk] if row.pk else []
        noticed = ledger_of(keys, known_at).get(row.pk or 0, [])
        behind = ExplanationData(
            rulebook,
            facts,
            day,
            called,
            histories=lines_of(trajectory.pk, used_by([row.obligation], facts, rulebook), known_at, earlier)
            if facts
            else {},
            names_known=asking.names_known,
            explainer=Explainer(facts, rulebook) if facts else None,
        )
        about = facts.trajectory if facts else trajectory
        found = build_explanation(row.obligation, behind)
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
            "obligation": line.as_json(asking.language),
            "on": day.isoformat(),
            "known_at": _moment(known_at) if known_at else None,
            "rulebook": {"name": rulebook.name, "hash": rulebook.hash},
            **_why(line, found, rulebook, asking.language),
            "arithmetic": [_line(told, asking.language) for told in found.arithmetic],
            "facts": [_fact(fact, asking.names_known) for fact in found.facts],
            "more_facts": found.more_facts,
            "explanations": [_given(one, day) for one in given if one.waiver.covers(row.obligation)],
            "ledger": [_noticed(one) for one in noticed],
            "url": link("trajectory", trajectory.slug, *row.obligation.identity),
        }


def _why(line: Verdict, found: FullExplanation, rulebook: Rulebook, language: str) -> Record:
    rule, missing = line.rule, line.obligation.missing
    return {
        "title": wording.in_language(rule.title, language),
        "to_whom": found.to_whom,
        "why": found.why,
        "strength_told": found.strength,
        "sources": [
            {
                "source": source.text,
                "passage": source.passage or None,
                "cited": wording.cite(source, rulebook.sources, language),
            }
            for source in rule.sources
        ],
        "missing": list(missing),
        "missing_told": wording.say_missing(missing, language) if missing else None,
    }


def _line(told: RenderedTraceLine, language: str) -> Record:
    values = {name: _plain(value, language) for name, value in told.line.values.items() if value not in ("", None, {})}
    return {"code": told.line.code, "text": told.text, "strict": told.line.strict, "values": values}


def _plain(value: Any, language: str) -> Any:
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
            return {str(key): _plain(inner, language) for key, inner in value.items()}
        case str() | int() | float() | bool() | None:
            return value
        case Iterable():
            return [_plain(inner, language) for inner in value]
        case _:
            return str(value)


def _fact(fact: Fact, names_known: bool) -> Record:
    return {
        "kind": fact.used.of,
        "ref": fact.used.ref or None,
        "title": fact.title,
        "values": [
            {"column": shown.column, "name": shown.name, "value": _held(shown.column, shown.value), "text": shown.text}
            for shown in fact.held
        ],
        "recorded_at": _moment(fact.line.at),
        "recorded_by_role": fact.line.role or None,
        "recorded_by": (fact.line.name or None) if names_known else None,
    }


def _held(column: str, value: Any) -> Any:
    if column == SHARES:
        return [{"with": party, "on": from_column(on)} for party, on in value]
    return from_column(value)


def _given(explanation: Explanation, day: date) -> Record:
    until = explanation.waiver.until
    return {
        "id": explanation.key,
        "by": explanation.by,
        "reason": explanation.reason,
        "granted_on": explanation.waiver.granted_on.isoformat(),
        "until": until.isoformat() if until else None,
        "counts": explanation.waiver.in_force(day),
    }


def _noticed(line: TransitionRow) -> Record:
    return {
        "from": line.before or None,
        "to": line.after or None,
        "on": line.on.isoformat(),
        "noticed_at": _moment(line.noticed_at),
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
