"""OpenAPI components of derived data: obligations, explanations, status transitions, rules and statistics."""

from collections.abc import Mapping
from typing import Final

from participation.compliance import vocabulary as words
from participation.dossier.schema_fields import Fragment
from participation.models.obligations import LEDGER_STATUSES
from participation.selectors.city import OUTCOMES

from .json_schema import (
    DAY,
    MAYBE_DAY,
    MAYBE_MOMENT,
    MAYBE_NUMBER,
    MAYBE_TEXT,
    MOMENT,
    NUMBER,
    TEXT,
    URL,
    YES_NO,
    closed,
    list_of,
    map_of,
    maybe_one_of,
    one_of,
    ref,
    told,
    whole,
)

_OWNERS: Final[Mapping[str, Fragment]] = {
    "trajectory": told(TEXT, "Slug of the trajectory that it is about."),
    "motion": told(TEXT, "Number of the motion that it is about."),
    "commitment": told(TEXT, "Number of the commitment that it is about."),
}
_RULE: Final = told(TEXT, "Id of the rule that calls for it.")
_SUBJECT: Final = told(MAYBE_TEXT, "Ref of what it is about; null for the whole.")

_OBLIGATION: Final[Fragment] = closed(
    {
        **_OWNERS,
        "rule": _RULE,
        "basic": one_of(words.BASICS, "The basic condition that it belongs to."),
        "strength": one_of(words.STRENGTHS, "How strong the word is that it rests on, from law to wish."),
        "subject": _SUBJECT,
        "status": one_of(words.STATUSES, "How it stands on the day that is asked about."),
        "due_on": told(MAYBE_DAY, "The last day on which it is on time."),
        "strict_due_on": told(MAYBE_DAY, "The last day, were imprecise dates at their earliest."),
        "expected_on": told(MAYBE_DAY, "The day on which it is planned."),
        "met_on": told(MAYBE_DAY, "The day on which it was met, as far as that has come."),
        "days_late": told(
            MAYBE_NUMBER,
            "Calendar days; null where it was not done, as far as is known, and the trajectory is over.",
            minimum=0,
        ),
        "message": told(TEXT, "What is owed, in one sentence."),
        "remedy": told(TEXT, "What clears it; that it is planned in time where it is; empty where it was done."),
        "source": told(TEXT, "On whose word: where it stands."),
        "retrospective": told(YES_NO, "Judged by today's rules, to learn from."),
    }
)

_LEDGER_STATUS: Final = one_of(LEDGER_STATUSES, "The status after; withdrawn where it is no longer called for.")
_BEFORE: Final = maybe_one_of(LEDGER_STATUSES, "The status before; null where it was not called for.")
_SINCE: Final = told(DAY, "The day from which it held.")
_NOTICED: Final = told(MOMENT, "When the tracker noticed.")
_TRANSITION: Final[Fragment] = closed(
    {
        "id": told(NUMBER, "Its number in the ledger: what a poller goes on from."),
        **_OWNERS,
        "rule": TEXT,
        "subject": MAYBE_TEXT,
        "from": _BEFORE,
        "to": _LEDGER_STATUS,
        "on": _SINCE,
        "noticed_at": _NOTICED,
        "rulebook": told(TEXT, "Hash of the rulebook that decided."),
        "url": told(URL, "Where it is explained to people."),
    },
    ["id", "rule", "subject", "from", "to", "on", "noticed_at", "rulebook", "url"],
)

# ---------- the explanation

_RULEBOOK: Final[Fragment] = whole({"name": TEXT, "hash": told(TEXT, "Changes whenever a rule does.")})
_SOURCE: Final[Fragment] = whole(
    {
        "source": told(TEXT, "What the rulebook calls the text."),
        "passage": told(MAYBE_TEXT, "The place in it."),
        "cited": told(TEXT, "Both, as one writes them out."),
    }
)
_LINE: Final[Fragment] = whole(
    {
        "code": told(TEXT, "Which step of the sum it is."),
        "text": told(TEXT, "The same as a sentence."),
        "strict": told(YES_NO, "Belongs to the strict sum, which is told where it ends on another day."),
        "values": map_of({}, "What was counted with in this line: days, dates, terms, and the days left out."),
    }
)
_FACT: Final[Fragment] = whole(
    {
        "kind": told(TEXT, "Kind of row: trajectory, plan, step, document, contribution, request, scenario."),
        "ref": told(MAYBE_TEXT, "Its ref; null for the trajectory and its plan."),
        "title": TEXT,
        "values": list_of(
            whole(
                {
                    "column": TEXT,
                    "name": told(TEXT, "What people call it."),
                    "value": {"description": "As a dossier writes it."},
                    "text": told(TEXT, "The same in words."),
                }
            )
        ),
        "recorded_at": MOMENT,
        "recorded_by_role": told(MAYBE_TEXT, "Who recorded it, in which role; null for an import."),
        "recorded_by": told(MAYBE_TEXT, "Their name, for who may see it; null for all others."),
    }
)
_GIVEN: Final[Fragment] = whole(
    {
        "id": told(NUMBER, "Its number among the explanations of the trajectory."),
        "by": told(TEXT, "Who decided so, in a role."),
        "reason": TEXT,
        "granted_on": DAY,
        "until": told(MAYBE_DAY, "The last day on which it counts."),
        "counts": told(YES_NO, "Whether it counts on the day that is asked about."),
    }
)
_EXPLANATION: Final[Fragment] = whole(
    {
        "obligation": ref("Obligation"),
        "on": told(DAY, "The day that is asked about."),
        "known_at": told(MAYBE_MOMENT, "As known at that moment; null for now."),
        "rulebook": _RULEBOOK,
        "title": told(TEXT, "Title of the rule."),
        "to_whom": told(TEXT, "To whom it is owed."),
        "why": TEXT,
        "strength_told": told(TEXT, "How strong the word is, in words."),
        "sources": list_of(_SOURCE, "On whose word."),
        "missing": list_of(TEXT, "The facts without which it cannot be judged."),
        "missing_told": told(MAYBE_TEXT, "The same in words."),
        "arithmetic": list_of(_LINE, "The sum behind the due date, line by line."),
        "facts": list_of(_FACT, "The recorded rows that it was counted with."),
        "more_facts": told(NUMBER, "How many rows more there are than are told."),
        "explanations": list_of(_GIVEN, "Why it is not complied with, also what ran out."),
        "ledger": list_of(
            whole({"from": _BEFORE, "to": _LEDGER_STATUS, "on": _SINCE, "noticed_at": _NOTICED}),
            "What the tracker saw change, oldest first.",
        ),
        "url": told(URL, "Where it is explained to people, and where one goes to clear it."),
        "rule_url": told(URL, "The rule itself, in this API."),
    }
)

