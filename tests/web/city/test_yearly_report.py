"""The page of the yearly report, its downloads, and the lines behind its figures."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.interchange.archive.pdf import PdfUnavailableError
from participation.interchange.yearly_report.check import check_report
from participation.models import Trajectory
from participation.services.exports import archives
from participation.services.exports.cached_files import folder_lock, media_folder
from tests import towns, world
from tests.interchange.yearly_report.reports import due, town
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

REPORT = "/stad/jaarverslag/2025/"
PDF, ZIP = f"{REPORT}jaarverslag.pdf", f"{REPORT}jaarverslag.zip"
LINK = re.compile(r'<a class="ld-tap" href="(/(?:stad/(?!jaarverslag)|moties/|toezeggingen/)[^"]*[?][^"]*)">(\d+)<')


@pytest.fixture(autouse=True)
def _files(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("participation.interchange.yearly_report.writer.pdf_of", lambda _html: b"%PDF-")


def read(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


PARTS = (
    *("influence", "timely-involvement", "transparency", "inclusivity", "feedback", "resources", "roles"),
    *("places", "influence-of-people", "decisions", "fairness", "register"),
)


def part_urls(client, query=""):
    return re.findall(r'href="(/stad/jaarverslag/2025/[\w-]+/[^"]*)">', get_html(client, REPORT + query))


def whole(client, query=""):
    """Return all pages of the report as one text."""
    return "".join(get_html(client, url) for url in (REPORT + query, *part_urls(client, query)))


def test_the_basic_conditions_come_first_each_with_a_page_of_its_own(client):
    town()
    urls = part_urls(client)
    names = [url.split("/")[-2] for url in urls]
    assert names[:7] == list(PARTS[:7])
    assert names[-5:] == list(PARTS[-5:])
    for url in urls:
        ParsedPage(get_html(client, url))
    html = get_html(client, f"{REPORT}inclusivity/")
    assert "Niet alle belangen worden gehoord" in html
    assert "Rekenkamer Leiden en Leiderdorp" in html
    assert "Hierna:" in html


def test_the_first_page_has_the_percentage_of_each_basic_condition(client):
    town()
    html = get_html(client, REPORT)
    assert re.search(r'feedback/">Terugkoppeling</a> <span[^>]*>\d+% op tijd</span>', html)


@pytest.mark.parametrize("role", [None, "coordinator"])
def test_every_figure_leads_to_as_many_lines_for_a_visitor_as_for_staff(client, role):
    town()
    if role:
        client.force_login(world.user(role))
    links = LINK.findall(whole(client))
    assert len(links) > 40
    for url, number in dict(links).items():
        html = get_html(client, unescape(url))
        counted = re.search(r'role="status"[^>]*>\s*(\d+|Geen)', html)
        assert counted, url
        assert counted[1] == number, url


def test_the_figures_are_the_same_for_everyone(client):
    town()
    for_visitors = LINK.findall(whole(client))
    client.force_login(world.user("coordinator"))
    assert LINK.findall(whole(client)) == for_visitors


def test_the_report_names_with_whom_nobody_spoke(client):
    town()
    html = get_html(client, f"{REPORT}inclusivity/")
    assert "12 maanden niet gesproken, voor zover bekend: " in html
    assert "1 februari 2023" in html
    assert "Jongeren" in html


def test_an_unknown_part_is_not_found(client):
    assert client.get(f"{REPORT}geheim/").status_code == 404


@pytest.fixture
def two_towns(settings):
    """Add a town of which the points, inbreng, motions and activities are other ones."""
    settings.RULEBOOK = towns.TOWNS
    town()
    world.neighbourhood("dorp", district="Dorp", municipality="oegstgeest")
    other = world.trajectory("dorpsplein", "dorp", municipality="oegstgeest")
    due(other, "2025-05-01", "o1", met_on=date(2025, 5, 1))
    world.contribution(other, received_on=world.on("2025-05-01"))
    world.step(other, "a1", done=world.on("2025-05-01"))
    world.motion("25.0100", municipality="oegstgeest", adopted_on=world.on("2025-03-01"))


def test_one_municipality_can_be_chosen_and_its_figures_lead_to_its_lines(client, two_towns):
    html = get_html(client, f"{REPORT}?gemeente=oegstgeest")
    assert "?gemeente=leiden" in get_html(client, REPORT)
    assert "jaarverslag.pdf?gemeente=oegstgeest" in html
    own = whole(client, "?gemeente=oegstgeest")
    assert "Noord" not in own
    links = LINK.findall(own)
    assert links
    assert all("gemeente=oegstgeest" in url for url, _number in links)
    for url, number in dict(links).items():
        counted = re.search(r'role="status"[^>]*>\s*(\d+|Geen)', get_html(client, unescape(url)))
        assert counted, url
        assert counted[1] == number, url


def test_the_zip_of_one_municipality_has_its_lines_only_and_is_confirmed(client, two_towns, tmp_path):
    response = client.get(f"{ZIP}?gemeente=oegstgeest")
    content = read(response)
    name = "jaarverslag-oegstgeest-2025-2026-04-20"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.zip"'
    path = tmp_path / "copy.zip"
    path.write_bytes(content)
    assert check_report(path).is_confirmed
    with zipfile.ZipFile(path) as zipped:
        lines = {own: zipped.read(f"{name}/data/{own}.csv") for own in ("trajectories", "motions", "coverage")}
    assert b"dorpsplein" in lines["trajectories"]
    assert b"noordplein" not in lines["trajectories"]
    assert b"25.0100" in lines["motions"]
    assert b"21.0098/04" not in lines["motions"]
    assert b"Noord" not in lines["coverage"]
    assert read(client.get(ZIP)) != content
    assert len(list(media_folder("reports").glob("*.zip"))) == 2


@pytest.mark.parametrize("name", ["", "inclusivity/", "jaarverslag.pdf", "jaarverslag.zip"])
def test_an_unknown_municipality_has_no_report(client, two_towns, name):
    assert client.get(f"{REPORT}{name}?gemeente=elders").status_code == 404


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(client):
    town()
    with CaptureQueriesContext(
        connection,
    ) as few:
        get_html(client, REPORT)
    for number in range(50):
        of = world.trajectory(f"plein-{number}")
        due(of, "2025-05-01", "s1")
        world.contribution(of, received_on=world.on("2025-05-01"))
        world.step(of, "e1", done=world.on("2025-05-01"), score="7.0")
    with CaptureQueriesContext(connection) as many:
        get_html(client, REPORT)
    assert len(many) == len(few)


def test_the_zip_is_confirmed_and_made_once(client, tmp_path, monkeypatch):
    town()
    response = client.get(ZIP)
    content = read(response)
    assert response.headers["Content-Disposition"] == 'attachment; filename="jaarverslag-2025-2026-04-20.zip"'
    path = tmp_path / "copy.zip"
    path.write_bytes(content)
    found = check_report(path)
    assert found.is_confirmed
    assert response.headers["ETag"] == f'"{found.archive.sha256}"'

    def again(*_args):
        raise AssertionError("made twice")

    monkeypatch.setattr("participation.services.exports.reports.write_report", again)
    assert read(client.get(ZIP)) == content
    assert read(client.get(PDF)) == b"%PDF-"


def test_a_change_makes_another_report_without_what_is_no_longer_public(client):
    town()
    before = read(client.get(ZIP))
    assert b"noordplein" in _file(before, "trajectories.csv")
    north = Trajectory.objects.get(slug="noordplein")
    north.public = False
    north.save()
    assert b"noordplein" not in _file(read(client.get(ZIP)), "trajectories.csv")
    assert len(list(media_folder("reports").glob("*.zip"))) == 1


def _file(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return zipped.read(f"jaarverslag-2025-2026-04-20/data/{name}")


def test_an_erasure_removes_the_reports(client, django_capture_on_commit_callbacks):
    town()
    read(client.get(ZIP))
    with django_capture_on_commit_callbacks(execute=True):
        archives.clear_all_caches()
    assert not list(media_folder("reports").glob("*.zip"))


def test_reports_of_earlier_days_are_removed(client):
    read(client.get(ZIP))
    assert archives.remove_old_archives(date(2026, 4, 20)) == 0
    assert archives.remove_old_archives(date(2026, 4, 21)) == 1


def test_made_reports_are_throttled_and_cached_ones_are_not(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "archive": "1/d/ip"}
    assert read(client.get(ZIP)) == read(client.get(ZIP))
    assert client.get("/stad/jaarverslag/2024/jaarverslag.zip").status_code == 429


def test_while_one_is_made_others_are_asked_to_wait(client):
    with folder_lock(media_folder("reports")):
        response = client.get(ZIP)
    assert response.status_code == 503
    assert response.headers["Retry-After"]


def test_without_the_libraries_for_pdfs_nothing_is_half_stored(client, monkeypatch):
    def unavailable(_html):
        raise PdfUnavailableError("apt-get install pango")

    monkeypatch.setattr("participation.interchange.yearly_report.writer.pdf_of", unavailable)
    assert client.get(PDF).status_code == 503
    assert not list(media_folder("reports").glob("*.zip"))


@pytest.mark.parametrize("year", [1999, 2027, 99999])
def test_another_year_has_no_report(client, year):
    for name in ("", "jaarverslag.pdf", "jaarverslag.zip"):
        assert client.get(f"/stad/jaarverslag/{year}/{name}").status_code == 404


def test_the_last_year_that_is_over_comes_first(client):
    assert client.get("/stad/jaarverslag/").headers["Location"] == REPORT
    assert "/stad/jaarverslag/2026/" in get_html(client, REPORT)


def test_head_makes_nothing(client):
    for url in (ZIP, PDF):
        assert client.head(url).status_code == 200
    assert not media_folder("reports").exists()
