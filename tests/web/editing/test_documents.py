"""Pages for documents, their versions and files, and for sharing them with several parties."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from participation.models import Changeset, Document, DocumentShare, Upload
from tests import world
from tests.files import pdf_of_pages
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = pytest.mark.django_db

NEW_URL = "/trajecten/voorbeeldplein/stukken/nieuw/"
DOCUMENT_URL = "/trajecten/voorbeeldplein/stukken/d1/"
SHARE = "/trajecten/voorbeeldplein/stukken/d1/delen/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def pdf(name="schets.pdf", content=b"%PDF-1.7\n%%EOF\n"):
    return SimpleUploadedFile(name, content, "application/pdf")


def test_a_document_is_added_with_its_file_and_shared_in_one_changeset(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, NEW_URL)
    response = shown.send(
        client, title="Schets", kind="draft", upload=pdf(), parties=[world.RESIDENTS, "residents"], shared_on="2-3-2026"
    )
    document = Document.objects.get()
    assert response["Location"] == "/trajecten/voorbeeldplein/plan/"
    assert (document.ref, document.title, document.file.name) == ("d1", "Schets", "schets.pdf")
    assert sorted(document.shares.values_list("party", "on")) == [
        ("residents", world.on("2026-03-02")),
        (world.RESIDENTS, world.on("2026-03-02")),
    ]
    assert Changeset.objects.count() == 1


def test_the_numbers_of_a_document_are_recorded_and_shown(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    rows = {"external-0-system": "Raadsinformatie", "external-0-id": "42", "external-0-url": "raad.example.org/42"}
    get_form(client, NEW_URL).send(client, title="Schets", case_number="D/26/0042", **rows)
    document = Document.objects.get()
    assert document.case_number == "D/26/0042"
    assert document.external == [{"system": "Raadsinformatie", "id": "42", "url": "https://raad.example.org/42"}]
    html = client.get("/trajecten/voorbeeldplein/plan/").content.decode()
    assert "Zaaknummer: D/26/0042" in html
    assert '<a href="https://raad.example.org/42" rel="nofollow">Raadsinformatie: 42</a>' in html
    assert get_form(client, NEW_URL, replaces="d1")["case_number"] == "D/26/0042"


def test_a_file_with_mismatched_content_gives_a_field_error_and_is_not_stored(client, tmp_path):
    log_in_as_adviser_of(client, world.trajectory())
    shown = FormPage(get_form(client, NEW_URL).send(client, title="Schets", upload=pdf(content=b"MZ\x90")))
    assert "upload" in shown.wrong
    assert shown["title"] == "Schets"
    assert not Document.objects.exists()
    assert not Upload.objects.exists()
    assert not list(tmp_path.rglob("*.*"))


def test_after_another_error_the_file_must_be_chosen_again(client):
    log_in_as_adviser_of(client, world.trajectory())
    shown = FormPage(get_form(client, NEW_URL).send(client, title="", upload=pdf()))
    assert sorted(shown.wrong) == ["title", "upload"]
    assert not Upload.objects.exists()


def test_sharing_with_parties_needs_a_date(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, NEW_URL).send(client, title="Schets", parties=["residents"], shared_on=""))
    assert list(shown.wrong) == ["shared_on"]
    assert shown["parties"] == ["residents"]


def test_a_new_version_starts_with_the_values_of_the_previous_one(client):
    square = world.trajectory()
    world.document(square, title="Schets", kind="draft")
    log_in_as_adviser_of(client, square)
    shown = get_form(client, NEW_URL, replaces="d1")
    assert (shown["title"], shown["kind"], shown["replaces"]) == ("Schets", "draft", "d1")


@pytest.mark.parametrize(("typed", "stored"), [("yes", True), ("no", False), ("", None)])
def test_unknown_and_no_are_different_values(client, typed, stored):
    square = world.trajectory()
    world.document(square, plain_summary=None if typed else True)
    log_in_as_adviser_of(client, square)
    get_form(client, DOCUMENT_URL).send(client, plain_summary=typed)
    assert Document.objects.get().plain_summary is stored


def test_changing_a_document_keeps_its_file_unless_replaced(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    get_form(client, NEW_URL).send(client, title="Schets", upload=pdf())
    get_form(client, DOCUMENT_URL).send(client, title="Schetsontwerp")
    assert Document.objects.get().file.name == "schets.pdf"
    get_form(client, DOCUMENT_URL).send(client, upload=pdf("schets-2.pdf"))
    assert Document.objects.get().file.name == "schets-2.pdf"
    assert Document.history.count() == 3


def test_a_document_cannot_replace_itself(client):
    square = world.trajectory()
    world.document(square)
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, DOCUMENT_URL).send(client, replaces="d1"))
    assert "replaces" in shown.wrong


def test_participants_without_the_document_are_preselected(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS, world.SHOPS)
    world.organisation(world.OUTSIDER)
    sketch = world.document(square)
    DocumentShare.objects.create(document=sketch, party=world.RESIDENTS, on=world.on("2026-03-02"))
    log_in_as_adviser_of(client, square)
    shown = FormPage(client.get(SHARE), marker="parties")
    assert shown["parties"] == [world.SHOPS]
    for slug in (world.RESIDENTS, world.SHOPS, world.OUTSIDER, "residents", "everyone"):
        assert f'value="{slug}"' in shown.form
    shown.send(client, on="5-3-2026", parties=[world.SHOPS, "everyone"])
    assert DocumentShare.objects.filter(on=world.on("2026-03-05")).count() == 2
    assert Changeset.objects.get().verb == "shared"


def test_parties_and_date_can_be_prefilled_by_the_url(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS, world.SHOPS)
    world.document(square)
    log_in_as_adviser_of(client, square)
    shown = FormPage(client.get(f"{SHARE}?parties={world.SHOPS}&parties=nobody&on=2026-03-05"), marker="parties")
    assert (shown["parties"], shown["on"]) == ([world.SHOPS], "5 maart 2026")


def test_several_documents_are_shared_at_once_with_the_parties_lacking_them(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS, world.SHOPS)
    sketch = world.document(square)
    world.document(square, "d2", title="Kaart")
    world.document(square, "d3", title="Begroting")
    DocumentShare.objects.create(document=sketch, party=world.RESIDENTS, on=world.on("2026-03-02"))
    log_in_as_adviser_of(client, square)
    shown = FormPage(client.get(f"{SHARE}?ref=d2"), marker="parties")
    assert (sorted(shown["documents"]), sorted(shown["parties"])) == (["d1", "d2"], [world.RESIDENTS, world.SHOPS])
    shown.send(client, on="5-3-2026")
    given = DocumentShare.objects.filter(on=world.on("2026-03-05")).values_list("document__ref", "party")
    assert sorted(given) == [("d1", world.SHOPS), ("d2", world.RESIDENTS), ("d2", world.SHOPS)]


def test_sharing_needs_a_date_and_a_party(client):
    square = world.trajectory()
    world.document(square)
    log_in_as_adviser_of(client, square)
    shown = FormPage(FormPage(client.get(SHARE), marker="parties").send(client, on="", parties=[]), marker="parties")
    assert sorted(shown.wrong) == ["on", "parties"]


def test_a_mistaken_share_can_be_removed_and_restored(client):
    square = world.trajectory()
    row = DocumentShare.objects.create(document=world.document(square), party="residents", on=world.on("2026-03-02"))
    elsewhere = world.document(world.trajectory("elders"), "d1")
    other = DocumentShare.objects.create(document=elsewhere, party="residents", on=world.on("2026-03-02"))
    log_in_as_adviser_of(client, square)
    assert client.post(SHARE, {"remove": other.pk}).status_code == 404
    assert client.post(SHARE, {"remove": "x"}).status_code == 404
    assert client.post(SHARE, {"remove": row.pk})["Location"] == SHARE
    assert list(DocumentShare.objects.all()) == [other]
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert DocumentShare.objects.count() == 2


@pytest.mark.parametrize("address", [DOCUMENT_URL, SHARE])
def test_an_unknown_document_gives_404(client, address):
    log_in_as_adviser_of(client, world.trajectory())
    assert client.get(address).status_code == 404


def test_the_pages_of_a_file_are_counted_unless_they_were_typed(client):
    log_in_as_adviser_of(client, world.trajectory())
    get_form(client, NEW_URL).send(client, title="Schets", upload=pdf(content=pdf_of_pages(3)))
    row = Document.objects.get()
    assert row.pages == 3
    get_form(client, DOCUMENT_URL).send(client, pages="7")
    get_form(client, DOCUMENT_URL).send(client, title="Ontwerp")
    row.refresh_from_db()
    assert (row.title, row.pages) == ("Ontwerp", 7)
    get_form(client, DOCUMENT_URL).send(client, upload=pdf(content=pdf_of_pages(2)))
    row.refresh_from_db()
    assert row.pages == 2
