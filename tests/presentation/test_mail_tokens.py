"""A token in a mail identifies its recipient, and cannot be forged."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import resolve, reverse

from participation.presentation.mail import mail_token, mail_unsubscribe_url, preferences_url, user_pk_of


def test_a_token_identifies_its_user_today_and_next_year():
    assert user_pk_of(mail_token(7)) == 7
    assert mail_token(7) == mail_token(7) != mail_token(8)


@pytest.mark.parametrize(
    "token", ["", "7", "7:", "8" + mail_token(7)[1:], mail_token(7)[:-1], mail_token(7) + "a", "x:y", "7:\u00e9"]
)
def test_a_forged_token_identifies_nobody(token):
    assert user_pk_of(token) is None


def test_a_token_survives_key_rotation_while_the_old_key_is_a_fallback(settings):
    before, old = mail_token(7), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    assert user_pk_of(before) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert user_pk_of(before) == 7


def test_without_a_secret_key_no_link_is_created(settings):
    settings.HAS_SECRET = False
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be set"):
        mail_token(7)


@pytest.mark.parametrize("kind", ["rapport", "herinnering"])
def test_links_in_emails_match_the_url_patterns(kind):
    path = urlsplit(mail_unsubscribe_url(7, kind)).path
    assert path == reverse("mail_unsubscribe", args=[mail_token(7), kind])
    assert resolve(path).kwargs == {"token": mail_token(7), "kind": kind}
    assert urlsplit(preferences_url()).path == reverse("mail_preferences")
