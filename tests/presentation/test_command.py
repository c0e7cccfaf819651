"""The command send_weekly_report."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from participation.models import DigestDelivery, JobRun, OutboundEmail
from participation.services.mail import digests
from tests import world

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("send_weekly_report", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def coordinator():
    world.obligation(trajectory=world.trajectory())
    return world.user("coordinator")


def test_it_creates_digests_for_a_day_and_prints_the_counts():
    world.user("association_member")
    world.user("auditor", snoozed_until=date(2026, 4, 30))
    assert run("--on", "2026-04-20") == (
        "Week 17 of 2026: 1 digest created, 0 created before, 0 failed; 1 without content, 1 paused.\n"
        "Outbox: 1 e-mail sent, 0 to be retried, 0 withheld, 0 rejected, 0 with unknown delivery.\n"
    )
    again = run("--on", "2026-04-21")
    assert "0 digests created, 2 created before" in again
    assert "0 e-mails sent" in again
    assert len(mail.outbox) == 1


def test_a_run_for_everyone_stores_its_result():
    run()
    receipt = JobRun.objects.get()
    assert (receipt.kind, receipt.slot, receipt.counts["made"]) == ("weekly-reports", None, 1)


def test_the_default_day_is_today_in_amsterdam():
    run()
    today = timezone.localdate()
    assert DigestDelivery.objects.get().day == today - timedelta(days=today.weekday())


def test_only_the_named_recipients_are_served(coordinator):
    world.user("auditor", name="een")
    world.user("auditor", name="twee")
    run("--to", "EEN@example.org", "--to", "twee@example.org")
    assert sorted(message.to[0] for message in mail.outbox) == ["een@example.org", "twee@example.org"]


def test_an_unknown_address_is_rejected_before_anything_is_sent(coordinator):
    with pytest.raises(CommandError, match=r"No active user has the address x@example.org\.") as refused:
        run("--to", coordinator.email, "--to", "x@example.org")
    assert refused.value.returncode == 1
    assert not mail.outbox


def test_a_user_without_digests_gets_none_even_when_named():
    world.user("auditor", report_frequency="none")
    with pytest.raises(CommandError, match=r"Not subscribed to digests: auditor@example.org\."):
        run("--to", "auditor@example.org")
    assert not OutboundEmail.objects.exists()


def test_a_dry_run_prints_and_sends_nothing(coordinator):
    output = run("--on", "2026-04-20", "--dry-run")
    assert f"{coordinator.email}: Participatie week 17: 1 te laat\n" in output
    assert output.endswith("1 e-mail would be sent, 0 without content. Nothing was sent.\n")
    assert not mail.outbox
    assert not DigestDelivery.objects.exists()


def test_a_target_folder_receives_files_and_nothing_is_mailed(tmp_path):
    output = run("--on", "2026-04-20", "--folder", str(tmp_path))
    assert str(tmp_path / "coordinator.html") in output
    assert (tmp_path / "coordinator.eml").exists()
    assert not mail.outbox


def test_an_unwritable_folder_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="is not writable"):
        run("--folder", str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["--on", "20-04-2026"], "write it like"),
        (["--dry-run", "--folder", "x"], "not allowed with"),
        (["--rulebook", "nowhere"], "there is no such rulebook"),
    ],
)
def test_errors_are_reported_with_a_remedy(arguments, output):
    with pytest.raises(CommandError, match=output):
        run(*arguments)


def test_a_failed_digest_fails_the_command_without_printing_addresses(coordinator, monkeypatch):
    world.user("auditor")
    made = digests.digest_mail

    def broken(user, *rest):
        if user == coordinator:
            raise ValueError("odd data")
        return made(user, *rest)

    monkeypatch.setattr(digests, "digest_mail", broken)
    with pytest.raises(CommandError, match=f"user: {coordinator.pk} · error: ValueError: odd data") as failed:
        run()
    assert failed.value.returncode == 1
    assert coordinator.email not in str(failed.value)
    assert [message.to for message in mail.outbox] == [["auditor@example.org"]]


def test_an_unavailable_server_is_reported_and_the_next_run_sends_the_emails(monkeypatch):
    def away(self):
        raise ConnectionRefusedError("nobody there")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.backends.locmem.EmailBackend.open", away)
        with pytest.raises(
            CommandError, match=r"cannot be reached: nobody there \(unsent e-mails stay in the outbox\)"
        ):
            run()
    OutboundEmail.objects.update(not_before=timezone.now())
    assert "1 e-mail sent" in run()


def test_a_future_day_can_be_previewed():
    day = timezone.localdate() + timedelta(days=400)
    assert "1 e-mail would be sent" in run("--on", day.isoformat(), "--dry-run")
