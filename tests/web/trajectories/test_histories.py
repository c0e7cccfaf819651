"""The change history: old and new side by side, for who may see it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Step, Transition
from participation.services.changes.changesets import record_changeset
from participation.services.changes.undo import undo
from tests import world
from tests.web.html_helpers import PAGE, get_html, overdue_obligation
from tests.web.trajectories.test_detail import plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
HISTORY = f"{PAGE}geschiedenis/"
TRANSITIONS_URL = f"{HISTORY}?deel=stand"
WRITE_ARGUMENTS = {
    "rulebooks": load_rulebooks("leiden"),
    "today": date(2026, 4, 20),
    "now": world.moment("2026-04-20 10:00"),
}


@pytest.fixture
def adviser():
    return world.user("adviser", first_name="Anna", last_name="Voorbeeld")


@pytest.fixture
def evening(today, adviser):
    """Create a step that an adviser recorded as done."""
    square = world.trajectory()
    square.advisers.add(adviser)
    step = world.step(square, title="Bewonersavond")
    with record_changeset(adviser, square, "changed", about="Bewonersavond", **WRITE_ARGUMENTS) as recorder:
        step.done = world.on("2026-03-21")
        recorder.save(step)
    move(Step, "2026-03-01", keep=world.moment("2026-04-20 10:00"))
    move(type(square), "2026-03-01")
    return recorder.changeset


def move(model, day, keep=None):
    """Move what a test recorded just now to that day."""
    lines = model.history.exclude(history_date=keep) if keep else model.history.all()
    lines.update(history_date=world.moment(f"{day} 08:00"))


def test_old_and_new_values_are_shown_under_their_action(client, evening):
    html = get_html(client, HISTORY)
    headings = re.findall(r"<h2>(.*?)</h2>", html)
    first = html.partition("<h2>")[2].partition("</section>")[0]

    assert headings[:2] == ["Gewijzigd: Bewonersavond", "Vastgelegd"]
    assert "stap “Bewonersavond”" in plain(first)
    assert re.search(
        r'<th scope="row">Gedaan</th><td data-label="Was">niet vastgelegd</td><td data-label="Werd">21 maart 2026</td>',
        first,
    )
    assert first.count("<tr>") == 2


def test_visitors_see_the_role_and_staff_see_the_name(client, evening):
    assert "participatieadviseur" in get_html(client, HISTORY)
    assert "Anna" not in get_html(client, HISTORY)
    client.force_login(world.user("auditor"))
    assert "Anna Voorbeeld (participatieadviseur)" in get_html(client, HISTORY)


def test_an_undone_changeset_is_labelled_and_cannot_be_undone_again(client, evening, adviser):
    client.force_login(adviser)
    assert f"/ongedaan/{evening.pk}/" in get_html(client, HISTORY)
    undo(evening, adviser, **{**WRITE_ARGUMENTS, "now": world.moment("2026-04-20 11:00")})
    html = get_html(client, HISTORY)

    assert "ongedaan gemaakt</span>" in html
    assert "/ongedaan/" not in html
    assert re.findall(r"<h2>(.*?)<", html)[:2] == ["Ongedaan gemaakt: Bewonersavond", "Gewijzigd: Bewonersavond "]


def test_users_without_change_permission_see_no_undo_link(client, evening):
    client.force_login(world.user("adviser", name="ander"))

    assert "/ongedaan/" not in get_html(client, HISTORY)


def test_a_deleted_row_stays_in_the_history(client, evening, adviser):
    step = Step.objects.get()
    with record_changeset(adviser, step.trajectory, "removed", about="Bewonersavond", **WRITE_ARGUMENTS) as recorder:
        recorder.remove(step)

    assert "Verwijderd: stap" in plain(get_html(client, HISTORY))


def test_adviser_changes_are_counted_for_visitors_and_named_for_staff(client, evening, adviser):
    square = evening.trajectory
    other = world.user("adviser", name="tweede", first_name="Bea", last_name="Ander")
    with record_changeset(adviser, square, "assigned", about="", **WRITE_ARGUMENTS) as recorder:
        recorder.link(square, "advisers", [adviser.pk, other.pk])
        recorder.link(square, "neighbourhoods", [])

    text = plain(get_html(client, HISTORY))
    assert "Bea" not in text
    assert "Toegevoegd – 1" in text
    assert "Verwijderd – Binnenstad-Noord" in text or "Binnenstad-Noord" in text
    client.force_login(world.user("auditor"))
    assert "Bea Ander" in get_html(client, HISTORY)


def test_a_long_history_is_paginated_without_omissions(client, today):
    square = world.trajectory()
    for number in range(60):
        world.step(square, f"s{number}", title=f"Stap nummer {number}.")
    found = set()
    for number in (1, 2):
        html = get_html(client, f"{HISTORY}?pagina={number}")
        found |= set(re.findall(r"stap “Stap nummer (\d+)\.”", html))

    assert found == {str(number) for number in range(60)}
    assert "Deel 2 van 2" in html


def test_status_transitions_are_listed_newest_first_with_links(client, today):
    row = overdue_obligation(details={"about": "de avond"})
    for before, after, day in (("", "pending", 1), ("pending", "overdue", 18)):
        Transition.objects.create(
            obligation=row,
            from_status=before,
            to_status=after,
            on=date(2026, 4, day),
            noticed_at=world.moment(f"2026-04-{day + 1:02} 02:00"),
            rulebook="0" * 16,
        )
    text = get_html(client, TRANSITIONS_URL)
    rows = [plain(line) for line in re.findall(r"<tr>(.*?)</tr>", text, re.S)[1:]]

    assert rows == [
        "Terugkoppeling over “de avond”. op komst te laat 18 april 2026 19 april 2026",
        "Terugkoppeling over “de avond”. – op komst 1 april 2026 2 april 2026",
    ]
    assert 'href="/trajecten/voorbeeldplein/afspraken/#feedback-given--s1"' in text


def test_an_empty_history_says_so(client, today):
    world.trajectory()
    type(world.models.Trajectory.objects.get()).history.all().delete()

    assert "Er is nog niets vastgelegd." in get_html(client, HISTORY)
    assert "Er is nog niets gezien." in get_html(client, TRANSITIONS_URL)


def test_a_longer_history_takes_no_more_queries(
    client, evening, adviser, django_assert_max_num_queries, django_assert_num_queries
):
    client.force_login(adviser)
    get_html(client, HISTORY)
    with django_assert_max_num_queries(45) as few:
        get_html(client, HISTORY)
    square = evening.trajectory
    with record_changeset(
        adviser, square, "added", about="Veel", **{**WRITE_ARGUMENTS, "now": world.moment("2026-04-20 12:00")}
    ) as many:
        for number in range(45):
            step = Step(trajectory=square, ref=f"x{number}", title="Nog een")
            many.save(step)
    assert Changeset.objects.count() == 2
    with django_assert_num_queries(len(few)):
        assert get_html(client, HISTORY).count("stap “Nog een”") == 45
