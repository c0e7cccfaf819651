"""Webhooks in the administration pages: for administrators alone; added with a secret, tried, and switched on again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from participation.models import Webhook, WebhookDelivery
from participation.services.webhooks import add, hold_waiting
from tests import world
from tests.outbox import NOW
from tests.receiver import receiver

pytestmark = pytest.mark.django_db

BOTH = (Webhook, WebhookDelivery)


def page(model, what="changelist", *args):
    return reverse(f"admin:participation_{model._meta.model_name}_{what}", args=args)


def log_in(client, role, *verbs):
    someone = world.user(role, is_staff=True)
    rights = Permission.objects.filter(content_type__model__in=("webhook", "delivery"))
    someone.user_permissions.set([one for one in rights if not verbs or one.codename.split("_")[0] in verbs])
    client.force_login(someone)
    return client


@pytest.fixture
def boss(client):
    return log_in(client, "administrator")


@pytest.fixture
def webhook():
    return add(Webhook(name="zaken", url="https://receiver.example/hook?token=geheim"))


def save(client, webhook, **data):
    typed = {"name": webhook.name, "url": webhook.url, "active": "on", **data}
    return client.post(page(Webhook, "change", webhook.pk), {name: value for name, value in typed.items() if value})


def a_message(webhook, key="k", state="waiting", **columns):
    at = {"created_at": NOW, "not_before": NOW, "settled_at": None if state == "waiting" else NOW}
    return WebhookDelivery.objects.create(webhook=webhook, key=key, state=state, body="{}", **at, **columns)


@pytest.mark.parametrize("role", ["coordinator", "auditor", "adviser"])
def test_webhooks_are_for_administrators_alone_whatever_django_allows(client, role, webhook):
    log_in(client, role)
    for model in BOTH:
        assert client.get(page(model)).status_code == 403
    assert client.get(page(Webhook, "add")).status_code == 403
    assert client.get(page(Webhook, "change", webhook.pk)).status_code == 403
    assert save(client, webhook, _new_secret="x").status_code == 403
    assert client.post(page(Webhook, "delete", webhook.pk), {"post": "yes"}).status_code == 403


def test_who_adds_one_gets_to_see_the_secret_for_the_receiver(boss):
    answer = boss.post(page(Webhook, "add"), {"name": "zaken", "url": "https://receiver.example/", "active": "on"})
    webhook = Webhook.objects.get()
    assert answer.url == page(Webhook, "change", webhook.pk)
    assert webhook.secret in boss.get(answer.url).content.decode()


def test_who_may_only_look_does_not_see_the_secret_and_the_list_shows_no_address(client, webhook):
    log_in(client, "administrator", "view")
    told = client.get(page(Webhook, "change", webhook.pk)).content.decode()
    assert "zaken" in told
    assert webhook.secret not in told
    told = client.get(page(Webhook)).content.decode()
    assert "receiver.example" in told
    assert "geheim" not in told


@pytest.mark.parametrize("url", ["http://receiver.example/", "https://10.0.0.1/", "https://a:b@receiver.example/"])
def test_an_address_to_which_nothing_would_be_sent_is_refused_with_what_was_typed_kept(boss, url):
    answer = boss.post(page(Webhook, "add"), {"name": "zaken", "url": url, "active": "on"})
    assert answer.context["adminform"].form.errors.keys() == {"url"}
    assert url in answer.content.decode()
    assert not Webhook.objects.exists()


def test_a_save_changes_nothing_that_was_counted_meanwhile(boss, webhook, monkeypatch):
    get = Webhook.objects.get

    def meanwhile(form):
        Webhook.objects.filter(pk=webhook.pk).update(notified_until=99, failures=3)
        return form.cleaned_data["name"]

    monkeypatch.setattr("participation.admin.webhooks.WebhookForm.clean_name", meanwhile, raising=False)
    save(boss, webhook, name="burgerzaken")
    found = get()
    assert (found.name, found.notified_until, found.failures) == ("burgerzaken", 99, 3)


def test_switching_off_holds_what_waits_and_switching_on_sends_it(boss, webhook):
    a_message(webhook)
    save(boss, webhook, active="")
    assert WebhookDelivery.objects.get().state == "held"
    save(boss, webhook)
    assert (WebhookDelivery.objects.get().state, Webhook.objects.get().active) == ("waiting", True)


@pytest.mark.parametrize(("button", "state"), [("_switch_on", "waiting"), ("_skip", "held")])
@pytest.mark.parametrize("ticked", ["on", ""])
def test_one_that_is_off_by_itself_is_switched_on_with_what_was_missed_or_without(boss, webhook, button, state, ticked):
    a_message(webhook)
    Webhook.objects.update(disabled_at=NOW, disabled_reason="500", active=bool(ticked))
    hold_waiting(webhook.pk, NOW)
    shown = boss.get(page(Webhook, "change", webhook.pk)).content.decode()
    assert f'name="{button}"' in shown
    save(boss, webhook, active="on", **{button: "x"})
    found = Webhook.objects.get()
    assert (found.active, found.disabled_at, found.disabled_reason) == (True, None, "")
    assert WebhookDelivery.objects.get().state == state
    assert f'name="{button}"' not in boss.get(page(Webhook, "change", webhook.pk)).content.decode()


def test_a_new_secret_takes_the_place_of_the_old_one(boss, webhook):
    save(boss, webhook, _new_secret="x")
    assert Webhook.objects.get().secret != webhook.secret


def test_a_test_message_tells_at_once_whether_it_was_taken(boss, webhook, settings):
    settings.DEBUG = True
    with receiver() as there:
        there.script = [(401, {}, b"wie bent u?")]
        for words in ("wie bent u?", "(200)"):
            save(boss, webhook, url=there.url, _test="x")
            assert words in boss.get(page(Webhook, "change", webhook.pk)).content.decode()
        assert len(there.heard) == 2


def test_messages_are_sent_again_where_that_can_be(boss, webhook):
    rows = [a_message(webhook, "a", "given_up"), a_message(webhook, "b", "sent"), a_message(webhook, "c")]
    chosen = {"action": "send_again", "_selected_action": [row.pk for row in rows]}
    assert boss.post(page(WebhookDelivery), chosen).status_code == 302
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}
    shown = boss.get(page(WebhookDelivery)).content.decode()
    assert "2 " in shown
    assert boss.get(page(WebhookDelivery, "change", rows[0].pk)).status_code == 200


def test_nobody_writes_a_message_by_hand(boss, webhook):
    row = a_message(webhook)
    assert boss.get(page(WebhookDelivery, "add")).status_code == 403
    assert boss.post(page(WebhookDelivery, "change", row.pk), {"body": "x"}).status_code == 403
    assert boss.post(page(WebhookDelivery, "delete", row.pk), {"post": "yes"}).status_code == 403
