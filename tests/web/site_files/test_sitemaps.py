"""The site map has every public page once, and none that is not public."""

import pytest
from defusedxml import ElementTree
from django.contrib.sitemaps import Sitemap

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from tests import world

pytestmark = pytest.mark.django_db
LOCATION = ".//{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(autouse=True)
def _public_url(settings):
    settings.BASE_URL, settings.RULEBOOK = "https://leidraad.example.nl", "leiden,amsterdam"


def locations(client, address):
    response = client.get(address)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/xml")
    return [found.text for found in ElementTree.fromstring(response.content).iterfind(LOCATION)]


def test_the_index_lists_a_file_for_each_kind_of_page_that_there_is(client):
    world.trajectory()
    assert [url.rpartition("/")[2] for url in locations(client, "/sitemap.xml")] == [
        *("sitemap-pages.xml", "sitemap-rules.xml", "sitemap-trajectories.xml", "sitemap-neighbourhoods.xml"),
    ]


def test_a_page_that_is_not_public_is_left_out(client):
    world.trajectory("openbaar")
    world.trajectory("geheim", public=False)
    client.force_login(world.user("coordinator"))

    assert locations(client, "/sitemap-trajectories.xml") == ["https://leidraad.example.nl/trajecten/openbaar/"]


def test_every_page_of_the_site_map_can_be_read_by_a_visitor(client):
    world.trajectory()
    world.motion()
    world.commitment()
    sections = ("pages", "trajectories", "neighbourhoods", "motions", "commitments")
    found = [url for section in sections for url in locations(client, f"/sitemap-{section}.xml")]
    found += locations(client, "/sitemap-rules.xml")[::20]

    for url in found:
        assert client.get(url.removeprefix("https://leidraad.example.nl")).status_code == 200, url


def test_the_rules_of_every_rulebook_have_a_page_of_their_own(client):
    found = locations(client, "/sitemap-rules.xml")

    assert len(set(found)) == len(found) == sum(len(rulebook.rules) for rulebook in load_rulebooks("leiden,amsterdam"))


def test_more_pages_than_a_file_may_have_are_split_over_files(client, monkeypatch, django_assert_max_num_queries):
    assert Sitemap.limit == 50_000
    monkeypatch.setattr(Sitemap, "limit", 2)
    Trajectory.objects.bulk_create(Trajectory(slug=f"plein-{n}", title=f"Plein {n}") for n in range(5))
    files = [url for url in locations(client, "/sitemap.xml") if "trajectories" in url]
    assert [url.rpartition("/")[2] for url in files] == [
        *("sitemap-trajectories.xml", "sitemap-trajectories.xml?p=2", "sitemap-trajectories.xml?p=3"),
    ]
    with django_assert_max_num_queries(3):
        assert [url[-8:] for url in locations(client, "/sitemap-trajectories.xml?p=3")] == ["plein-4/"]
    assert client.get("/sitemap-trajectories.xml?p=4").status_code == 404
    assert client.get("/sitemap-onbekend.xml").status_code == 404