# ---------- the rules

_WORDS: Final = map_of(TEXT, "By language: nl and en.")
_VERSION: Final[Fragment] = {
    "type": "object",
    "required": ["from", "until"],
    "properties": {"from": DAY, "until": told(MAYBE_DAY, "The last day on which it holds; null for ever.")},
    "description": "From when to when, and its numbers.",
}
_RULE_ITSELF: Final[Mapping[str, Fragment]] = {
    "id": TEXT,
    "about": one_of(("trajectory", "motion", "commitment")),
    "basic": one_of(words.BASICS),
    "strength": one_of(words.STRENGTHS),
    "title": _WORDS,
    "why": _WORDS,
    "remedy": _WORDS,
    "message": _WORDS,
    "sources": list_of(TEXT),
    "check": told(TEXT, "Which check counts it."),
    "own_term": told(YES_NO, "The source names no number of days: the municipality chose one."),
    "applies_to": map_of(list_of(TEXT), "To which trajectories; empty for all."),
    "versions": list_of(_VERSION, "Oldest first."),
    "version": {
        "anyOf": [_VERSION, {"type": "null"}],
        "description": "The version that holds on the day that is asked about; null where none does.",
    },
    "examples": list_of(whole({"title": _WORDS, "on": DAY, "expect": map_of(TEXT)})),
}

# ---------- the figures

_COUNTS: Final[Mapping[str, Fragment]] = {
    **{name: told(NUMBER, f"How many: {', '.join(statuses)}.") for name, statuses in OUTCOMES.items()},
    "due": told(NUMBER, "How many had to be done, as far as is known."),
    "in_time_share": told(
        {"type": ["number", "null"]}, "Which part of those was done in time; null where none had to."
    ),
}
_BY_BASIC: Final[Fragment] = whole(
    {
        "basic": one_of(words.BASICS),
        **_COUNTS,
        "rules": list_of(whole({"rule": TEXT, **_COUNTS}), "The same by rule."),
    }
)
_STATISTICS: Final[Fragment] = whole(
    {
        "on": told(DAY, "The day that is asked about."),
        "due_from": told(MAYBE_DAY, "Only what fell due from this day; null for all."),
        "known_at": told(MAYBE_MOMENT, "As known at that moment; null for now."),
        "rulebook": _RULEBOOK,
        "all": whole(_COUNTS),
        "basics": list_of(_BY_BASIC, "By basic condition, in their order; those without anything due are left out."),
        "retrospective": list_of(_BY_BASIC, "The same of what looks back, which counts nowhere else."),
        "longest_delays": list_of(
            whole({"trajectory": TEXT, "title": TEXT, "rule": TEXT, "subject": MAYBE_TEXT, "due_on": DAY})
        ),
        "districts": list_of(whole({"district": TEXT, "trajectories": NUMBER}), "How many trajectories touch it."),
        "fairness": whole(
            {
                "evaluations": NUMBER,
                "average": told({"type": ["number", "null"]}, "From 1 to 10."),
                "lowest": {"type": ["integer", "null"]},
                "highest": {"type": ["integer", "null"]},
            }
        ),
        "motions": map_of(NUMBER, "How many motions are in which state."),
        "commitments": map_of(NUMBER, "How many commitments are in which state."),
    }
)

FOUND: Final[Mapping[str, Fragment]] = {
    "Obligation": _OBLIGATION,
    "Explanation": _EXPLANATION,
    "Transition": _TRANSITION,
    "Rule": whole({**_RULE_ITSELF, "rulebook": _RULEBOOK}),
    "Rules": whole(
        {
            "rulebook": _RULEBOOK,
            "title": _WORDS,
            "on": told(DAY, "The day that is asked about."),
            "sources": map_of(_WORDS, "What the texts are called in full, by what the rules call them."),
            "rules": list_of(whole(_RULE_ITSELF), "By basic condition, the strongest word first."),
        }
    ),
    "Statistics": _STATISTICS,
}
