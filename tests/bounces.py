"""Delivery reports as mail servers write them."""

from __future__ import annotations

KEY = "weekly-2026-17-1"


def delivery_report(
    message_id: str,
    to: str = "bewoner@example.org",
    action: str = "failed",
    code: str = "5.1.1",
    report_id: str | None = "<report-1@mx.example.org>",
    quoted: str = "message/rfc822",
    headers: str = "",
) -> bytes:
    """Return a delivery status notification (RFC 3464) about the mail with this Message-ID."""
    report_header = f"Message-ID: {report_id}\n" if report_id else ""
    return f"""From: MAILER-DAEMON@mx.example.org
To: leidraad@example.org
Subject: Undelivered Mail Returned to Sender
{report_header}{headers}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry to have to inform you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {to}
Action: {action}
Status: {code}
Diagnostic-Code: smtp; 550 {code}
 user unknown

--b
Content-Type: {quoted}

Message-ID: {message_id}
Subject: Nieuws

--b--
""".encode()


def nonstandard_report(to: str, quoted: str = "", header: str = "") -> bytes:
    """Return a failure report in the format of qmail, which does not follow the standard."""
    return f"""From: MAILER-DAEMON@mx.example.org
{header}To: leidraad@example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{to}>:
user is no longer here

--- Below this line is a copy of the message.

{quoted}
""".encode()


def auto_reply(sender: str, message_id: str) -> bytes:
    """Return an automatic reply that quotes the mail, and could be mistaken for a failure report."""
    return nonstandard_report(sender, message_id, "Auto-Submitted: auto-replied\n")
