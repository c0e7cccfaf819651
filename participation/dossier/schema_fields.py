"""Keys of dossiers and registers: the definition from which the JSON Schema is generated.

A key maps to a JSON Schema fragment and a description. The schema also allows null for every key that is not
required.
"""

from collections.abc import Iterable
from typing import Any, Final

from participation.compliance import vocabulary as words

Fragment = dict[str, Any]
Keys = dict[str, tuple[Fragment, str]]

# In Python `$` also matches before a trailing newline.
_END = r"$(?!\n)"
# PostgreSQL rejects NUL, and a lone surrogate cannot be encoded as UTF-8.
_ANY_TEXT = r"^[^\u0000\ud800-\udfff]*$"
# Characters that are removed on storing do not count as text.
_NOT_BLANK = r"^(?=[\s\S]*[^\s\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff])[^\u0000\ud800-\udfff]+$"
_ONE_LINE = rf"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]+{_END}"
_SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
_YEAR_MONTH_DAY = rf"^(1[89][0-9]{{2}}|2[01][0-9]{{2}}|2200)-[0-9]{{2}}-[0-9]{{2}}{_END}"

#: Schemas of scalar values, by name; errors and tools use the title.
SCALARS: Final[dict[str, Fragment]] = {
    "slug": {
        "title": "slug",
        "description": "Name in addresses: lower-case letters, digits and single hyphens.",
        "type": "string",
        "maxLength": 100,
        "pattern": rf"^{_SLUG}{_END}",
    },
    "body": {
        "title": "slug",
        "description": f"Slug of an organisation, or one of: {', '.join(words.ORGANISATION_KINDS)}.",
        "type": "string",
        "maxLength": 100,
        "pattern": rf"^({_SLUG}|{'|'.join(words.ORGANISATION_KINDS)}){_END}",
    },
    "ref": {
        "title": "ref",
        "description": "What this row is called within the document: unique, without control characters.",
        "type": "string",
        "maxLength": 100,
        "pattern": _ONE_LINE,
    },
    "number": {
        "title": "number",
        "description": "Number or name of a motion or commitment, as printed.",
        "type": "string",
        "maxLength": 100,
        "pattern": _ONE_LINE,
    },
    "text": {
        "title": "text",
        "description": (
            "Any text without NUL characters. Line breaks are stored as U+000A, and what XML cannot hold is left out."
        ),
        "type": "string",
        "pattern": _ANY_TEXT,
    },
    "title": {
        "title": "text that is not blank",
        "description": "A text of at most 300 characters that is not blank.",
        "type": "string",
        "maxLength": 300,
        "pattern": _NOT_BLANK,
    },
    "url": {
        "title": "web address",
        "description": "An address that starts with https:// or http://.",
        "type": "string",
        "maxLength": 1000,
        "pattern": rf"^https?://[^\s\u0000-\u001f\ud800-\udfff]+{_END}",
    },
    "time": {
        "title": "time",
        "description": "Local time of day, HH:MM.",
        "type": "string",
        "pattern": rf"^([01][0-9]|2[0-3]):[0-5][0-9]{_END}",
    },
    "day": {
        "title": "day",
        "description": "An exact day, YYYY-MM-DD, between 1800 and 2200.",
        "type": "string",
        "format": "date",
        "pattern": _YEAR_MONTH_DAY,
    },
    "date": {
        "title": "date",
        "description": (
            "A day as YYYY-MM-DD, between 1800 and 2200, or an imprecise date: the first and the last day "
            "that it leaves open, how precise it is (day when left out), and what the source printed."
        ),
        "type": ["string", "object"],
        "pattern": _YEAR_MONTH_DAY,
        "additionalProperties": False,
        "properties": {
            "from": {"$ref": "#/$defs/day_or_null", "description": "First possible day."},
            "to": {"$ref": "#/$defs/day_or_null", "description": "Last possible day."},
            "precision": {"enum": [*words.PRECISIONS, None]},
            "text": {"$ref": "#/$defs/text_or_null", "description": "What the source printed."},
        },
    },
    "yes_or_no": {"title": "yes or no", "type": "boolean"},
    "score": {"title": "score", "type": "integer", "minimum": 1, "maximum": 10},
    "votes": {"title": "number of votes", "type": "integer", "minimum": 0, "maximum": 10_000},
}


def _scalar(name: str) -> Fragment:
    return {"$ref": f"#/$defs/{name}"}


SLUG, BODY, REF, NUMBER = map(_scalar, ("slug", "body", "ref", "number"))
TEXT, TITLE, URL = map(_scalar, ("text", "title", "url"))
TIME, DAY, DATE, YES_NO, SCORE, VOTES = map(_scalar, ("time", "day", "date", "yes_or_no", "score", "votes"))


