"""Recording documents, their versions and files, and sharing them with several at once."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from participation.models import Changeset, Document, DocumentShare, Upload
from tests import world
from tests.web.editing.sheet import Sheet, adviser_of, sheet

pytestmark = pytest.mark.django_db

NEW = "/trajecten/voorbeeldplein/stukken/nieuw/"
SKETCH = "/trajecten/voorbeeldplein/stukken/d1/"
SHARE = "/trajecten/voorbeeldplein/stukken/d1/delen/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def pdf(name="schets.pdf", content=b"%PDF-1.7\n%%EOF\n"):
    return SimpleUploadedFile(name, content, "application/pdf")


def test_a_document_is_added_with_its_file_and_shared_at_once_in_one_go(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    adviser_of(client, square)
    shown = sheet(client, NEW)
    answer = shown.send(
        client, title="Schets", kind="draft", upload=pdf(), parties=[world.RESIDENTS, "residents"], shared_on="2-3-2026"
    )
    document = Document.objects.get()
    assert answer["Location"] == "/trajecten/voorbeeldplein/"
    assert (document.ref, document.title, document.file.name) == ("d1", "Schets", "schets.pdf")
    assert sorted(document.shares.values_list("party", "on")) == [
        ("residents", world.on("2026-03-02")),
        (world.RESIDENTS, world.on("2026-03-02")),
    ]
    assert Changeset.objects.count() == 1


def test_a_file_that_is_not_what_it_says_is_refused_at_its_field_and_nothing_is_kept(client, tmp_path):
    adviser_of(client, world.trajectory())
    shown = Sheet(sheet(client, NEW).send(client, title="Schets", upload=pdf(content=b"MZ\x90")))
    assert "upload" in shown.wrong
    assert shown["title"] == "Schets"
    assert not Document.objects.exists()
    assert not Upload.objects.exists()
    assert not list(tmp_path.rglob("*.*"))


def test_where_something_else_is_wrong_one_is_told_to_choose_the_file_again(client):
    adviser_of(client, world.trajectory())
    shown = Sheet(sheet(client, NEW).send(client, title="", upload=pdf()))
    assert sorted(shown.wrong) == ["title", "upload"]
    assert not Upload.objects.exists()


def test_a_day_of_sharing_is_asked_for_where_there_are_parties(client):
    square = world.trajectory()
    adviser_of(client, square)
    shown = Sheet(sheet(client, NEW).send(client, title="Schets", parties=["residents"], shared_on=""))
    assert list(shown.wrong) == ["shared_on"]
    assert shown["parties"] == ["residents"]


def test_a_next_version_begins_with_what_the_one_before_has(client):
    square = world.trajectory()
    world.document(square, title="Schets", kind="draft")
    adviser_of(client, square)
    shown = sheet(client, NEW, replaces="d1")
    assert (shown["title"], shown["kind"], shown["replaces"]) == ("Schets", "draft", "d1")


@pytest.mark.parametrize(("typed", "stored"), [("yes", True), ("no", False), ("", None)])
def test_what_is_not_recorded_is_something_else_than_no(client, typed, stored):
    square = world.trajectory()
    world.document(square, plain_summary=None if typed else True)
    adviser_of(client, square)
    sheet(client, SKETCH).send(client, plain_summary=typed)
    assert Document.objects.get().plain_summary is stored


def test_changing_a_document_keeps_its_file_and_another_one_comes_in_its_place(client):
    square = world.trajectory()
    adviser_of(client, square)
    sheet(client, NEW).send(client, title="Schets", upload=pdf())
    sheet(client, SKETCH).send(client, title="Schetsontwerp")
    assert Document.objects.get().file.name == "schets.pdf"
    sheet(client, SKETCH).send(client, upload=pdf("schets-2.pdf"))
    assert Document.objects.get().file.name == "schets-2.pdf"
    assert Document.history.count() == 3


def test_a_document_cannot_replace_itself(client):
    square = world.trajectory()
    world.document(square)
    adviser_of(client, square)
    shown = Sheet(sheet(client, SKETCH).send(client, replaces="d1"))
    assert "replaces" in shown.wrong


def test_ticked_beforehand_is_who_takes_part_and_does_not_have_it(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS, world.SHOPS)
    world.organisation(world.OUTSIDER)
    sketch = world.document(square)
    DocumentShare.objects.create(document=sketch, party=world.RESIDENTS, on=world.on("2026-03-02"))
    adviser_of(client, square)
    shown = Sheet(client.get(SHARE), marker="parties")
    assert shown["parties"] == [world.SHOPS]
    for slug in (world.RESIDENTS, world.SHOPS, world.OUTSIDER, "residents", "everyone"):
        assert f'value="{slug}"' in shown.form
    shown.send(client, on="5-3-2026", parties=[world.SHOPS, "everyone"])
    assert DocumentShare.objects.filter(on=world.on("2026-03-05")).count() == 2
    assert Changeset.objects.get().verb == "shared"


def test_who_is_to_get_it_and_when_can_stand_in_the_address(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS, world.SHOPS)
    world.document(square)
    adviser_of(client, square)
    shown = Sheet(client.get(f"{SHARE}?parties={world.SHOPS}&parties=nobody&on=2026-03-05"), marker="parties")
    assert (shown["parties"], shown["on"]) == ([world.SHOPS], "5 maart 2026")


def test_several_documents_are_shared_in_one_go_and_each_gets_what_it_lacks(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS, world.SHOPS)
    sketch = world.document(square)
    world.document(square, "d2", title="Kaart")
    world.document(square, "d3", title="Begroting")
    DocumentShare.objects.create(document=sketch, party=world.RESIDENTS, on=world.on("2026-03-02"))
    adviser_of(client, square)
    shown = Sheet(client.get(f"{SHARE}?ref=d2"), marker="parties")
    assert (sorted(shown["documents"]), sorted(shown["parties"])) == (["d1", "d2"], [world.RESIDENTS, world.SHOPS])
    shown.send(client, on="5-3-2026")
    given = DocumentShare.objects.filter(on=world.on("2026-03-05")).values_list("document__ref", "party")
    assert sorted(given) == [("d1", world.SHOPS), ("d2", world.RESIDENTS), ("d2", world.SHOPS)]


def test_nothing_is_shared_without_a_day_or_a_party(client):
    square = world.trajectory()
    world.document(square)
    adviser_of(client, square)
    shown = Sheet(Sheet(client.get(SHARE), marker="parties").send(client, on="", parties=[]), marker="parties")
    assert sorted(shown.wrong) == ["on", "parties"]


def test_a_share_that_was_recorded_by_mistake_is_taken_away_with_a_way_back(client):
    square = world.trajectory()
    row = DocumentShare.objects.create(document=world.document(square), party="residents", on=world.on("2026-03-02"))
    elsewhere = world.document(world.trajectory("elders"), "d1")
    other = DocumentShare.objects.create(document=elsewhere, party="residents", on=world.on("2026-03-02"))
    adviser_of(client, square)
    assert client.post(SHARE, {"remove": other.pk}).status_code == 404
    assert client.post(SHARE, {"remove": "x"}).status_code == 404
    assert client.post(SHARE, {"remove": row.pk})["Location"] == SHARE
    assert list(DocumentShare.objects.all()) == [other]
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert DocumentShare.objects.count() == 2


@pytest.mark.parametrize("address", [SKETCH, SHARE])
def test_a_document_that_is_not_there_is_not_found(client, address):
    adviser_of(client, world.trajectory())
    assert client.get(address).status_code == 404
