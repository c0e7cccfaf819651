"""robots.txt, security.txt, opensearch.xml and favicon.ico."""

from datetime import UTC, datetime, timedelta

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from tests import world

SECURITY_TXT = "/.well-known/security.txt"


@pytest.fixture(autouse=True)
def _public_url(settings):
    settings.BASE_URL, settings.DEMO = "https://leidraad.example.nl", False


def test_robots_may_read_every_page_once_and_are_led_to_the_site_map(client):
    response = client.get("/robots.txt")
    lines = response.content.decode().splitlines()

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /account/", "Disallow: /volgen/", "Disallow: /*?"} <= set(lines)
    assert lines[-1] == "Sitemap: https://leidraad.example.nl/sitemap.xml"
    assert "Disallow: /" not in lines


def test_a_demonstration_with_invented_trajectories_is_not_indexed(client, settings):
    settings.DEMO = True

    assert client.get("/robots.txt").content.decode().splitlines() == ["User-agent: *", "Disallow: /"]


def test_security_txt_names_the_contact_and_expires_within_a_year(client, settings):
    settings.SECURITY_CONTACT = "veiligheid@example.nl"
    response = client.get(SECURITY_TXT)
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:veiligheid@example.nl"
    assert fields["Canonical"] == f"https://leidraad.example.nl{SECURITY_TXT}"
    assert timedelta(days=150) < expires - timezone.now() < timedelta(days=365)


@pytest.mark.django_db
def test_without_a_contact_there_is_no_security_txt(client, settings):
    settings.SECURITY_CONTACT = ""

    assert client.get(SECURITY_TXT).status_code == 404


@pytest.mark.django_db
def test_a_browser_can_search_the_trajectories_from_its_own_search_field(client):
    world.trajectory(title="Lindenplein")
    world.trajectory("elders", title="Beukenlaan")
    response = client.get("/opensearch.xml", headers={"Accept-Language": "en"})
    described = ElementTree.fromstring(response.content)
    spaces = {"": "http://a9.com/-/spec/opensearch/1.1/"}
    addresses = {found.get("type"): found.get("template") for found in described.iterfind("Url", spaces)}
    search = addresses["text/html"].removeprefix("https://leidraad.example.nl")
    html = client.get(search.replace("{searchTerms}", "lindenplein")).content.decode()

    assert response.headers["Content-Type"] == "application/opensearchdescription+xml"
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    assert addresses[response.headers["Content-Type"]] == "https://leidraad.example.nl/opensearch.xml"
    assert described.findtext("Description", namespaces=spaces) == "Zoeken in de trajecten"
    assert ("Lindenplein" in html, "Beukenlaan" in html) == (True, False)
    assert '<link rel="search" href="/opensearch.xml" type="application/opensearchdescription+xml"' in html


def test_the_icon_is_found_where_browsers_ask_for_it_by_themselves(client):
    response = client.get("/favicon.ico")

    assert response.headers["Location"] == "/static/leidraad/favicon.svg"
