"""What is in the archive of a trajectory, and for whom."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation import models
from participation.exchange.archive import history as archive_history
from participation.exchange.archive.data import PrivilegedReader
from participation.exchange.archive.files import EXTENSIONS, safe
from participation.exchange.archive.verify import check_archive
from participation.exchange.archive.writer import write_archive
from participation.selectors.dossiers import dossier_of
from participation.services.changesets import recording
from participation.services.dossiers import import_dossier
from participation.services.uploads import KINDS
from tests import world
from tests.exchange.archive.archives import (
    FOLDER,
    NOW,
    TODAY,
    archive,
    asked,
    contradicted,
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
    # A second each; test_pdf.py makes real ones.
    monkeypatch.setattr("participation.exchange.archive.writer.pdf_of", lambda html: html.encode())


def test_it_is_one_folder_with_everything_in_it():
    row = square()
    # No entry takes such a ref any more; it may have been stored before.
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


def test_importing_its_dossier_changes_nothing():
    made = square()
    dossier = read(archive(made), "dossier")
    assert dossier == dossier_of(made)
    receipt = import_dossier(dossier, replace=True, rulebook=asked(made).rulebook, today=TODAY, now=NOW)
    assert (receipt.added, receipt.changed, receipt.removed) == (0, 0, 0)


def test_the_same_state_and_moment_give_the_same_bytes():
    made = square()
    contradicted(made)
    assert archive(made) == archive(models.Trajectory.objects.get())


def test_it_passes_its_own_check(tmp_path):
    path = tmp_path / "plein.zip"
    path.write_bytes(archive(square()))
    found = check_archive(path)
    assert found.findings == ()
    assert found.info["External-Description"] == "Het Voorbeeldplein"
    assert found.info["Leidraad-Moment"] == "2026-04-20T10:00:00+00:00"


def test_a_file_comes_along_under_a_name_that_cannot_leave_the_folder():
    row = square()
    models.Document.objects.update(ref="../../etc/passwd")
    archived = archive(row)
    [told] = read(archived, "documents")
    file = told["file"]
    assert (told["ref"], file["name"]) == ("../../etc/passwd", "Bewoners & plein.pdf")
    content = files(archived)[file["path"]]
    assert hashlib.sha256(content).hexdigest() == file["sha256"] == file["sha256_when_uploaded"]
    assert file["unaltered_since_upload"] is True


@pytest.mark.parametrize(
    ("ref", "name"),
    [("../x", "x"), ("C:\\a", "c-a"), ("é 1", "e-1"), ("漢", "file"), ("a" * 90, "a" * 40), ("..", "file")],
)
def test_a_ref_becomes_a_plain_part_of_a_name(ref, name):
    assert safe(ref) == name


def test_every_kind_of_file_that_may_be_handed_in_has_its_ending():
    assert {kind.media_type for kind in KINDS.values()} == set(EXTENSIONS)


def test_one_file_that_two_things_point_to_comes_once():
    made = square()
    world.document(made, ref="d2", file=models.Upload.objects.get())
    archived = archive(made)
    assert len({told["file"]["path"] for told in read(archived, "documents")}) == 1
    assert sum(name.startswith("data/documents/") for name in files(archived)) == 1


def test_a_file_that_is_gone_or_changed_on_the_disk_is_told_as_such():
    made = square()
    kept = models.Upload.objects.get()
    Path(kept.file.path).write_bytes(b"iets anders")
    [told] = read(archived := archive(made), "documents")
    assert told["file"]["unaltered_since_upload"] is False
    assert "controlecode klopt niet" in files(archived)["data/overview.pdf"].decode()
    kept.file.storage.delete(kept.file.name)
    [told] = read(archived := archive(made), "documents")
    assert (told["file"]["path"], told["file"]["unaltered_since_upload"]) == (None, None)
    assert "was er niet meer" in files(archived)["data/overview.pdf"].decode()


def test_what_an_association_says_stands_in_it_with_its_evidence_and_without_who_wrote_it():
    made = square()
    evidence = upload(models.User.objects.get(), b"%PDF-bewijs", "brief.pdf")
    contradicted(made, evidence)
    archived = archive(made)
    [signal] = read(archived, "counter-signals")
    assert (signal["words"], signal["status"], signal["request"]) == ("Wij hoorden niets", "met", "r9")
    assert files(archived)[signal["evidence_file"]] == b"%PDF-bewijs"
    assert "geheim" not in everything(archived)
    assert "Wij hoorden niets" in files(archived)["data/overview.pdf"].decode()


def everything(archived):
    return b"\n".join(files(archived).values()).decode()


def test_the_names_of_people_are_only_for_who_works_for_the_municipality():
    made = square()
    member = world.user("association_member", world.RESIDENTS)
    for reader in (None, member):
        told = everything(archive(made, reader))
        assert "Zita" not in told
        assert "zita@example.org" not in told
    for reader in (world.user("auditor"), PrivilegedReader()):
        assert recorded_by(archive(made, reader)) == {"role": "adviser", "name": "Zita Voorbeeld"}
    assert recorded_by(archive(made)) == {"role": "adviser"}


def recorded_by(archived):
    [by] = [block["by"] for block in read(archived, "history") if block["verb"] == "changed"]
    return by


def test_who_advises_is_counted_for_visitors_and_named_for_others():
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
    rulebook = asked(trajectory).rulebook
    at = world.moment("2026-04-20 11:00")
    return recording(user, trajectory, "assigned", about="plein", now=at, today=TODAY, rulebook=rulebook)


def test_who_may_not_see_it_gets_nothing():
    made = square(public=False)
    to = io.BytesIO()
    for reader in (None, world.user("association_member", world.RESIDENTS)):
        with pytest.raises(LookupError):
            write_archive(to, asked(made, reader))
    assert to.getvalue() == b""
    assert read(archive(made, world.user("auditor")), "dossier")["trajectory"]["slug"] == "voorbeeldplein"


def test_nothing_of_another_trajectory_is_in_it():
    made = square()
    other = world.trajectory("geheim-park", public=False)
    world.document(other, file=upload(models.User.objects.get(), b"%PDF-geheim", "park.pdf"))
    world.step(other, title="Avond in het park")
    archived = archive(made)
    assert "geheim" not in everything(archived)
    assert "park" not in everything(archived).replace("parke", "")


def test_how_it_stood_when_is_in_it():
    archived = archive(square())
    owed = {row["number"]: row for row in read(archived, "obligations")}
    lines = read(archived, "transitions")
    assert {line["obligation"] for line in lines} == set(owed)
    assert all(owed[line["obligation"]]["status"] == line["to"] for line in lines)
    [line] = [line for line in lines if (line["rule"], line["subject"]) == ("feedback-given", "s1")]
    compliance = read(archived, "compliance")
    assert compliance["rulebook"]["hash"] == read(archived, "rulebook")["hash"] == line["rulebook"]
    assert {"feedback-given"} <= {row["rule"] for row in compliance["obligations"]}


def test_answers_on_an_evaluation_form_are_told_from_five_on():
    made = square()
    step = made.steps.get()
    for _number in range(4):
        models.EvaluationResponse.objects.create(step=step, answered_on=TODAY, fairness=7, remark="Het was koud")
    assert "Het was koud" not in everything(archive(made))
    [told] = read(archive(made), "evaluations")
    assert (told["answered"], told["told"], told["questions"], told["remarks"]) == (4, 0, [], [])
    models.EvaluationResponse.objects.create(step=step, answered_on=TODAY, fairness=7, remark="Het was koud")
    [told] = read(archive(made), "evaluations")
    assert told["questions"][0]["average"] == 7


def test_a_history_longer_than_a_part_is_whole_and_in_order(monkeypatch):
    made = square()
    whole = list(archive_history.history_of(made.pk, True, True))
    monkeypatch.setattr(archive_history, "LINES", 2)
    assert list(archive_history.history_of(made.pk, True, True)) == whole
    assert sum(len(block["rows"]) for block in whole) == made.history.count() + 8


def test_it_takes_as_many_queries_for_one_row_as_for_fifty():
    made = square()
    contradicted(made)

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


def test_large_files_are_copied_in_parts():
    made = square()
    world.document(made, "groot", file=upload(models.User.objects.get(), b"x" * 9_000_000, "groot.pdf"))
    with tempfile.TemporaryFile() as to:
        write_archive(to, asked(made))  # what is kept for the next time is no part of it
        to.seek(0)
        to.truncate()
        tracemalloc.start()
        write_archive(to, asked(made))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 6_000_000


def test_titles_do_nothing_in_the_readable_whole():
    made = square()
    world.contribution(made, "c7", summary="<script>alert(1)</script><img src='http://example.org/x.png'>\x0b")
    shown = files(archive(made))["data/overview.pdf"].decode()
    assert "<script" not in shown
    assert "<img" not in shown


def test_it_is_in_the_language_of_who_reads_it():
    made = square()
    assert "ZO CONTROLEERT U HET" in files(archive(made))["README.txt"].decode()
    english = files(archive(made, language="en"))
    assert "HOW TO CHECK IT" in english["README.txt"].decode()
    assert '<html lang="en">' in english["data/overview.pdf"].decode()
    assert json.loads(english["data/compliance.json"])["obligations"]
