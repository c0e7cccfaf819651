"""Retention periods of personal data: the nightly job ``expire`` applies them, the privacy statement states them."""

from datetime import timedelta

#: How long something is kept, by the name of its count in the result of the job. Only the declaration: the rules that
#: remove are in ``services/jobs/retention.py``, the sentences in ``web/statements/processing.py``; a test checks that
#: each period has both. What ends by a setting (sessions, API keys, rate limits) has its period there, and goes the
#: night after.
PERIODS = {
    # Followers who did not confirm their address, since they asked.
    "unconfirmed": timedelta(days=7),
    # Followers of a trajectory, since it was closed.
    "of_closed": timedelta(days=365),
    # What visitors handed in without confirming their address, since they did.
    "unconfirmed_submissions": timedelta(days=7),
    # Name and address of who handed something in, since it was answered.
    "answered_submissions": timedelta(days=90),
    # Address and content of a mail, since it was sent, refused or given up.
    "emptied": timedelta(days=90),
    # Reports of mail that came back.
    "bounces": timedelta(days=365),
    # Addresses to which no mail is sent: since the pause was lifted, or since it began where nobody uses the address.
    "pauses": timedelta(days=365),
    # The content of messages to webhooks, since they were sent or given up.
    "webhooks_emptied": timedelta(days=30),
    # Files of uploads that were interrupted.
    "files": timedelta(days=1),
    # The chunks of a finished run, with the rows that failed; the totals of the run are kept.
    "parts": timedelta(days=30),
    # The result of an import of a long sheet, with rows that cannot be recorded; its file goes when it has ended.
    "imports": timedelta(days=30),
    # Idempotency records.
    "requests": timedelta(days=1),
}
