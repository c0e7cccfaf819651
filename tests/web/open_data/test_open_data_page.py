"""The page of the open data and its files: the same for everyone, made once a day, gone when it is no longer public."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date

import pytest

from participation.compliance.rulebook import load
from participation.exchange.open_data.datasets import KINDS, RULES
from participation.services import open_data
from tests import world
from tests.web.reading import Read, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE, ZIP = "/open-data/", "/open-data/leidraad.zip"
IN_DUTCH = {"headers": {"Accept-Language": "nl"}}


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def night(day=date(2026, 4, 20)):
    open_data.make_dump(day, load("leiden"))


def content(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def slugs(client):
    with zipfile.ZipFile(io.BytesIO(content(client.get(ZIP)))) as parts:
        return [json.loads(line)["slug"] for line in parts.read("json/trajectories.jsonl").splitlines()]


def test_the_page_tells_of_every_file_what_it_holds_and_where_it_is(client):
    night()
    html = shown(client, PAGE, **IN_DUTCH)

    read = Read(html)
    for kind in (*KINDS, RULES):
        assert kind.name in read.ids
        for address in (f"/open-data/csv/{kind.name}.csv", f"/open-data/json/{kind.name}.jsonl"):
            assert address in read.links
            content(client.get(address))
    assert "Alles wat hier openbaar is" in html
    assert "https://creativecommons.org/publicdomain/zero/1.0/" in read.links


def test_it_is_in_the_foot_of_every_page(client):
    assert re.search(r'<footer.*href="/open-data/"', shown(client, "/over/", **IN_DUTCH), re.S)


def test_it_is_what_nobody_in_particular_may_see_also_for_who_may_see_more(client):
    world.trajectory()
    world.trajectory("nog-geheim", public=False)
    night()

    client.force_login(world.user("coordinator"))

    assert slugs(client) == ["voorbeeldplein"]


@pytest.mark.parametrize("address", [ZIP, "/open-data/csv/trajectories.csv"])
def test_a_visitor_never_makes_it_but_is_asked_to_come_back(client, address):
    world.trajectory()

    answer = client.get(address, **IN_DUTCH)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert f'href="{address}"' in answer.content.decode()
    assert open_data.current_dump() is None


def test_what_is_made_private_is_out_of_it_at_once_and_the_rest_is_back_when_it_is_made(client):
    square = world.trajectory()
    world.trajectory("ander-plein")
    night()
    assert slugs(client) == ["voorbeeldplein", "ander-plein"]

    square.public = False
    square.save()
    assert client.get(ZIP).status_code == 503

    night()
    assert slugs(client) == ["ander-plein"]


def test_one_file_of_it_can_be_had_by_itself_by_a_page_on_any_site(client):
    world.trajectory(title="=1+1")
    night()

    answer = client.get("/open-data/csv/trajectories.csv")

    [row] = csv.DictReader(io.StringIO(content(answer).decode()))
    assert row["title"] == "'=1+1"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trajectories.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("file", ["csv/users.csv", "../db.sqlite3", "csv/", "datapackage"])
def test_no_other_file_can_be_had(client, file):
    night()
    assert client.get(f"/open-data/{file}").status_code == 404


def test_who_has_it_already_is_told_so_until_it_is_made_anew(client):
    world.trajectory()
    night()
    answer = client.get(ZIP)
    etag = answer.headers["ETag"]
    content(answer)

    assert client.get(ZIP, headers={"If-None-Match": etag}).status_code == 304
    night(date(2026, 4, 21))
    answer = client.get(ZIP, headers={"If-None-Match": etag})
    assert content(answer)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="leidraad-2026-04-21.zip"'
