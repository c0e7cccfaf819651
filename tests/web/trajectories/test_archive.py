"""An archive for whoever may see the trajectory: what they may see of it, and not too often."""

from __future__ import annotations

import base64
import hashlib
import io

import pytest
from django.core.cache import cache

from participation.exchange.archive.bag import fingerprint
from participation.exchange.archive.pdf import PdfUnavailableError
from participation.services.made_files import making
from tests import world
from tests.exchange.archive.archives import files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ARCHIVE = "/trajecten/voorbeeldplein/archief.zip"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    monkeypatch.setattr("participation.exchange.archive.writer.pdf_of", lambda _html: b"%PDF-")
    yield
    cache.clear()


def taken(client, **headers):
    answer = client.get(ARCHIVE, **headers)
    assert answer.status_code == 200
    return answer, answer.getvalue()


def test_it_is_saved_under_its_name_with_its_sum_beside_it(client, caplog):
    world.trajectory()
    with caplog.at_level("INFO", "leidraad.archive"):
        answer, content = taken(client)
    told, size = fingerprint(io.BytesIO(content))
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="voorbeeldplein-2026-04-20.zip"'
    assert int(answer.headers["Content-Length"]) == size
    assert answer.headers["ETag"] == f'"{told}"'
    sum_ = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{sum_}:"
    assert "no-store" in answer.headers["Cache-Control"]
    assert told in caplog.text


def test_a_visitor_gets_the_version_for_everyone_and_an_adviser_that_of_the_municipality(client):
    world.trajectory()
    assert b"Leidraad-Reader: public" in files(taken(client)[1])["bag-info.txt"]
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert b"Leidraad-Reader: public" in files(taken(client)[1])["bag-info.txt"]
    client.force_login(world.user("auditor"))
    assert b"Leidraad-Reader: municipality" in files(taken(client)[1])["bag-info.txt"]


def test_of_what_may_not_be_seen_there_is_none(client):
    world.trajectory(public=False)
    assert client.get(ARCHIVE).status_code == 404
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.get(ARCHIVE).status_code == 404
    client.force_login(world.user("auditor"))
    taken(client)


def test_asking_whether_it_is_there_makes_none(client, monkeypatch):
    world.trajectory()
    monkeypatch.setattr("participation.web.trajectories.archive.make_archive", None)
    assert client.head(ARCHIVE).status_code == 200


def test_who_has_too_many_made_is_told_to_wait_and_others_are_not(client, settings):
    settings.RATE_LIMITS = {"archive": "1/m/ip,2/m/key"}
    for slug in "abcd":
        world.trajectory(slug)

    def made(slug, origin):
        answer = client.get(f"/trajecten/{slug}/archief.zip", REMOTE_ADDR=origin)
        answer.getvalue()
        return answer

    assert made("a", "192.0.2.1").status_code == 200
    answer = made("b", "192.0.2.1")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert made("b", "198.51.100.7").status_code == 200
    # All of them together have a limit too; what was made before costs nothing, so it is not counted.
    assert made("c", "198.51.100.8").status_code == 429
    assert made("a", "192.0.2.1").status_code == 200


def test_while_another_is_being_made_one_is_asked_to_come_back_and_that_is_not_counted(client, settings, tmp_path):
    settings.RATE_LIMITS = {"archive": "1/m/ip"}
    world.trajectory()
    with making(tmp_path / "archives"):
        for _ in range(2):
            answer = client.get(ARCHIVE)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
            assert f'href="{ARCHIVE}"' in answer.content.decode()
    taken(client)


def test_a_machine_that_makes_no_pdfs_says_so_and_logs_what_to_install(client, monkeypatch, caplog):
    world.trajectory()

    def unavailable(_html):
        raise PdfUnavailableError("apt-get install pango")

    monkeypatch.setattr("participation.exchange.archive.writer.pdf_of", unavailable)
    assert client.get(ARCHIVE).status_code == 503
    assert "apt-get install pango" in caplog.text


def test_the_page_leads_to_it_and_robots_are_asked_not_to_go_there(client):
    world.trajectory()
    assert f'href="{ARCHIVE}" rel="nofollow"' in client.get("/trajecten/voorbeeldplein/").content.decode()
