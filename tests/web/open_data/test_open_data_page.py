"""The open data page and its files: the same for everyone, made once a day, without data that became private."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.open_data.datasets import TABLES
from participation.services.exports import open_data
from tests import world
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE, ZIP, LOOSE_ENDS = "/open-data/", "/open-data/leidraad.zip", "/open-data/ontbreekt/"
IN_DUTCH = {"headers": {"Accept-Language": "nl"}}


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def night(day=date(2026, 4, 20)):
    open_data.make_dump(day, load_rulebooks("leiden"))


def content(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def slugs(client):
    with zipfile.ZipFile(io.BytesIO(content(client.get(ZIP)))) as parts:
        return [json.loads(line)["slug"] for line in parts.read("json/trajectories.jsonl").splitlines()]


def test_the_page_describes_and_links_every_file(client):
    night()
    html = get_html(client, PAGE, **IN_DUTCH)

    read = ParsedPage(html)
    for kind in TABLES:
        assert kind.name in read.ids
        for address in (f"/open-data/csv/{kind.name}.csv", f"/open-data/json/{kind.name}.jsonl"):
            assert address in read.links
            content(client.get(address))
    assert "Alles wat hier openbaar is" in html
    assert "https://creativecommons.org/publicdomain/zero/1.0/" in read.links


def test_the_page_is_linked_in_every_footer(client):
    assert re.search(r'<footer.*href="/open-data/"', get_html(client, "/over/", **IN_DUTCH), re.S)


def test_the_export_contains_only_public_data_also_for_staff(client):
    world.trajectory()
    world.trajectory("nog-geheim", public=False)
    night()

    client.force_login(world.user("coordinator"))

    assert slugs(client) == ["voorbeeldplein"]


@pytest.mark.parametrize("address", [ZIP, "/open-data/csv/trajectories.csv"])
def test_a_visitor_never_starts_an_export_and_gets_503_with_retry_after(client, address):
    world.trajectory()

    response = client.get(address, **IN_DUTCH)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "300")
    assert f'href="{address}"' in response.content.decode()
    assert open_data.current_dump() is None


def test_privatised_data_disappears_at_once_and_the_rest_after_the_next_export(client):
    square = world.trajectory()
    world.trajectory("ander-plein")
    night()
    assert slugs(client) == ["voorbeeldplein", "ander-plein"]

    square.public = False
    square.save()
    assert client.get(ZIP).status_code == 503

    night()
    assert slugs(client) == ["ander-plein"]


def test_a_single_file_can_be_downloaded_from_any_origin(client):
    world.trajectory(title="=1+1")
    night()

    response = client.get("/open-data/csv/trajectories.csv")

    [row] = csv.DictReader(io.StringIO(content(response).decode()))
    assert row["title"] == "'=1+1"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Content-Disposition"] == 'attachment; filename="trajectories.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("file", ["csv/users.csv", "../db.sqlite3", "csv/", "datapackage"])
def test_other_file_names_give_404(client, file):
    night()
    assert client.get(f"/open-data/{file}").status_code == 404


def test_an_unchanged_export_gives_304_until_it_is_recreated(client):
    world.trajectory()
    night()
    response = client.get(ZIP)
    etag = response.headers["ETag"]
    content(response)

    assert client.get(ZIP, headers={"If-None-Match": etag}).status_code == 304
    night(date(2026, 4, 21))
    response = client.get(ZIP, headers={"If-None-Match": etag})
    assert content(response)
    assert response.headers["Content-Disposition"] == 'attachment; filename="leidraad-2026-04-21.zip"'


@pytest.mark.parametrize("file", ["chain.jsonld", "context.jsonld", "dcat.jsonld"])
def test_linked_data_is_served_as_such(client, file):
    world.trajectory()
    night()

    response = client.get(f"/open-data/{file}")

    assert response.headers["Content-Type"] == "application/ld+json"
    assert json.loads(content(response))["@context"]
    assert f'href="/open-data/{file}"' in get_html(client, PAGE, **IN_DUTCH)


# ---------- what is missing between contribution and execution


def test_what_is_missing_is_counted_by_kind_and_looking_back_apart(client):
    world.contribution(world.trajectory())
    world.contribution(world.trajectory("oud-plein", retrospective=True))
    world.contribution(world.trajectory("geheim", public=False))
    night()

    html = get_html(client, LOOSE_ENDS, **IN_DUTCH)

    row = re.search(r'href="[?]soort=contribution_without_outcome#lijst">Inbreng zonder uitkomst.*?</tr>', html, re.S)
    assert re.findall(r">([0-9]+)</td>", row[0]) == ["1", "1"]
    assert "20 april 2026" in html
    assert "soort=motion_without_execution" not in html


def test_the_list_leads_to_the_place_on_the_page(client):
    square = world.trajectory(title="Plein & park")
    world.contribution(square, theme="=Bomen")
    night()

    html = get_html(client, f"{LOOSE_ENDS}?soort=contribution_without_outcome", **IN_DUTCH)

    assert '<a href="/trajecten/voorbeeldplein/inbreng/?bij=inbreng-c1#inbreng-c1">=Bomen</a>' in html
    assert "Plein &amp; park" in html


def test_a_long_list_is_shown_in_parts_with_as_many_queries(client, django_assert_max_num_queries):
    square = world.trajectory()
    for number in range(51):
        world.contribution(square, f"c{number}", theme=f"thema {number}")
    night()
    address = f"{LOOSE_ENDS}?soort=contribution_without_outcome"

    def shown(part):
        html = get_html(client, f"{address}&pagina={part}", **IN_DUTCH)
        return re.findall(r">thema ([0-9]+)</a>", html)

    with django_assert_max_num_queries(3):
        assert shown(1) == [str(number) for number in range(50)]
    with django_assert_max_num_queries(3):
        assert shown(2) == ["50"]


@pytest.mark.parametrize("query", ["", "?soort=onbekend", "?soort=decision_without_weighing&pagina=x"])
def test_an_empty_or_unknown_choice_shows_the_counts_alone(client, query):
    world.contribution(world.trajectory(), theme="Bomen")
    night()

    html = get_html(client, f"{LOOSE_ENDS}{query}", **IN_DUTCH)

    assert "Inbreng zonder uitkomst" in html
    assert "Bomen" not in html


def test_nothing_missing_is_said(client):
    night()
    assert "Er ontbreekt niets." in get_html(client, LOOSE_ENDS, **IN_DUTCH)


def test_what_is_missing_is_not_shown_of_a_trajectory_made_private(client):
    square = world.trajectory()
    world.contribution(square)
    night()
    world.record(square, "2026-04-20 12:00", public=False)

    assert client.get(LOOSE_ENDS).status_code == 503


def test_a_dump_of_an_earlier_version_is_served_but_has_no_list_of_what_is_missing(client):
    night()
    with zipfile.ZipFile(open_data.current_dump(), "w") as parts:
        parts.writestr("datapackage.json", "{}")

    assert client.get(LOOSE_ENDS).status_code == 503
    assert content(client.get("/open-data/datapackage.json")) == b"{}"


@pytest.mark.parametrize("address", ["/moties/", "/toezeggingen/", "/stad/", PAGE])
def test_what_is_missing_is_linked(client, address):
    assert f'href="{LOOSE_ENDS}"' in get_html(client, address, **IN_DUTCH)
