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
    "trajectory": with_description(TEXT, "Slug of the trajectory that has the obligation."),
    "motion": with_description(TEXT, "Number of the motion that has the obligation."),
    "commitment": with_description(TEXT, "Number of the commitment that has the obligation."),
    "request": with_description(TEXT, "Number of the request, belonging to no trajectory, that has the obligation."),
}
_RULE: Final = with_description(TEXT, "Id of the rule.")
_SUBJECT: Final = with_description(
    NULLABLE_TEXT, "Ref of the item that the obligation is about; null for the trajectory as a whole."
)

_OBLIGATION_PROPERTIES: Final[Mapping[str, Fragment]] = {
    "rule": _RULE,
    "basic": enum_of(words.BASICS, "Basic condition of the rule."),
    "strength": enum_of(words.STRENGTHS, "Strength of the source, from law to wish."),
    "subject": _SUBJECT,
    "status": enum_of(words.STATUSES, "Status on the requested day."),
    "due_on": with_description(NULLABLE_DAY, "Due date."),
    "strict_due_on": with_description(NULLABLE_DAY, "Due date if imprecise dates are taken at their earliest bound."),
    "expected_on": with_description(NULLABLE_DAY, "Planned date."),
    "met_on": with_description(NULLABLE_DAY, "Date on which it was met, if on or before the requested day."),
    "days_late": with_description(
        NULLABLE_INTEGER,
        "Calendar days late; null if it was not met, as far as is known, and the trajectory is closed.",
        minimum=0,
    ),
    "message": with_description(TEXT, "The obligation in one sentence."),
    "remedy": with_description(TEXT, "Action that clears it; says so if planned in time; empty if met."),
    "source": with_description(TEXT, "Citation of the source."),
    "retrospective": with_description(BOOLEAN, "Whether the trajectory is retrospective: assessed by current rules."),
}
_OBLIGATION: Final = closed_object({**_OWNERS, **_OBLIGATION_PROPERTIES}, _OBLIGATION_PROPERTIES)

_TO_STATUS: Final = enum_of(TRANSITION_STATUSES, "New status; `withdrawn` if the obligation no longer exists.")
_FROM_STATUS: Final = nullable_enum_of(TRANSITION_STATUSES, "Previous status; null if the obligation did not exist.")
_TRANSITION_DAY: Final = with_description(DAY, "First day of the new status.")
_NOTICED_AT: Final = with_description(TIMESTAMP, "When the assessment noticed it.")
_TRANSITION: Final[Fragment] = closed_object(
    {
        "id": with_description(INTEGER, "Id, ascending; use as `after` when polling."),
        **_OWNERS,
        "rule": TEXT,
        "subject": NULLABLE_TEXT,
        "from": _FROM_STATUS,
        "to": _TO_STATUS,
        "on": _TRANSITION_DAY,
        "noticed_at": _NOTICED_AT,
        "rulebook": with_description(TEXT, "Hash of the rulebook used."),
        "url": with_description(
            {**URL, "type": ["string", "null"]}, "URL of the explanation on the website; null if it has no page."
        ),
    },
    ["id", "rule", "subject", "from", "to", "on", "noticed_at", "rulebook", "url"],
)

# ---------- the explanation

