"""Reports as mail servers write them."""

from __future__ import annotations

KEY = "weekly-2026-17-1"


def delivery_report(
    message_id: str,
    to: str = "bewoner@example.org",
    action: str = "failed",
    code: str = "5.1.1",
    name: str | None = "<report-1@mx.example.org>",
    quoted: str = "message/rfc822",
    headers: str = "",
) -> bytes:
    """A report by the standard (RFC 3464) about a mail with this Message-ID."""
    named = f"Message-ID: {name}\n" if name else ""
    return f"""From: MAILER-DAEMON@mx.example.org
To: leidraad@example.org
Subject: Undelivered Mail Returned to Sender
{named}{headers}MIME-Version: 1.0
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
    """A report as a program wrote it that never heard of the standard."""
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
    """Somebody is away, and has it said that way which a program could mistake for a failure."""
    return nonstandard_report(sender, message_id, "Auto-Submitted: auto-replied\n")
