"""A rendered report as a mail, the same for whoever sends, previews or stores it."""

from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from participation.compliance.rulebook import Rulebook
from participation.models import User

from .content import Report
from .rendering import render


def mail_for(
    user: User, report: Report, rulebook: Rulebook, now: datetime, connection: Any = None
) -> EmailMultiAlternatives:
    """Return the mail with this report, in text and HTML.

    Its Message-ID follows from recipient and week, so that a mail server recognises a second copy.
    """
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    host = urlsplit(settings.BASE_URL).hostname
    rendered = render(report, rulebook, address)
    mail = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        to=[user.email],
        connection=connection,
        headers={
            "Auto-Submitted": "auto-generated",
            "Content-Language": report.recipient.language,
            "Date": format_datetime(now),
            "List-Id": f"Leidraad <weekly.{host}>",
            "List-Unsubscribe": f"<mailto:{address}?subject=stop>",
            "Message-ID": f"<weekly-{report.year}-{report.week:02}-{user.pk}@{host}>",
        },
    )
    mail.attach_alternative(rendered.html, "text/html")
    return mail
