"""The dashboard of an association: requests to it, changes, and what it waits for."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participation.compliance.dates import ImpreciseDate
from participation.models import User
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def square():
    made = world.trajectory()
    backdate_history(made)
    return made


@pytest.fixture
def member(client):
    made = world.user("association_member", world.RESIDENTS)
    client.force_login(made)
    return made


def backdate_history(*rows, days=200):
    for row in rows:
        row.history.update(history_date=timezone.now() - timedelta(days=days))


def day(offset):
    return ImpreciseDate.on(timezone.localdate() + timedelta(days=offset))


def text(answer):
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def made_in(shown):
    return shown.partition('name="until" value="')[2].partition('"')[0]


def test_anonymous_users_are_redirected_to_the_login_page(client):
    answer = client.get("/mijn/")
    assert answer.status_code == 302
    assert "next=/mijn/" in answer.url


def test_the_page_starts_with_open_opportunities(client, square, member):
    world.step(square, title="Bewonersavond", planned=day(5), announced_on=day(-5), starts_at=None, ends_at=None)
    shown = text(client.get("/mijn/"))
    assert "<h1>Wijk-A</h1>" in shown
    assert "Nu meedoen: <strong>1</strong>" in shown
    assert shown.index("Hieraan kunt u nu meedoen") < shown.index("Bewonersavond (bijeenkomst)")
    assert shown.index("Hieraan kunt u nu meedoen") < shown.index("Wat er veranderde in de afgelopen 30 dagen")


def test_a_nearby_last_day_shows_the_days_left(client, square, member):
    world.step(square, "s1", method="survey", planned=day(-3), closes=day(0), title="Vandaag")
    world.step(square, "s2", method="survey", planned=day(-3), closes=day(1), title="Morgen")
    world.step(square, "s3", method="survey", planned=day(-3), closes=day(30), title="Later")
    shown = text(client.get("/mijn/"))
    assert "vandaag is de laatste dag" in shown
    assert ": nog 1 dag" in shown
    assert "nog 30 dagen" not in shown


def test_changes_are_shown_until_marked_as_read(client, square, member):
    row = world.step(square, title="Bewonersavond")
    backdate_history(row, days=3)
    shown = text(client.get("/mijn/"))
    assert "Veranderd: <strong>1</strong>" in shown
    assert "Bewonersavond (bijeenkomst)" in shown
    read = client.post("/mijn/gelezen/", {"until": made_in(shown)}, follow=True)
    assert "Genoteerd." in text(read)
    assert "Er veranderde niets." in text(client.get("/mijn/"))


def test_changes_that_arrive_while_reading_stay_new(client, square, member):
    backdate_history(world.step(square, "s1", title="Eerste avond"), days=3)
    made = made_in(text(client.get("/mijn/")))
    world.step(square, "s2", title="Tweede avond")
    client.post("/mijn/gelezen/", {"until": made})
    news = text(client.get("/mijn/")).partition('id="nieuw"')[2].partition('id="wachten"')[0]
    assert "Tweede avond" in news
    assert "Eerste avond" not in news
    member.refresh_from_db()
    assert member.caught_up_at.isoformat() == made


@pytest.mark.parametrize("until", ["", "gisteren", "2026-04-20T10:00:00", "2026-99-99T10:00:00+00:00", "in the future"])
def test_an_invalid_moment_is_rejected_and_nothing_is_marked_as_read(client, square, member, until):
    if until == "in the future":
        until = (timezone.now() + timedelta(days=1)).isoformat()
    answer = client.post("/mijn/gelezen/", {"until": until}, follow=True)
    assert "Dit kon niet worden genoteerd." in text(answer)
    assert User.objects.get(pk=member.pk).caught_up_at is None


def test_marking_as_read_requires_post(client, member):
    assert client.get("/mijn/gelezen/").status_code == 405


def test_open_submissions_have_their_age_term_and_link(client, square, member):
    world.contribution(square, summary="Meer bomen", received_on=day(-40))
    due = timezone.localdate() - timedelta(days=12)
    world.obligation(trajectory=square, rule="contribution-answered", subject="c1", due_on=due, strict_due_on=due)
    shown = text(client.get("/mijn/"))
    assert "Wacht op antwoord: <strong>1</strong>, 1 te laat" in shown
    assert "“Meer bomen”" in shown
    assert "40 dagen geleden ingediend" in shown
    assert "/trajecten/voorbeeldplein/inbreng/#inbreng" in shown
    assert "Te laat" in shown


def test_an_initiative_keeps_its_answer(client, square, member):
    world.request(square, kind="initiative", received_on=day(-300), answered_on=day(-200), answer="Goed idee")
    shown = text(client.get("/mijn/"))
    assert "1 keer kreeg u antwoord" in shown
    assert "Goed idee" in shown


def test_with_two_memberships_trajectories_are_grouped_by_association(client, square):
    client.force_login(world.user("association_member", world.RESIDENTS, world.OUTSIDER))
    backdate_history(world.trajectory("plas", world.LAKES))
    shown = text(client.get("/mijn/")).partition('id="trajecten"')[2]
    assert shown.index("<h3>Wijk-A</h3>") < shown.index("Voorbeeldplein")
    assert shown.index("<h3>Wijk-Elders</h3>") < shown.index("Plas")


def test_trajectories_link_to_the_available_forms(client, square, member):
    shown = text(client.get("/mijn/"))
    assert "/trajecten/voorbeeldplein/vraag/" in shown
    assert "/trajecten/voorbeeldplein/volgen/" in shown
    assert f"/wijken/{world.CENTRE}/volgen/" in shown


def test_past_items_are_collapsed(client, member):
    backdate_history(world.trajectory("dicht", status="closed"), world.trajectory("terug", retrospective=True))
    shown = text(client.get("/mijn/"))
    assert "2 trajecten die klaar zijn" in shown
    assert "Terug</a> (terugblik)" in shown


@pytest.mark.parametrize("role", ["adviser", "coordinator", "administrator"])
def test_staff_are_redirected_to_their_own_week(client, role):
    client.force_login(world.user(role))
    answer = client.get("/mijn/")
    assert answer.status_code == 302
    assert answer.url in ("/deze-week/", "/")


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("association_member", "Uw account is nog niet verbonden met een vereniging."),
        ("auditor", "Deze pagina is voor leden van wijkverenigingen."),
    ],
)
def test_a_user_without_memberships_gets_instructions(client, role, message):
    client.force_login(world.user(role))
    assert message in text(client.get("/mijn/"))


def test_data_of_others_is_not_shown(client, square, member):
    hidden, far = world.trajectory("geheim", public=False), world.trajectory("plas", world.LAKES)
    world.contribution(hidden)
    world.step(far, title="Avond aan de plas")
    shown = text(client.get("/mijn/"))
    assert "Geheim" not in shown
    assert "plas" not in shown.lower()


def test_fifty_trajectories_take_as_many_queries_as_one(client, member):
    counts = []
    for more in (1, 50):
        for number in range(more):
            made = world.trajectory(f"plein-{more}-{number}")
            backdate_history(made)
            world.step(made)
            world.contribution(made)
        with CaptureQueriesContext(connection) as queries:
            client.get("/mijn/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 50
