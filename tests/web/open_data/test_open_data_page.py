"""The page of the open data and its files: the same for everyone, made once a day, gone when it is no longer public."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date

import pytest

from participation.exchange.open_data.kinds import KINDS, RULES
from participation.models import Trajectory
from participation.web.open_data import kept
from tests import world
from tests.web.reading import Read, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE, ZIP = "/open-data/", "/open-data/leidraad.zip"
IN_DUTCH = {"headers": {"Accept-Language": "nl"}}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "open-data"


def content(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def slugs(client):
    with zipfile.ZipFile(io.BytesIO(content(client.get(ZIP)))) as parts:
        return [json.loads(line)["slug"] for line in parts.read("json/trajectories.jsonl").splitlines()]


def test_the_page_tells_of_every_file_what_it_holds_and_where_it_is(client):
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

    client.force_login(world.user("coordinator"))

    assert slugs(client) == ["voorbeeldplein"]


def test_it_is_made_once_a_day(client, folder, monkeypatch):
    made = []
    export = kept.export
    monkeypatch.setattr(kept, "export", lambda *given: made.append(given[1]) or export(*given))
    world.trajectory()

    for _time in range(3):
        content(client.get(ZIP))
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_now: date(2026, 4, 21))
    content(client.get(ZIP))

    assert made == [date(2026, 4, 20), date(2026, 4, 21)]
    assert len(list(folder.iterdir())) == 1


def test_what_is_made_private_is_out_of_it_at_once(client):
    square = world.trajectory()
    world.trajectory("ander-plein")
    assert slugs(client) == ["voorbeeldplein", "ander-plein"]

    square.public = False
    square.save()

    assert slugs(client) == ["ander-plein"]


def test_one_file_of_it_can_be_had_by_itself_by_a_page_on_any_site(client):
    world.trajectory(title="=1+1")

    answer = client.get("/open-data/csv/trajectories.csv")

    [row] = csv.DictReader(io.StringIO(content(answer).decode()))
    assert row["title"] == "'=1+1"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trajectories.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("file", ["csv/users.csv", "../db.sqlite3", "csv/", "datapackage"])
def test_no_other_file_can_be_had(client, file):
    assert client.get(f"/open-data/{file}").status_code == 404


def test_who_has_it_already_is_told_so_until_it_is_made_anew(client):
    world.trajectory()
    answer = client.get(ZIP)
    etag = answer.headers["ETag"]
    content(answer)

    assert client.get(ZIP, headers={"If-None-Match": etag}).status_code == 304
    Trajectory.objects.get().save()
    assert content(client.get(ZIP, headers={"If-None-Match": etag}))
