"""Initiatives and questions in the demo, invented and without names: one open, one declined, one to moderate."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models import Request
from participation.services.assessment import reassess_keys


class _Example(NamedTuple):
    """An example: its kind, text and neighbourhood, its state of moderation, and how many days ago what happened."""

    kind: str
    summary: str
    neighbourhood: str
    moderation: str
    received: int
    acknowledged: int | None = None
    answered: int | None = None
    outcome: str = ""
    answer: str = ""


_EXAMPLES = (
    _Example(
        "initiative",
        "Wij willen met de buurt een pluktuin aanleggen op het lege veldje naast de speelplaats (voorbeeld). "
        "Wij verzorgen de tuin zelf. Van de gemeente vragen wij grond en een waterpunt.",
        "binnenstad-zuid",
        "public",
        received=20,
        acknowledged=12,
    ),
    _Example(
        "right_to_challenge",
        "Wij willen het onderhoud van de plantenbakken in onze straat overnemen (voorbeeld).",
        "merenwijkdistrict",
        "public",
        received=40,
        acknowledged=34,
        answered=9,
        outcome="declined",
        answer="Dat kan nu niet: het contract met de aannemer loopt nog twee jaar. Daarna kunt u meedoen. Wel mag de "
        "buurt nu al bakken adopteren en zelf kiezen wat erin groeit.",
    ),
    _Example(
        "information",
        "Wanneer wordt de brug bij het park gerepareerd, en wie beslist daarover (voorbeeld)?",
        "binnenstad-zuid",
        "awaiting",
        received=1,
    ),
)


@transaction.atomic
def add(rulebooks: Rulebooks, now: datetime) -> None:
    """Add the examples, where nobody handed anything in yet."""
    if Request.objects.exclude(moderation="").exists():
        return
    today, keys = timezone.localdate(now), []

    def ago(days: int | None) -> ImpreciseDate | None:
        return None if days is None else ImpreciseDate.on(today - timedelta(days=days))

    for place, example in enumerate(_EXAMPLES, 1):
        number = f"I-{today.year}-{place:03}"
        row: Any = Request(
            number=number,
            ref=number,
            kind=example.kind,
            party="residents",
            received_on=ago(example.received),
            acknowledged_on=ago(example.acknowledged),
            answered_on=ago(example.answered),
            outcome=example.outcome,
            answer=example.answer,
            summary=example.summary,
            neighbourhoods=[example.neighbourhood],
            municipality="leiden",
            moderation=example.moderation,
        )
        row._history_date = now - timedelta(days=example.received)
        row.save()
        keys.append(row.pk)
    reassess_keys("request", keys, rulebooks, today, now)
