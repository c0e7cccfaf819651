"""Mail in the administration: for administrators only; doubtful mails are sent again, paused addresses resumed."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from participation import models
from participation.models.mail import RESENT_REASON
from participation.services.mail.bounces import PAUSE_REASON
from participation.services.mail.sender import CUT_OFF
from tests import world
from tests.outbox import NOW, make_waiting_emails

pytestmark = pytest.mark.django_db

PRIVATE = (models.OutboundEmail, models.Bounce, models.PausedAddress)


def page(model, what="changelist", *args):
    return reverse(f"admin:participation_{model._meta.model_name}_{what}", args=args)


def log_in(client, role):
    someone = world.user(role, is_staff=True)
    names = [model._meta.model_name for model in PRIVATE]
    someone.user_permissions.set(Permission.objects.filter(content_type__model__in=names))
    client.force_login(someone)
    return client


@pytest.fixture
def administrator_client(client):
    return log_in(client, "administrator")


def make_unsettled_emails(*states):
    rows = make_waiting_emails(len(states))
    for row, state in zip(rows, states, strict=True):
        models.OutboundEmail.objects.filter(pk=row.pk).update(state=state, settled_at=NOW, reason="550 gone")
    return rows


def run_action(client, model, action, rows, **more):
    return client.post(page(model), {"action": action, "_selected_action": [row.pk for row in rows], **more})


def states():
    return list(models.OutboundEmail.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("role", ["coordinator", "auditor", "adviser"])
def test_only_administrators_see_addresses_whatever_the_django_permissions(client, role):
    log_in(client, role)
    (row,) = make_unsettled_emails("doubtful")
    for model in PRIVATE:
        assert client.get(page(model)).status_code == 403
    assert client.get(page(models.OutboundEmail, "change", row.pk)).status_code == 403
    assert run_action(client, models.OutboundEmail, "send_again", [row], confirmed="yes").status_code == 403
    assert states() == ["doubtful"]


def test_an_administrator_without_the_django_permission_is_refused(client):
    client.force_login(world.user("administrator", is_staff=True))
    assert client.get(page(models.OutboundEmail)).status_code == 403


def test_an_email_shows_its_reason_translated_and_the_server_response_verbatim(administrator_client):
    (row,) = make_unsettled_emails("doubtful")
    models.OutboundEmail.objects.update(reason=f"550 gone\n{RESENT_REASON}\n{CUT_OFF}")
    html = administrator_client.get(page(models.OutboundEmail, "change", row.pk)).content.decode()
    assert "550 gone" in html
    assert "a1@example.org" in html


def test_sending_again_asks_for_confirmation(administrator_client):
    rows = make_unsettled_emails("doubtful", "refused", "sent")
    confirmation = run_action(administrator_client, models.OutboundEmail, "send_again", rows)
    assert confirmation.status_code == 200
    assert (confirmation.context["count"], confirmation.context["others"], confirmation.context["doubtful"]) == (
        2,
        1,
        1,
    )
    assert states() == ["doubtful", "refused", "sent"]
    html = confirmation.content.decode()
    for row in rows[:2]:
        assert f'name="_selected_action" value="{row.pk}"' in html
    assert f'value="{rows[2].pk}"' not in html


def test_a_confirmed_resend_queues_the_email_and_records_the_user(administrator_client):
    rows = make_unsettled_emails("doubtful", "refused", "held", "sent")
    response = run_action(administrator_client, models.OutboundEmail, "send_again", rows, confirmed="yes")
    assert response.status_code == 302
    assert states() == ["waiting", "waiting", "waiting", "sent"]
    assert {entry.object_id for entry in LogEntry.objects.all()} == {str(row.pk) for row in rows[:3]}
    assert LogEntry.objects.filter(user__role="administrator").count() == 3


def test_all_listed_emails_can_be_sent_again(administrator_client):
    rows = make_unsettled_emails("refused", "refused", "sent")
    confirmation = run_action(administrator_client, models.OutboundEmail, "send_again", rows[:1], select_across="1")
    assert (confirmation.context["count"], confirmation.context["keys"]) == (2, [rows[0].pk])
    assert 'name="select_across" value="1"' in confirmation.content.decode()
    run_action(administrator_client, models.OutboundEmail, "send_again", rows[:1], select_across="1", confirmed="yes")
    assert states() == ["waiting", "waiting", "sent"]


def test_confirmation_without_resendable_emails_has_no_submit_button(administrator_client):
    confirmation = run_action(administrator_client, models.OutboundEmail, "send_again", make_unsettled_emails("sent"))
    assert (confirmation.context["count"], confirmation.context["keys"]) == (0, [])
    assert 'class="button"' not in confirmation.content.decode().partition('id="content"')[2]


def test_resending_fifty_emails_takes_as_many_queries_as_one(administrator_client, django_assert_max_num_queries):
    def queries(number):
        models.OutboundEmail.objects.all().delete()
        rows = make_unsettled_emails(*["refused"] * number)
        with django_assert_max_num_queries(100) as found:
            run_action(administrator_client, models.OutboundEmail, "send_again", rows)
            run_action(administrator_client, models.OutboundEmail, "send_again", rows, confirmed="yes")
        return len(found)

    assert queries(50) == queries(1)


def test_ending_a_pause_records_the_user(administrator_client):
    row = models.PausedAddress.objects.create(email="a1@example.org", paused_at=NOW, reason=PAUSE_REASON)
    assert run_action(administrator_client, models.PausedAddress, "unpause", [row]).status_code == 302
    row.refresh_from_db()
    first = row.lifted_at
    assert first
    assert LogEntry.objects.get().object_id == str(row.pk)
    run_action(administrator_client, models.PausedAddress, "unpause", [row])
    row.refresh_from_db()
    assert row.lifted_at == first
