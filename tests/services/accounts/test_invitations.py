"""Inviting people: who may, what account they get, and how the mail lets them log in."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError

from participation.models import Membership, User
from participation.services.accounts import invitations
from participation.services.accounts.invitations import Invitee, ensure_administrators, invite, send_invitation
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-11-16 10:00")
NEW_PASSWORD_LINK = "/account/wachtwoord/nieuw/"


def invitee(role="adviser", email="noor@example.org", **values):
    return Invitee(email, "Noor", "de Wit", role, **values)


@pytest.mark.parametrize(
    ("by", "roles"),
    [
        (
            "administrator",
            ["adviser", "coordinator", "association_member", "council_member", "auditor", "administrator"],
        ),
        ("coordinator", ["association_member"]),
        ("adviser", []),
        ("auditor", []),
        ("association_member", []),
    ],
)
def test_each_role_may_invite_for_its_own_roles_only(by, roles):
    user = world.user(by)
    assert list(user.invitable_roles) == roles
    for role in ("adviser", "association_member"):
        if role not in roles:
            with pytest.raises(PermissionDenied):
                invite(invitee(role, organisation=world.organisation()), user, NOW)
    assert User.objects.count() == 1


def test_a_closed_account_may_invite_nobody():
    assert world.user("administrator", is_active=False).invitable_roles == ()


def test_nobody_invites_a_superuser_on_the_website():
    with pytest.raises(PermissionDenied):
        invite(invitee("administrator"), world.user("administrator"), NOW, is_superuser=True)


def test_an_invited_adviser_needs_no_permissions_of_django():
    user = invite(invitee(), world.user("administrator"), NOW).user
    assert (user.role, user.is_staff, user.is_superuser) == ("adviser", False, False)
    assert not user.has_usable_password()
    assert not user.groups.exists()
    assert user.adds_trajectories


def test_the_user_name_does_not_hold_the_address():
    invite(invitee(), None, NOW)
    second = invite(invitee(email="ander@example.org"), None, NOW).user
    assert (second.username, second.display_name) == ("noor-de-wit-2", "Noor de Wit")


def test_an_invited_administrator_gets_the_permissions_of_the_administration():
    user = invite(invitee("administrator"), world.user("administrator"), NOW).user
    assert user.is_staff
    assert not user.is_superuser
    assert user.has_perm("participation.change_user")
    assert user.has_perm("participation.add_organisation")


def test_the_group_of_administrators_gets_permissions_that_were_added_later():
    group = ensure_administrators()
    group.permissions.clear()
    assert ensure_administrators().permissions.count() > 50


def test_an_invited_member_speaks_for_the_organisation():
    by = world.user("coordinator")
    invitation = invite(invitee("association_member", organisation=world.organisation()), by, NOW)
    membership = Membership.objects.get(user=invitation.user)
    assert membership.organisation.slug == world.RESIDENTS
    assert membership.history.get().history_user == by
    assert membership.history.get().history_date == NOW
    assert "code" in invitation.mail.body
    assert NEW_PASSWORD_LINK not in invitation.mail.body


def test_a_member_without_an_organisation_is_not_invited():
    with pytest.raises(ValidationError):
        invite(invitee("association_member"), world.user("coordinator"), NOW)
    assert not User.objects.filter(role="association_member").exists()


def test_the_mail_explains_the_role_and_how_to_log_in(settings):
    settings.MUNICIPALITY, settings.BASE_URL = "gemeente Onze Stad", "https://participatie.example.org"
    mail = invite(invitee(), None, NOW).mail
    assert mail.to == ["noor@example.org"]
    assert mail.subject == "Uw account voor Leidraad, gemeente Onze Stad"
    assert "Iemand met deze rol legt vast wat er gebeurt" in mail.body
    assert f"https://participatie.example.org{NEW_PASSWORD_LINK}" in mail.body


def test_with_oidc_the_mail_leads_to_the_work_account(settings):
    settings.OIDC_SERVER_URL = "https://inloggen.example.org"
    mail = invite(invitee("administrator"), None, NOW).mail
    assert "werkaccount" in mail.body
    assert NEW_PASSWORD_LINK not in mail.body


def test_inviting_an_address_again_makes_no_second_account_and_sends_a_new_link():
    by = world.user("administrator")
    first = invite(invitee(), by, NOW)
    again = invite(invitee("auditor", "NOOR@example.org"), by, NOW)
    assert (first.is_new, again.is_new, again.user.pk) == (True, False, first.user.pk)
    assert User.objects.get(pk=first.user.pk).role == "adviser"
    assert NEW_PASSWORD_LINK in again.mail.body


def test_inviting_somebody_who_logged_in_changes_nothing_and_sends_no_link():
    known = world.user("auditor", name="noor", last_login=NOW)
    before = User.objects.filter(pk=known.pk).values().get()
    mail = invite(invitee("administrator"), world.user("administrator"), NOW).mail
    assert User.objects.filter(pk=known.pk).values().get() == before
    assert not known.groups.exists()
    assert NEW_PASSWORD_LINK not in mail.body
    assert "Uw rol blijft" in mail.body


def test_a_known_member_speaks_for_one_more_organisation_once():
    member = world.user("association_member", world.RESIDENTS, name="noor", last_login=NOW)
    for number in range(2):
        mail = invite(
            invitee("association_member", organisation=world.organisation(world.SHOPS)),
            world.user("coordinator", name=f"c{number}"),
            NOW,
        ).mail
    assert set(member.memberships.values_list("organisation__slug", flat=True)) == {world.RESIDENTS, world.SHOPS}
    assert "U spreekt voor: Winkeliers." in mail.body


def test_a_member_of_staff_never_becomes_the_voice_of_an_association():
    adviser = world.user("adviser", name="noor", last_login=NOW)
    invite(invitee("association_member", organisation=world.organisation()), world.user("coordinator"), NOW)
    assert not adviser.memberships.exists()


def test_a_closed_account_gets_no_mail_and_stays_closed():
    closed = world.user("association_member", name="noor", is_active=False)
    invitation = invite(
        invitee("association_member", organisation=world.organisation()), world.user("coordinator"), NOW
    )
    assert invitation.mail is None
    assert send_invitation(invitation)
    closed.refresh_from_db()
    assert not closed.is_active
    assert not closed.memberships.exists()


def test_a_mail_that_cannot_be_sent_is_reported_without_the_address(settings, caplog):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", "/dev/null/x"
    assert not send_invitation(invite(invitee(), None, NOW))
    assert "noor@example.org" not in caplog.text
    assert caplog.records


def test_two_invitations_at_once_make_one_account(monkeypatch):
    """The loser of the race finds the account that the winner made."""
    create = invitations._create_user

    def raced(*arguments):
        monkeypatch.setattr(invitations, "_create_user", create)
        raise IntegrityError

    monkeypatch.setattr(invitations, "_create_user", raced)
    assert invite(invitee(), None, NOW).is_new
    assert User.objects.count() == 1
