"""Mail in the administration pages: for administrators alone; sent again after a question, a pause that is lifted."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from participation import models
from participation.services.mail.bounces import PAUSED
from participation.services.mail.outbox import SENT_AGAIN
from participation.services.mail.sender import CUT_OFF
from tests import world
from tests.outbox import NOW, waiting

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
def boss(client):
    return log_in(client, "administrator")


def unsettled(*states):
    rows = waiting(len(states))
    for row, state in zip(rows, states, strict=True):
        models.OutboundEmail.objects.filter(pk=row.pk).update(state=state, settled_at=NOW, reason="550 gone")
    return rows


def act(client, model, action, rows, **more):
    return client.post(page(model), {"action": action, "_selected_action": [row.pk for row in rows], **more})


def states():
    return list(models.OutboundEmail.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("role", ["coordinator", "auditor", "adviser"])
def test_addresses_are_for_administrators_alone_whatever_django_allows(client, role):
    log_in(client, role)
    (row,) = unsettled("doubtful")
    for model in PRIVATE:
        assert client.get(page(model)).status_code == 403
    assert client.get(page(models.OutboundEmail, "change", row.pk)).status_code == 403
    assert act(client, models.OutboundEmail, "send_again", [row], confirmed="yes").status_code == 403
    assert states() == ["doubtful"]


def test_an_administrator_who_may_not_by_django_s_permissions_may_not(client):
    client.force_login(world.user("administrator", is_staff=True))
    assert client.get(page(models.OutboundEmail)).status_code == 403


def test_a_message_tells_why_in_the_reader_s_language_and_the_server_s_words(boss):
    (row,) = unsettled("doubtful")
    models.OutboundEmail.objects.update(reason=f"550 gone\n{SENT_AGAIN}\n{CUT_OFF}")
    told = boss.get(page(models.OutboundEmail, "change", row.pk)).content.decode()
    assert "550 gone" in told
    assert "a1@example.org" in told


def test_before_anything_is_sent_again_it_is_asked_whether_that_is_meant(boss):
    rows = unsettled("doubtful", "refused", "sent")
    asked = act(boss, models.OutboundEmail, "send_again", rows)
    assert asked.status_code == 200
    assert (asked.context["count"], asked.context["others"], asked.context["doubtful"]) == (2, 1, 1)
    assert states() == ["doubtful", "refused", "sent"]
    told = asked.content.decode()
    for row in rows[:2]:
        assert f'name="_selected_action" value="{row.pk}"' in told
    assert f'value="{rows[2].pk}"' not in told


def test_after_a_yes_it_waits_again_and_who_did_so_is_kept(boss):
    rows = unsettled("doubtful", "refused", "held", "sent")
    answer = act(boss, models.OutboundEmail, "send_again", rows, confirmed="yes")
    assert answer.status_code == 302
    assert states() == ["waiting", "waiting", "waiting", "sent"]
    assert {entry.object_id for entry in LogEntry.objects.all()} == {str(row.pk) for row in rows[:3]}
    assert LogEntry.objects.filter(user__role="administrator").count() == 3


def test_everything_in_the_list_can_be_sent_again(boss):
    rows = unsettled("refused", "refused", "sent")
    asked = act(boss, models.OutboundEmail, "send_again", rows[:1], select_across="1")
    assert (asked.context["count"], asked.context["keys"]) == (2, [rows[0].pk])
    assert 'name="select_across" value="1"' in asked.content.decode()
    act(boss, models.OutboundEmail, "send_again", rows[:1], select_across="1", confirmed="yes")
    assert states() == ["waiting", "waiting", "sent"]


def test_where_nothing_can_be_sent_again_that_is_said(boss):
    asked = act(boss, models.OutboundEmail, "send_again", unsettled("sent"))
    assert (asked.context["count"], asked.context["keys"]) == (0, [])
    assert 'type="submit" value' not in asked.content.decode().partition('id="content"')[2]


def test_fifty_are_sent_again_in_as_many_queries_as_one(boss, django_assert_max_num_queries):
    def queries(number):
        models.OutboundEmail.objects.all().delete()
        rows = unsettled(*["refused"] * number)
        with django_assert_max_num_queries(100) as found:
            act(boss, models.OutboundEmail, "send_again", rows)
            act(boss, models.OutboundEmail, "send_again", rows, confirmed="yes")
        return len(found)

    assert queries(50) == queries(1)


def test_a_pause_is_lifted_and_who_did_so_is_kept(boss):
    row = models.PausedAddress.objects.create(email="a1@example.org", paused_at=NOW, reason=PAUSED)
    assert act(boss, models.PausedAddress, "lift_pause", [row]).status_code == 302
    row.refresh_from_db()
    first = row.lifted_at
    assert first
    assert LogEntry.objects.get().object_id == str(row.pk)
    act(boss, models.PausedAddress, "lift_pause", [row])
    row.refresh_from_db()
    assert row.lifted_at == first
