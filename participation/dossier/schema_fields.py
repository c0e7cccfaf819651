"""Keys of dossiers and registers: the definition from which the JSON Schema is generated.

A key maps to a JSON Schema fragment and a description. The schema also allows null for every key that is not
required.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from participation.compliance import vocabulary as words

from .day_patterns import END, day_pattern

Fragment = dict[str, Any]
Keys = dict[str, tuple[Fragment, str]]

# PostgreSQL rejects NUL, and a lone surrogate cannot be encoded as UTF-8.
_ANY_TEXT = r"^[^\u0000\ud800-\udfff]*$"
# Without looking ahead, from which tools make texts that do not match. The same spaces as `\s` in Python.
_SPACES = r"\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Characters that are removed on storing do not count as text.
_BLANK = rf"\u0001-\u0020\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff{_SPACES}"
_NOT_BLANK = rf"^[{_BLANK}]*[^\u0000\ud800-\udfff{_BLANK}][^\u0000\ud800-\udfff]*$"
_CONTROLS = r"\u0000-\u001f\u007f-\u009f\ud800-\udfff"
_ONE_LINE = rf"^[ {_SPACES}]*[^ {_CONTROLS}{_SPACES}][^{_CONTROLS}]*{END}"
_SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
_ITEM_ID = rf"^[a-z][a-z0-9_]*{END}"
_PHONE = rf"^(?=.*[0-9])[-0-9+() ]+{END}"
_DAY_PATTERN = day_pattern(range(18, 22), last_year="2200")

MAX_SLUG_LENGTH: Final = 100
MAX_URL_LENGTH: Final = 1000
MAX_EMAIL_LENGTH: Final = 254
MAX_PHONE_LENGTH: Final = 40
#: Bounds of the items that a rulebook asks for: the length of an id, and their number.
MAX_ITEM_ID_LENGTH: Final = 60
MAX_ITEMS: Final = 100
MAX_COUNT: Final = 10_000_000
#: The maximum number of positions of a point or area: more than a map of a town can show.
MAX_POSITIONS: Final = 500
#: A commitment repeats at least once in so many months.
MAX_MONTHS: Final = 120
MAX_PAGES: Final = 100_000

#: Schemas of scalar values, by name; errors and tools use the title.
SCALARS: Final[dict[str, Fragment]] = {
    "slug": {
        "title": "slug",
        "description": "Identifier in URLs: lower-case letters, digits and single hyphens.",
        "type": "string",
        "maxLength": MAX_SLUG_LENGTH,
        "pattern": rf"^{_SLUG}{END}",
    },
    "body": {
        "title": "slug",
        "description": f"Slug of an organisation, or one of: {', '.join(words.ORGANISATION_KINDS)}.",
        "type": "string",
        "maxLength": MAX_SLUG_LENGTH,
        "pattern": rf"^({_SLUG}|{'|'.join(words.ORGANISATION_KINDS)}){END}",
    },
    "ref": {
        "title": "ref",
        "description": "Identifier of this item within the document: unique, without control characters.",
        "type": "string",
        "maxLength": 100,
        "pattern": _ONE_LINE,
    },
    "item_id": {
        "title": "id of an item",
        "description": "Id in the rulebook: lower-case letters, digits and underscores.",
        "type": "string",
        "maxLength": MAX_ITEM_ID_LENGTH,
        "pattern": _ITEM_ID,
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
            "Any text without NUL characters. Line breaks are stored as U+000A; characters invalid in XML are removed."
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
        "description": "URL that starts with https:// or http://.",
        "type": "string",
        "maxLength": MAX_URL_LENGTH,
        "pattern": rf"^https?://[^\s\u0000-\u001f\ud800-\udfff]+{END}",
    },
    "email": {
        "title": "e-mail address",
        "description": "E-mail address, e.g. participatie@leiden.nl.",
        "type": "string",
        "format": "email",
        "maxLength": MAX_EMAIL_LENGTH,
        "pattern": rf"^[^\s@\u0000-\u001f\ud800-\udfff]+@[^\s@\u0000-\u001f\ud800-\udfff]+{END}",
    },
    "phone": {
        "title": "telephone number",
        "description": "Telephone number: digits, spaces, and + ( ) -.",
        "type": "string",
        "maxLength": MAX_PHONE_LENGTH,
        "pattern": _PHONE,
    },
    "time": {
        "title": "time",
        "description": "Local time of day, HH:MM.",
        "type": "string",
        "pattern": rf"^([01][0-9]|2[0-3]):[0-5][0-9]{END}",
    },
    "day": {
        "title": "day",
        "description": "An exact date, YYYY-MM-DD, between 1800 and 2200.",
        "type": "string",
        "format": "date",
        "pattern": _DAY_PATTERN,
    },
    "date": {
        "title": "date",
        "description": (
            "A date as YYYY-MM-DD, between 1800 and 2200, or an imprecise date: its first and last possible day, "
            "its precision (default: day), and the text in the source."
        ),
        "type": ["string", "object"],
        "pattern": _DAY_PATTERN,
        "additionalProperties": False,
        "properties": {
            "from": {"$ref": "#/$defs/day_or_null", "description": "First possible day."},
            "to": {"$ref": "#/$defs/day_or_null", "description": "Last possible day."},
            "precision": {"enum": [*words.PRECISIONS, None]},
            "text": {"$ref": "#/$defs/text_or_null", "description": "Text in the source."},
        },
    },
    "geometry": {
        "title": "point or area",
        "description": (
            "A geometry of GeoJSON (RFC 7946) in the Netherlands, in degrees (WGS 84): [longitude, latitude]. "
            f"At most {MAX_POSITIONS} positions. A border is closed and does not cross itself."
        ),
        "type": "object",
        "additionalProperties": False,
        "required": ["coordinates", "type"],
        "properties": {
            "type": {
                "enum": ["Point", "Polygon", "MultiPolygon"],
                "description": "A point, an area, or an area in parts.",
            },
            "coordinates": {
                "type": "array",
                "items": {},
                "description": "Positions, in as many lists as the type needs.",
            },
        },
    },
    "boolean": {"title": "true or false", "type": "boolean"},
    "score": {
        "title": "score",
        # No `multipleOf`: 8.2 is no multiple of 0.1 in the arithmetic of most validators.
        "description": "A mark with at most one decimal.",
        "type": "number",
        "minimum": 1,
        "maximum": 10,
    },
    "count": {"title": "number of people", "type": "integer", "minimum": 0, "maximum": MAX_COUNT},
    "votes": {"title": "number of votes", "type": "integer", "minimum": 0, "maximum": 10_000},
    "months": {"title": "number of months", "type": "integer", "minimum": 1, "maximum": MAX_MONTHS},
    "pages": {"title": "number of pages", "type": "integer", "minimum": 1, "maximum": MAX_PAGES},
}


def _scalar(name: str) -> Fragment:
    return {"$ref": f"#/$defs/{name}"}


SLUG, BODY, REF, ITEM_ID, NUMBER = map(_scalar, ("slug", "body", "ref", "item_id", "number"))
TEXT, TITLE, URL, EMAIL, PHONE = map(_scalar, ("text", "title", "url", "email", "phone"))
TIME, DAY, DATE, BOOLEAN, GEOMETRY = map(_scalar, ("time", "day", "date", "boolean", "geometry"))
SCORE, VOTES, COUNT, MONTHS, PAGES = map(_scalar, ("score", "votes", "count", "months", "pages"))


def is_slug(value: object) -> bool:
    """Return whether this is a slug."""
    return isinstance(value, str) and len(value) <= MAX_SLUG_LENGTH and re.fullmatch(_SLUG, value) is not None


def is_phone(value: object) -> bool:
    """Return whether this is a telephone number: digits, spaces, and + ( ) -."""
    return isinstance(value, str) and re.search(_PHONE, value) is not None


def is_item_id(value: object) -> bool:
    """Return whether this can be the id of an item that a rulebook asks for, such as ``moment_of_feedback``."""
    return isinstance(value, str) and len(value) <= MAX_ITEM_ID_LENGTH and re.search(_ITEM_ID, value) is not None


def text_up_to(characters: int) -> Fragment:
    """Return the fragment for a text with a maximum length."""
    return {"title": "text", "type": "string", "maxLength": characters, "pattern": _ANY_TEXT}


def one_of(choices: Iterable[str]) -> Fragment:
    """Return the fragment for a value of a vocabulary."""
    return {"enum": list(choices)}


def list_of(items: Fragment) -> Fragment:
    """Return the fragment for a list of these; null is not allowed inside it."""
    return {"type": "array", "items": items}


def texts_by_item() -> Fragment:
    """Return the fragment for an object of texts by the id of an item that the rulebook asks for."""
    return {
        "title": "items",
        "type": "object",
        "maxProperties": MAX_ITEMS,
        "propertyNames": ITEM_ID,
        "additionalProperties": or_null(TEXT),
    }


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


_EXTERNAL: Keys = {
    "system": (text_up_to(100), "System, e.g. the case system or the participation platform."),
    "id": (text_up_to(200), "Identifier in that system."),
    "url": (URL, "URL in that system."),
}
_TRAJECTORY: Keys = {
    "slug": (SLUG, "Identifier of the trajectory in URLs; importing the same slug again updates it."),
    "title": (TITLE, "Title, as shown to residents."),
    "case_number": (text_up_to(100), "The municipality's own number (zaaknummer), as printed."),
    "external": (list_of(record(_EXTERNAL)), "What it is called in other systems."),
    "summary": (TEXT, "Summary in a few sentences."),
    "kind": (one_of(words.TRAJECTORY_KINDS), "Kind of trajectory; some rules depend on it."),
    "initiator": (one_of(words.INITIATORS), "Initiator."),
    "instrument": (one_of(words.INSTRUMENTS), "Instrument of environmental law; it brings legal steps of its own."),
    "participation_required": (
        BOOLEAN,
        "Whether the council designated the case: participation is required before a permit is applied for.",
    ),
    "level": (one_of(words.LEVELS), "Level on the participation ladder, lowest first."),
    "impact": (one_of(words.IMPACTS), "Impact on those who live or work there."),
    "portfolio": (text_up_to(100), "Portfolio of the alderman it belongs to; never a person's name."),
    "municipality": (SLUG, "Municipality whose rules apply."),
    "neighbourhoods": (list_of(SLUG), "Neighbourhoods of the trajectory."),
    "geometry": (GEOMETRY, "Point or area that the trajectory is about."),
    "contact": (
        record(
            {
                "role": (one_of(words.CONTACT_ROLES), "Role of the first point of contact."),
                "name": (text_up_to(200), "Name, only with the consent of that person."),
                "email": (EMAIL, "E-mail address of the function; this is public."),
                "phone": (PHONE, "Telephone number of the function; this is public."),
            }
        ),
        "The first point of contact.",
    ),
    "no_participation": (
        record(
            {
                "ground": (ITEM_ID, "Ground: the id of one of the exceptions in the rulebook."),
                "reason": (TEXT, "Reason; this is public."),
                "decided_on": (DATE, "Date of the decision."),
                "by": (text_up_to(200), "Decided by (role)."),
            }
        ),
        "A reasoned decision to hold no participation.",
    ),
    "commissioner": (SLUG, "Organisation that commissioned the trajectory."),
    "subject_of_study": (SLUG, "Organisation that is the subject of a study."),
    "started_on": (DATE, "Start date."),
    "closed_on": (DATE, "Closing date."),
    "status": (one_of(words.TRAJECTORY_STATUSES), "Status."),
    "public": (BOOLEAN, "Whether the trajectory is public."),
    "retrospective": (
        BOOLEAN,
        "Whether the trajectory is retrospective: assessed by current rules, and excluded from statistics.",
    ),
    "source": (
        record(
            {
                "cite": (TEXT, "Citation."),
                "stance": (text_up_to(100), "Perspective of the source, e.g. municipality or political_group."),
            }
        ),
        "Source of these facts.",
    ),
}

_ORGANISATION: Keys = {
    "slug": (SLUG, "Identifier of the organisation, used in the rest of the document."),
    "name": (text_up_to(200), "Name."),
    "kind": (one_of(words.ORGANISATION_KINDS), "Kind of organisation."),
    "municipality": (SLUG, "Municipality of the organisation."),
    "neighbourhoods": (list_of(SLUG), "Neighbourhoods that it represents."),
}

_FRAMEWORK: Keys = {"what": (TEXT, "What is fixed."), "why": (TEXT, "Why that is fixed.")}
_TARGET_GROUP: Keys = {
    "group": (TEXT, "Hard-to-reach group."),
    "method": (TEXT, "Method to reach it, e.g. door_to_door."),
}
_ROLES: Keys = {
    "council": (TEXT, "Role of the council."),
    "college": (TEXT, "Role of the municipal executive (college)."),
    "organisation": (TEXT, "Role of the municipal organisation."),
}
_RESOURCES: Keys = {
    "lead_time": (TEXT, "Lead time."),
    "budget": (TEXT, "Budget."),
    "people": (TEXT, "Staff, by role."),
    "expertise": (TEXT, "Expertise used."),
}
_ACTOR: Keys = {
    "organisation": (SLUG, "Organisation."),
    "part": (one_of(words.ACTOR_ROLES), "Role of the organisation in this trajectory."),
    "suggested_by": (SLUG, "Organisation that suggested it."),
}

_PLAN: Keys = {
    "adopted_on": (DATE, "Date of adoption."),
    "published_on": (DATE, "Date of publication."),
    "to_council_on": (DATE, "Date on which it was sent to the council."),
    "actors_shared_on": (DATE, "Date on which associations got the list of actors and could add to it."),
    "frameworks": (list_of(record(_FRAMEWORK)), "Frameworks: what is fixed beforehand, and why."),
    "room": (TEXT, "Scope for influence: what is still open."),
    "level_motivation": (TEXT, "Reason for this level of participation."),
    "target_groups": (list_of(record(_TARGET_GROUP)), "Hard-to-reach groups, each with a method."),
    "silent_interests": (list_of(TITLE), "Interests without a representative, e.g. nature, future_residents."),
    "channels": (list_of(TITLE), "Communication channels, e.g. letter, website."),
    "neighbouring_areas": (list_of(SLUG), "Neighbouring areas that are informed too."),
    "neighbouring_areas_reason": (TEXT, "Reason for no neighbouring areas."),
    "joint_start": (BOOLEAN, "Whether all parties start together."),
    "joint_start_reason": (TEXT, "Reason for no joint start."),
    "support": (TEXT, "Support for participants."),
    "support_reason": (TEXT, "Reason for no support."),
    "scenarios_reason": (TEXT, "Reason for no scenarios."),
    "roles": (record(_ROLES), "Division of roles."),
    "resources": (record(_RESOURCES), "Available resources."),
    "items": (texts_by_item(), "What the municipality's own rulebook asks of a plan, by the id of the item."),
    "actors": (list_of(record(_ACTOR)), "Organisations that take part, are informed or decide."),
}

_SCENARIO: Keys = {
    "ref": (REF, "Identifier of the scenario in this document; default scenario-1 and so on."),
    "title": (text_up_to(300), "Title."),
    "presented_on": (DATE, "Date on which it was presented to participants."),
    "description": (TEXT, "What participants react to."),
    "advantages": (TEXT, "Advantages."),
    "disadvantages": (TEXT, "Disadvantages."),
    "document": (REF, "Ref of the document that describes it."),
    "chosen": (BOOLEAN, "Whether it was chosen."),
    "chosen_reason": (TEXT, "Reason why it was chosen, or was not."),
}

_PLACE: Keys = {
    "name": (text_up_to(200), "Name of the place."),
    "address": (text_up_to(300), "Address."),
    "accessible": (BOOLEAN, "Whether it is accessible to people with a disability."),
    "online_url": (URL, "URL where it can be attended online."),
}
_REACHED_GROUP: Keys = {
    "group": (TEXT, "Group, as in target_groups of the plan."),
    "count": (COUNT, "Number of people of this group; null if it was not counted, or is not published."),
}
_REACHED_NEIGHBOURHOOD: Keys = {
    "slug": (SLUG, "Neighbourhood."),
    "count": (COUNT, "Number of people from this neighbourhood; null if it was not counted, or is not published."),
}
_REACH: Keys = {
    "total": (COUNT, "Number of people who were reached. Numbers under five, and what tells them, are not published."),
    "groups": (list_of(record(_REACHED_GROUP)), "Groups that were reached; numbers only, no names."),
    "neighbourhoods": (list_of(record(_REACHED_NEIGHBOURHOOD)), "Neighbourhoods that people came from."),
    "note": (TEXT, "How this was counted."),
}

_SHARE: Keys = {
    "with": (SLUG, "Organisation, or residents, entrepreneurs, everyone."),
    "on": (DATE, "Date on which it was shared."),
}
_DOCUMENT: Keys = {
    "ref": (REF, "Identifier of the document in this dossier; default document-1 and so on."),
    "title": (text_up_to(300), "Title."),
    "kind": (one_of(words.DOCUMENT_KINDS), "Kind of document."),
    "case_number": (text_up_to(100), "The municipality's own number of the document or its case, as printed."),
    "external": (list_of(record(_EXTERNAL)), "What it is called in other systems."),
    "version": (text_up_to(100), "Version as printed."),
    "dated_on": (DATE, "Date of the document."),
    "published_on": (DATE, "Date of publication."),
    "replaces": (REF, "Ref of the version that it replaces."),
    "changes_marked": (BOOLEAN, "Whether the changes since that version are marked."),
    "plain_summary": (BOOLEAN, "Whether it has a summary in plain language."),
    "pages": (PAGES, "Number of pages."),
    "url": (URL, "URL of the document."),
    "shared": (list_of(record(_SHARE)), "Organisations or groups that it was shared with."),
}

_STEP: Keys = {
    "ref": (REF, "Identifier of the step in this document; default step-1 and so on."),
    "kind": (one_of(words.STEP_KINDS), "Kind of step."),
    "method": (one_of(words.METHODS), "Method of an activity."),
    "phase": (one_of(words.PHASES), "Phase."),
    "title": (text_up_to(300), "Title."),
    "planned": (DATE, "Planned date."),
    "done": (DATE, "Date on which it took place."),
    "cancelled": (BOOLEAN, "Whether it was cancelled."),
    "optional": (BOOLEAN, "Whether it is optional."),
    "starts_at": (TIME, "Start time."),
    "ends_at": (TIME, "End time; if before starts_at, on the next day, at most 12 hours later."),
    "ends_next_day": (BOOLEAN, "Whether it ends on the next day; null if that follows from the times."),
    "place": (record(_PLACE), "Place where it is held."),
    "sign_up_url": (URL, "URL where people can sign up."),
    "description": (TEXT, "What it is about, for those who want to come."),
    "announced_on": (DATE, "Date of the announcement."),
    "closes": (DATE, "Closing date, e.g. of an inspection."),
    "procedure": (one_of(words.PROCEDURES), "Procedure of an inspection."),
    "body": (BODY, "Body that meets: an organisation, or a kind of organisation where the source names no body."),
    "stage": (one_of(words.STAGES), "Stage of a decision."),
    "audience": (list_of(SLUG), "Organisations, or residents, entrepreneurs, everyone."),
    "about": (list_of(REF), "Refs of the steps, documents or contributions that it is about."),
    "uses": (list_of(REF), "Refs of the steps or documents whose results it needs."),
    "documents": (list_of(REF), "Refs of the documents that are discussed."),
    "evaluation_sent_on": (DATE, "Date on which participants got an evaluation form."),
    "score": (SCORE, "Mean score by participants, 1 to 10, with at most one decimal."),
    "evaluated_by": (SLUG, "Organisation that made an evaluation."),
    "reach": (record(_REACH), "Who was reached by an activity."),
    "effect": (one_of(words.EFFECTS), "What the input of participants changed in a decision."),
    "effect_note": (TEXT, "What was changed, or why nothing was."),
    "room_kept": (BOOLEAN, "Whether a decision kept the room that the plan gave."),
    "room_reason": (TEXT, "Reason why that room was not kept."),
    "case_number": (text_up_to(100), "The municipality's own number of a decision, as printed."),
    "items": (texts_by_item(), "What the municipality's own rulebook asks of a final report, by the id of the item."),
    "recess_reason": (TEXT, "Reason for a date in a recess."),
    "note": (TEXT, "Other information in the source."),
}

_CONTRIBUTION: Keys = {
    "ref": (REF, "Identifier of the contribution in this document; default contribution-1 and so on."),
    "step": (REF, "Ref of the step in which it was received."),
    "from": (SLUG, "Organisation, or residents, entrepreneurs, everyone."),
    "received_on": (DATE, "Date of receipt."),
    "theme": (text_up_to(200), "Theme."),
    "summary": (TEXT, "Summary of what was said."),
    "outcome": (one_of(words.OUTCOMES), "Outcome: what was done with it."),
    "response": (TEXT, "Response, with the reason."),
    "responded_on": (DATE, "Date of the answer."),
}

_SUSPENSION: Keys = {
    "from": (DATE, "First day of the suspension."),
    "to": (DATE, "Last day of the suspension; null while it lasts."),
    "reason": (TEXT, "Reason, e.g. that the requester has something to complete."),
}
_REQUEST: Keys = {
    "ref": (REF, "Identifier of the request in this document; default request-1 and so on."),
    "kind": (one_of(words.REQUEST_KINDS), "Kind of request."),
    "from": (SLUG, "Organisation, or residents, entrepreneurs, everyone."),
    "received_on": (DATE, "Date of receipt."),
    "acknowledged_on": (DATE, "Date on which receipt was confirmed."),
    "extended_on": (DATE, "Date on which the term was extended."),
    "extension_reason": (TEXT, "Reason for the extension."),
    "suspended": (list_of(record(_SUSPENSION, ("from",))), "Periods in which the term was suspended."),
    "committee": (BOOLEAN, "Whether a committee advises on a complaint."),
    "agreed_until": (DATE, "Date until which the requester agreed to wait."),
    "answered_on": (DATE, "Date of the answer."),
    "summary": (TEXT, "Summary of what was asked."),
    "outcome": (one_of(words.REQUEST_OUTCOMES), "Whether what was asked is granted or declined."),
    "answer": (TEXT, "Answer, with the reasons."),
}

_WAIVER: Keys = {
    "rule": (SLUG, "Id of the rule that the waiver is for."),
    "subject": (REF, "Ref of the item that it is about; null for the whole trajectory."),
    "reason": (TEXT, "Reason; this is public."),
    "by": (text_up_to(200), "Granted by (role)."),
    "granted_on": (DAY, "Date on which it was granted."),
    "until": (DAY, "Last day of validity."),
}

#: The lists of a dossier and the keys of their rows.
SECTIONS: Final[dict[str, tuple[Keys, str]]] = {
    "organisations": (_ORGANISATION, "Organisations that this document refers to."),
    "scenarios": (_SCENARIO, "Scenarios that participants could choose from."),
    "documents": (_DOCUMENT, "Documents, one item per version."),
    "steps": (_STEP, "Steps: activities, decisions, inspections."),
    "contributions": (_CONTRIBUTION, "Contributions of participants, with their outcome."),
    "requests": (_REQUEST, "Questions, concerns, initiatives and complaints."),
    "waivers": (_WAIVER, "Waivers: public reasons for not complying with a rule (comply or explain)."),
}

DOSSIER: Final[Keys] = {
    "dossier": ({"const": 1}, "Version of this format."),
    "trajectory": (record(_TRAJECTORY, ("slug", "title")), "The trajectory itself."),
    "plan": (record(_PLAN), "The participation plan."),
    **{name: (list_of(record(keys)), description) for name, (keys, description) in SECTIONS.items()},
    "motions": (list_of(NUMBER), "Numbers of the motions that the trajectory implements."),
}

_REPORT: Keys = {"on": (DATE, "Date of the report."), "text": (TEXT, "Text of the report.")}
_MOTION: Keys = {
    "number": (NUMBER, "Number as printed."),
    "also_printed_as": (list_of(NUMBER), "Other notations in which it was printed."),
    "title": (text_up_to(300), "Title."),
    "dictum": (TEXT, "Dictum: what the motion asks, in our own words."),
    "body": (text_up_to(100), "Body that voted on it."),
    "adopted_on": (DATE, "Date of the vote."),
    "votes_for": (VOTES, "Votes for."),
    "votes_against": (VOTES, "Votes against."),
    "outcome": (one_of(words.MOTION_OUTCOMES), "Outcome of the vote."),
    "owner": (text_up_to(200), "Owner (role)."),
    "due_on": (DATE, "Due date."),
    "reports": (list_of(record(_REPORT)), "Progress reports."),
    "settled_proposed_on": (DATE, "Date on which the municipal executive proposed to settle it."),
    "settled_on": (DATE, "Date on which the council settled it."),
    "rules": (list_of(SLUG), "Ids of the rules that follow from it."),
    "municipality": (SLUG, "Municipality whose rules apply."),
}
_REPETITION: Keys = {
    "every_months": (MONTHS, "After how many months it is due again."),
    "first_due_on": (DATE, "First due date."),
    "until": (DATE, "Last day on which it can be due; null if it goes on."),
}
_FULFILMENT: Keys = {"on": (DATE, "Date on which it was fulfilled."), "text": (TEXT, "What was done.")}
_COMMITMENT: Keys = {
    "number": (NUMBER, "Number as printed."),
    "text": (TEXT, "Text of the commitment."),
    "made_on": (DATE, "Date of the commitment."),
    "made_by": (text_up_to(200), "Made by (role)."),
    "made_to": (list_of(TITLE), "Made to."),
    "owner": (text_up_to(200), "Owner (role)."),
    "due_on": (DATE, "Due date."),
    "reports": (list_of(record(_REPORT)), "Progress reports."),
    "fulfilled_on": (DATE, "Date on which it was fulfilled; of one that repeats: as a whole."),
    "repeats": (record(_REPETITION, ("every_months", "first_due_on")), "How it repeats, if it is due more than once."),
    "fulfilments": (list_of(record(_FULFILMENT)), "The times that a commitment that repeats was fulfilled."),
    "source": (TEXT, "Source."),
    "municipality": (SLUG, "Municipality whose rules apply."),
}
_REGISTER_REQUEST: Keys = {
    "number": (NUMBER, "Number as printed; its ref in the trajectory that it belongs to."),
    "municipality": (SLUG, "Municipality whose rules apply, if it belongs to no trajectory."),
    "neighbourhoods": (list_of(SLUG), "Neighbourhoods that it is about."),
    **{key: entry for key, entry in _REQUEST.items() if key != "ref"},
    "trajectory": (SLUG, "Trajectory that it belongs to; null if to none (yet)."),
}

REGISTER: Final[Keys] = {
    "register": ({"const": 1}, "Version of this format."),
    "motions": (list_of(record(_MOTION, ("number",))), "Motions of the council."),
    "commitments": (
        list_of(record(_COMMITMENT, ("number",))),
        "Commitments (toezeggingen) of the municipal executive.",
    ),
    "requests": (
        list_of(record(_REGISTER_REQUEST, ("number",))),
        "Requests to the municipality that belong to no trajectory, or did not at first.",
    ),
}
