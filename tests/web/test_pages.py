"""The first pages: the way in and out, this week's report for whom it is, and the rules."""

import pytest
from django.urls import reverse
from django.utils import timezone

from participation.compliance.rulebook import load
from participation.services.reports import prepared
from tests import world

pytestmark = pytest.mark.django_db
SECRET = "een-lang-wachtwoord"
HOME, LOG_IN, LOG_OUT = "/", "/inloggen/", "/uitloggen/"


@pytest.fixture(autouse=True)
def _rulebook(settings):
    settings.RULEBOOK = "leiden"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def person(role, *speaks_for, **columns):
    user = world.user(role, *speaks_for, **columns)
    user.set_password(SECRET)
    user.save()
    return user


def flagged(slug="voorbeeldplein", *quarters, **columns):
    """A trajectory with something overdue since spring."""
    made = world.trajectory(slug, *quarters, **columns)
    world.obligation(trajectory=made, details={"about": f"Avond over {made.title}"})
    return made


def page(client, user, **headers):
    client.force_login(user)
    return client.get(HOME, **headers).content.decode()


def test_who_is_not_logged_in_is_sent_to_the_way_in(client):
    assert client.get(HOME).headers["Location"] == f"{LOG_IN}?next=/"


@pytest.mark.parametrize("typed", ["adviser@example.org", "Adviser@Example.ORG", " adviser@example.org ", "adviser"])
def test_one_logs_in_with_the_address_in_any_case_or_with_the_name(client, typed):
    person("adviser")

    answer = client.post(LOG_IN, {"username": typed, "password": SECRET})

    assert answer.status_code == 302
    assert answer.headers["Location"] == HOME


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client):
    person("adviser")
    answers = [
        client.post(LOG_IN, {"username": who, "password": "anders"}).content.decode()
        for who in ("adviser@example.org", "niemand@example.org")
    ]

    for answer in answers:
        assert "horen niet bij elkaar" in answer
        assert 'role="alert"' in answer


def test_a_closed_account_cannot_log_in(client):
    person("adviser", is_active=False)

    client.post(LOG_IN, {"username": "adviser@example.org", "password": SECRET})

    assert client.get(HOME).status_code == 302


def test_after_logging_in_nobody_is_sent_to_another_site(client):
    person("adviser")
    answer = client.post(LOG_IN, {"username": "adviser", "password": SECRET, "next": "https://elders.example.net/"})

    assert answer.headers["Location"] == HOME


def test_the_way_out_is_a_button_and_no_link(client):
    client.force_login(person("adviser"))

    assert client.get(LOG_OUT).status_code == 405
    assert client.get(HOME).status_code == 200
    assert client.post(LOG_OUT).headers["Location"] == LOG_IN
    assert client.get(HOME).status_code == 302


def test_an_adviser_sees_what_is_assigned_and_nothing_else(client):
    adviser = person("adviser")
    flagged("plein-een").advisers.add(adviser)
    flagged("plein-twee")

    shown = page(client, adviser)

    assert "Plein Een" in shown
    assert "Plein Twee" not in shown


def test_the_outsider_sees_nothing_of_the_city_centre(client):
    flagged()

    assert "Voorbeeldplein" in page(client, person("association_member", world.RESIDENTS))
    shown = page(client, person("association_member", world.OUTSIDER, name="buiten"))
    assert "Voorbeeldplein" not in shown
    assert "Deze week niets te melden" in shown


def test_what_is_not_public_is_not_shown_to_an_association_beside_it(client):
    flagged(public=False)

    assert "Voorbeeldplein" not in page(client, person("association_member", world.RESIDENTS))
    assert "Voorbeeldplein" in page(client, person("auditor"))


def test_the_page_says_what_the_mail_says_without_what_is_about_mails(client):
    coordinator = person("coordinator")
    flagged()
    now = timezone.now()
    [(_user, mail)] = prepared(load("leiden"), timezone.localdate(now), now, [coordinator.pk])
    assert mail is not None

    shown = page(client, coordinator)

    assert "Avond over Voorbeeldplein" in mail.body
    assert "Avond over Voorbeeldplein" in shown
    assert "Wilt u dit bericht niet meer" in mail.body
    assert "Wilt u dit bericht niet meer" not in shown
    assert shown.count("<h1") == shown.count("</main>") == 1


def test_what_people_wrote_is_shown_as_text(client):
    flagged(title="<script>alert(1)</script>")

    shown = page(client, person("coordinator"))

    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


@pytest.mark.parametrize(("language", "word"), [("nl", "Uitloggen"), ("en", "Log out")])
def test_the_page_is_in_the_language_of_who_reads_it_whatever_the_browser_asks(client, language, word):
    other = {"nl": "en", "en": "nl"}[language]
    shown = page(client, person("coordinator", language=language), HTTP_ACCEPT_LANGUAGE=other)

    assert f'<html lang="{language}">' in shown
    assert word in shown


@pytest.mark.parametrize(("asked", "language"), [("en-GB,en", "en"), ("nl", "nl"), ("de", "nl"), ("", "nl")])
def test_the_way_in_is_in_the_language_of_the_browser_or_else_in_dutch(client, asked, language):
    shown = client.get(LOG_IN, HTTP_ACCEPT_LANGUAGE=asked).content.decode()

    assert f'<html lang="{language}">' in shown


def test_only_who_may_enter_the_administration_gets_the_way_to_it(client):
    assert reverse("admin:index") in page(client, person("coordinator", is_staff=True))
    assert reverse("admin:index") not in page(client, person("association_member"))


def test_the_page_is_not_kept_by_whoever_passes_it_on(client):
    client.force_login(person("coordinator"))

    assert "no-store" in client.get(HOME).headers["Cache-Control"]


def test_the_rules_are_there_for_everyone_and_linked(client):
    assert 'href="/regels/"' in client.get(LOG_IN).content.decode()
    answer = client.get("/regels/", HTTP_ACCEPT_LANGUAGE="en")

    assert "feedback-given" in answer.content.decode()
    assert '<html lang="en">' in answer.content.decode()
    assert answer.headers["Content-Language"] == "en"


def test_an_address_without_a_page_says_so_in_a_page(client, settings):
    settings.DEBUG = False
    answer = client.get("/bestaat-niet/")

    assert answer.status_code == 404
    assert "Deze pagina is er niet" in answer.content.decode()


def test_more_trajectories_ask_no_more_of_the_database(client, django_assert_max_num_queries):
    coordinator = person("coordinator")
    flagged("eerste")
    page(client, coordinator)
    with django_assert_max_num_queries(50) as few:
        client.get(HOME)
    for number in range(12):
        flagged(f"plein-{number}")

    with django_assert_max_num_queries(len(few)):
        client.get(HOME)


def test_each_page_can_be_used_without_a_mouse_and_without_script(client):
    shown = page(client, person("coordinator")) + client.get("/elders/").content.decode()

    assert 'href="#content"' in shown
    assert 'id="content"' in shown
    assert "<script" not in shown
