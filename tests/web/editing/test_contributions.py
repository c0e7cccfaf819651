"""Pages for contributions: a sheet has a preview before it is recorded, and one contribution is answered."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from participation.models import Changeset, Contribution
from tests import world

pytestmark = pytest.mark.django_db

ADD = "/trajecten/voorbeeldplein/inbreng/nieuw/"


@pytest.fixture
def square():
    square = world.trajectory()
    world.step(square, "s1", title="Avond in de buurt", done=world.on("2026-03-20"))
    return square


@pytest.fixture
def adviser(client, square):
    adviser = world.user("adviser")
    square.advisers.add(adviser)
    client.force_login(adviser)
    return adviser


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_pasted_list_is_previewed_without_writing(client, adviser):
    response = client.post(ADD, {"step": "s1", "party": "residents", "text": "Meer bomen\nMinder auto's"})
    assert "2 bijdragen worden vastgelegd." in text_of(response)
    assert not Contribution.objects.exists()


def test_ticked_rows_are_recorded_together_and_can_be_undone(client, adviser):
    looked = {"step": "s1", "party": "residents", "text": "Meer bomen\nMinder auto's\n", "looked": "1"}
    response = client.post(ADD, {**looked, "column-0": "summary", "row": ["2"], "do": "save"}, follow=True)
    assert list(Contribution.objects.values_list("summary", "step", "party")) == [("Minder auto's", "s1", "residents")]
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in response.content.decode()


def test_a_workbook_is_uploaded_previewed_and_recorded(client, adviser):
    book, out = Workbook(), io.BytesIO()
    book.active.append(["Inbreng", "Thema"])
    book.active.append(["Meer bomen", "Groen"])
    book.save(out)
    upload = SimpleUploadedFile("avond.xlsx", out.getvalue())
    response = client.post(ADD, {"step": "s1", "party": "residents", "file": upload})
    shown = response.context["form"].initial["text"]
    again = {"step": "s1", "party": "residents", "text": shown, "looked": "1", "row": ["2"], "do": "save"}
    client.post(ADD, {**again, "column-0": "summary", "column-1": "theme"})
    assert list(Contribution.objects.values_list("summary", "theme")) == [("Meer bomen", "Groen")]


def test_an_unrecognised_column_can_be_chosen(client, adviser):
    text = "Wie zei dat?\tTekst van de kaart\nwinkel\tLaden tot elf uur"
    response = client.post(ADD, {"step": "s1", "party": "residents", "text": text})
    assert [column.chosen for column in response.context["preview"].choices] == ["party", "summary"]
    looked = {"step": "s1", "party": "residents", "text": text, "looked": "1", "do": "look"}
    response = client.post(ADD, {**looked, "column-0": "", "column-1": "", "row": []})
    assert "Kies in welke kolom de inbreng zelf staat." in text_of(response)


def test_unreadable_input_is_kept_with_a_remedy(client, adviser):
    response = client.post(ADD, {"step": "s1", "party": "residents", "text": "Van;Inbreng\n"})
    assert "Er zijn wel koppen, maar er staan geen rijen onder." in text_of(response)
    assert "Van;Inbreng" in response.content.decode()


@pytest.mark.parametrize(("role", "status"), [("adviser", 403), ("auditor", 403), ("association_member", 403)])
def test_users_without_permission_cannot_record_contributions(client, square, role, status):
    client.force_login(world.user(role, name=f"buiten-{role}"))
    assert client.get(ADD).status_code == status
    assert client.post(ADD, {"text": "Meer bomen"}).status_code == status
    assert not Contribution.objects.exists()


def test_one_contribution_is_answered_on_its_own_page(client, adviser, square):
    world.organisation()
    world.contribution(square, "c1", step="s1")
    path = "/trajecten/voorbeeldplein/inbreng/c1/"
    form = client.get(path + "?veld=outcome").context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    typed |= {"received_on": "2026-03-20", "responded_on": "2026-04-02", "outcome": "partly", "response": "Half"}
    assert client.post(path, typed).status_code == 302
    assert list(Contribution.objects.values_list("outcome", "response", "step")) == [("partly", "Half", "s1")]
    assert Changeset.objects.get().verb == "answered"


def test_an_outcome_without_a_reason_is_not_an_answer(client, adviser, square):
    world.organisation()
    world.contribution(square, "c1", step="s1")
    path = "/trajecten/voorbeeldplein/inbreng/c1/"
    form = client.get(path).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields} | {
        "outcome": "partly",
        "received_on": "2026-03-20",
    }
    response = client.post(path, typed)
    assert "zonder reden" in text_of(response)
    assert Contribution.objects.get().outcome == ""
