"""A link in somebody's mail says whose it is, and nobody can make one for somebody else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import resolve, reverse

from participation.reports.urls import mail_stop, preferences
from participation.selectors.mail_tokens import mail_token, user_of


def test_a_token_tells_whose_it_is_today_and_next_year():
    assert user_of(mail_token(7)) == 7
    assert mail_token(7) == mail_token(7) != mail_token(8)


@pytest.mark.parametrize(
    "token", ["", "7", "7:", "8" + mail_token(7)[1:], mail_token(7)[:-1], mail_token(7) + "a", "x:y", "7:\u00e9"]
)
def test_a_token_that_was_not_made_here_is_nobodys(token):
    assert user_of(token) is None


def test_a_token_outlives_a_change_of_the_secret_as_long_as_the_old_one_is_kept(settings):
    before, old = mail_token(7), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    assert user_of(before) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert user_of(before) == 7


def test_without_a_secret_of_the_installation_no_link_is_made_that_would_not_work(settings):
    settings.HAS_SECRET = False
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be set"):
        mail_token(7)


@pytest.mark.parametrize("what", ["rapport", "herinnering"])
def test_links_in_mails_are_the_addresses_of_the_pages(what):
    path = urlsplit(mail_stop(7, what)).path
    assert path == reverse("mail_stop", args=[mail_token(7), what])
    assert resolve(path).kwargs == {"token": mail_token(7), "what": what}
    assert urlsplit(preferences()).path == reverse("mail_preferences")
