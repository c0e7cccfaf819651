"""The page on which two versions of a document are compared."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.utils.html import strip_tags

from participation.services.uploads import store_upload
from participation.web.trajectories import document_comparison
from tests import world
from tests.files import uploaded_file
from tests.web.html_helpers import PAGE, ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

COMPARISON = f"{PAGE}verschil/"
OLD = "Het plein krijgt twintig bomen.\n\nDe weekmarkt blijft op zaterdag.\n"
NEW = "Het plein krijgt tien bomen.\n\nDe weekmarkt blijft op zaterdag.\n\nEr komt een rek voor fietsen.\n"


@pytest.fixture
def versions(settings, tmp_path):
    """Create a draft and the version that replaces it, both with a text file."""
    settings.MEDIA_ROOT = tmp_path
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "document_comparison": "1000/m/ip"}
    of, by = world.trajectory(), world.user("adviser")

    def stored(name, text):
        return store_upload(uploaded_file(name, text.encode()), by, world.moment("2026-03-01 12:00"))

    old = world.document(of, "d1", file=stored("concept.txt", OLD), version="1")
    new = world.document(of, "d2", file=stored("ontwerp.txt", NEW), version="2", replaces="d1")
    return old, new


def test_the_page_shows_what_was_added_and_removed(client, versions):
    html = get_html(client, f"{COMPARISON}?stuk=d2")
    ParsedPage(html)
    assert "Alinea’s: 1 gewijzigd, 1 toegevoegd, 0 verwijderd, 0 verplaatst; 1 hetzelfde." in html
    text = " ".join(unescape(strip_tags(html)).split())
    changed = "verwijderd: twintig, einde verwijderd; toegevoegd: tien, einde toegevoegd; bomen."
    assert f"Het plein krijgt {changed}" in text
    assert re.search(r"<del><span[^>]*>[^<]*</span>twintig<", html)
    assert re.search(r"<ins><span[^>]*>[^<]*</span>tien<", html)


def test_the_document_and_the_list_lead_to_the_comparison(client, versions):
    assert f"{COMPARISON}?stuk=d2" in get_html(client, f"{PAGE}plan/")
    html = get_html(client, COMPARISON)
    ParsedPage(html)
    assert f"{COMPARISON}?stuk=d2" in html


def test_a_decision_in_the_figures_of_influence_leads_to_the_comparison(client, versions):
    of = versions[0].trajectory
    world.step(of, "b1", kind="decision", method="", planned=None, done=world.on("2026-04-01"))
    assert f'href="{COMPARISON}"' in get_html(client, "/stad/invloed/")
    versions[1].delete()
    assert COMPARISON not in get_html(client, "/stad/invloed/")


def test_without_two_files_there_is_nothing_to_compare(client):
    of = world.trajectory()
    world.document(of, "d1")
    world.document(of, "d2", replaces="d1")
    assert "verschil/" not in get_html(client, PAGE)
    assert "geen twee versies" in get_html(client, COMPARISON)
    assert client.get(f"{COMPARISON}?stuk=d2").status_code == 404


@pytest.mark.parametrize("ref", ["d1", "d9", "../d2"])
def test_a_document_that_replaces_none_is_not_found(client, versions, ref):
    assert client.get(COMPARISON, {"stuk": ref}).status_code == 404


def test_what_is_not_public_is_compared_for_staff_only(client, versions):
    trajectory = versions[0].trajectory
    trajectory.public = False
    trajectory.save()
    assert client.get(f"{COMPARISON}?stuk=d2").status_code == 404
    client.force_login(world.user("auditor"))
    assert "Er komt een rek voor fietsen." in get_html(client, f"{COMPARISON}?stuk=d2")


def test_a_file_that_is_gone_or_too_large_gives_a_sentence(client, versions, monkeypatch):
    old, _new = versions
    old.file.file.storage.delete(old.file.file.name)
    assert "Een van deze bestanden is er niet meer." in get_html(client, f"{COMPARISON}?stuk=d2")
    monkeypatch.setattr(document_comparison, "MAX_BYTES", 10)
    assert "te groot om hier te vergelijken" in get_html(client, f"{COMPARISON}?stuk=d2")


def test_more_changes_than_are_shown_are_counted(client, versions, monkeypatch):
    monkeypatch.setattr(document_comparison, "MAX_CHANGES_SHOWN", 1)
    assert "Nog 1 verandering staat hier niet." in get_html(client, f"{COMPARISON}?stuk=d2")


def test_comparisons_are_limited_per_address(client, versions, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "document_comparison": "1/d/ip,20/d/key"}
    assert client.get(f"{COMPARISON}?stuk=d2").status_code == 200
    assert client.get(f"{COMPARISON}?stuk=d2").status_code == 429
    assert client.get(COMPARISON).status_code == 200


def test_a_visit_costs_the_same_for_one_document_and_for_fifty(client, versions, django_assert_max_num_queries):
    for number in range(50):
        world.document(versions[0].trajectory, f"x{number}", replaces="d1", file=versions[0].file)
    with django_assert_max_num_queries(8):
        get_html(client, COMPARISON)
    with django_assert_max_num_queries(10):
        get_html(client, f"{COMPARISON}?stuk=d2")
