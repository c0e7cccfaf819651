"""OpenAPI components of derived data: obligations, explanations, status transitions, rules and statistics."""

from collections.abc import Mapping
from typing import Final

from participation.compliance import vocabulary as words
from participation.dossier.schema_fields import Fragment
from participation.models.obligations import TRANSITION_STATUSES
from participation.selectors.statistics.city import OUTCOMES

from .json_schema import (
    BOOLEAN,
    DAY,
    INTEGER,
    NULLABLE_DAY,
    NULLABLE_INTEGER,
    NULLABLE_TEXT,
    NULLABLE_TIMESTAMP,
    TEXT,
    TIMESTAMP,
    URL,
    closed_object,
    complete_object,
    enum_of,
    list_of,
    map_of,
    nullable_enum_of,
    ref,
    with_description,
)

_OWNERS: Final[Mapping[str, Fragment]] = {
    "trajectory": with_description(TEXT, "Slug of the trajectory that it is about."),
    "motion": with_description(TEXT, "Number of the motion that it is about."),
    "commitment": with_description(TEXT, "Number of the commitment that it is about."),
}
_RULE: Final = with_description(TEXT, "Id of the rule that calls for it.")
_SUBJECT: Final = with_description(NULLABLE_TEXT, "Ref of what it is about; null for the whole.")

_OBLIGATION: Final[Fragment] = closed_object(
    {
        **_OWNERS,
        "rule": _RULE,
        "basic": enum_of(words.BASICS, "The basic condition that it belongs to."),
        "strength": enum_of(words.STRENGTHS, "How strong the word is that it rests on, from law to wish."),
        "subject": _SUBJECT,
        "status": enum_of(words.STATUSES, "How it stands on the day that is asked about."),
        "due_on": with_description(NULLABLE_DAY, "The last day on which it is on time."),
        "strict_due_on": with_description(NULLABLE_DAY, "The last day, were imprecise dates at their earliest."),
        "expected_on": with_description(NULLABLE_DAY, "The day on which it is planned."),
        "met_on": with_description(NULLABLE_DAY, "The day on which it was met, as far as that has come."),
        "days_late": with_description(
            NULLABLE_INTEGER,
            "Calendar days; null where it was not done, as far as is known, and the trajectory is over.",
            minimum=0,
        ),
        "message": with_description(TEXT, "What is owed, in one sentence."),
        "remedy": with_description(
            TEXT, "What clears it; that it is planned in time where it is; empty where it was done."
        ),
        "source": with_description(TEXT, "On whose word: where it stands."),
        "retrospective": with_description(BOOLEAN, "Judged by today's rules, to learn from."),
    }
)

_TO_STATUS: Final = enum_of(TRANSITION_STATUSES, "The status after; withdrawn where it is no longer called for.")
_FROM_STATUS: Final = nullable_enum_of(TRANSITION_STATUSES, "The status before; null where it was not called for.")
_TRANSITION_DAY: Final = with_description(DAY, "The day from which it held.")
_NOTICED_AT: Final = with_description(TIMESTAMP, "When the tracker noticed.")
_TRANSITION: Final[Fragment] = closed_object(
    {
        "id": with_description(INTEGER, "Its number in the ledger: what a poller goes on from."),
        **_OWNERS,
        "rule": TEXT,
        "subject": NULLABLE_TEXT,
        "from": _FROM_STATUS,
        "to": _TO_STATUS,
        "on": _TRANSITION_DAY,
        "noticed_at": _NOTICED_AT,
        "rulebook": with_description(TEXT, "Hash of the rulebook that decided."),
        "url": with_description(URL, "Where it is explained to people."),
    },
    ["id", "rule", "subject", "from", "to", "on", "noticed_at", "rulebook", "url"],
)

# ---------- the explanation

