"""Log-in mail goes to the address of the account only, whatever was typed; on both databases."""

from __future__ import annotations

import pytest
from django.core import mail

from tests.web.accounts.log_in_helpers import CODE_REQUEST, PASSWORD_RESET, log_in, logged_in_user_id, make_user

pytestmark = pytest.mark.django_db
ROLES = ("association_member", "coordinator")


def addressed_to(client, page, typed):
    mail.outbox.clear()
    client.__class__().post(page, {"email": typed})
    return [address for sent in mail.outbox for address in sent.recipients()]


@pytest.mark.parametrize("page", [CODE_REQUEST, PASSWORD_RESET])
@pytest.mark.parametrize("role", ROLES)
def test_no_code_or_link_is_sent_to_a_lookalike_address(client, page, role):
    """On PostgreSQL ``iexact`` finds the account at leid.test for another, existing domain."""
    made = make_user(role)
    made.email = "Member@leid.test"
    made.save()
    odd = ["member@le\u0131d.test", "member@le\u0130d.test", "m\u0131mber@leid.test", "member@leid.test.elders.test"]
    same = ["member@leid.test", "MEMBER@LEID.TEST", "member@\uff4ceid.test"]

    assert [addressed_to(client, page, typed) for typed in odd] == [[]] * len(odd)
    assert [addressed_to(client, page, typed) for typed in same] == [["Member@leid.test"]] * len(same)


@pytest.mark.parametrize("typed", ["adv\u0131ser@example.org", "adviser@\uff45xample.org", "adv\u0131ser"])
def test_a_password_logs_in_to_the_account_with_the_exact_address(client, typed):
    made = make_user("adviser")
    log_in(client, typed)

    assert logged_in_user_id(client) == (0 if "\u0131" in typed else made.pk)
