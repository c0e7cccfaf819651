"""What all e-mails share: headers (date, Message-ID, unsubscribe links of RFC 8058), URLs, and the tokens in them."""

from collections.abc import Mapping
from datetime import date, datetime
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import quote, urlsplit

import css_inline
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from participation.models import User

# Remote stylesheets are off: the inliner would fetch them from any host (SSRF).
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)


def build_mail(
    key: str,
    series: str,
    to: str,
    language: str,
    unsubscribe_url: str,
    now: datetime,
    context: Mapping[str, Any],
    template: str,
) -> EmailMultiAlternatives:
    """Return the e-mail rendered from these templates in text and HTML; the context includes its ``subject``.

    ``series`` goes into List-Id, by which mail programs sort; ``unsubscribe_url`` is the one-click unsubscribe URL (RFC
    8058). The Message-ID follows from the key, so that a mail server recognises a duplicate.
    """
    host = urlsplit(settings.BASE_URL).hostname
    mail = EmailMultiAlternatives(
        subject=context["subject"],
        body=render_to_string(f"{template}.txt", context).strip() + "\n",
        to=[to],
        headers={
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
            "Date": format_datetime(now),
            "List-Id": f"Leidraad <{series}.{host}>",
            "List-Unsubscribe": f"<{unsubscribe_url}>, <mailto:{reply_address()}?subject=stop>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Message-ID": message_id(key),
        },
    )
    mail.attach_alternative(_INLINER.inline(render_to_string(f"{template}.html", context)), "text/html")
    return mail


def message_id(key: str) -> str:
    """Return the Message-ID of the mail with this key."""
    return f"<{quote(key, safe='+')}@{urlsplit(settings.BASE_URL).hostname}>"


def reply_address() -> str:
    """Return the reply address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def unsubscribe_links(user: User, mail_kind: str) -> list[tuple[str, str]]:
    """Return the links to reduce or stop this mail, as texts in the active language and URLs."""
    label = _("Stop with these reminders") if mail_kind == "herinnering" else _("Stop with these reports")
    return [
        (_("Choose how often you get mail, or get none for a while"), preferences_url()),
        (label, mail_unsubscribe_url(user.pk, mail_kind)),
    ]


def format_weekday(day: date, language: str) -> str:
    """Return "maandag 27 april 2026"."""
    with translation.override(language):
        return date_format(day, "l j F Y")


_TOKEN_SALT = "mail"  # noqa: S105 a salt is no secret
_PATHS = {"trajectory": "trajecten", "motion": "moties", "commitment": "toezeggingen"}


def link(owner_type: str = "trajectory", name: str = "", rule: str = "", subject: str = "") -> str:
    """Return the URL of the list, of one trajectory (motion, commitment), or of an obligation on its page."""
    parts = [settings.BASE_URL, _PATHS[owner_type], *([quote(name, safe="/")] if name else [])]
    fragment = "--".join(quote(part, safe="") for part in (rule, subject) if part)
    return "/".join(parts) + "/" + (f"#{fragment}" if fragment else "")


def preferences_url() -> str:
    """Return the URL of the page on which a user chooses which mail they get."""
    return f"{settings.BASE_URL}/mijn/post/"


def privacy_url() -> str:
    """Return the URL of the privacy statement, at what is kept of followers."""
    return f"{settings.BASE_URL}/privacy/#following"


def mail_unsubscribe_url(user_pk: int, mail_kind: str) -> str:
    """Return the URL at which this user unsubscribes from a kind of mail (rapport, herinnering) without logging in."""
    return f"{settings.BASE_URL}/post/stoppen/{quote(mail_token(user_pk), safe=':')}/{mail_kind}/"


def mail_token(user_pk: int) -> str:
    """Return the signed token of this user for links in their mail; it does not expire.

    Raises ImproperlyConfigured without a secret key: each process would make its own, and no link would work.
    """
    if not settings.HAS_SECRET:
        raise ImproperlyConfigured(
            "To make mails the environment variable SECRET_KEY must be set, to the same text as where pages are served."
        )
    return Signer(salt=_TOKEN_SALT).sign(str(user_pk))


def user_pk_of(token: str) -> int | None:
    """Return the key of the user for whom this token was made, or None where its signature is invalid."""
    try:
        return int(Signer(salt=_TOKEN_SALT).unsign(token))
    except (BadSignature, ValueError):
        return None
