"""Webhooks in the administration: for administrators only; added with a secret, tested and enabled again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from participation.models import Webhook, WebhookDelivery
from participation.services.webhooks.webhooks import add_webhook, withhold_waiting
from tests import world
from tests.outbox import NOW
from tests.webhook_receiver import webhook_receiver

pytestmark = pytest.mark.django_db

BOTH = (Webhook, WebhookDelivery)


def page(model, what="changelist", *args):
    return reverse(f"admin:participation_{model._meta.model_name}_{what}", args=args)


def log_in(client, role, *verbs):
    someone = world.user(role, is_staff=True)
    rights = Permission.objects.filter(content_type__model__in=("webhook", "webhookdelivery"))
    someone.user_permissions.set([one for one in rights if not verbs or one.codename.split("_")[0] in verbs])
    client.force_login(someone)
    return client


@pytest.fixture
def administrator_client(client):
    return log_in(client, "administrator")


@pytest.fixture
def webhook():
    return add_webhook(Webhook(name="zaken", url="https://receiver.example/hook?token=geheim"))


def save(client, webhook, **data):
    typed = {"name": webhook.name, "url": webhook.url, "active": "on", **data}
    return client.post(page(Webhook, "change", webhook.pk), {name: value for name, value in typed.items() if value})


def make_delivery(webhook, key="k", state="waiting", **columns):
    at = {"created_at": NOW, "not_before": NOW, "settled_at": None if state == "waiting" else NOW}
    return WebhookDelivery.objects.create(webhook=webhook, key=key, state=state, body="{}", **at, **columns)


@pytest.mark.parametrize("role", ["coordinator", "auditor", "adviser"])
def test_only_administrators_manage_webhooks_whatever_the_django_permissions(client, role, webhook):
    log_in(client, role)
    for model in BOTH:
        assert client.get(page(model)).status_code == 403
    assert client.get(page(Webhook, "add")).status_code == 403
    assert client.get(page(Webhook, "change", webhook.pk)).status_code == 403
    assert save(client, webhook, _new_secret="x").status_code == 403
    assert client.post(page(Webhook, "delete", webhook.pk), {"post": "yes"}).status_code == 403


def test_adding_a_webhook_shows_its_secret(administrator_client):
    response = administrator_client.post(
        page(Webhook, "add"), {"name": "zaken", "url": "https://receiver.example/", "active": "on"}
    )
    webhook = Webhook.objects.get()
    assert response.url == page(Webhook, "change", webhook.pk)
    assert webhook.secret in administrator_client.get(response.url).content.decode()


def test_view_permission_shows_no_secret_and_the_list_shows_no_url(client, webhook):
    log_in(client, "administrator", "view")
    html = client.get(page(Webhook, "change", webhook.pk)).content.decode()
    assert "zaken" in html
    assert webhook.secret not in html
    html = client.get(page(Webhook)).content.decode()
    assert "receiver.example" in html
    assert "geheim" not in html


@pytest.mark.parametrize("url", ["http://receiver.example/", "https://10.0.0.1/", "https://a:b@receiver.example/"])
def test_an_unsafe_url_is_rejected_and_the_input_is_kept(administrator_client, url):
    response = administrator_client.post(page(Webhook, "add"), {"name": "zaken", "url": url, "active": "on"})
    assert response.context["adminform"].form.errors.keys() == {"url"}
    assert url in response.content.decode()
    assert not Webhook.objects.exists()


def test_saving_keeps_counters_that_changed_meanwhile(administrator_client, webhook, monkeypatch):
    get = Webhook.objects.get

    def meanwhile(form):
        Webhook.objects.filter(pk=webhook.pk).update(notified_until=99, failures=3)
        return form.cleaned_data["name"]

    monkeypatch.setattr("participation.admin.webhooks.WebhookForm.clean_name", meanwhile, raising=False)
    save(administrator_client, webhook, name="burgerzaken")
    found = get()
    assert (found.name, found.notified_until, found.failures) == ("burgerzaken", 99, 3)


def test_disabling_queues_deliveries_and_enabling_sends_them(administrator_client, webhook):
    make_delivery(webhook)
    save(administrator_client, webhook, active="")
    assert WebhookDelivery.objects.get().state == "held"
    save(administrator_client, webhook)
    assert (WebhookDelivery.objects.get().state, Webhook.objects.get().active) == ("waiting", True)


@pytest.mark.parametrize(("button", "state"), [("_switch_on", "waiting"), ("_skip", "held")])
@pytest.mark.parametrize("ticked", ["on", ""])
def test_an_auto_disabled_webhook_can_be_enabled_with_or_without_missed_events(
    administrator_client, webhook, button, state, ticked
):
    make_delivery(webhook)
    Webhook.objects.update(disabled_at=NOW, disabled_reason="500", active=bool(ticked))
    withhold_waiting(webhook.pk, NOW)
    shown = administrator_client.get(page(Webhook, "change", webhook.pk)).content.decode()
    assert f'name="{button}"' in shown
    save(administrator_client, webhook, active="on", **{button: "x"})
    found = Webhook.objects.get()
    assert (found.active, found.disabled_at, found.disabled_reason) == (True, None, "")
    assert WebhookDelivery.objects.get().state == state
    assert f'name="{button}"' not in administrator_client.get(page(Webhook, "change", webhook.pk)).content.decode()


def test_a_new_secret_replaces_the_old_one(administrator_client, webhook):
    save(administrator_client, webhook, _new_secret="x")
    assert Webhook.objects.get().secret != webhook.secret


def test_a_test_delivery_reports_the_result_immediately(administrator_client, webhook, settings):
    settings.DEBUG = True
    with webhook_receiver() as there:
        there.script = [(401, {}, b"wie bent u?")]
        for words in ("wie bent u?", "(200)"):
            save(administrator_client, webhook, url=there.url, _test="x")
            assert words in administrator_client.get(page(Webhook, "change", webhook.pk)).content.decode()
        assert len(there.received) == 2


def test_deliveries_are_sent_again_where_possible(administrator_client, webhook):
    rows = [make_delivery(webhook, "a", "given_up"), make_delivery(webhook, "b", "sent"), make_delivery(webhook, "c")]
    chosen = {"action": "send_again", "_selected_action": [row.pk for row in rows]}
    assert administrator_client.post(page(WebhookDelivery), chosen).status_code == 302
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}
    shown = administrator_client.get(page(WebhookDelivery)).content.decode()
    assert "2 " in shown
    assert administrator_client.get(page(WebhookDelivery, "change", rows[0].pk)).status_code == 200


def test_deliveries_cannot_be_added_or_changed_in_the_admin(administrator_client, webhook):
    row = make_delivery(webhook)
    assert administrator_client.get(page(WebhookDelivery, "add")).status_code == 403
    assert administrator_client.post(page(WebhookDelivery, "change", row.pk), {"body": "x"}).status_code == 403
    assert administrator_client.post(page(WebhookDelivery, "delete", row.pk), {"post": "yes"}).status_code == 403
