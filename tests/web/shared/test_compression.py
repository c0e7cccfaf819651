"""Which responses are compressed: pages, but none with a secret, and not the API."""

import gzip

import pytest

from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client):
    client.defaults["HTTP_ACCEPT_ENCODING"] = "gzip, deflate, br"
    return client


def test_a_page_is_compressed_for_a_browser_that_accepts_it(browser):
    response = browser.get("/over/")

    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert b"</html>" in gzip.decompress(response.content)


def test_a_page_is_sent_as_it_is_to_a_program_that_did_not_ask(client):
    response = client.get("/over/")

    assert "Content-Encoding" not in response.headers
    assert b"</html>" in response.content


def test_a_feed_and_the_site_map_are_compressed_and_a_file_to_download_is_not(browser):
    square = world.trajectory()
    # A short answer is not compressed: it would become longer.
    for number in range(1, 10):
        world.step(square, f"s{number}", title="Bewonersavond", planned=world.on(f"2026-05-0{number}"))
    for address in ("/trajecten/voorbeeldplein/agenda.ics", "/sitemap-rules.xml"):
        assert browser.get(address).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in browser.get("/trajecten/?bestand=csv").headers


def test_two_answers_to_one_request_differ_in_length(browser):
    assert len({len(browser.get("/over/").content) for _ in range(20)}) > 1


@pytest.mark.parametrize("address", ["/account/tweede-stap/", "/mijn/sleutels/", "/admin/"])
def test_a_page_that_can_show_a_secret_is_not_compressed(browser, address):
    browser.force_login(world.user("administrator", is_superuser=True, is_staff=True))
    response = browser.get(address, follow=True)

    assert response.headers["Content-Type"].startswith("text/html")
    assert (len(response.content) > 1000, response.headers.get("Content-Encoding")) == (True, None)


def test_an_etag_of_the_api_stays_strong_so_that_a_change_can_be_saved(browser):
    world.trajectory("stationsplein")
    response = browser.get("/api/v1/trajectories/stationsplein")

    assert response.headers["ETag"].startswith('"')
    assert "Content-Encoding" not in response.headers
