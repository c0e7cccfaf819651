"""The language of texts that are not from the catalogue of translations, such as dates in words."""

from django.utils import translation


def active_language() -> str:
    """Return the active language: "nl" or "en"."""
    return supported_language(translation.get_language())


def supported_language(code: str | None) -> str:
    """Return the language of this code of Django: "en" for each kind of English, else "nl"."""
    return "en" if (code or "").startswith("en") else "nl"
