"""The archive of a trajectory: with what the user may see, and with a rate limit."""

from __future__ import annotations

import base64
import hashlib
import io

import pytest
from django.core.cache import cache

from participation.interchange.archive.bag import fingerprint
from participation.interchange.archive.pdf import PdfUnavailableError
from participation.services.exports.cached_files import folder_lock
from tests import world
from tests.interchange.archive.archives import files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ARCHIVE = "/trajecten/voorbeeldplein/archief.zip"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", lambda _html: b"%PDF-")
    yield
    cache.clear()


def download(client, **headers):
    response = client.get(ARCHIVE, **headers)
    assert response.status_code == 200
    return response, response.getvalue()


def test_the_archive_download_has_its_file_name_and_checksum(client, caplog):
    world.trajectory()
    with caplog.at_level("INFO", "leidraad.archive"):
        response, content = download(client)
    checksum, size = fingerprint(io.BytesIO(content))
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="voorbeeldplein-2026-04-20.zip"'
    assert int(response.headers["Content-Length"]) == size
    assert response.headers["ETag"] == f'"{checksum}"'
    sum_ = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert response.headers["Repr-Digest"] == f"sha-256=:{sum_}:"
    assert checksum in caplog.text


def test_a_visitor_who_has_the_current_archive_gets_304_without_it(client, monkeypatch):
    square = world.trajectory()
    first, content = download(client)
    assert (first.headers["Cache-Control"], first.headers["Vary"]) == ("no-cache", "Accept-Language, Cookie")
    etag = first.headers["ETag"]
    with monkeypatch.context() as patched:
        patched.setattr("participation.web.trajectories.archive.make_archive", None)
        again = client.get(ARCHIVE, HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (etag, "no-cache")
    world.record(square, "2026-04-20 12:00", title="Anders")
    changed, later = download(client, HTTP_IF_NONE_MATCH=etag)
    assert changed.headers["ETag"] != etag
    assert later != content


def test_no_cache_stores_the_archive_of_a_user(client):
    world.trajectory()
    public = download(client)[0].headers["ETag"]
    client.force_login(world.user("auditor"))
    response, _content = download(client, HTTP_IF_NONE_MATCH=public)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["ETag"] != public


def test_visitors_get_the_public_version_and_advisers_the_staff_version(client):
    world.trajectory()
    assert b"Leidraad-Reader: public" in files(download(client)[1])["bag-info.txt"]
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert b"Leidraad-Reader: public" in files(download(client)[1])["bag-info.txt"]
    client.force_login(world.user("auditor"))
    assert b"Leidraad-Reader: municipality" in files(download(client)[1])["bag-info.txt"]


def test_an_archive_of_a_hidden_trajectory_gives_404(client):
    world.trajectory(public=False)
    assert client.get(ARCHIVE).status_code == 404
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.get(ARCHIVE).status_code == 404
    client.force_login(world.user("auditor"))
    download(client)


def test_a_head_request_creates_no_archive(client, monkeypatch):
    world.trajectory()
    monkeypatch.setattr("participation.web.trajectories.archive.make_archive", None)
    assert client.head(ARCHIVE).status_code == 200


def test_archive_creation_is_throttled_per_client(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "archive": "1/d/ip,2/d/key"}
    for slug in "abcd":
        world.trajectory(slug)

    def made(slug, origin):
        response = client.get(f"/trajecten/{slug}/archief.zip", REMOTE_ADDR=origin)
        response.getvalue()
        return response

    assert made("a", "192.0.2.1").status_code == 200
    response = made("b", "192.0.2.1")
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 24 * 3600
    assert response.headers["Cache-Control"] == "no-store"
    assert made("b", "198.51.100.7").status_code == 200
    # There is also a limit on all users together; a cached archive does not count.
    assert made("c", "198.51.100.8").status_code == 429
    assert made("a", "192.0.2.1").status_code == 200


def test_during_another_creation_a_request_gets_503_and_is_not_counted(client, settings, tmp_path):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "archive": "1/d/ip"}
    world.trajectory()
    with folder_lock(tmp_path / "archives"):
        for _ in range(2):
            response = client.get(ARCHIVE)
            assert (response.status_code, response.headers["Retry-After"]) == (503, "15")
            assert response.headers["Cache-Control"] == "no-store"
            assert f'href="{ARCHIVE}"' in response.content.decode()
    download(client)


def test_missing_pdf_libraries_give_a_message_and_a_log_entry(client, monkeypatch, caplog):
    world.trajectory()

    def unavailable(_html):
        raise PdfUnavailableError("apt-get install pango")

    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", unavailable)
    assert client.get(ARCHIVE).status_code == 503
    assert "apt-get install pango" in caplog.text


def test_the_trajectory_page_links_to_the_archive_with_nofollow(client):
    world.trajectory()
    assert f'href="{ARCHIVE}" rel="nofollow"' in client.get("/trajecten/voorbeeldplein/").content.decode()
