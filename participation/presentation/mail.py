"""What all e-mails share: headers (date, Message-ID, unsubscribe links of RFC 8058), URLs, and the tokens in them."""

from collections.abc import Mapping
from datetime import date, datetime
from email.charset import QP, Charset
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import css_inline
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from participation.models import User

from .trajectory_pages import obligation_fragment, path_of_fragment, path_of_obligation

# Remote stylesheets are off: the inliner would fetch them from any host (SSRF).
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)

#: Encoding of every mail: lines of ASCII, which a server without 8BITMIME passes on unchanged, so that a signature
#: (DKIM) stays valid; not base64, which filters take for an attempt to hide something.
MAIL_CHARSET = Charset("utf-8")
MAIL_CHARSET.body_encoding = MAIL_CHARSET.header_encoding = QP


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
    mail.encoding = MAIL_CHARSET
    mail.attach_alternative(_INLINER.inline(render_to_string(f"{template}.html", context)), "text/html")
    return mail


def message_id(key: str) -> str:
    """Return the Message-ID of the mail with this key."""
    return f"<{quote(key, safe='+')}@{urlsplit(settings.BASE_URL).hostname}>"


def reply_address() -> str:
    """Return the reply address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def return_path(message_pk: int) -> str:
    """Return the address to which the mail with this primary key comes back; empty without BOUNCE_EMAIL.

    It has a signature (VERP), so that nobody can report a failure of a mail that they did not get.
    """
    if not settings.BOUNCE_EMAIL:
        return ""
    name, _at, host = settings.BOUNCE_EMAIL.partition("@")
    return f"{name}+{message_pk}-{_return_path_signature(message_pk)}@{host}"


def message_pk_of(address: str) -> int | None:
    """Return the primary key of the mail that comes back to this address, or None where it is not one that we made."""
    key = address.partition("@")[0].rpartition("+")[2].partition("-")[0]
    # Mail servers may write addresses in another case.
    if not (key.isascii() and key.isdigit() and len(key) < 19) or not constant_time_compare(
        address.lower(), return_path(int(key)).lower()
    ):
        return None
    return int(key)


def _return_path_signature(message_pk: int) -> str:
    return salted_hmac("return-path", str(message_pk), algorithm="sha256").hexdigest()[:20]


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
_PATHS = {"trajectory": "trajecten", "motion": "moties", "commitment": "toezeggingen", "request": "initiatieven"}


def link(owner_type: str = "trajectory", name: str = "", rule: str = "", subject: str = "") -> str:
    """Return the URL of the list, of one trajectory (motion, commitment), or of an obligation on its page."""
    if owner_type == "trajectory" and rule:
        return link("trajectory", name) + path_of_obligation(rule, subject)
    parts = [settings.BASE_URL, _PATHS[owner_type], *([quote(name, safe="/")] if name else [])]
    fragment = obligation_fragment(rule, subject)
    return "/".join(parts) + "/" + (f"#{fragment}" if fragment else "")


def counter_signal_url(slug: str, rule: str, subject: str = "") -> str:
    """Return the URL of the form in which an association contradicts the status of this obligation."""
    query = {"rule": rule, **({"subject": subject} if subject else {})}
    return f"{link('trajectory', slug)}tegengeluid/?{urlencode(query)}"


def trajectory_link(slug: str, fragment: str = "") -> str:
    """Return the URL of the page of a trajectory on which this fragment stands."""
    return link("trajectory", slug) + path_of_fragment(fragment)


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
