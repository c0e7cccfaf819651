"""The command webhooks: who is told, whether a test arrives, and what is due is sent."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.models import Webhook, WebhookDelivery
from participation.services.webhooks import add
from tests import world
from tests.receiver import hook, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings):
    settings.DEBUG = True
    with receiver() as found:
        yield found


def run(*arguments):
    out = StringIO()
    call_command("webhooks", *arguments, stdout=out)
    return out.getvalue()


def news():
    world.transition(world.obligation(commitment=world.commitment()), to_status="overdue")


def test_without_any_it_says_who_adds_them():
    assert "administrator" in run()


def test_the_list_tells_how_each_is_doing_and_not_what_may_be_secret():
    add(Webhook(name="zaken", url="https://receiver.example/hook?token=geheim"))
    hook(name="uit", active=False)
    told = run("--list")
    assert "zaken  receiver.example  on: 0 waiting, 0 held, 0 failures" in told
    assert "uit  receiver.example  off:" in told
    assert "geheim" not in told


def test_a_test_by_name_or_number_tells_whether_it_was_taken(there):
    webhook = hook(there.url)
    assert run("--test", "zaken") == run("--test", str(webhook.pk)) == "Taken (200).\n"
    there.script = [401]
    with pytest.raises(CommandError, match="401") as error:
        run("--test", "zaken")
    assert error.value.returncode == 3


@pytest.mark.parametrize(("names", "remedy"), [((), "--list"), (("zaken", "zaken"), "number")])
def test_a_name_of_none_or_of_several_is_told_with_the_remedy(names, remedy):
    for name in names:
        hook(name=name)
    with pytest.raises(CommandError, match=remedy) as error:
        run("--test", "zaken")
    assert error.value.returncode == 1


def test_it_sends_what_is_due_and_says_what_became_of_it(there):
    hook(there.url)
    assert run("--send") == "Nothing to send.\n"
    news()
    assert run("--send") == "1 made, 1 sent.\n"


def test_what_was_not_taken_is_told(there):
    there.script = [500]
    hook(there.url)
    news()
    with pytest.raises(CommandError) as error:
        run("--send")
    assert error.value.returncode == 3
    assert WebhookDelivery.objects.get().state == "waiting"
