"""Mail to log in goes to the address of the account alone, whatever was typed; on both databases."""

from __future__ import annotations

import pytest
from django.core import mail

from tests.web.accounts.doors import ASK, FORGOTTEN, enter, logged_in, person

pytestmark = pytest.mark.django_db
ROLES = ("association_member", "coordinator")


def addressed_to(client, page, typed):
    mail.outbox.clear()
    client.__class__().post(page, {"email": typed})
    return [address for sent in mail.outbox for address in sent.recipients()]


@pytest.mark.parametrize("page", [ASK, FORGOTTEN])
@pytest.mark.parametrize("role", ROLES)
def test_no_code_and_no_link_goes_to_an_address_that_only_looks_the_same(client, page, role):
    """On PostgreSQL ``iexact`` finds the account at leid.test for who asks at the other, quite real, domain."""
    made = person(role)
    made.email = "Member@leid.test"
    made.save()
    odd = ["member@le\u0131d.test", "member@le\u0130d.test", "m\u0131mber@leid.test", "member@leid.test.elders.test"]
    same = ["member@leid.test", "MEMBER@LEID.TEST", "member@\uff4ceid.test"]

    assert [addressed_to(client, page, typed) for typed in odd] == [[]] * len(odd)
    assert [addressed_to(client, page, typed) for typed in same] == [["Member@leid.test"]] * len(same)


@pytest.mark.parametrize("typed", ["adv\u0131ser@example.org", "adviser@\uff45xample.org", "adv\u0131ser"])
def test_a_password_opens_the_account_whose_address_was_typed(client, typed):
    made = person("adviser")
    enter(client, typed)

    assert logged_in(client) == (0 if "\u0131" in typed else made.pk)