_RULEBOOK: Final[Fragment] = complete_object(
    {"name": TEXT, "hash": with_description(TEXT, "Changes whenever a rule does.")}
)
_SOURCE: Final[Fragment] = complete_object(
    {
        "source": with_description(TEXT, "What the rulebook calls the text."),
        "passage": with_description(NULLABLE_TEXT, "The place in it."),
        "cited": with_description(TEXT, "Both, as one writes them out."),
    }
)
_TRACE_LINE: Final[Fragment] = complete_object(
    {
        "code": with_description(TEXT, "Which step of the sum it is."),
        "text": with_description(TEXT, "The same as a sentence."),
        "strict": with_description(BOOLEAN, "Belongs to the strict sum, which is told where it ends on another day."),
        "values": map_of({}, "What was counted with in this line: days, dates, terms, and the days left out."),
    }
)
_FACT: Final[Fragment] = complete_object(
    {
        "kind": with_description(
            TEXT, "Kind of row: trajectory, plan, step, document, contribution, request, scenario."
        ),
        "ref": with_description(NULLABLE_TEXT, "Its ref; null for the trajectory and its plan."),
        "title": TEXT,
        "values": list_of(
            complete_object(
                {
                    "column": TEXT,
                    "name": with_description(TEXT, "What people call it."),
                    "value": {"description": "As a dossier writes it."},
                    "text": with_description(TEXT, "The same in words."),
                }
            )
        ),
        "recorded_at": TIMESTAMP,
        "recorded_by_role": with_description(NULLABLE_TEXT, "Who recorded it, in which role; null for an import."),
        "recorded_by": with_description(NULLABLE_TEXT, "Their name, for who may see it; null for all others."),
    }
)
_WAIVER: Final[Fragment] = complete_object(
    {
        "id": with_description(INTEGER, "Its number among the explanations of the trajectory."),
        "by": with_description(TEXT, "Who decided so, in a role."),
        "reason": TEXT,
        "granted_on": DAY,
        "until": with_description(NULLABLE_DAY, "The last day on which it counts."),
        "counts": with_description(BOOLEAN, "Whether it counts on the day that is asked about."),
    }
)
_EXPLANATION: Final[Fragment] = complete_object(
    {
        "obligation": ref("Obligation"),
        "on": with_description(DAY, "The day that is asked about."),
        "known_at": with_description(NULLABLE_TIMESTAMP, "As known at that moment; null for now."),
        "rulebook": _RULEBOOK,
        "title": with_description(TEXT, "Title of the rule."),
        "to_whom": with_description(TEXT, "To whom it is owed."),
        "why": TEXT,
        "strength_told": with_description(TEXT, "How strong the word is, in words."),
        "sources": list_of(_SOURCE, "On whose word."),
        "missing": list_of(TEXT, "The facts without which it cannot be judged."),
        "missing_told": with_description(NULLABLE_TEXT, "The same in words."),
        "arithmetic": list_of(_TRACE_LINE, "The sum behind the due date, line by line."),
        "facts": list_of(_FACT, "The recorded rows that it was counted with."),
        "more_facts": with_description(INTEGER, "How many rows more there are than are told."),
        "explanations": list_of(_WAIVER, "Why it is not complied with, also what ran out."),
        "ledger": list_of(
            complete_object({"from": _FROM_STATUS, "to": _TO_STATUS, "on": _TRANSITION_DAY, "noticed_at": _NOTICED_AT}),
            "What the tracker saw change, oldest first.",
        ),
        "url": with_description(URL, "Where it is explained to people, and where one goes to clear it."),
        "rule_url": with_description(URL, "The rule itself, in this API."),
    }
)

# ---------- the rules

