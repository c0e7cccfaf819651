"""Uploaded files: served to who may see the row that they belong to, as a download, never inline."""

from __future__ import annotations

from email.message import Message

import pytest

from participation.models import CounterSignal, Upload
from participation.services.uploads import store_upload
from tests import world
from tests.files import CONTENTS, uploaded_file
from tests.web.associations.association_helpers import log_in_member, make_square
from tests.web.html_helpers import TODAY

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-04-20T08:00")


def uploaded(name="brief.pdf"):
    by = world.models.User.objects.filter(username="indiener").first() or world.user("adviser", name="indiener")
    return store_upload(uploaded_file(name), by, NOW)


def on_signal(of, upload):
    return CounterSignal.objects.create(
        trajectory=of,
        rule="meeting-announced",
        subject="s1",
        status="met",
        on=TODAY,
        organisation=world.organisation(),
        made_by=upload.uploaded_by,
        request=world.request(of),
        evidence_file=upload,
    )


def status(client, upload):
    response = client.get(f"/bestanden/{upload.pk}/")
    # A response that is read to its end closes itself; `close` would close the database connection of the test.
    response.getvalue()
    return response.status_code


@pytest.mark.parametrize("hangs_on", ["document", "counter-signal"])
def test_files_of_public_objects_can_be_downloaded_by_everyone(client, hangs_on):
    of, upload = make_square(), uploaded()
    if hangs_on == "document":
        world.document(of, file=upload)
    else:
        on_signal(of, upload)

    response = client.get(f"/bestanden/{upload.pk}/")

    assert b"".join(response.streaming_content) == CONTENTS["pdf"]
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="brief.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response.headers["Cache-Control"]


def test_files_of_hidden_or_deleted_objects_give_404(client):
    loose, hidden = uploaded(), uploaded()
    of = make_square(public=False)
    world.document(of, file=hidden)
    who = log_in_member(client)
    for upload in (loose, hidden):
        assert status(client, upload) == 404
    assert who != loose.uploaded_by
    client.logout()
    assert status(client, hidden) == 404
    client.force_login(world.user("auditor"))
    assert status(client, hidden) == 200
    assert status(client, loose) == 404


def test_a_file_gives_404_once_its_object_is_deleted(client):
    of, upload = make_square(), uploaded()
    signal = on_signal(of, upload)
    assert status(client, upload) == 200
    signal.delete()
    assert status(client, upload) == 404


def test_a_file_missing_on_disk_gives_404(client):
    of, upload = make_square(), uploaded()
    world.document(of, file=upload)
    upload.file.storage.delete(upload.file.name)
    assert status(client, upload) == 404
    assert client.get("/bestanden/999999/").status_code == 404


@pytest.mark.parametrize("name", ["één blad.pdf", 'a"; filename="x.html.pdf', "a\\..\\b.pdf", "π\u2028.pdf"])
def test_any_file_name_is_safe_in_the_header(client, name):
    of, upload = make_square(), uploaded(name)
    world.document(of, file=upload)

    response = client.get(f"/bestanden/{upload.pk}/")
    # A response that is read to its end closes itself; `close` would close the database connection of the test.
    response.getvalue()
    header = response.headers["Content-Disposition"]

    read = Message()
    read["Content-Disposition"] = header
    assert header.startswith("attachment; filename")
    assert read.get_filename() == Upload.objects.get().name
    assert "\n" not in header


def test_only_get_and_head_are_allowed(client):
    of, upload = make_square(), uploaded()
    world.document(of, file=upload)
    assert client.post(f"/bestanden/{upload.pk}/").status_code == 405