_RULEBOOK: Final[Fragment] = complete_object({"name": TEXT, "hash": with_description(TEXT, "Hash of the rulebook.")})
_SOURCE: Final[Fragment] = complete_object(
    {
        "source": with_description(TEXT, "Key of the source in the rulebook."),
        "passage": with_description(NULLABLE_TEXT, "Passage in the source."),
        "cited": with_description(TEXT, "Full citation."),
    }
)
_TRACE_LINE: Final[Fragment] = complete_object(
    {
        "code": with_description(TEXT, "Code of the calculation step."),
        "text": with_description(TEXT, "The step as a sentence."),
        "strict": with_description(BOOLEAN, "Part of the strict calculation (shown if its result differs)."),
        "values": map_of({}, "Inputs of the step: dates, terms and non-working days skipped."),
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
                    "name": with_description(TEXT, "Label of the column."),
                    "value": {"description": "Value in dossier format."},
                    "text": with_description(TEXT, "Value as text."),
                }
            )
        ),
        "recorded_at": TIMESTAMP,
        "recorded_by_role": with_description(NULLABLE_TEXT, "Role of the recorder; null for an import."),
        "recorded_by": with_description(NULLABLE_TEXT, "Name of the recorder; null without permission."),
    }
)
_WAIVER: Final[Fragment] = complete_object(
    {
        "id": with_description(INTEGER, "Id of the waiver."),
        "by": with_description(TEXT, "Granted by (role)."),
        "reason": TEXT,
        "granted_on": DAY,
        "until": with_description(NULLABLE_DAY, "Last day of validity."),
        "counts": with_description(BOOLEAN, "Whether it is valid on the requested day."),
    }
)
_COUNTER_SIGNAL: Final[Fragment] = complete_object(
    {
        "organisation": with_description(TEXT, "Name of the association."),
        "on": DAY,
        "status": enum_of(words.STATUSES, "Status that they contradict."),
        "text": TEXT,
        "evidence": NULLABLE_TEXT,
        "evidence_url": {**URL, "type": ["string", "null"]},
        "request": with_description(TEXT, "Ref of the request with the text and the answer."),
        "answered": BOOLEAN,
        "answer": NULLABLE_TEXT,
        "answered_on": {"description": "Date of the answer in dossier format; null where there is none."},
        "answer_due_on": with_description(NULLABLE_DAY, "Last day for the answer; null where no rule sets a term."),
    }
)
_EXPLANATION: Final[Fragment] = complete_object(
    {
        "obligation": ref("Obligation"),
        "on": with_description(DAY, "Requested day."),
        "known_at": with_description(NULLABLE_TIMESTAMP, "Transaction time; null for now."),
        "rulebook": _RULEBOOK,
        "title": with_description(TEXT, "Title of the rule."),
        "to_whom": with_description(TEXT, "Beneficiary."),
        "why": TEXT,
        "strength_told": with_description(TEXT, "Strength of the source as text."),
        "sources": list_of(_SOURCE, "Sources."),
        "missing": list_of(TEXT, "Facts without which the status is unknown."),
        "missing_told": with_description(NULLABLE_TEXT, "Missing facts as text."),
        "arithmetic": list_of(_TRACE_LINE, "Calculation of the due date, step by step."),
        "facts": list_of(_FACT, "Recorded facts used."),
        "more_facts": with_description(INTEGER, "Number of further facts not listed."),
        "explanations": list_of(_WAIVER, "Waivers, expired ones included."),
        "counter_signals": {
            "type": ["array", "null"],
            "items": _COUNTER_SIGNAL,
            "description": "What associations contradict, oldest first; null with `bekendOp`.",
        },
        "counter_signal_url": with_description(
            {**URL, "type": ["string", "null"]}, "URL of the form to contradict the status; null outside trajectories."
        ),
        "ledger": list_of(
            complete_object({"from": _FROM_STATUS, "to": _TO_STATUS, "on": _TRANSITION_DAY, "noticed_at": _NOTICED_AT}),
            "Status transitions, oldest first.",
        ),
        "url": with_description(URL, "URL of the explanation, with the remedy."),
        "rule_url": with_description(URL, "URL of the rule in this API."),
    }
)

# ---------- the rules

_TRANSLATIONS: Final = map_of(TEXT, "By language: nl and en.")
_VERSION: Final[Fragment] = {
    "type": "object",
    "required": ["from", "until"],
    "properties": {
        "from": DAY,
        "until": with_description(NULLABLE_DAY, "Last day in force; null if open-ended."),
    },
    "description": "Period in force, with its parameters.",
}
_RULE_SOURCE: Final[Fragment] = complete_object(
    {
        "nl": TEXT,
        "en": TEXT,
        "strength": enum_of(words.STRENGTHS, "A rule has the strength of the first source it cites."),
        "from": with_description(NULLABLE_DAY, "Day it was written or entered into force; null if not known."),
        "known_from": with_description(NULLABLE_TEXT, "Key of the source from which it is known; null if it was read."),
        "unread": with_description(BOOLEAN, "Whether it applies while not all of it is in the rules yet."),
        "url": with_description(NULLABLE_TEXT, "Address of the text."),
    }
)
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
    "check": with_description(TEXT, "Name of the check."),
    "own_term": with_description(BOOLEAN, "Whether the term was set by the municipality because the source has none."),
    "applies_to": map_of({}, "Conditions on trajectories, such as `kinds_except`; empty for all."),
    "versions": list_of(_VERSION, "Oldest first."),
    "version": {
        "anyOf": [_VERSION, {"type": "null"}],
        "description": "Version in force on the requested day; null if none.",
    },
    "examples": list_of(complete_object({"title": _TRANSLATIONS, "on": DAY, "expect": map_of(TEXT)})),
}

