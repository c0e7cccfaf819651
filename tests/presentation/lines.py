"""Lines of a digest for tests, with defaults for every field that a test does not set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from participation.presentation.digest_data import DigestLine, Recipient, build_digest

MONDAY = date(2026, 11, 16)
SINCE = datetime(2026, 11, 9, 6, tzinfo=UTC)
WITHIN, EARLIER = SINCE + timedelta(days=3), SINCE - timedelta(days=3)
COORDINATOR = Recipient("coordinator", "nl")


def line(status="overdue", name="plein", rule="feedback-given", subject="s1", **columns):
    """Return a line that is not new: its status was recorded before the period of the digest."""
    columns = {
        "owner_type": "trajectory",
        "title": name.title(),
        "home": f"https://x.example/{name}/",
        "strength": "policy",
        "days_late": 3 if status == "overdue" else 0,
        "due_on": date(2026, 11, 13),
        "before": status,
        "noticed": status,
        "noticed_at": EARLIER,
        **columns,
    }
    fixed = {
        "message": f"Terugkoppeling over {subject}.",
        "remedy": "Leg het vast.",
        "source": "Rekenkamerbrief",
        "link": f"https://x.example/{name}/#{rule}--{subject}",
    }
    return DigestLine(name=name, rule=rule, subject=subject, status=status, **{**fixed, **columns})


def new(status="overdue", **columns):
    return line(status, **{"before": "pending", "noticed_at": WITHIN, **columns})


def resolved(status="met", **columns):
    past = {"before": "overdue", "noticed": status, "noticed_at": WITHIN, "days_late": 0}
    return line(status, **{**past, "met_on": date(2026, 11, 12), **columns})


def report(*lines, recipient=COORDINATOR, **rest):
    return build_digest(recipient, MONDAY, SINCE, lines, **rest)
