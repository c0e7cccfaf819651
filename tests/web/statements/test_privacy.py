"""The privacy statement says what the code keeps and how long: nothing is left out, and no period differs."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models

from participation import retention
from participation.models import Follower
from participation.services.erasure.reach import COPIES, ERASABLE_TABLES
from participation.web.shared.cookies import allowed_cookies
from participation.web.statements import processing
from participation.web.statements.processing import ACTIVITIES, retention_periods
from participation.web.statements.texts import period_text
from tests import world
from tracker.statements import PrivacyStatement, Processor, Statements, Text

pytestmark = pytest.mark.django_db
PRIVACY = "/privacy/"
USER = get_user_model()
DECLARED = {label for activity in ACTIVITIES for label in activity.tables}
#: Tables whose text an administrator can erase, or that hold copies of it; the session has copies too.
WITH_TEXTS = {
    *(table.model for table in ERASABLE_TABLES.values()),
    *(copies.model for copies in COPIES),
    apps.get_model("sessions.Session"),
}


def shown(client, **headers):
    return html.unescape(client.get(PRIVACY, **headers).content.decode())


def has_personal_data(model):
    """Return whether a model has an e-mail address, belongs to an account, or holds texts that people wrote."""
    fields = model._meta.get_fields(include_hidden=True)
    return (
        model is USER
        or model in WITH_TEXTS
        or any(isinstance(field, models.EmailField) for field in fields)
        or any(field.is_relation and field.related_model is USER and not field.auto_created for field in fields)
    )


def described(model):
    """Return the label of the model under which this one is described: that of a history, or of a link table."""
    if origin := getattr(model, "instance_type", None):
        return origin._meta.label
    if model._meta.auto_created:
        return model._meta.auto_created._meta.label
    return model._meta.label


# ---------- nothing is left out


def test_every_table_with_personal_data_has_its_place_in_the_register():
    missing = {described(model) for model in apps.get_models(include_auto_created=True) if has_personal_data(model)}

    assert missing - DECLARED == set(), "name it in participation/web/statements/processing.py"


@pytest.mark.parametrize("label", ["participation.Follower", "participation.User", "participation.Changeset"])
def test_tables_with_addresses_accounts_or_texts_are_noticed_and_others_are_not(label):
    assert has_personal_data(apps.get_model(label))
    assert not has_personal_data(apps.get_model("participation.Transition"))


def test_the_register_names_existing_tables_once():
    labels = [label for activity in ACTIVITIES for label in activity.tables]

    assert len(labels) == len(set(labels))
    assert all(apps.get_model(label) for label in labels)


def test_the_page_shows_each_activity_with_its_tables(client):
    page = shown(client)

    for activity in (activity.in_words() for activity in ACTIVITIES):
        assert f'id="{activity.id}"' in page
        for text in (activity.title, activity.what, activity.why, activity.ground, *activity.terms, *activity.tables):
            assert str(text) in page
    assert "volgers" in page
    assert "tweede stappen bij het inloggen" in page


# ---------- periods are those of the code


def test_each_retention_period_is_stated_once():
    assert sorted(retention_periods()) == sorted(retention.PERIODS)


@pytest.mark.parametrize("name", retention.PERIODS)
def test_a_changed_retention_period_changes_the_page(name, client, monkeypatch):
    monkeypatch.setitem(retention.PERIODS, name, timedelta(days=1234))

    assert shown(client).count("1234 dagen") == 1


@pytest.mark.parametrize(
    "name", ["SESSION_COOKIE_AGE", "MEMBER_SESSION_AGE", "ACCOUNT_LOGIN_BY_CODE_TIMEOUT", "LANGUAGE_COOKIE_AGE"]
)
def test_a_changed_setting_changes_the_page(name, client, settings):
    before = shown(client)
    setattr(settings, name, 1234 * 60)

    assert shown(client).count("1234 minuten") > before.count("1234 minuten")


def test_the_lifetime_of_keys_and_the_longest_rate_limit_are_those_of_the_settings(client, settings):
    settings.REST_KNOX = {**settings.REST_KNOX, "TOKEN_TTL": timedelta(days=77)}
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "10/m/ip,60/7h/ip")
    page = shown(client)

    assert "Een sleutel: 77 dagen" in page
    assert "na hoogstens 7 uur weg" in page


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (timedelta(days=365), "1 jaar"),
        (timedelta(days=730), "2 jaar"),
        (timedelta(days=1), "1 dag"),
        (timedelta(days=90), "90 dagen"),
        (timedelta(hours=12), "12 uur"),
        (timedelta(days=1, hours=12), "36 uur"),
        (timedelta(minutes=15), "15 minuten"),
    ],
)
def test_a_period_is_said_in_its_largest_whole_unit(period, text):
    assert period_text(period) == text


# ---------- cookies


def test_the_page_lists_the_declared_cookies(client):
    page = shown(client)

    for cookie in allowed_cookies():
        assert f">{cookie.name}</code>" in page
        assert str(cookie.purpose) in page


# ---------- what the municipality fills in


def test_without_a_file_nothing_is_claimed_and_only_administrators_see_what_is_missing(client, settings):
    settings.STATEMENTS, settings.CONTACT_EMAIL = Statements(), ""
    page = shown(client)

    assert "Volgens de wet is" not in page
    assert "functionaris gegevensbescherming" not in page
    assert "Nog niet ingevuld" not in page

    client.force_login(world.user("adviser"))
    assert "Nog niet ingevuld" not in shown(client)
    client.force_login(world.user("administrator"))
    page = shown(client)
    for word in ("CONTACT_EMAIL", "controller", "officer", "processors", "visit_logs", "backups"):
        assert word in page


def test_what_was_filled_in_is_shown_and_not_asked_for(client, settings):
    settings.CONTACT_EMAIL = "hulp@example.org"
    settings.STATEMENTS = Statements(
        privacy=PrivacyStatement(
            controller=Text("het college van Onze Stad", "the executive of Onze Stad"),
            officer="fg@example.org",
            processors=(Processor("Hosting Voorbeeld", Text("beheert de servers")),),
            visit_logs=Text("Dertig dagen een logboek van bezoeken."),
            backups=Text("Back-ups negentig dagen."),
        )
    )
    client.force_login(world.user("administrator"))
    page = shown(client)

    assert "Nog niet ingevuld" not in page
    for text in ("het college van Onze Stad", "mailto:fg@example.org", "Hosting Voorbeeld: beheert de servers"):
        assert text in page
    assert "Dertig dagen een logboek" in page
    assert "Back-ups negentig dagen" in page


def test_the_english_page_marks_what_is_only_in_dutch(client, settings):
    settings.STATEMENTS = Statements(
        privacy=PrivacyStatement(
            controller=Text("het college", "the municipal executive"), backups=Text("Back-ups negentig dagen.")
        )
    )
    page = shown(client, HTTP_ACCEPT_LANGUAGE="en")

    assert "By law, the municipal executive is responsible" in page
    assert '<span lang="nl">Back-ups negentig dagen.</span>' in page
    assert "Privacy statement" in page


# ---------- mails and forms lead there


def test_the_mail_that_asks_a_follower_to_confirm_leads_to_the_statement(client, settings):
    from participation.presentation.mail import privacy_url

    address, _hash, fragment = privacy_url().removeprefix(settings.BASE_URL).partition("#")

    assert address == PRIVACY
    assert f'id="{fragment}"' in shown(client)
    assert processing.ACTIVITIES[1].tables == (Follower._meta.label,)
