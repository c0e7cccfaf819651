"""URLs of the tracker for use in mail."""

from urllib.parse import quote

from django.conf import settings

from participation.selectors.mail_tokens import mail_token

_FOLDERS = {"trajectory": "trajecten", "motion": "moties", "commitment": "toezeggingen"}


def link(of: str = "trajectory", name: str = "", rule: str = "", subject: str = "") -> str:
    """Return the URL of the list, of one trajectory (motion, commitment), or of an obligation on its page."""
    parts = [settings.BASE_URL, _FOLDERS[of], *([quote(name, safe="/")] if name else [])]
    place = "--".join(quote(part, safe="") for part in (rule, subject) if part)
    return "/".join(parts) + "/" + (f"#{place}" if place else "")


def preferences() -> str:
    """Return the URL of the page on which a user chooses which mail they get."""
    return f"{settings.BASE_URL}/mijn/post/"


def mail_stop(user_pk: int, what: str) -> str:
    """Return the URL at which this user stops a kind of mail (rapport, herinnering) without logging in."""
    return f"{settings.BASE_URL}/post/stoppen/{quote(mail_token(user_pk), safe=':')}/{what}/"
