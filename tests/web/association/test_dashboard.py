"""The page of an association: first what asks something of it, what changed, and what it waits for."""

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
    ages_ago(made)
    return made


@pytest.fixture
def member(client):
    made = world.user("association_member", world.RESIDENTS)
    client.force_login(made)
    return made


def ages_ago(*rows, days=200):
    for row in rows:
        row.history.update(history_date=timezone.now() - timedelta(days=days))


def day(offset):
    return ImpreciseDate.on(timezone.localdate() + timedelta(days=offset))


def text(answer):
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def made_in(shown):
    return shown.partition('name="until" value="')[2].partition('"')[0]


def test_who_is_not_logged_in_is_asked_to(client):
    answer = client.get("/mijn/")
    assert answer.status_code == 302
    assert "next=/mijn/" in answer.url


def test_the_page_begins_with_what_they_can_do_now(client, square, member):
    world.step(square, title="Bewonersavond", planned=day(5), announced_on=day(-5), starts_at=None, ends_at=None)
    shown = text(client.get("/mijn/"))
    assert "<h1>Wijk-A</h1>" in shown
    assert "Nu meedoen: <strong>1</strong>" in shown
    assert shown.index("Hieraan kunt u nu meedoen") < shown.index("Bewonersavond (bijeenkomst)")
    assert shown.index("Hieraan kunt u nu meedoen") < shown.index("Wat er veranderde in de afgelopen 30 dagen")


def test_a_last_day_that_comes_near_is_counted_down(client, square, member):
    world.step(square, "s1", method="survey", planned=day(-3), closes=day(0), title="Vandaag")
    world.step(square, "s2", method="survey", planned=day(-3), closes=day(1), title="Morgen")
    world.step(square, "s3", method="survey", planned=day(-3), closes=day(30), title="Later")
    shown = text(client.get("/mijn/"))
    assert "vandaag is de laatste dag" in shown
    assert ": nog 1 dag" in shown
    assert "nog 30 dagen" not in shown


def test_what_changed_is_told_until_they_say_that_they_have_read_it(client, square, member):
    row = world.step(square, title="Bewonersavond")
    ages_ago(row, days=3)
    shown = text(client.get("/mijn/"))
    assert "Veranderd: <strong>1</strong>" in shown
    assert "Bewonersavond (bijeenkomst)" in shown
    read = client.post("/mijn/gelezen/", {"until": made_in(shown)}, follow=True)
    assert "Genoteerd." in text(read)
    assert "Er veranderde niets." in text(client.get("/mijn/"))


def test_what_came_while_they_were_reading_is_still_news(client, square, member):
    ages_ago(world.step(square, "s1", title="Eerste avond"), days=3)
    made = made_in(text(client.get("/mijn/")))
    world.step(square, "s2", title="Tweede avond")
    client.post("/mijn/gelezen/", {"until": made})
    news = text(client.get("/mijn/")).partition('id="nieuw"')[2].partition('id="wachten"')[0]
    assert "Tweede avond" in news
    assert "Eerste avond" not in news
    member.refresh_from_db()
    assert member.caught_up_at.isoformat() == made


@pytest.mark.parametrize("until", ["", "gisteren", "2026-04-20T10:00:00", "2026-99-99T10:00:00+00:00", "in the future"])
def test_a_moment_that_cannot_be_is_refused_and_nothing_is_lost(client, square, member, until):
    if until == "in the future":
        until = (timezone.now() + timedelta(days=1)).isoformat()
    answer = client.post("/mijn/gelezen/", {"until": until}, follow=True)
    assert "Dit kon niet worden genoteerd." in text(answer)
    assert User.objects.get(pk=member.pk).caught_up_at is None


def test_saying_so_takes_a_post(client, member):
    assert client.get("/mijn/gelezen/").status_code == 405


def test_what_waits_for_an_answer_has_its_age_its_term_and_a_way_there(client, square, member):
    world.contribution(square, summary="Meer bomen", received_on=day(-40))
    due = timezone.localdate() - timedelta(days=12)
    world.obligation(trajectory=square, rule="contribution-answered", subject="c1", due_on=due, strict_due_on=due)
    shown = text(client.get("/mijn/"))
    assert "Wacht op antwoord: <strong>1</strong>, 1 te laat" in shown
    assert "“Meer bomen”" in shown
    assert "40 dagen geleden ingediend" in shown
    assert "/trajecten/voorbeeldplein/#inbreng" in shown
    assert "Te laat" in shown


def test_an_initiative_keeps_its_answer(client, square, member):
    world.request(square, kind="initiative", received_on=day(-300), answered_on=day(-200), answer="Goed idee")
    shown = text(client.get("/mijn/"))
    assert "1 keer kreeg u antwoord" in shown
    assert "Goed idee" in shown


def test_who_speaks_for_two_finds_the_trajectories_under_their_names(client, square):
    client.force_login(world.user("association_member", world.RESIDENTS, world.OUTSIDER))
    ages_ago(world.trajectory("plas", world.LAKES))
    shown = text(client.get("/mijn/")).partition('id="trajecten"')[2]
    assert shown.index("<h3>Wijk-A</h3>") < shown.index("Voorbeeldplein")
    assert shown.index("<h3>Wijk-Elders</h3>") < shown.index("Plas")


def test_trajectories_offer_what_can_be_done_with_them(client, square, member):
    shown = text(client.get("/mijn/"))
    assert "/trajecten/voorbeeldplein/vraag/" in shown
    assert "/trajecten/voorbeeldplein/volgen/" in shown
    assert f"/wijken/{world.CENTRE}/volgen/" in shown


def test_what_is_over_is_folded_away(client, member):
    ages_ago(world.trajectory("dicht", status="closed"), world.trajectory("terug", retrospective=True))
    shown = text(client.get("/mijn/"))
    assert "2 trajecten die klaar zijn" in shown
    assert "Terug</a> (terugblik)" in shown


@pytest.mark.parametrize("role", ["adviser", "coordinator", "administrator"])
def test_who_works_here_is_led_to_their_own_week(client, role):
    client.force_login(world.user(role))
    answer = client.get("/mijn/")
    assert answer.status_code == 302
    assert answer.url in ("/deze-week/", "/")


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("association_member", "Uw account is nog niet verbonden met een vereniging."),
        ("auditor", "Deze pagina is voor leden van wijkverenigingen."),
    ],
)
def test_who_speaks_for_nobody_is_told_what_to_do(client, role, told):
    client.force_login(world.user(role))
    assert told in text(client.get("/mijn/"))


def test_nothing_of_others_is_on_it(client, square, member):
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
            ages_ago(made)
            world.step(made)
            world.contribution(made)
        with CaptureQueriesContext(connection) as queries:
            client.get("/mijn/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 50
