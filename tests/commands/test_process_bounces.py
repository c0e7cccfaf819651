"""The command process_bounces, as a mail server or an administrator runs it."""

from __future__ import annotations

import io
import mailbox
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from participation.models import Bounce
from participation.presentation.mail import message_id
from participation.services.mail.outbox import enqueue
from tests.bounces import KEY, auto_reply, delivery_report
from tests.outbox import NOW, make_draft

pytestmark = pytest.mark.django_db

TO = "bewoner@example.org"


@pytest.fixture(autouse=True)
def message():
    return enqueue(make_draft(KEY, TO), NOW)


def run(*paths):
    """Return standard output and standard error, after a check that neither contains an address."""
    out, err = io.StringIO(), io.StringIO()
    call_command("process_bounces", *map(str, paths), stdout=out, stderr=err)
    assert "@" not in out.getvalue() + err.getvalue()
    return out.getvalue(), err.getvalue()


def summary_line(new=0, known=0, other=0, wrong=0):
    return f"{new} recorded, {known} recorded before, {other} not bounces, {wrong} unreadable.\n"


def a_report(number=1):
    return delivery_report(message_id(KEY), report_id=f"<{number}@mx.example.org>")


def set_stdin(monkeypatch, raw):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))


def test_a_single_email_is_read_from_standard_input(monkeypatch):
    set_stdin(monkeypatch, a_report())
    assert run() == (summary_line(new=1), "")
    assert Bounce.objects.get().email == TO
    set_stdin(monkeypatch, b"From mailer-daemon Mon Apr 20 05:00:00 2026\n" + a_report())
    assert run() == (summary_line(known=1), "")


def test_an_automatic_reply_is_not_an_error_so_the_mail_server_does_not_bounce(monkeypatch):
    set_stdin(monkeypatch, auto_reply(TO, message_id(KEY)))
    assert run() == (summary_line(other=1), "standard input: It is an automatic reply.\n")


def test_files_folders_and_mailboxes_are_read_and_left_unchanged(tmp_path):
    single, box, folder = tmp_path / "one.eml", tmp_path / "box", tmp_path / "maildir"
    single.write_bytes(a_report(1))
    mbox = mailbox.mbox(box)
    maildir = mailbox.Maildir(folder)
    for number in (1, 2):
        mbox.add(a_report(number))
        maildir.add(a_report(number + 1))
    mbox.close()
    before = sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file())
    assert run(single, box, folder) == (summary_line(new=3, known=2), "")
    assert run(single, box, folder) == (summary_line(known=5), "")
    assert sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()) == before


def test_an_invalid_email_fails_the_command_after_the_others_are_processed(tmp_path):
    broken, good = tmp_path / "broken", tmp_path / "good"
    broken.write_bytes(b"\n\nhello\n")
    good.write_bytes(a_report())
    with pytest.raises(CommandError, match=f"{broken}: It has no headers") as failed:
        run(broken, good)
    assert failed.value.returncode == 1
    assert Bounce.objects.exists()


def test_a_path_without_email_is_reported(tmp_path):
    with pytest.raises(CommandError, match="no such file") as failed:
        run(tmp_path / "nowhere")
    assert failed.value.returncode == 1
    with pytest.raises(CommandError, match="not a Maildir folder"):
        run(tmp_path)
