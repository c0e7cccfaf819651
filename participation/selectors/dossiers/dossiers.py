"""A trajectory as one JSON document, for ``export_dossier`` and the API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from participation.dossier.parties import named_parties
from participation.models import Organisation, Trajectory
from participation.selectors.published_reach import published_dossier_step

from .field_mapping import REGISTER_TABLES, SECTION_TABLES, register_key
from .records import (
    stored_organisations,
    stored_plan,
    stored_register,
    stored_section,
    stored_trajectories,
)


def dossier_document(
    trajectory: Trajectory, known_at: datetime | None = None, earlier_texts: bool = False
) -> dict[str, Any]:
    """Return the dossier, with its keys in a fixed order and its rows in the order in which they were first recorded.

    With ``known_at``, an aware moment, it is what had been recorded by then; empty where it did not exist yet. Free
    text that was changed since is marked as such, unless the reader may have the ``earlier_texts``.
    """
    found = stored_trajectories([trajectory.pk], known_at, earlier_texts)
    if not found:
        return {}
    own = found[0].known()
    motions = own.pop("motions", [])
    document: dict[str, Any] = {"dossier": 1, "trajectory": own, "organisations": []}
    plan = stored_plan(trajectory.pk, known_at, earlier_texts)
    if plan is not None:
        document["plan"] = plan.known()
    for section in SECTION_TABLES:
        rows = stored_section(section, trajectory.pk, known_at, earlier_texts)
        document[section] = [row.known() for row in rows]
    document["motions"] = motions
    document["organisations"] = _organisations(document)
    written = ("dossier", "plan", *found[0].empty_lists)
    return {key: value for key, value in document.items() if value or key in written}


def published_dossier(
    trajectory: Trajectory, user: Any, known_at: datetime | None = None, earlier_texts: bool = False
) -> dict[str, Any]:
    """Return the dossier as this user may read it: without the counts of few people, unless they may see these."""
    document = dossier_document(trajectory, known_at, earlier_texts)
    if "steps" in document:
        is_past = known_at is not None
        document["steps"] = [published_dossier_step(row, user, is_past=is_past) for row in document["steps"]]
    return document


def register_document() -> dict[str, Any]:
    """Return the register: all motions and commitments with their reports, and the requests that have a number."""
    document: dict[str, Any] = {"register": 1}
    for section, model in REGISTER_TABLES.items():
        rows = model._default_manager.exclude(number="").order_by("pk")
        records = [stored.known() for stored in stored_register(section, rows)]
        for record in records:
            if printed := record.pop("printed_as", None):
                record["number"] = printed
        # Registers had no requests before: one without any has no such list.
        if records or section != "register_requests":
            document[register_key(section)] = records
    return document


def _organisations(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the organisations that this dossier refers to, so that it is self-contained."""
    slugs = {party for _path, party, _words in named_parties(document)}
    found = Organisation.objects.filter(slug__in=slugs).order_by("slug")
    return [stored.known() for stored in stored_organisations(found)]
