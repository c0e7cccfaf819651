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
from participation.interchange.open_data.datasets import DATASETS, RULES
from participation.services.exports import open_data
from tests import world
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE, ZIP = "/open-data/", "/open-data/leidraad.zip"
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
    for kind in (*DATASETS, RULES):
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