_TRANSLATIONS: Final = map_of(TEXT, "By language: nl and en.")
_VERSION: Final[Fragment] = {
    "type": "object",
    "required": ["from", "until"],
    "properties": {
        "from": DAY,
        "until": with_description(NULLABLE_DAY, "The last day on which it holds; null for ever."),
    },
    "description": "From when to when, and its numbers.",
}
_RULE_PROPERTIES: Final[Mapping[str, Fragment]] = {
    "id": TEXT,
    "about": enum_of(("trajectory", "motion", "commitment")),
    "basic": enum_of(words.BASICS),
    "strength": enum_of(words.STRENGTHS),
    "title": _TRANSLATIONS,
    "why": _TRANSLATIONS,
    "remedy": _TRANSLATIONS,
    "message": _TRANSLATIONS,
    "sources": list_of(TEXT),
    "check": with_description(TEXT, "Which check counts it."),
    "own_term": with_description(BOOLEAN, "The source names no number of days: the municipality chose one."),
    "applies_to": map_of(list_of(TEXT), "To which trajectories; empty for all."),
    "versions": list_of(_VERSION, "Oldest first."),
    "version": {
        "anyOf": [_VERSION, {"type": "null"}],
        "description": "The version that holds on the day that is asked about; null where none does.",
    },
    "examples": list_of(complete_object({"title": _TRANSLATIONS, "on": DAY, "expect": map_of(TEXT)})),
}

# ---------- the figures

_COUNTS: Final[Mapping[str, Fragment]] = {
    **{name: with_description(INTEGER, f"How many: {', '.join(statuses)}.") for name, statuses in OUTCOMES.items()},
    "due": with_description(INTEGER, "How many had to be done, as far as is known."),
    "in_time_share": with_description(
        {"type": ["number", "null"]}, "Which part of those was done in time; null where none had to."
    ),
}
_BASIC_COUNTS: Final[Fragment] = complete_object(
    {
        "basic": enum_of(words.BASICS),
        **_COUNTS,
        "rules": list_of(complete_object({"rule": TEXT, **_COUNTS}), "The same by rule."),
    }
)
_STATISTICS: Final[Fragment] = complete_object(
    {
        "on": with_description(DAY, "The day that is asked about."),
        "due_from": with_description(NULLABLE_DAY, "Only what fell due from this day; null for all."),
        "known_at": with_description(NULLABLE_TIMESTAMP, "As known at that moment; null for now."),
        "rulebook": _RULEBOOK,
        "all": complete_object(_COUNTS),
        "basics": list_of(
            _BASIC_COUNTS, "By basic condition, in their order; those without anything due are left out."
        ),
        "retrospective": list_of(_BASIC_COUNTS, "The same of what looks back, which counts nowhere else."),
        "longest_delays": list_of(
            complete_object({"trajectory": TEXT, "title": TEXT, "rule": TEXT, "subject": NULLABLE_TEXT, "due_on": DAY})
        ),
        "districts": list_of(
            complete_object({"district": TEXT, "trajectories": INTEGER}), "How many trajectories touch it."
        ),
        "fairness": complete_object(
            {
                "evaluations": INTEGER,
                "average": with_description({"type": ["number", "null"]}, "From 1 to 10."),
                "lowest": {"type": ["integer", "null"]},
                "highest": {"type": ["integer", "null"]},
            }
        ),
        "motions": map_of(INTEGER, "How many motions are in which state."),
        "commitments": map_of(INTEGER, "How many commitments are in which state."),
    }
)

DERIVED_COMPONENTS: Final[Mapping[str, Fragment]] = {
    "Obligation": _OBLIGATION,
    "Explanation": _EXPLANATION,
    "Transition": _TRANSITION,
    "Rule": complete_object({**_RULE_PROPERTIES, "rulebook": _RULEBOOK}),
    "Rules": complete_object(
        {
            "rulebook": _RULEBOOK,
            "title": _TRANSLATIONS,
            "on": with_description(DAY, "The day that is asked about."),
            "sources": map_of(_TRANSLATIONS, "What the texts are called in full, by what the rules call them."),
            "rules": list_of(complete_object(_RULE_PROPERTIES), "By basic condition, the strongest word first."),
        }
    ),
    "Statistics": _STATISTICS,
}
