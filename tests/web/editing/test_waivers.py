"""Waivers: public, for one obligation, until a date, after which the obligation counts again."""

from __future__ import annotations

from datetime import date

import pytest

from participation.models import Changeset, Waiver
from participation.selectors.obligations.statuses import obligations_with_status
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of
from tests.web.html_helpers import AGREEMENTS, TODAY, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

EXPLAIN = "/trajecten/voorbeeldplein/uitleg/"


def trajectory_with_obligation(client, **columns):
    """Create overdue feedback in the adviser's trajectory, assessed by the rules."""
    square = world.trajectory(**columns)
    world.step(square, title="Avond over de schets", done=world.on("2026-03-20"))
    overdue_obligation(square, details={"about": "Avond over de schets"})
    log_in_as_adviser_of(client, square)
    return square


def test_a_waiver_of_an_obligation_is_public_immediately(client):
    square = trajectory_with_obligation(client)
    shown = get_form(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert "Terugkoppeling over “Avond over de schets”." in shown.html
    assert "kan iedereen meteen lezen" in shown.html
    response = shown.send(client, reason="De uitwerking duurt langer", by="Projectleider")
    waiver = Waiver.objects.get()
    assert (waiver.rule, waiver.subject, waiver.granted_on) == ("feedback-given", "s1", TODAY)
    assert response["Location"] == AGREEMENTS
    assert '<a href="#feedback-given--s1">' in client.get(AGREEMENTS).content.decode()
    assert Changeset.objects.get().verb == "explained"
    statuses = {
        o.identity: status
        for o, status, _pk in obligations_with_status("trajectory", square.pk, {"feedback-given"}, TODAY)
    }
    assert statuses["feedback-given", "s1"] == "explained"
    client.logout()
    assert "De uitwerking duurt langer" in client.get(AGREEMENTS).content.decode()


def test_the_author_of_a_waiver_is_the_contact_by_default(client):
    trajectory_with_obligation(client, contact_role="project_manager", contact_name="Noor")
    assert get_form(client, EXPLAIN, rule="feedback-given", subject="s1")["by"] == "Projectmanager Noor"
    log_in_as_adviser_of(client, world.trajectory("plein-2"), name="sam")
    square = world.models.Trajectory.objects.get(slug="plein-2")
    overdue_obligation(square)
    assert get_form(client, "/trajecten/plein-2/uitleg/", rule="feedback-given", subject="s1")["by"] == "sam"


def test_a_waiver_ends_at_the_next_decision_or_after_half_a_year(client):
    square = trajectory_with_obligation(client)
    shown = get_form(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert shown["until"] == "2026-10-19"
    assert "een half jaar" in shown.form
    world.step(square, "s2", kind="decision", planned=world.on("2026-06-01"))
    world.step(square, "s3", kind="decision", planned=world.on("2026-05-01"), cancelled=True)
    world.step(square, "s4", kind="decision", planned=world.on("2026-04-01"))
    shown = get_form(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert shown["until"] == "2026-06-01"
    assert "het volgende besluit (1 juni 2026)" in shown.form


def test_a_whole_rule_can_be_waived_where_it_has_several_subjects(client):
    trajectory_with_obligation(client)
    shown = get_form(client, EXPLAIN, rule="feedback-given", subject="s1")
    assert shown["whole"] == ["one"]
    shown.send(client, reason="Wij doen het achteraf", whole="rule")
    assert Waiver.objects.get().subject == ""


def test_a_waiver_needs_reason_and_author_and_cannot_end_before_it_begins(client):
    trajectory_with_obligation(client)
    shown = get_form(client, EXPLAIN, rule="feedback-given", subject="s1")
    again = FormPage(shown.send(client, reason="", by=" ", until="2026-04-01"))
    assert sorted(again.wrong) == ["by", "reason"]
    again = FormPage(again.send(client, reason="Daarom", by="Wij"))
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
def test_an_inapplicable_obligation_cannot_be_waived(client, query):
    trajectory_with_obligation(client)
    overdue_obligation(world.trajectory("elders"), subject="s9")
    assert client.get(EXPLAIN, query).status_code == 404
    address = f"{EXPLAIN}?" + "&".join(f"{key}={value}" for key, value in query.items())
    assert client.post(address, {"reason": "Daarom", "by": "Wij"}).status_code == 404
    assert not Waiver.objects.exists()


def test_without_a_rule_the_obligation_is_chosen_first(client):
    square = trajectory_with_obligation(client)
    overdue_obligation(square, subject="s8", met_on=date(2026, 4, 1))
    html = client.get(EXPLAIN).content.decode()
    assert "?rule=feedback-given&amp;subject=s1" in html
    assert "subject=s8" not in html


def test_an_existing_waiver_is_changed_and_not_duplicated(client):
    square = trajectory_with_obligation(client)
    waiver = world.waiver(square, rule="feedback-given", subject="s1")
    response = client.get(EXPLAIN, {"rule": "feedback-given", "subject": "s1"})
    assert response["Location"] == f"{EXPLAIN}{waiver.pk}/"
    world.record(waiver, "2026-04-20T09:00", granted_on=TODAY, until=TODAY)
    form = {"reason": "Nog eens", "by": "Wij", "whole": "one", "until": ""}
    again = FormPage(client.post(f"{EXPLAIN}?rule=feedback-given&subject=s1", form))
    assert "vandaag al uitleg" in again.form
    assert Waiver.objects.count() == 1


def test_an_expired_waiver_can_be_renewed(client):
    square = trajectory_with_obligation(client)
    world.waiver(square, rule="feedback-given", subject="s1", until=date(2026, 4, 1))
    get_form(client, EXPLAIN, rule="feedback-given", subject="s1").send(client, reason="Nog niet klaar")
    assert Waiver.objects.count() == 2


def test_a_changed_reason_is_in_the_history_and_a_waiver_can_end_today(client):
    square = trajectory_with_obligation(client)
    waiver = world.waiver(square, rule="feedback-given", subject="s1")
    shown = get_form(client, f"{EXPLAIN}{waiver.pk}/")
    assert "whole" not in shown.fields
    shown.send(client, reason="De plek is klein")
    assert list(Waiver.history.values_list("reason", flat=True)) == [
        "De plek is klein",
        "Er is maar één plek voor het plein",
    ]
    get_form(client, f"{EXPLAIN}{waiver.pk}/").send(client, end="1")
    assert Waiver.objects.get().until == TODAY


def test_a_waiver_of_another_trajectory_gives_404(client):
    trajectory_with_obligation(client)
    other = world.waiver(world.trajectory("elders"))
    assert client.get(f"{EXPLAIN}{other.pk}/").status_code == 404
