"""The contents of a trajectory's archive, by role."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation import models
from participation.compliance.rulebooks import Rulebooks
from participation.interchange.archive import history as archive_history
from participation.interchange.archive import overview_page
from participation.interchange.archive.data import ArchiveRequest, PrivilegedReader
from participation.interchange.archive.files import EXTENSIONS, safe_ref
from participation.interchange.archive.verify import check_archive
from participation.interchange.archive.writer import write_archive
from participation.selectors.dossiers.dossiers import dossier_document
from participation.selectors.obligations.judging import rulebook_of
from participation.services.changes.changesets import record_changeset
from participation.services.dossiers.dossiers import import_dossier
from participation.services.uploads import FILE_KINDS
from tests import towns, world
from tests.interchange.archive.archives import (
    FOLDER,
    NOW,
    TODAY,
    add_counter_signal,
    archive,
    archive_request,
    files,
    read,
    square,
    upload,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings, tmp_path, monkeypatch):
    settings.RULEBOOK = "leiden"
    settings.MEDIA_ROOT = tmp_path / "media"
    # Real PDFs take a second each; test_pdf.py tests them.
    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", lambda html: html.encode())


def test_the_archive_is_one_folder_with_all_files():
    row = square()
    # Such a ref is no longer accepted, but may have been stored before.
    models.Document.objects.update(ref="../../etc/passwd")
    names = zipfile.ZipFile(io.BytesIO(archive(row))).namelist()
    assert names == [
        f"{FOLDER}/data/documents/0001-etc-passwd.pdf",
        *(
            f"{FOLDER}/data/{name}.json"
            for name in ("dossier", "compliance", "obligations", "transitions", "history", "documents")
        ),
        *(f"{FOLDER}/data/{name}.json" for name in ("counter-signals", "evaluations", "rulebook")),
        f"{FOLDER}/data/overview.pdf",
        *(f"{FOLDER}/{name}" for name in ("README.txt", "bagit.txt", "bag-info.txt")),
        *(f"{FOLDER}/{name}" for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt")),
    ]


def test_importing_the_archived_dossier_changes_nothing():
    made = square()
    dossier = read(archive(made), "dossier")
    assert dossier == dossier_document(made)
    receipt = import_dossier(
        dossier, replace=True, rulebooks=Rulebooks([archive_request(made).rulebook]), today=TODAY, now=NOW
    )
    assert (receipt.added, receipt.changed, receipt.removed) == (0, 0, 0)


def test_the_same_state_and_moment_give_identical_bytes():
    made = square()
    add_counter_signal(made)
    assert archive(made) == archive(models.Trajectory.objects.get())


def test_a_new_archive_passes_verification(tmp_path):
    path = tmp_path / "plein.zip"
    path.write_bytes(archive(square()))
    found = check_archive(path)
    assert found.findings == ()
    assert found.info["External-Description"] == "Het Voorbeeldplein"
    assert found.info["Leidraad-Moment"] == "2026-04-20T10:00:00+00:00"


def test_an_uploaded_file_is_added_under_a_safe_name():
    row = square()
    models.Document.objects.update(ref="../../etc/passwd")
    archived = archive(row)
    [record] = read(archived, "documents")
    file = record["file"]
    assert (record["ref"], file["name"]) == ("../../etc/passwd", "Bewoners & plein.pdf")
    content = files(archived)[file["path"]]
    assert hashlib.sha256(content).hexdigest() == file["sha256"] == file["sha256_when_uploaded"]
    assert file["unaltered_since_upload"] is True


@pytest.mark.parametrize(
    ("ref", "name"),
    [("../x", "x"), ("C:\\a", "c-a"), ("é 1", "e-1"), ("漢", "file"), ("a" * 90, "a" * 40), ("..", "file")],
)
def test_a_ref_becomes_a_safe_part_of_a_file_name(ref, name):
    assert safe_ref(ref) == name


def test_every_uploadable_file_type_has_an_extension():
    assert {kind.media_type for kind in FILE_KINDS.values()} == set(EXTENSIONS)


def test_a_file_referenced_twice_is_added_once():
    made = square()
    world.document(made, ref="d2", file=models.Upload.objects.get())
    archived = archive(made)
    assert len({record["file"]["path"] for record in read(archived, "documents")}) == 1
    assert sum(name.startswith("data/documents/") for name in files(archived)) == 1


def test_a_missing_or_modified_upload_is_reported_in_the_archive():
    made = square()
    kept = models.Upload.objects.get()
    Path(kept.file.path).write_bytes(b"iets anders")
    [record] = read(archived := archive(made), "documents")
    assert record["file"]["unaltered_since_upload"] is False
    assert "controlecode klopt niet" in files(archived)["data/overview.pdf"].decode()
    kept.file.storage.delete(kept.file.name)
    [record] = read(archived := archive(made), "documents")
    assert (record["file"]["path"], record["file"]["unaltered_since_upload"]) == (None, None)
    assert "was er niet meer" in files(archived)["data/overview.pdf"].decode()


def test_counter_signals_are_included_with_evidence_and_without_their_author():
    made = square()
    evidence = upload(models.User.objects.get(), b"%PDF-bewijs", "brief.pdf")
    add_counter_signal(made, evidence)
    archived = archive(made)
    [signal] = read(archived, "counter-signals")
    assert (signal["words"], signal["status"], signal["request"]) == ("Wij hoorden niets", "met", "r9")
    assert files(archived)[signal["evidence_file"]] == b"%PDF-bewijs"
    assert "geheim" not in everything(archived)
    assert "Wij hoorden niets" in files(archived)["data/overview.pdf"].decode()


def everything(archived):
    return b"\n".join(files(archived).values()).decode()


def test_personal_names_are_only_in_the_staff_version():
    made = square()
    member = world.user("association_member", world.RESIDENTS)
    for reader in (None, member):
        record = everything(archive(made, reader))
        assert "Zita" not in record
        assert "zita@example.org" not in record
    for reader in (world.user("auditor"), PrivilegedReader()):
        assert recorded_by(archive(made, reader)) == {"role": "adviser", "name": "Zita Voorbeeld"}
    assert recorded_by(archive(made)) == {"role": "adviser"}


def recorded_by(archived):
    [by] = [block["by"] for block in read(archived, "history") if block["verb"] == "changed"]
    return by


def test_advisers_are_counted_for_visitors_and_named_for_staff():
    made = square()
    adviser = models.User.objects.get()
    with recording_of(adviser, made) as recorder:
        recorder.link(made, "advisers", [adviser.pk])
    assert assigned(archive(made)) == 1
    assert assigned(archive(made, PrivilegedReader())) == ["Zita Voorbeeld"]


def assigned(archived):
    [links] = [block["links"] for block in read(archived, "history") if block["verb"] == "assigned"]
    return links[0]["added"]


def recording_of(user, trajectory):
    rulebooks = Rulebooks([archive_request(trajectory).rulebook])
    at = world.moment("2026-04-20 11:00")
    return record_changeset(user, trajectory, "assigned", about="plein", now=at, today=TODAY, rulebooks=rulebooks)


def test_users_who_cannot_see_the_trajectory_get_no_archive():
    made = square(public=False)
    to = io.BytesIO()
    for reader in (None, world.user("association_member", world.RESIDENTS)):
        with pytest.raises(LookupError):
            write_archive(to, archive_request(made, reader))
    assert to.getvalue() == b""
    assert read(archive(made, world.user("auditor")), "dossier")["trajectory"]["slug"] == "voorbeeldplein"


def test_nothing_of_another_trajectory_is_included():
    made = square()
    other = world.trajectory("geheim-park", public=False)
    world.document(other, file=upload(models.User.objects.get(), b"%PDF-geheim", "park.pdf"))
    world.step(other, title="Avond in het park")
    archived = archive(made)
    assert "geheim" not in everything(archived)
    assert "park" not in everything(archived).replace("parke", "")


def test_the_status_history_is_included():
    archived = archive(square())
    obligation = {row["number"]: row for row in read(archived, "obligations")}
    lines = read(archived, "transitions")
    assert {line["obligation"] for line in lines} == set(obligation)
    assert all(obligation[line["obligation"]]["status"] == line["to"] for line in lines)
    [line] = [line for line in lines if (line["rule"], line["subject"]) == ("feedback-given", "s1")]
    compliance = read(archived, "compliance")
    assert compliance["rulebook"]["hash"] == read(archived, "rulebook")["hash"] == line["rulebook"]
    assert {"feedback-given"} <= {row["rule"] for row in compliance["obligations"]}


def test_evaluation_answers_are_included_from_five_on():
    made = square()
    step = made.steps.get()
    for _number in range(4):
        models.EvaluationResponse.objects.create(step=step, answered_on=TODAY, fairness=7, remark="Het was koud")
    assert "Het was koud" not in everything(archive(made))
    [record] = read(archive(made), "evaluations")
    assert (record["answered"], record["told"], record["questions"], record["remarks"]) == (4, 0, [], [])
    models.EvaluationResponse.objects.create(step=step, answered_on=TODAY, fairness=7, remark="Het was koud")
    [record] = read(archive(made), "evaluations")
    assert record["questions"][0]["average"] == 7


def test_a_history_longer_than_one_chunk_is_complete_and_in_order(monkeypatch):
    made = square()
    whole = list(archive_history.history_of(made.pk, True, True))
    monkeypatch.setattr(archive_history, "CHUNK_SIZE", 2)
    assert list(archive_history.history_of(made.pk, True, True)) == whole
    assert sum(len(block["rows"]) for block in whole) == made.history.count() + 8


def test_fifty_rows_take_as_many_queries_as_one():
    made = square()
    add_counter_signal(made)

    def queries():
        with CaptureQueriesContext(connection) as counted:
            archive(made)
        return len(counted)

    few = queries()
    for number in range(50):
        world.contribution(made, f"cc{number}", step="s1")
        world.step(made, f"ss{number}")
        world.document(made, f"dd{number}", file=upload(models.User.objects.first(), b"%PDF", f"{number}.pdf"))
        world.request(made, f"rr{number}")
    assert queries() == few


def test_large_files_are_copied_in_chunks():
    made = square()
    world.document(made, "groot", file=upload(models.User.objects.get(), b"x" * 9_000_000, "groot.pdf"))
    with tempfile.TemporaryFile() as to:
        write_archive(to, archive_request(made))  # caches are not part of it
        to.seek(0)
        to.truncate()
        tracemalloc.start()
        write_archive(to, archive_request(made))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 6_000_000


def test_the_overview_names_place_reach_effect_and_what_became_of_a_scenario():
    made = square()
    step = {"place_name": "Buurthuis", "reach_total": 42, "score": Decimal("8.2"), "effect": "none", "room_kept": False}
    world.step(made, "s90", **step, reach_groups=[{"group": "children", "count": 0}], evaluated_by=world.RESIDENTS)
    world.scenario(made, "sc90", title="Autovrij", chosen=True, advantages="Rust", document="d1")
    models.Trajectory.objects.update(instrument="permit", contact_email="plein@leiden.nl", case_number="Z/26/1")
    models.Document.objects.update(case_number="D/26/7", external=[{"system": "iBabs", "id": "7"}])
    made.refresh_from_db()

    shown = files(archive(made))["data/overview.pdf"].decode()

    for text in (
        *("Plaats: naam: Buurthuis", "Bereikt: totaal: 42", "Bereikt: groepen: kinderen – 0", "8,2"),
        *("Wat de inbreng heeft veranderd: niets", "De ruimte uit het plan is gebleven: nee", "Voordelen: Rust"),
        *(
            "Gekozen: ja",
            "plein@leiden.nl",
            "Z/26/1",
            "vergunning",
            "Zaaknummer: D/26/7 · iBabs: 7",
            f"Geëvalueerd door: {world.RESIDENTS.title()}",
        ),
    ):
        assert text in shown, text


def test_the_overview_names_the_file_with_the_rest_of_a_long_list(monkeypatch):
    made = square()
    for number in range(5):
        world.contribution(made, f"cc{number}", summary=f"Boom {number}")
        late = world.obligation(trajectory=made, subject=f"cc{number}", details={"about": f"avond {number}"})
        world.transition(late)
    changes = models.Transition.objects.count()
    for name, number in (("MAX_ROWS", 3), ("MAX_OBLIGATIONS", 3), ("SHOWN_OF_LONG_LIST", 2)):
        monkeypatch.setattr(overview_page, name, number)

    shown = files(archived := archive(made))["data/overview.pdf"].decode()

    assert re.findall("<h4>.+Terugkoppeling over (.+)[.]</h4>", shown) == ["“avond 0”", "“avond 1”"]
    assert f"Nog {models.Contribution.objects.count() - 2} staan in het bestand dossier.json" in shown
    assert f"{changes - 2} oudere veranderingen staan in het bestand transitions.json" in shown
    assert "Nog 4 punten staan in het bestand compliance.json" in shown
    assert len([line for line in read(archived, "obligations") if line["rule"] == "feedback-given"]) == 6


def test_titles_are_escaped_in_the_overview():
    made = square()
    world.contribution(made, "c7", summary="<script>alert(1)</script><img src='http://example.org/x.png'>\x0b")
    shown = files(archive(made))["data/overview.pdf"].decode()
    assert "<script" not in shown
    assert "<img" not in shown


def test_the_archive_is_in_the_language_of_the_reader():
    made = square()
    assert "ZO CONTROLEERT U HET" in files(archive(made))["README.txt"].decode()
    english = files(archive(made, language="en"))
    assert "HOW TO CHECK IT" in english["README.txt"].decode()
    assert '<html lang="en">' in english["data/overview.pdf"].decode()
    assert json.loads(english["data/compliance.json"])["obligations"]


def test_the_archive_has_the_rulebook_of_its_town(tmp_path):
    park = towns.trajectory("park", "oegstgeest")
    request = ArchiveRequest(park, rulebook_of(park, towns.RULEBOOKS), towns.TODAY, towns.NOW)
    path = tmp_path / "park.zip"
    with path.open("w+b") as file:
        write_archive(file, request)
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist()}
        compliance = json.loads(archive.read(names["data/compliance.json"]))
        rulebook = json.loads(archive.read(names["data/rulebook.json"]))
    assert (rulebook["rulebook"], rulebook["hash"]) == ("oegstgeest", towns.TOWN.hash)
    assert compliance["rulebook"] == {"name": "oegstgeest", "hash": towns.TOWN.hash}
    due = {line["rule"]: line["due_on"] for line in compliance["obligations"]}
    assert due == {"feedback-given": "2026-03-30", "neighbours-invited": "2026-01-26"}