def text_up_to(characters: int) -> Fragment:
    """Return the fragment for a text with a maximum length."""
    return {"title": "text", "type": "string", "maxLength": characters, "pattern": _ANY_TEXT}


def one_of(choices: Iterable[str]) -> Fragment:
    """Return the fragment for a value of a vocabulary."""
    return {"enum": list(choices)}


def list_of(items: Fragment) -> Fragment:
    """Return the fragment for a list of these; null is not allowed inside it."""
    return {"type": "array", "items": items}


def record(keys: Keys, required: Iterable[str] = ()) -> Fragment:
    """Return the fragment for an object with these keys and no others; those not required may be null."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(required),
        "properties": {
            key: {**(fragment if key in required else or_null(fragment)), "description": description}
            for key, (fragment, description) in keys.items()
        },
    }


def or_null(fragment: Fragment) -> Fragment:
    """Return the fragment with null (unknown) allowed."""
    if "$ref" in fragment:
        return {**fragment, "$ref": f"{fragment['$ref']}_or_null"}
    if "enum" in fragment:
        return {**fragment, "enum": [*fragment["enum"], None]}
    kinds = fragment["type"] if isinstance(fragment["type"], list) else [fragment["type"]]
    return {**fragment, "type": [*kinds, "null"]}


_TRAJECTORY: Keys = {
    "slug": (SLUG, "Name of the trajectory in addresses; importing the same slug again updates it."),
    "title": (TITLE, "Title as residents read it."),
    "summary": (TEXT, "What it is about, in a few sentences."),
    "kind": (one_of(words.TRAJECTORY_KINDS), "What the trajectory is about; some rules depend on it."),
    "initiator": (one_of(words.INITIATORS), "Who took the initiative."),
    "level": (one_of(words.LEVELS), "Rung of the participation ladder, lowest first."),
    "impact": (one_of(words.IMPACTS), "How much it changes for those who live or work there."),
    "municipality": (SLUG, "The municipality whose rules apply."),
    "neighbourhoods": (list_of(SLUG), "The neighbourhoods it is about."),
    "contact": (
        record(
            {
                "role": (one_of(words.CONTACT_ROLES), "Role of the first point of contact."),
                "name": (text_up_to(200), "A name, only where that person agreed."),
            }
        ),
        "The first point of contact.",
    ),
    "commissioner": (SLUG, "Organisation that commissioned it."),
    "subject_of_study": (SLUG, "Organisation that a study is about."),
    "started_on": (DATE, "When it started."),
    "closed_on": (DATE, "When it was closed."),
    "status": (one_of(words.TRAJECTORY_STATUSES), "Where it stands."),
    "public": (YES_NO, "Whether everyone may see it."),
    "retrospective": (YES_NO, "Judged by today's rules, to learn from, and kept apart from the rest."),
    "source": (
        record(
            {
                "cite": (TEXT, "Where these facts come from."),
                "stance": (text_up_to(100), "Whose view that is, e.g. municipality or political_group."),
            }
        ),
        "Where these facts come from.",
    ),
}

_ORGANISATION: Keys = {
    "slug": (SLUG, "What the rest of the document calls this organisation."),
    "name": (text_up_to(200), "Name as people know it."),
    "kind": (one_of(words.ORGANISATION_KINDS), "What kind of organisation it is."),
    "municipality": (SLUG, "The municipality it belongs to."),
    "neighbourhoods": (list_of(SLUG), "The neighbourhoods it speaks for."),
}

_FRAMEWORK: Keys = {"what": (TEXT, "What is fixed."), "why": (TEXT, "Why that is fixed.")}
_TARGET_GROUP: Keys = {
    "group": (TEXT, "A group that is hard to reach."),
    "method": (TEXT, "How it is reached, e.g. door_to_door."),
}
_ROLES: Keys = {
    "council": (TEXT, "What the council does."),
    "college": (TEXT, "What the college does."),
    "organisation": (TEXT, "What the municipal organisation does."),
}
_RESOURCES: Keys = {
    "lead_time": (TEXT, "How long it takes."),
    "budget": (TEXT, "What it may cost."),
    "people": (TEXT, "Who works on it, in roles."),
    "expertise": (TEXT, "Which knowledge is brought in."),
}
_ACTOR: Keys = {
    "organisation": (SLUG, "The organisation."),
    "part": (one_of(words.ACTOR_ROLES), "Its part in this trajectory."),
    "suggested_by": (SLUG, "Organisation that asked to add it."),
}

_PLAN: Keys = {
    "adopted_on": (DATE, "When the plan was adopted."),
    "published_on": (DATE, "When it was published."),
    "to_council_on": (DATE, "When it was sent to the council."),
    "actors_shared_on": (DATE, "When associations saw the list of actors and could add to it."),
    "frameworks": (list_of(record(_FRAMEWORK)), "What is fixed beforehand, and why."),
    "room": (TEXT, "What is still open: the room for influence."),
    "level_motivation": (TEXT, "Why this level of participation."),
    "target_groups": (list_of(record(_TARGET_GROUP)), "Groups that are hard to reach, each with a method."),
    "silent_interests": (list_of(TITLE), "Interests without a voice, e.g. nature, future_residents."),
    "channels": (list_of(TITLE), "Channels by which people are told, e.g. letter, website."),
    "neighbouring_areas": (list_of(SLUG), "Neighbourhoods around it that are told too."),
    "neighbouring_areas_reason": (TEXT, "Why no neighbouring areas."),
    "joint_start": (YES_NO, "Whether all parties start together."),
    "joint_start_reason": (TEXT, "Why not together."),
    "support": (TEXT, "Which support participants get."),
    "support_reason": (TEXT, "Why no support."),
    "scenarios_reason": (TEXT, "Why no scenarios."),
    "roles": (record(_ROLES), "Who does what."),
    "resources": (record(_RESOURCES), "What is there to do it with."),
    "actors": (list_of(record(_ACTOR)), "Who takes part, is informed, decides."),
}

_SCENARIO: Keys = {
    "ref": (REF, "What this document calls the scenario; scenario-1 and so on when left out."),
    "title": (text_up_to(300), "Title."),
    "presented_on": (DATE, "When it was presented to participants."),
}

_SHARE: Keys = {
    "with": (SLUG, "Organisation, or residents, entrepreneurs, everyone."),
    "on": (DATE, "When they got it."),
}
_DOCUMENT: Keys = {
    "ref": (REF, "What this document calls it; document-1 and so on when left out."),
    "title": (text_up_to(300), "Title."),
    "kind": (one_of(words.DOCUMENT_KINDS), "What kind of document."),
    "version": (text_up_to(100), "Version as printed."),
    "dated_on": (DATE, "The date on it."),
    "published_on": (DATE, "When it was published."),
    "replaces": (REF, "Ref of the version that it replaces."),
    "changes_marked": (YES_NO, "Whether the changes since that version are marked."),
    "plain_summary": (YES_NO, "Whether it has a summary in plain language."),
    "url": (URL, "Where it can be read."),
    "shared": (list_of(record(_SHARE)), "Who got it, and when."),
}

_STEP: Keys = {
    "ref": (REF, "What this document calls the step; step-1 and so on when left out."),
    "kind": (one_of(words.STEP_KINDS), "What kind of step."),
    "method": (one_of(words.METHODS), "How, of an activity."),
    "phase": (one_of(words.PHASES), "Phase it belongs to."),
    "title": (text_up_to(300), "Title."),
    "planned": (DATE, "When it is planned."),
    "done": (DATE, "When it took place."),
    "cancelled": (YES_NO, "Whether it was called off."),
    "optional": (YES_NO, "Whether it may be left out."),
    "starts_at": (TIME, "When it starts."),
    "ends_at": (TIME, "When it ends; before starts_at: on the next day, at most 12 hours later."),
    "announced_on": (DATE, "When people were told of it."),
    "closes": (DATE, "Last day, e.g. of an inspection."),
    "procedure": (one_of(words.PROCEDURES), "Procedure of an inspection."),
    "body": (BODY, "Body that meets: an organisation, or the kind of bodies where the source lumps them."),
    "stage": (one_of(words.STAGES), "Stage of a decision."),
    "audience": (list_of(SLUG), "Organisations, or residents, entrepreneurs, everyone."),
    "about": (list_of(REF), "Refs of the steps, documents or contributions that it is about."),
    "uses": (list_of(REF), "Refs of the steps or documents whose results it needs."),
    "documents": (list_of(REF), "Refs of the documents on the table."),
    "evaluation_sent_on": (DATE, "When participants got an evaluation form."),
    "score": (SCORE, "Mean mark that participants gave, 1 to 10."),
    "recess_reason": (TEXT, "Why it is held during a recess."),
    "note": (TEXT, "What else the source says."),
}

_CONTRIBUTION: Keys = {
    "ref": (REF, "What this document calls it; contribution-1 and so on when left out."),
    "step": (REF, "Ref of the step in which it was made."),
    "from": (SLUG, "Organisation, or residents, entrepreneurs, everyone."),
    "received_on": (DATE, "When it came in."),
    "theme": (text_up_to(200), "Theme it falls under."),
    "summary": (TEXT, "What was said."),
    "outcome": (one_of(words.OUTCOMES), "What was done with it."),
    "response": (TEXT, "The answer, with the reason."),
    "responded_on": (DATE, "When it was answered."),
}

_REQUEST: Keys = {
    "ref": (REF, "What this document calls it; request-1 and so on when left out."),
    "kind": (one_of(words.REQUEST_KINDS), "What kind of request."),
    "from": (SLUG, "Organisation, or residents, entrepreneurs, everyone."),
    "received_on": (DATE, "When it came in."),
    "acknowledged_on": (DATE, "When its receipt was confirmed."),
    "extended_on": (DATE, "When the term was extended."),
    "extension_reason": (TEXT, "Why it was extended."),
    "answered_on": (DATE, "When it was answered."),
    "summary": (TEXT, "What was asked."),
    "answer": (TEXT, "What was answered."),
}

_WAIVER: Keys = {
    "rule": (SLUG, "Id of the rule that is explained instead of complied with."),
    "subject": (REF, "Ref of what it is about; null for the whole trajectory."),
    "reason": (TEXT, "Why; this is public."),
    "by": (text_up_to(200), "Who decided so, in a role."),
    "granted_on": (DAY, "The day it was granted."),
    "until": (DAY, "The last day on which it counts."),
}

#: The lists of a dossier and the keys of their rows.
SECTIONS: Final[dict[str, tuple[Keys, str]]] = {
    "organisations": (_ORGANISATION, "Organisations that this document refers to."),
    "scenarios": (_SCENARIO, "Scenarios that participants could choose between."),
    "documents": (_DOCUMENT, "Documents, one row a version."),
    "steps": (_STEP, "What happens: activities, decisions, inspections."),
    "contributions": (_CONTRIBUTION, "What participants put in, and what was done with it."),
    "requests": (_REQUEST, "Questions, concerns, initiatives and complaints."),
    "waivers": (_WAIVER, "Rules that are explained instead of complied with."),
}

DOSSIER: Final[Keys] = {
    "dossier": ({"const": 1}, "Version of this format."),
    "trajectory": (record(_TRAJECTORY, ("slug", "title")), "The trajectory itself."),
    "plan": (record(_PLAN), "The participation plan."),
    **{name: (list_of(record(keys)), description) for name, (keys, description) in SECTIONS.items()},
    "motions": (list_of(NUMBER), "Numbers of the motions that it carries out."),
}

_REPORT: Keys = {"on": (DATE, "When it was reported."), "text": (TEXT, "What was reported.")}
_MOTION: Keys = {
    "number": (NUMBER, "Number as printed."),
    "also_printed_as": (list_of(NUMBER), "Other ways in which it was printed."),
    "title": (text_up_to(300), "Title."),
    "dictum": (TEXT, "What it asks, in other words than the source's."),
    "body": (text_up_to(100), "Body that voted on it."),
    "adopted_on": (DATE, "When it was voted on."),
    "votes_for": (VOTES, "Votes for."),
    "votes_against": (VOTES, "Votes against."),
    "outcome": (one_of(words.MOTION_OUTCOMES), "Outcome of the vote."),
    "owner": (text_up_to(200), "Who carries it out, in a role."),
    "due_on": (DATE, "When it is to be done."),
    "reports": (list_of(record(_REPORT)), "What was reported on it."),
    "settled_proposed_on": (DATE, "When the college proposed to settle it."),
    "settled_on": (DATE, "When the council settled it."),
    "rules": (list_of(SLUG), "Ids of the rules that carry it out."),
}
_COMMITMENT: Keys = {
    "number": (NUMBER, "Number as printed."),
    "text": (TEXT, "What was promised."),
    "made_on": (DATE, "When it was promised."),
    "made_by": (text_up_to(200), "Who promised it, in a role."),
    "made_to": (list_of(TITLE), "To whom it was promised."),
    "owner": (text_up_to(200), "Who keeps it, in a role."),
    "due_on": (DATE, "When it is to be done."),
    "reports": (list_of(record(_REPORT)), "What was reported on it."),
    "fulfilled_on": (DATE, "When it was kept."),
    "source": (TEXT, "Where this comes from."),
}

REGISTER: Final[Keys] = {
    "register": ({"const": 1}, "Version of this format."),
    "motions": (list_of(record(_MOTION, ("number",))), "Motions of the council."),
    "commitments": (list_of(record(_COMMITMENT, ("number",))), "Promises (toezeggingen)."),
}
