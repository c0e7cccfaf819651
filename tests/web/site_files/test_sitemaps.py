"""The site map has every public page once, and none that is not public."""

from datetime import date

import pytest
from defusedxml import ElementTree
from django.contrib.sitemaps import Sitemap

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from participation.services.exports import open_data
from participation.web.site_files import sitemaps
from tests import world
from tests.web.permission_matrix import YES, published_rows

pytestmark = pytest.mark.django_db
#: The names of public URLs that are not in the site map, by the reason.
LEFT_OUT = {
    "a redirect to a page that is in it": ("home", "last_yearly_report", "favicon"),
    "for one person, or after a form": (
        *("login", "account_login", "account_signup", "account_inactive", "socialaccount_login_cancelled"),
        *("account_request_login_code", "account_confirm_login_code", "mfa_authenticate", "account_reset_password"),
        *("account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done"),
        *("evaluation_thanks", "follow_neighbourhood", "follow_trajectory"),
    ),
    "a file, not a page": (
        *(
            "robots_txt",
            "sitemap_index",
            "sitemap",
            "opensearch",
            "healthz",
            "rulebook_json",
            "rulebook_html",
            "upload",
        ),
        *("council_meeting_pdf", "council_pack_pdf", "yearly_report_pdf", "yearly_report_zip"),
        *("open_data_zip", "open_data_file", "comparison_document", "trajectory_archive", "trajectory_json"),
        *("neighbourhood_calendar", "neighbourhood_feed", "organisation_calendar"),
        *("trajectory_calendar", "trajectory_feed", "trajectory_badge"),
    ),
    "only with a query": ("trajectory_search", "trajectory_obligation", "document_comparison", "council_lines"),
    "another view of a page that is in it": (
        *("trajectory_history", "trajectory_other_rules", "evaluation_results", "yearly_report_part"),
        *("council_meeting", "council_pack"),
    ),
}
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
        *("sitemap-pages.xml", "sitemap-rules.xml", "sitemap-reports.xml", "sitemap-trajectories.xml"),
        *("sitemap-take-part.xml", "sitemap-input.xml", "sitemap-plans.xml", "sitemap-agreements.xml"),
        *("sitemap-neighbourhoods.xml", "sitemap-asked-of-neighbourhoods.xml"),
    ]


def test_a_page_that_is_not_public_is_left_out(client):
    world.trajectory("openbaar")
    world.trajectory("geheim", public=False)
    client.force_login(world.user("coordinator"))

    assert locations(client, "/sitemap-trajectories.xml") == ["https://leidraad.example.nl/trajecten/openbaar/"]


def test_every_page_of_the_site_map_can_be_read_by_a_visitor(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world.trajectory()
    world.motion()
    world.commitment()
    world.organisation()
    world.register_request("I-1", kind="initiative", moderation="public")
    open_data.make_dump(date(2026, 4, 20), load_rulebooks("leiden"))
    sections = {url.rpartition("/sitemap-")[2]: locations(client, url) for url in locations(client, "/sitemap.xml")}
    assert {f"{name}.xml" for name in sitemaps.sections()} == sections.keys()
    sections["rules.xml"] = sections["rules.xml"][::20]
    found = [url for section in sections.values() for url in section]

    for url in found:
        assert client.get(url.removeprefix("https://leidraad.example.nl")).status_code == 200, url


def test_every_public_page_is_in_the_site_map_or_left_out_for_a_reason():
    public = {
        name
        for row in published_rows()
        if row.cells["visitor"] == YES and "GET" in row.methods and not row.hidden
        for name in row.names
        if not name.startswith("api")
    }
    mapped = {name for section in sitemaps.sections().values() for name in section.url_names} - {"api:docs"}
    left_out = {name for names in LEFT_OUT.values() for name in names}

    assert mapped & left_out == set()
    assert mapped | left_out == public


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
