"""Where in the tracker a mail points to."""

from urllib.parse import quote

from django.conf import settings

_FOLDERS = {"trajectory": "trajecten", "motion": "moties", "commitment": "toezeggingen"}


def link(of: str = "trajectory", name: str = "", rule: str = "", subject: str = "") -> str:
    """Return the address of the list, of one trajectory (motion, commitment), or of an obligation there."""
    parts = [settings.BASE_URL, _FOLDERS[of], *([quote(name, safe="/")] if name else [])]
    place = "--".join(quote(part, safe="") for part in (rule, subject) if part)
    return "/".join(parts) + "/" + (f"#{place}" if place else "")