# ---------- the statistics

_COUNTS: Final[Mapping[str, Fragment]] = {
    **{
        name: with_description(INTEGER, f"Number of obligations that are {', '.join(statuses)}.")
        for name, statuses in OUTCOMES.items()
    },
    "due": with_description(INTEGER, "Number of obligations due."),
    "in_time_share": with_description({"type": ["number", "null"]}, "Share met in time; null if none were due."),
}
_BASIC_COUNTS: Final[Fragment] = complete_object(
    {
        "basic": enum_of(words.BASICS),
        **_COUNTS,
        "rules": list_of(
            complete_object({"rulebook": with_description(TEXT, "Name of the rulebook."), "rule": TEXT, **_COUNTS}),
            "Counts per rule; two rulebooks may have a rule with the same id.",
        ),
    }
)
_STATISTICS: Final[Fragment] = complete_object(
    {
        "on": with_description(DAY, "Requested day."),
        "due_from": with_description(NULLABLE_DAY, "Only obligations due on or after this date; null for all."),
        "known_at": with_description(NULLABLE_TIMESTAMP, "Transaction time; null for now."),
        "rulebook": _RULEBOOK,
        "all": complete_object(_COUNTS),
        "basics": list_of(
            _BASIC_COUNTS, "Counts per basic condition, in order; conditions without obligations are omitted."
        ),
        "municipalities": list_of(
            complete_object(
                {
                    "municipality": with_description(TEXT, "Slug; empty for trajectories of which it is not known."),
                    "name": TEXT,
                    "rulebook": _RULEBOOK,
                    "all": complete_object(_COUNTS),
                    "basics": list_of(_BASIC_COUNTS),
                }
            ),
            "The same counts for each municipality apart, by name.",
        ),
        "retrospective": list_of(
            _BASIC_COUNTS, "Counts of retrospective trajectories, excluded from all other figures."
        ),
        "longest_delays": list_of(
            complete_object(
                {
                    "trajectory": TEXT,
                    "title": TEXT,
                    "municipality": TEXT,
                    "rule": TEXT,
                    "subject": NULLABLE_TEXT,
                    "due_on": DAY,
                }
            )
        ),
        "districts": list_of(
            complete_object({"district": TEXT, "trajectories": INTEGER}), "Number of trajectories in the district."
        ),
        "fairness": complete_object(
            {
                "evaluations": INTEGER,
                "average": with_description({"type": ["number", "null"]}, "From 1 to 10."),
                "lowest": {"type": ["number", "null"]},
                "highest": {"type": ["number", "null"]},
            }
        ),
        "motions": map_of(INTEGER, "Number of motions per state."),
        "commitments": map_of(INTEGER, "Number of commitments per state."),
    }
)

DERIVED_COMPONENTS: Final[Mapping[str, Fragment]] = {
    "Obligation": _OBLIGATION,
    "Explanation": _EXPLANATION,
    "Transition": _TRANSITION,
    "Rule": complete_object({**_RULE_PROPERTIES, "rulebook": _RULEBOOK}),
    "RuleList": complete_object(
        {
            "rulebook": _RULEBOOK,
            "rulebooks": list_of(
                complete_object(
                    {
                        "name": TEXT,
                        "hash": with_description(TEXT, "Hash of the rulebook."),
                        "municipality": with_description(NULLABLE_TEXT, "Slug of the municipality that it judges."),
                        "title": _TRANSLATIONS,
                    }
                ),
                "The rulebooks in use; the first also judges every municipality without one of its own.",
            ),
            "title": _TRANSLATIONS,
            "notice": {"anyOf": [_TRANSLATIONS, {"type": "null"}], "description": "What a reader must know first."},
            "on": with_description(DAY, "Requested day."),
            "sources": map_of(_RULE_SOURCE, "The sources, by key."),
            "rules": list_of(
                complete_object({**_RULE_PROPERTIES, "rulebook": _RULEBOOK}), "Ordered by basic condition and strength."
            ),
        }
    ),
    "Statistics": _STATISTICS,
}
