"""The command webhooks: it lists webhooks, sends a test, and sends what is due."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.models import Webhook, WebhookDelivery
from participation.services.webhooks.webhooks import add_webhook
from tests import world
from tests.webhook_receiver import make_webhook, webhook_receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver_server(settings):
    settings.DEBUG = True
    with webhook_receiver() as found:
        yield found


def run(*arguments):
    out = StringIO()
    call_command("webhooks", *arguments, stdout=out)
    return out.getvalue()


def news():
    world.transition(world.obligation(commitment=world.commitment()), to_status="overdue")


def test_without_webhooks_it_prints_who_can_add_them():
    assert "Administrators" in run()


def test_the_list_shows_the_state_of_each_webhook_without_secrets():
    add_webhook(Webhook(name="zaken", url="https://receiver.example/hook?token=geheim"))
    make_webhook(name="uit", active=False)
    output = run("--list")
    assert "zaken  receiver.example  enabled: 0 waiting, 0 withheld, 0 consecutive failures" in output
    assert "uit  receiver.example  disabled:" in output
    assert "geheim" not in output


def test_a_test_by_name_or_number_prints_whether_it_was_accepted(receiver_server):
    webhook = make_webhook(receiver_server.url)
    assert run("--test", "zaken") == run("--test", str(webhook.pk)) == "Accepted (200).\n"
    receiver_server.script = [401]
    with pytest.raises(CommandError, match="401") as error:
        run("--test", "zaken")
    assert error.value.returncode == 3


@pytest.mark.parametrize(("names", "remedy"), [((), "--list"), (("zaken", "zaken"), "number")])
def test_an_unknown_or_ambiguous_name_is_reported_with_a_remedy(names, remedy):
    for name in names:
        make_webhook(name=name)
    with pytest.raises(CommandError, match=remedy) as error:
        run("--test", "zaken")
    assert error.value.returncode == 1


def test_it_sends_due_deliveries_and_prints_the_results(receiver_server):
    make_webhook(receiver_server.url)
    assert run("--send") == "Nothing to send.\n"
    news()
    assert run("--send") == "1 made, 1 sent.\n"


def test_a_rejected_delivery_is_reported(receiver_server):
    receiver_server.script = [500]
    make_webhook(receiver_server.url)
    news()
    with pytest.raises(CommandError) as error:
        run("--send")
    assert error.value.returncode == 3
    assert WebhookDelivery.objects.get().state == "waiting"
