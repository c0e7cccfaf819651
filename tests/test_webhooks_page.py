"""The page for receivers of webhooks: its code verifies real deliveries, and its example is a real one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from participation.models import Transition
from participation.models.obligations import TRANSITION_STATUSES
from participation.presentation.mail import link
from participation.selectors.obligations.transitions import transitions_as_records
from participation.services.webhooks.client import new_secret
from tests import world
from tests.outbox import FakeClock
from tests.webhook_receiver import send_deliveries, webhook_receiver, webhook_with_deliveries

PAGE = (Path(__file__).parents[1] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def code(heading: str) -> dict:
    """Run the Python block under this heading, and return its names."""
    (block,) = re.findall(rf"```python {heading}\n(.*?)```", PAGE, re.DOTALL)
    defined: dict = {}
    exec(block, defined)  # noqa: S102 the code is that of our own manual
    return defined


@pytest.fixture
def sent(settings, db):
    """Return the secret of a webhook, and a delivery that its receiver got."""
    settings.DEBUG = True
    now = datetime.now(UTC)  # the library reads the clock
    with webhook_receiver() as there:
        webhook = webhook_with_deliveries(there.url)
        send_deliveries(webhook, FakeClock(now))
    return webhook.secret, there.received[0], now.timestamp()


def test_the_standard_library_example_accepts_only_genuine_deliveries(sent):
    secret, heard, now = sent
    is_genuine = code("standard library")["is_genuine"]
    assert is_genuine(secret, heard.headers, heard.body, now)
    assert not is_genuine(new_secret(), heard.headers, heard.body, now)
    assert not is_genuine(secret, heard.headers, heard.body + b" ", now)
    assert not is_genuine(secret, {**heard.headers, "webhook-id": "another"}, heard.body, now)
    assert not is_genuine(secret, heard.headers, heard.body, now + 301)


def test_the_package_example_accepts_only_genuine_deliveries(sent):
    secret, heard, _now = sent
    read = code("standardwebhooks")["read"]
    assert read(secret, heard.headers, heard.body)["type"] == "transitions"
    assert read(new_secret(), heard.headers, heard.body) is None


def test_the_example_has_the_sent_keys_and_the_table_describes_each(sent):
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    shown, really = json.loads(example), json.loads(sent[1].body)
    assert shown.keys() == really.keys()
    (line,), (found,) = shown["data"]["transitions"], really["data"]["transitions"]
    assert line.keys() == found.keys()
    table = PAGE.partition("| key | value |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == {*found, "motion", "commitment", "request"}


def test_every_status_is_documented():
    assert set(TRANSITION_STATUSES) <= set(re.findall(r"`(\w+)`", PAGE))


@pytest.mark.django_db
def test_a_payload_of_many_changes_takes_as_many_queries_as_one(django_assert_num_queries):
    for number in range(5):
        obligation = world.obligation(trajectory=world.trajectory(f"plein-{number}"))
        world.transition(obligation)
    with django_assert_num_queries(1):
        assert len(transitions_as_records(Transition.objects.all(), link)) == 5
