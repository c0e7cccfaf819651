"""A unique word that tests plant in every text of the database, to find every place that it is copied to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, models

from participation.models import (
    AnswerDraft,
    Bounce,
    Commitment,
    CommitmentFulfilment,
    ContributionImport,
    DigestDelivery,
    DocumentShare,
    EvaluationResponse,
    IdempotencyRecord,
    JobChunk,
    JobRun,
    Motion,
    OutboundEmail,
    PausedAddress,
    ProgressReport,
    Webhook,
    WebhookDelivery,
)
from participation.models.columns import HttpUrlField, ItemsField, ListField, PublicEmailField, TextsField
from participation.models.fields import ImpreciseDateField
from participation.services.erasure.erasure import erasable_columns
from participation.services.erasure.reach import COPIES, ERASABLE_TABLES
from tests import world

CANARY = "Zonnekwartel"
AT = world.moment("2026-04-20 11:00")
ADDRESSES = ("https://voorbeeld.example/Zonnekwartel", "https://voorbeeld.example/anders")


def text_of(field: Any, word: str = CANARY) -> Any:
    """Return a value for this column that contains the word."""
    if isinstance(field, HttpUrlField):
        return ADDRESSES[word != CANARY]
    if isinstance(field, ImpreciseDateField):
        return world.between("2026-03-01", "2026-03-31", "month", f"maart, zei {word}")
    if isinstance(field, ListField) and field.keys:
        month = world.between("2026-03-01", "2026-03-31", "month", f"maart, zei {word}").to_json()
        parts = (f"iets van {word}", month, 1, ADDRESSES[word != CANARY], "wijk-a")
        return [{key: next(part for part in parts if fits(part)) for key, fits in field.checks.items()}]
    if isinstance(field, ListField):
        return [f"iets van {word}"]
    if isinstance(field, PublicEmailField):
        return f"{word}@voorbeeld.example"
    if isinstance(field, ItemsField):
        return {"goal": f"het doel van {word}"}
    if isinstance(field, TextsField):
        return {key: f"{key} van {word}" for key in field.keys or ("goal",)}
    if isinstance(field, models.JSONField):
        return {"about": f"de straat van {word}"}
    return f"Bel {word} op 06-12345678"


def plant_in_rows(word: str = CANARY, at: str = "2026-04-20 11:00") -> None:
    """Write the word into every column that people fill in, as if recorded at that moment."""
    for table, chosen in ERASABLE_TABLES.items():
        columns = {name: text_of(chosen.model._meta.get_field(name), word) for name in erasable_columns(chosen.model)}
        rows = chosen.model._base_manager.all()
        assert rows, table
        for row in rows:
            world.record(row, at, **columns)


def add_missing_rows(data: Any) -> None:
    """Add rows that the permission data lacks: an evaluation response, progress reports, a file as evidence."""
    public = data.public
    EvaluationResponse.objects.create(step=public.trajectory.steps.first(), answered_on=AT.date(), remark="Goed")
    ProgressReport.objects.create(motion=Motion.objects.get(), on=world.on("2026-03-01"), text="Gesproken")
    ProgressReport.objects.create(commitment=Commitment.objects.get(), on=world.on("2026-03-01"), text="Gesproken")
    CommitmentFulfilment.objects.create(commitment=Commitment.objects.get(), on=world.on("2026-03-01"), text="Gedaan")
    world.contribution(public.trajectory, "c9", theme="Bomen")
    DocumentShare.objects.create(document=public.document, party=world.RESIDENTS, on=world.on("2026-03-05"))
    world.record(public.counter_signal, "2026-04-20 10:30", evidence_file=public.upload)
    # As if recorded before the word is planted.
    for chosen in ERASABLE_TABLES.values():
        if history := getattr(chosen.model, "history", None):
            history.filter(history_date__gt=AT).update(history_date=world.moment("2026-04-20 09:00"))


def plant_in_copies(data: Any) -> None:
    """Write the canary into every column that is declared to contain copies of texts."""
    user = data.people["adviser (own)"]
    times = {"created_at": AT, "not_before": AT}
    message = OutboundEmail.objects.create(key="m", kind="news", to="x@example.org", **times)
    DigestDelivery.objects.create(recipient=user, day=AT.date(), language="nl", created_at=AT, message=message)
    webhook = Webhook.objects.create(name="stad", url="https://voorbeeld.example/haak", secret="x")
    WebhookDelivery.objects.create(webhook=webhook, key="d", **times)
    AnswerDraft.objects.create(user=user, trajectory=data.public.trajectory, saved_at=AT)
    ContributionImport.objects.create(trajectory=data.public.trajectory, by=user, settled_at=AT, **times)
    IdempotencyRecord.objects.create(user=user, key="k", request="0" * 64, status=201, at=AT)
    Bounce.objects.create(key="b", email="x@example.org", permanent=True, at=AT)
    PausedAddress.objects.create(email="x@example.org", paused_at=AT)
    run = JobRun.objects.create(kind="save", day=AT.date(), started_at=AT, code_version="0")
    JobChunk.objects.create(run=run, of="trajectory", first=1, last=2)
    world.obligation(trajectory=data.public.trajectory, subject="s9", withdrawn_at=AT)
    kind = ContentType.objects.get_for_model(OutboundEmail)
    LogEntry.objects.create(user=user, content_type=kind, object_id="1", object_repr="-", action_flag=CHANGE)
    for copies in COPIES:
        planted = {name: _copy(copies.model, name) for name in copies.columns}
        assert copies.model._base_manager.filter(copies.row_filter).update(**planted), copies.model
    store = SessionStore()
    store["typed"] = {"summary": f"Bel {CANARY}"}
    store.save()


def _copy(model: Any, name: str) -> Any:
    field = model._meta.get_field(name)
    if isinstance(field, models.JSONField):
        if name == "rows":
            return {"c1": {"ticked": False, "outcome": "", "response": f"de straat van {CANARY}"}}
        return {"about": f"de straat van {CANARY}"} if name == "details" else [{"error": f"van {CANARY}"}]
    if name == "body":
        return f'{{"summary":"\\"Bel {CANARY}\\"\\n«ja»","n":1}}'
    if name == "html":
        return f"<p>de straat van <b>{CANARY}</b> &amp; anderen</p>"
    return f"de straat van {CANARY}"


def find_word(word: str = CANARY) -> list[str]:
    """Return the columns, sessions and files that contain the word in any case, read with plain SQL."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found += [f"{table}.{c}" for c, value in zip(columns, row, strict=True) if _contains(value, word)]
    sessions = (SessionStore().decode(session.session_data) for session in Session.objects.all())
    found += ["session" for session_text in sessions if _contains(session_text, word)]
    for path in settings.MEDIA_ROOT.rglob("*"):
        if path.is_file() and (_contains(path.read_bytes(), word) or _contains(str(path), word)):
            found.append(str(path.name))
    return sorted(set(found))


def _contains(value: Any, word: str) -> bool:
    if isinstance(value, (bytes, memoryview)):
        value = bytes(value).decode("utf-8", "replace")
    return word.casefold() in str(value).casefold()


def response_files(response: Any) -> Iterator[tuple[str, str]]:
    """Yield the contents of a response by name; ZIP files are unpacked."""
    # The test client closes the response: closing it here would close the database connection of the test as well.
    content = b"".join(response.streaming_content) if response.streaming else response.content
    yield from unpacked("", content)


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yield a file by name, or the members of a ZIP file, also of one inside another."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from unpacked(f"{name}/{member}", archive.read(member))
    else:
        yield name, content.decode("utf-8", "replace")
