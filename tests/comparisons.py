"""Documents of other municipalities, and trajectories of this one that are judged under a shared rule."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from participation import models
from participation.compliance.rule_demand import demand_digest
from participation.compliance.rulebook import load
from participation.interchange.comparison.document import read_document, rule_record, signed_document
from participation.interchange.comparison.signing import fingerprint, public_jwk
from tests import world

#: Rules of the law, which Leiden and every other municipality share.
WOO, DRAFT = "woo-decided", "draft-open-for-views"
#: What the rest of the tests take for today, and for a day a year later.
TODAY, NOW = date(2026, 2, 2), world.moment("2026-02-02 08:00")
NEXT_YEAR, THEN = date(2027, 2, 2), world.moment("2027-02-02 08:00")
#: The obligation of a trajectory with each outcome, in 2025.
OUTCOMES: dict[str, dict[str, Any]] = {
    "in_time": {"met_on": date(2025, 4, 30)},
    "late": {"met_on": date(2025, 6, 30)},
    "overdue": {},
    "unknown": {"due_on": None, "strict_due_on": None},
}
_NUMBERS = count(1)


def key(number: int = 1) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def fingerprint_of(number: int) -> str:
    return fingerprint(public_jwk(key(number))["x"])


@cache
def demand(rule: str = WOO, year: int = 2025, rulebook: str = "basis") -> str:
    found = load(rulebook)
    return demand_digest(found.by_id[rule], found, year)


def rule_totals(rule: str = WOO, **counts: Any) -> dict[str, Any]:
    """Return the record of a rule: by default 20 in time and 10 late, of 30 to 34."""
    digest = counts.pop("demand", demand(rule))
    found = rule_record(rule, digest, "law", counts or {"in_time": 20, "late": 10})
    assert found is not None
    return found


def year_totals(year: int = 2025, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"year": year, "published_on": f"{year + 1}-02-01", "rules": list(rules or [rule_totals()])}


def comparison(slug: str = "utrecht", number: int = 1, *years: dict[str, Any]) -> bytes:
    """Return the signed document of a municipality, by default of 2025."""
    name, address = f"gemeente {slug.title()}", f"https://{slug}.example"
    return signed_document(slug, name, address, years or [year_totals()], key(number))


#: In 2025 three compare on WOO, and one has another term; on DRAFT two judged enough trajectories.
DOCUMENTS = (
    comparison("leiden", 9, year_totals(2024), year_totals(2025, rule_totals(in_time=66, late=3), rule_totals(DRAFT))),
    comparison("utrecht", 1, year_totals(2025, rule_totals(in_time=40, late=60), rule_totals(DRAFT))),
    comparison("zeist", 2, year_totals(2025, rule_totals(in_time=30, late=10), rule_totals(DRAFT, in_time=6))),
    comparison("delft", 3, year_totals(2025, rule_totals(in_time=90, late=10, demand="0" * 64))),
)


def contradict(obligation: Any, on: str = "2025-06-01") -> None:
    """Let the residents of the centre contradict the status of this obligation."""
    values = {"trajectory": obligation.trajectory, "rule": obligation.rule, "subject": obligation.subject}
    number = next(_NUMBERS)
    models.CounterSignal.objects.create(
        **values,
        status="met",
        on=date.fromisoformat(on),
        organisation=world.organisation(),
        made_by=world.user("association_member", name=f"lid-{number}"),
        request=world.request(obligation.trajectory, f"weerwoord-{number}"),
    )


def store_comparisons(*documents: bytes) -> None:
    """Store documents as if they were read before; by default those of Leiden, published here, and three others."""
    for content in documents or DOCUMENTS:
        found = read_document(content)
        models.ComparedMunicipality.objects.create(
            slug=found.municipality,
            name=found.name,
            public_key=found.public_key,
            is_own=found.municipality == "leiden",
            last_year=found.years[-1].year,
            content=content.decode(),
            received_at=NOW,
        )


def judged(number: int, outcome: str, rule: str = WOO, municipality: str = "leiden", **columns: Any) -> list[Any]:
    """Create this number of public trajectories, each with one obligation of 2025 with this outcome; return those."""
    due = {"subject": "", "rule": rule, "trigger_on": date(2025, 4, 1), "due_on": date(2025, 5, 1)}
    values = {**due, "strict_due_on": date(2025, 5, 1), "next_change_on": None, **OUTCOMES[outcome]}
    return [
        world.obligation(
            trajectory=world.trajectory(
                f"vergeleken-{next(_NUMBERS)}",
                municipality=municipality,
                **{"public": True, "started_on": world.on("2025-01-10"), **columns},
            ),
            **values,
        )
        for _n in range(number)
    ]
