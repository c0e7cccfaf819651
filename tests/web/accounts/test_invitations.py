"""The page to invite people: by whom, the link in the mail, and what is the same for every address."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from participation.models import User
from tests import world
from tests.web.accounts.log_in_helpers import PASSWORD, log_in, logged_in_user_id
from tests.web.editing.form_helpers import FormPage

pytestmark = pytest.mark.django_db
#: The mail is sent, and its outcome shown, once the account is committed.
commits = pytest.mark.django_db(transaction=True)
INVITE = "/account/uitnodigen/"
NOOR = {"email": "noor@example.org", "first_name": "Noor", "last_name": "de Wit", "role": "adviser"}


@pytest.fixture
def administrator(client):
    user = world.user("administrator", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def send(client, django_capture_on_commit_callbacks):
    """Send the form as these values, and return the page after it."""

    def sending(**values):
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(INVITE, {**NOOR, **values})
        return client.get(INVITE) if response.status_code == 302 else response

    return sending


def link():
    [found] = re.findall(r"http\S+(/account/wachtwoord/nieuw/\S+)", mail.outbox[-1].body)
    return found


@commits
def test_an_invited_adviser_chooses_a_password_with_the_link_and_logs_in(client, administrator, send):
    page = send()
    assert "De uitnodiging aan noor@example.org is onderweg." in page.content.decode()
    client.logout()
    first = client.get(link())
    form = client.get(first.headers["Location"])
    assert "Een nieuw wachtwoord kiezen" in form.content.decode()
    client.post(first.headers["Location"], {"password1": PASSWORD, "password2": PASSWORD})
    log_in(client, "noor@example.org")
    assert logged_in_user_id(client) == User.objects.get(email="noor@example.org").pk


def test_the_link_works_once_and_then_says_what_to_do(client, administrator, send):
    send()
    client.logout()
    address = client.get(link()).headers["Location"]
    client.post(address, {"password1": PASSWORD, "password2": PASSWORD})
    html = client.get(link()).content.decode()
    assert "Deze link werkt niet meer" in html
    assert "Bent u uitgenodigd? Vraag een nieuwe link aan" in html


def test_every_role_is_explained_in_a_sentence(client, administrator):
    html = client.get(INVITE).content.decode()
    assert html.count('name="role"') == 6
    assert "Participatieadviseur: legt vast wat er gebeurt in de eigen trajecten" in html
    assert "Lid van een vereniging: spreekt voor een organisatie" in html


def test_a_coordinator_is_offered_members_of_associations_only(client, send):
    organisation = world.organisation()
    client.force_login(world.user("coordinator"))
    assert client.get(INVITE).content.decode().count('name="role"') == 1
    assert send(role="adviser", organisation=organisation.pk).status_code == 400
    send(role="association_member", organisation=organisation.pk)
    assert User.objects.get(email="noor@example.org").memberships.get().organisation == organisation


@commits
@pytest.mark.parametrize("closed", [False, True])
def test_the_answer_is_the_same_for_an_address_with_an_account(client, send, closed):
    client.force_login(world.user("coordinator"))
    organisation = world.organisation().pk
    new = send(role="association_member", organisation=organisation, email="nieuw@example.org")
    world.user("auditor", name="noor", is_active=not closed)
    known = send(role="association_member", organisation=organisation)
    messages = [str(message) for page in (new, known) for message in page.context["messages"]]
    assert messages[1] == messages[0].replace("nieuw@", "noor@")


def test_a_form_that_is_sent_twice_invites_once(client, administrator, django_capture_on_commit_callbacks):
    page = FormPage(client.get(INVITE), "idempotency_key")
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert page.send(client, **NOOR).status_code == 302
    assert User.objects.filter(email="noor@example.org").count() == 1
    assert len(mail.outbox) == 1


def test_too_many_invitations_are_refused(client, administrator, send, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "invitation": "2/h/user"}
    answers = [send(email=f"noor{number}@example.org").status_code for number in range(3)]
    assert answers == [200, 200, 429]
    assert User.objects.filter(email__startswith="noor").count() == 2


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"email": "noor"}, "email"),
        ({"email": ""}, "email"),
        ({"first_name": ""}, "first_name"),
        ({"last_name": "x" * 151}, "last_name"),
        ({"role": "baas"}, "role"),
        ({"role": "association_member"}, "organisation"),
        ({"role": "association_member", "organisation": "999999"}, "organisation"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(client, administrator, send, values, error):
    response = send(**values)
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [error]
    assert User.objects.count() == 1
    assert not mail.outbox


@commits
def test_a_mail_that_fails_is_reported_and_can_be_sent_again(client, administrator, send, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", "/dev/null/x"
    assert "kon niet worden verstuurd" in send().content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send()
    assert link()


def test_who_did_not_log_in_yet_is_listed_without_address(client, administrator, send):
    html = send().content.decode()
    waiting = html.partition('id="waiting"')[2]
    assert "Noor de Wit: participatieadviseur" in waiting
    assert "noor@example.org" not in waiting
