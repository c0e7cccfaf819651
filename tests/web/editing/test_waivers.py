"""Explaining instead of complying: what is owed here, public, until a day, and back when it ends."""

from __future__ import annotations

from datetime import date

import pytest

from participation.models import Changeset, Waiver
from participation.selectors.pages import owed_with_status
from tests import world
from tests.web.editing.sheet import Sheet, adviser_of, sheet
from tests.web.reading import TODAY, overdue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

EXPLAIN = "/trajecten/voorbeeldplein/uitleg/"


def owing(client, **columns):
    """Feedback on an evening, overdue, in the adviser's trajectory, as the rules say it."""
    square = world.trajectory(**columns)
    world.step(square, title="Avond over de schets", done=world.on("2026-03-20"))
    overdue(square, details={"about": "Avond over de schets"})
    adviser_of(client, square)
    return square


def test_an_explanation_of_what_is_owed_is_public_at_once(client):
    square = owing(client)
    shown = sheet(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert "Terugkoppeling over “Avond over de schets”." in shown.html
    assert "meteen openbaar" in shown.html
    answer = shown.send(client, reason="De uitwerking duurt langer", by="Projectleider")
    waiver = Waiver.objects.get()
    assert (waiver.rule, waiver.subject, waiver.granted_on) == ("feedback-given", "s1", TODAY)
    assert answer["Location"] == "/trajecten/voorbeeldplein/"
    assert '<a href="#feedback-given--s1">' in client.get("/trajecten/voorbeeldplein/").content.decode()
    assert Changeset.objects.get().verb == "explained"
    statuses = {
        o.identity: status for o, status in owed_with_status("trajectory", square.pk, {"feedback-given"}, TODAY)
    }
    assert statuses["feedback-given", "s1"] == "explained"
    client.logout()
    assert "De uitwerking duurt langer" in client.get("/trajecten/voorbeeldplein/").content.decode()


def test_the_contact_explains_it_and_else_who_writes_it(client):
    owing(client, contact_role="project_manager", contact_name="Noor")
    assert sheet(client, EXPLAIN, rule="feedback-given", subject="s1")["by"] == "Projectmanager Noor"
    adviser_of(client, world.trajectory("plein-2"), name="sam")
    square = world.models.Trajectory.objects.get(slug="plein-2")
    overdue(square)
    assert sheet(client, "/trajecten/plein-2/uitleg/", rule="feedback-given", subject="s1")["by"] == "sam"


def test_it_holds_until_the_next_decision_or_half_a_year_and_says_why(client):
    square = owing(client)
    shown = sheet(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert shown["until"] == "2026-10-19"
    assert "een half jaar" in shown.form
    world.step(square, "s2", kind="decision", planned=world.on("2026-06-01"))
    world.step(square, "s3", kind="decision", planned=world.on("2026-05-01"), cancelled=True)
    world.step(square, "s4", kind="decision", planned=world.on("2026-04-01"))
    shown = sheet(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert shown["until"] == "2026-06-01"
    assert "het volgende besluit (1 juni 2026)" in shown.form


def test_the_whole_rule_can_be_explained_where_it_is_about_more(client):
    owing(client)
    shown = sheet(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert shown["whole"] == ["one"]
    shown.send(client, reason="Wij doen het achteraf", whole="rule")
    assert Waiver.objects.get().subject == ""


def test_a_reason_and_whose_it_is_are_needed_and_it_does_not_end_before_it_begins(client):
    owing(client)
    shown = sheet(client, EXPLAIN, rule="feedback-given", subject="s1")
    again = Sheet(shown.send(client, reason="", by=" ", until="2026-04-01"))
    assert sorted(again.wrong) == ["by", "reason"]
    again = Sheet(again.send(client, reason="Daarom", by="Wij"))
    assert list(again.wrong) == ["until"]
    assert again["reason"] == "Daarom"
    assert not Waiver.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        {"rule": "no-such-rule"},
        {"rule": "feedback-given", "subject": "s9"},
        {"rule": "scenarios-offered", "subject": "s1"},
    ],
)
def test_what_is_not_owed_here_cannot_be_explained(client, query):
    owing(client)
    overdue(world.trajectory("elders"), subject="s9")
    assert client.get(EXPLAIN, query).status_code == 404
    address = f"{EXPLAIN}?" + "&".join(f"{key}={value}" for key, value in query.items())
    assert client.post(address, {"reason": "Daarom", "by": "Wij"}).status_code == 404
    assert not Waiver.objects.exists()


def test_without_a_rule_one_chooses_what_to_explain(client):
    square = owing(client)
    overdue(square, subject="s8", met_on=date(2026, 4, 1))
    html = client.get(EXPLAIN).content.decode()
    assert "?rule=feedback-given&amp;subject=s1" in html
    assert "subject=s8" not in html


def test_what_is_explained_already_is_changed_not_said_twice(client):
    square = owing(client)
    waiver = world.waiver(square, rule="feedback-given", subject="s1")
    answer = client.get(EXPLAIN, {"rule": "feedback-given", "subject": "s1"})
    assert answer["Location"] == f"{EXPLAIN}{waiver.pk}/"
    world.record(waiver, "2026-04-20T09:00", granted_on=TODAY, until=TODAY)
    form = {"reason": "Nog eens", "by": "Wij", "whole": "one", "until": ""}
    again = Sheet(client.post(f"{EXPLAIN}?rule=feedback-given&subject=s1", form))
    assert "vandaag al uitleg" in again.form
    assert Waiver.objects.count() == 1


def test_an_explanation_that_ran_out_can_be_given_anew(client):
    square = owing(client)
    world.waiver(square, rule="feedback-given", subject="s1", until=date(2026, 4, 1))
    sheet(client, EXPLAIN, rule="feedback-given", subject="s1").send(client, reason="Nog niet klaar")
    assert Waiver.objects.count() == 2


def test_another_reason_leaves_the_old_one_in_the_history_and_it_can_end_today(client):
    square = owing(client)
    waiver = world.waiver(square, rule="feedback-given", subject="s1")
    shown = sheet(client, f"{EXPLAIN}{waiver.pk}/")
    assert "whole" not in shown.fields
    shown.send(client, reason="De plek is klein")
    assert list(Waiver.history.values_list("reason", flat=True)) == [
        "De plek is klein",
        "Er is maar één plek voor het plein",
    ]
    sheet(client, f"{EXPLAIN}{waiver.pk}/").send(client, end="1")
    assert Waiver.objects.get().until == TODAY


def test_an_explanation_of_another_trajectory_is_not_found(client):
    owing(client)
    other = world.waiver(world.trajectory("elders"))
    assert client.get(f"{EXPLAIN}{other.pk}/").status_code == 404
