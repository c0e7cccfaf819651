"""Pages for contributions: a sheet has a preview before it is recorded, and many are answered at once."""

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
ANSWER = "/trajecten/voorbeeldplein/inbreng/beantwoorden/"


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


def test_answers_are_given_one_by_one_and_the_rest_stays_open(client, adviser, square):
    world.contribution(square, "c1", party="residents", step="s1")
    world.contribution(square, "c2", party="residents", step="s1", summary="Banken")
    client.post(ANSWER, {"responded_on": "2026-04-02", "c1-outcome": "adopted", "c1-response": "Tien bomen"})
    assert list(Contribution.objects.order_by("ref").values_list("outcome", "response")) == [
        ("adopted", "Tien bomen"),
        ("", ""),
    ]
    assert Contribution.objects.get(ref="c1").responded_on == world.on("2026-04-02")


def test_one_answer_for_many_keeps_individual_answers(client, adviser, square):
    for number in (1, 2, 3):
        world.contribution(square, f"c{number}", party="residents", summary=f"Idee {number}")
    shared = {"responded_on": "2026-04-02", "outcome": "partly", "response": "Waar het past", "ticked": ["c1", "c2"]}
    client.post(ANSWER, {**shared, "c2-outcome": "not_adopted", "c2-response": "Te smal"})
    assert list(Contribution.objects.order_by("ref").values_list("outcome", "response")) == [
        ("partly", "Waar het past"),
        ("not_adopted", "Te smal"),
        ("", ""),
    ]


@pytest.mark.parametrize(
    "half", [{"c1-outcome": "adopted"}, {"c1-response": "Ja"}, {"ticked": ["c1"], "outcome": "adopted"}]
)
def test_an_incomplete_answer_is_rejected_and_nothing_is_stored(client, adviser, square, half):
    world.contribution(square, "c1", party="residents")
    response = client.post(ANSWER, {"responded_on": "2026-04-02", **half})
    assert response.status_code == 200
    assert Contribution.objects.get().outcome == ""


def test_the_page_shows_the_age_and_answer_deadline_of_each_contribution(client, adviser, square):
    world.contribution(square, "c1", party="residents", step="s1")
    text = text_of(client.get(ANSWER))
    assert "1 bijdrage wacht op antwoord." in text
    assert "Avond in de buurt" in text
    assert re.search(r"wacht al \d+ dagen", text)


@pytest.mark.parametrize("path", [ADD, ANSWER])
@pytest.mark.parametrize(("role", "status"), [("adviser", 403), ("auditor", 403), ("association_member", 403)])
def test_users_without_permission_cannot_record_contributions(client, square, path, role, status):
    client.force_login(world.user(role, name=f"buiten-{role}"))
    assert client.get(path).status_code == status
    assert client.post(path, {"text": "Meer bomen"}).status_code == status
    assert not Contribution.objects.exists()


def test_twenty_contributions_take_as_many_queries_as_one(client, adviser, square, django_assert_max_num_queries):
    counts = []
    for number in range(20):
        world.contribution(square, f"c{number}", party="residents", step="s1", summary=f"Idee {number}")
        if number in (0, 19):
            with django_assert_max_num_queries(30) as captured:
                client.get(ANSWER)
            counts.append(len(captured))
    assert counts[0] == counts[1]


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


def test_an_imported_outcome_without_a_reason_does_not_block_other_answers(client, adviser, square):
    world.contribution(square, "c1", party="residents", outcome="adopted")
    world.contribution(square, "c2", party="residents", summary="Banken")
    page = {"responded_on": "2026-04-02", "c1-outcome": "adopted", "c1-response": ""}
    client.post(ANSWER, {**page, "c2-outcome": "partly", "c2-response": "Waar het past"})
    assert Contribution.objects.get(ref="c2").response == "Waar het past"
    client.post(ANSWER, {**page, "outcome": "not_adopted", "response": "Te smal", "ticked": ["c1"]})
    first = Contribution.objects.get(ref="c1")
    assert (first.outcome, first.response) == ("not_adopted", "Te smal")


def test_an_imported_reason_without_an_outcome_does_not_block_other_answers(client, adviser, square):
    world.contribution(square, "c1", party="residents", response="Wij kijken ernaar.\n\nU hoort van ons.")
    world.contribution(square, "c2", party="residents", summary="Banken")
    # As a browser returns the values of the form.
    page = {"responded_on": "2026-04-02", "c1-outcome": "", "c1-response": "Wij kijken ernaar.\r\n\r\nU hoort van ons."}
    client.post(ANSWER, {**page, "c2-outcome": "partly", "c2-response": "Waar het past"})
    assert Contribution.objects.get(ref="c2").outcome == "partly"
    assert Contribution.objects.get(ref="c1").responded_on is None
