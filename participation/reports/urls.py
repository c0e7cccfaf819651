"""URLs of the tracker for use in mail."""

from urllib.parse import quote

from django.conf import settings

from participation.selectors.mail_tokens import mail_token

_PATHS = {"trajectory": "trajecten", "motion": "moties", "commitment": "toezeggingen"}


def link(owner_type: str = "trajectory", name: str = "", rule: str = "", subject: str = "") -> str:
    """Return the URL of the list, of one trajectory (motion, commitment), or of an obligation on its page."""
    parts = [settings.BASE_URL, _PATHS[owner_type], *([quote(name, safe="/")] if name else [])]
    fragment = "--".join(quote(part, safe="") for part in (rule, subject) if part)
    return "/".join(parts) + "/" + (f"#{fragment}" if fragment else "")


def preferences_url() -> str:
    """Return the URL of the page on which a user chooses which mail they get."""
    return f"{settings.BASE_URL}/mijn/post/"


def mail_stop_url(user_pk: int, mail_kind: str) -> str:
    """Return the URL at which this user stops a kind of mail (rapport, herinnering) without logging in."""
    return f"{settings.BASE_URL}/post/stoppen/{quote(mail_token(user_pk), safe=':')}/{mail_kind}/"
