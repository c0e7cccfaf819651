"""A dossier, and a register, that contain every key of the format once."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

_DOSSIER: dict[str, Any] = {
    "dossier": 1,
    "trajectory": {
        "slug": "vergroening-eikenhof",
        "title": "Vergroening Eikenhof",
        "case_number": "Z/26/1234567",
        "external": [{"system": "Zaaksysteem", "id": "1234567", "url": "https://zaken.example.org/1234567"}],
        "summary": "Minder steen, meer schaduw.",
        "kind": "public_space",
        "initiator": "residents",
        "instrument": "permit",
        "participation_required": True,
        "level": "coproduce",
        "impact": "medium",
        "portfolio": "Groen en klimaat",
        "municipality": "leiden",
        "neighbourhoods": ["eikenhof"],
        "geometry": {"type": "Point", "coordinates": [4.4925, 52.1583]},
        "contact": {
            "role": "district_coordinator",
            "name": None,
            "email": "eikenhof@leiden.example",
            "phone": "+31 (0)71 516 51 65",
        },
        "no_participation": {
            "ground": "minor_change",
            "reason": "Alleen de stoeptegels worden vervangen",
            "decided_on": {"from": "2026-01-01", "to": "2026-01-31", "precision": "month", "text": "januari"},
            "by": "college",
        },
        "commissioner": "leiden",
        "subject_of_study": None,
        "started_on": "2026-02-02",
        "closed_on": None,
        "status": "active",
        "public": True,
        "retrospective": False,
        "source": {"cite": "Verzonnen voorbeeld", "stance": "municipality"},
    },
    "organisations": [
        {
            "slug": "buurt-eikenhof",
            "name": "Buurtvereniging Eikenhof",
            "kind": "residents_association",
            "municipality": None,
            "neighbourhoods": ["eikenhof"],
        },
        {"slug": "leiden", "name": "Gemeente Leiden", "kind": "municipality"},
        {"slug": "raad-leiden", "name": "Raad", "kind": "council", "municipality": "leiden"},
    ],
    "plan": {
        "adopted_on": "2026-02-20",
        "published_on": "2026-02-21",
        "to_council_on": None,
        "actors_shared_on": "2026-02-05",
        "frameworks": [{"what": "De riolering blijft liggen", "why": "Die is van vorig jaar"}],
        "room": "Welke bomen, welke banken",
        "level_motivation": "De buurt begon zelf",
        "target_groups": [{"group": "children", "method": "door_to_door"}],
        "silent_interests": ["nature", "future_residents"],
        "channels": ["website", "letter"],
        "neighbouring_areas": ["beukenhof"],
        "neighbouring_areas_reason": None,
        "joint_start": True,
        "joint_start_reason": None,
        "support": "Een ontwerper voor de buurt",
        "support_reason": None,
        "scenarios_reason": None,
        "roles": {"council": "stelt vast", "college": "legt voor", "organisation": "  "},
        "resources": {"lead_time": "een jaar", "budget": None, "people": "twee", "expertise": "groen"},
        "items": {"goal": "Een koele hof", "moment_of_feedback": None},
        "actors": [
            {"organisation": "raad-leiden", "part": "decides", "suggested_by": None},
            {"organisation": "buurt-eikenhof", "part": "participant", "suggested_by": "leiden"},
        ],
    },
    "scenarios": [
        {
            "ref": "sc1",
            "title": "Hof vol bomen",
            "presented_on": "2026-03-20",
            "description": "Twaalf bomen en een pad",
            "advantages": "Veel schaduw",
            "disadvantages": "Minder zon",
            "document": "d1",
            "chosen": True,
            "chosen_reason": "De meeste mensen wilden schaduw",
        }
    ],
    "documents": [
        {
            "ref": "d1",
            "title": "Schets",
            "kind": "draft",
            "case_number": "D/26/0042",
            "external": [{"system": "Raadsinformatie", "id": "42", "url": "https://raad.example.org/42"}],
            "version": "0.2",
            "dated_on": "2026-03-01",
            "published_on": None,
            "replaces": None,
            "changes_marked": None,
            "plain_summary": True,
            "pages": 12,
            "url": "https://example.org/schets.pdf",
            "shared": [{"with": "leiden", "on": None}, {"with": "buurt-eikenhof", "on": "2026-03-02"}],
        },
        {"ref": "d2", "title": "Schets", "kind": "final", "version": "1.0", "replaces": "d1"},
    ],
    "steps": [
        {
            "ref": "s1",
            "kind": "activity",
            "method": "meeting",
            "phase": "exploration",
            "title": "Avond in het buurthuis",
            "planned": {
                "from": "2026-03-11",
                "to": "2026-03-20",
                "precision": "month_part",
                "text": "Medio maart",
            },
            "done": "2026-03-20",
            "cancelled": False,
            "optional": False,
            "starts_at": "19:30",
            "ends_at": "21:00",
            "ends_next_day": False,
            "place": {
                "name": "Buurthuis de Eik",
                "address": "Eikenhof 1",
                "accessible": True,
                "online_url": "https://meet.example.org/eikenhof",
            },
            "sign_up_url": "https://example.org/aanmelden",
            "description": "We kijken samen naar de schets",
            "reach": {
                "total": 42,
                "groups": [{"group": "children", "count": 6}, {"group": "renters", "count": None}],
                "neighbourhoods": [{"slug": "eikenhof", "count": 30}],
                "note": "Geteld bij de deur",
            },
            "announced_on": "2026-02-20",
            "closes": None,
            "procedure": None,
            "body": None,
            "stage": None,
            "audience": ["residents", "buurt-eikenhof"],
            "about": [],
            "uses": [],
            "documents": ["d1"],
            "evaluation_sent_on": "2026-03-21",
            "score": 8.2,
            "recess_reason": None,
            "note": None,
        },
        {
            "ref": "s2",
            "kind": "feedback",
            "planned": "2026-04-10",
            "about": ["s1", "c1"],
            "uses": ["s1", "d2"],
        },
        {
            "kind": "decision",
            "stage": "adoption",
            "body": "council",
            "planned": "2026-06-18",
            "effect": "some",
            "effect_note": "Twee bomen meer",
            "room_kept": False,
            "room_reason": "De speelplek bleek verplicht",
            "case_number": "RV 26.0012",
        },
        {"ref": "s4", "kind": "final_report", "items": {"procedure": "Drie avonden", "summary": " "}},
        {"ref": "s5", "kind": "evaluation", "evaluated_by": "buurt-eikenhof"},
    ],
    "contributions": [
        {
            "ref": "c1",
            "step": "s1",
            "from": "buurt-eikenhof",
            "received_on": "2026-03-20",
            "theme": "groen",
            "summary": "Liever twee eiken",
            "outcome": "partly",
            "response": "Eén past",
            "responded_on": "2026-04-10",
        }
    ],
    "requests": [
        {
            "ref": "r1",
            "kind": "concern",
            "from": "buurt-eikenhof",
            "received_on": "2026-03-25",
            "acknowledged_on": None,
            "extended_on": None,
            "extension_reason": None,
            "suspended": [{"from": "2026-03-27", "to": "2026-03-28", "reason": "Er ontbrak een tekening"}],
            "committee": False,
            "agreed_until": "2026-04-20",
            "answered_on": "2026-04-01",
            "summary": "Wordt het donker?",
            "outcome": "granted",
            "answer": "Nee",
        }
    ],
    "waivers": [
        {
            "rule": "scenarios-offered",
            "subject": "s2",
            "reason": "Er is één plek",
            "by": "college",
            "granted_on": "2026-03-01",
            "until": "2026-12-31",
        }
    ],
    "motions": ["21.0098/04"],
}

_REGISTER: dict[str, Any] = {
    "register": 1,
    "motions": [
        {
            "number": "M21.0098/04",
            "also_printed_as": ["0021/0098/4"],
            "title": "Kies uit twee",
            "dictum": "Leg er twee voor.",
            "body": "council",
            "adopted_on": {"from": "2021-01-01", "to": "2021-12-31", "precision": "year", "text": "2021"},
            "votes_for": 20,
            "votes_against": 19,
            "outcome": "adopted",
            "owner": None,
            "due_on": None,
            "reports": [{"on": None, "text": "Genoemd in een brief"}, {"on": "2022-05-01", "text": "Loopt"}],
            "settled_proposed_on": "2024-02-28",
            "settled_on": None,
            "rules": ["scenarios-offered"],
            "municipality": "leiden",
        }
    ],
    "commitments": [
        {
            "number": "Z/21/3258970-1",
            "text": "Elk kwartaal een gesprek",
            "made_on": "2021-05-19",
            "made_by": "college",
            "made_to": ["council"],
            "owner": "wethouder",
            "due_on": "2022-05-19",
            "reports": [{"on": "2021-12-01", "text": "Twee gesprekken gehad"}],
            "fulfilled_on": None,
            "repeats": {"every_months": 3, "first_due_on": "2021-08-19", "until": "2025-05-19"},
            "fulfilments": [{"on": "2021-08-01", "text": "Gesprek over de wijken"}],
            "source": "Verzonnen voorbeeld",
            "municipality": "leiden",
        }
    ],
    "requests": [
        {
            "number": "V-2026-12",
            "municipality": "leiden",
            "neighbourhoods": ["eikenhof"],
            "kind": "woo",
            "from": "residents",
            "received_on": "2026-04-16",
            "acknowledged_on": "2026-04-17",
            "extended_on": "2026-05-01",
            "extension_reason": "Veel stukken",
            "suspended": [{"from": "2026-04-20", "to": None, "reason": "Derden gehoord"}],
            "committee": None,
            "agreed_until": "2026-06-30",
            "answered_on": None,
            "summary": "Alle stukken over de bomen",
            "outcome": None,
            "answer": None,
            "trajectory": None,
        }
    ],
}


def dossier() -> dict[str, Any]:
    """Return a valid dossier with every key, which a test may change."""
    return deepcopy(_DOSSIER)


def importable_dossier() -> dict[str, Any]:
    """Return the dossier without the items and the ground that the rulebook of its municipality does not have."""
    document = dossier()
    del document["trajectory"]["no_participation"]
    for record in (document["plan"], *document["steps"]):
        record.pop("items", None)
    return document


def register() -> dict[str, Any]:
    """Return a valid register with every key, which a test may change."""
    return deepcopy(_REGISTER)


def mini(**sections: Any) -> dict[str, Any]:
    """Return the smallest valid dossier, with these sections added."""
    return {"dossier": 1, "trajectory": {"slug": "a", "title": "A"}, **sections}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside this value, but not of the value itself."""
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in named:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def set_value(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Set this value at this path, and return the document."""
    *way, last = path
    holder = document
    for part in way:
        holder = holder[part]
    holder[last] = value
    return document
