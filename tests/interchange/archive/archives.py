"""A trajectory with rows of every kind, and its archive, for the tests of archives."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import date
from typing import Any

from django.core.files.base import ContentFile

from participation import models
from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.archive.data import ArchiveRequest
from participation.interchange.archive.writer import write_archive
from participation.services.changes.changesets import record_changeset
from tests import world

TODAY = date(2026, 4, 20)
NOW = world.moment("2026-04-20 10:00")
FOLDER = "voorbeeldplein-2026-04-20"


def upload(by: Any, content: bytes = b"%PDF-1.7\n%%EOF\n", name: str = "Bewoners & plein.pdf") -> models.Upload:
    return models.Upload.objects.create(
        file=ContentFile(content, name=name),
        name=name,
        media_type="application/pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_at=NOW,
        uploaded_by=by,
    )


def square(**columns: Any) -> models.Trajectory:
    """Create a trajectory with a plan, a meeting, a document with its file, a contribution, a request and a waiver."""
    adviser = world.user("adviser", name="zita", first_name="Zita", last_name="Voorbeeld")
    made = world.trajectory(summary="Het plein gaat op de schop.", **columns)
    world.plan(made, world.RESIDENTS, frameworks=[{"what": "De bomen blijven", "why": "Besluit van de raad"}])
    world.step(made, done=world.on("2026-03-20"))
    world.document(made, ref="etc/passwd", file=upload(adviser))
    world.contribution(made, step="s1", outcome="adopted", response="Er komen drie bomen bij")
    world.request(made, summary="Waarom nu?")
    world.scenario(made)
    world.waiver(made)
    with record_changeset(
        adviser, made, "changed", about="plein", now=NOW, today=TODAY, rulebooks=load_rulebooks("leiden")
    ) as recorder:
        made.title = "Het Voorbeeldplein"
        recorder.save(made)
    return made


def add_counter_signal(trajectory: models.Trajectory, evidence: models.Upload | None = None) -> models.CounterSignal:
    return models.CounterSignal.objects.create(
        trajectory=trajectory,
        rule="feedback-given",
        subject="s1",
        status="met",
        on=TODAY,
        organisation=world.organisation(world.RESIDENTS),
        made_by=world.user("association_member", world.RESIDENTS, name="geheim"),
        request=world.request(trajectory, "r9", summary="Wij hoorden niets", received_on=world.on("2026-04-20")),
        evidence_file=evidence,
    )


def archive_request(trajectory: models.Trajectory, user: Any = None, **columns: Any) -> ArchiveRequest:
    return ArchiveRequest(trajectory, load_rulebooks("leiden").first, TODAY, NOW, user, **columns)


def archive(trajectory: models.Trajectory, user: Any = None, **columns: Any) -> bytes:
    made = io.BytesIO()
    write_archive(made, archive_request(trajectory, user, **columns))
    return made.getvalue()


def files(archived: bytes) -> dict[str, bytes]:
    """Return the files of an archive, by name without its folder."""
    with zipfile.ZipFile(io.BytesIO(archived)) as zipped:
        return {name.partition("/")[2]: zipped.read(name) for name in zipped.namelist()}


def read(archived: bytes, name: str) -> Any:
    return json.loads(files(archived)[f"data/{name}.json"])
