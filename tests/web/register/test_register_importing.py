"""Importing a list of motions and commitments on a page: with a preview, and all or nothing."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Commitment, Motion
from tests import world
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE = "/moties/importeren/"


@pytest.fixture
def coordinator(client):
    made = world.user("coordinator")
    client.force_login(made)
    return made


def upload(client, text, name="lijst.csv", section="motions"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(PAGE, {"section": section, "file": SimpleUploadedFile(name, content)})


def carried(response, *without):
    """Return what the form would send: hidden fields and ticked boxes."""
    form = response.content.decode().partition('name="carried"')[2].partition("</form>")[0]
    fields = {"carried": re.match(r' value="([^"]*)"', form)[1]}
    for name in ("shown", "do"):
        fields[name] = re.search(rf'name="{name}" value="([^"]*)"', form)[1]
    fields["offered"] = re.findall(r'name="offered" value="([^"]*)"', form)
    ticked = re.findall(r'name="take" value="([^"]*)" checked', form)
    return {**fields, "take": [key for key in ticked if key not in without]}


@pytest.mark.parametrize(
    ("role", "status"), [("adviser", 403), ("association_member", 403), ("auditor", 403), ("coordinator", 200)]
)
def test_only_coordinators_import_lists(client, role, status):
    client.force_login(world.user(role))
    assert client.get(PAGE).status_code == status
    assert upload(client, "Nummer\n21.0093").status_code == status
    assert not Motion.objects.exists()


def test_the_lists_link_to_the_import_for_permitted_users(client, coordinator):
    assert "/moties/importeren/?soort=moties" in get_html(client, "/moties/")
    assert "/moties/importeren/?soort=toezeggingen" in get_html(client, "/toezeggingen/")
    client.logout()
    assert "importeren" not in get_html(client, "/moties/")


def test_a_preview_shows_the_changes_and_records_nothing(client, coordinator):
    world.motion("21.0098/04", owner="Team centrum")
    world.motion("21.0090", title="Gelijk")
    response = upload(client, "Nummer;Titel;Eigenaar\nM21.0098/04;;Team wijken\n21.0093;Groen;\n21.0090;Gelijk;")
    html = response.content.decode()
    assert "van “Team centrum” naar “Team wijken”" in html
    assert "21.0093" in html
    assert "1 is nieuw" in html
    assert "rij 2" in html
    assert Motion.objects.get(number="21.0098/04").owner == "Team centrum"
    assert not Motion.objects.filter(number="21.0093").exists()


def test_a_previewed_list_is_recorded_at_once(client, coordinator):
    world.motion("21.0098/04", owner="Team centrum")
    response = upload(client, "Nummer;Titel;Eigenaar\nM21.0098/04;;Team wijken\n21.0093;Groen;")
    response = client.post(PAGE, carried(response), follow=True)
    assert response.redirect_chain == [("/moties/", 302)]
    assert "1 toegevoegd" in response.content.decode() or "1 is toegevoegd" in response.content.decode()
    motion = Motion.objects.get(number="21.0098/04")
    assert motion.owner == "Team wijken"
    assert motion.history.order_by("history_id").last().history_user == coordinator
    assert Motion.objects.get(number="21.0093").changesets.get().by == coordinator


def test_a_change_that_is_not_ticked_is_not_recorded(client, coordinator):
    world.motion("21.0098/04", owner="Team centrum")
    response = upload(client, "Nummer;Titel;Eigenaar\n21.0098/04;;Team wijken\n21.0093;Groen;")
    client.post(PAGE, carried(response, "motions:21.0098/04"))
    assert Motion.objects.get(number="21.0098/04").owner == "Team centrum"
    assert Motion.objects.filter(number="21.0093").exists()


def test_commitments_are_imported_on_the_same_page(client, coordinator):
    response = upload(client, "Nummer;Toezegging\nT-9;Een gesprek", section="commitments")
    response = client.post(PAGE, carried(response))
    assert response.url == "/toezeggingen/"
    assert Commitment.objects.get().text == "Een gesprek"


def test_json_of_a_council_information_system_is_imported(client, coordinator):
    motion = {"@type": "Motion", "identifier": "21.0093", "name": "Groen", "creator": {"name": "A. Jansen"}}
    response = upload(client, json.dumps({"results": [motion]}), "moties.json")
    assert "Jansen" not in response.content.decode()
    client.post(PAGE, carried(response))
    assert Motion.objects.get().title == "Groen"


def test_errors_are_shown_by_row_and_nothing_can_be_recorded(client, coordinator):
    html = upload(client, "Nummer;Uitslag\n21.0098/04;aangenomen\n21.0093;tja\n0021/0098/4;").content.decode()
    assert "rij 3, Uitslag" in html
    assert "tja" in html
    assert "Rij 4" in html
    assert 'name="carried"' not in html
    assert not Motion.objects.exists()


@pytest.mark.parametrize(
    "file", [None, SimpleUploadedFile("leeg.csv", b""), SimpleUploadedFile("groot.csv", b"x" * 2_000_001)]
)
def test_an_unreadable_file_gives_a_field_error(client, coordinator, file):
    response = client.post(PAGE, {"section": "motions", **({"file": file} if file else {})})
    assert response.status_code == 200
    assert 'href="#id_file"' in response.content.decode()


def test_a_concurrent_change_is_shown_and_nothing_is_recorded(client, coordinator):
    motion = world.motion("21.0098/04", owner="Team centrum")
    fields = carried(upload(client, "Nummer;Eigenaar\n21.0098/04;Team wijken\n21.0093;"))
    world.record(motion, "2026-11-16 09:00", owner="Team noord")
    response = client.post(PAGE, fields)
    assert response.status_code == 409
    assert "Team noord" in response.content.decode()
    assert Motion.objects.count() == 1
    client.post(PAGE, carried(response))
    assert Motion.objects.get(number="21.0098/04").owner == "Team wijken"


def test_a_preview_of_another_user_or_a_forged_one_is_not_recorded(client, coordinator):
    fields = carried(upload(client, "Nummer\n21.0093"))
    client.force_login(world.user("coordinator", name="ander"))
    for sent in (fields, {**fields, "carried": fields["carried"][:-3]}, {"do": "record"}):
        html = client.post(PAGE, sent).content.decode()
        assert "nog een keer" in html
    assert not Motion.objects.exists()


def test_a_repeated_list_has_no_changes_to_record(client, coordinator):
    text = "Nummer;Titel\n21.0093;Groen"
    client.post(PAGE, carried(upload(client, text)))
    assert 'name="carried"' not in upload(client, text).content.decode()


def test_file_content_is_escaped(client, coordinator):
    html = upload(client, "Nummer;Titel;<b>x</b>\n21.0093;<script>alert(1)</script>;y").content.decode()
    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html
    assert "<b>x" not in html


def test_fifty_rows_take_as_many_queries_as_one(client, coordinator):
    def count_queries(numbers):
        text = "\n".join(["Nummer;Titel;Eigenaar", *(f"21.{n:04};Titel {n};Team" for n in numbers)])
        with CaptureQueriesContext(connection) as found:
            assert upload(client, text).status_code == 200
        return len(found)

    for number in range(100, 125):
        world.motion(f"21.{number:04}")
    assert count_queries([100]) == count_queries(range(100, 150))
