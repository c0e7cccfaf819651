"""What all pages share: the language, the words around what they show, and how they are made."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from participation.models import Entry


def language_of(request: HttpRequest) -> str:
    """Return the language of whoever is logged in, else the one that their browser asks for: nl or en."""
    user = getattr(request, "user", None)
    chosen = user.language if user and user.is_authenticated else translation.get_language()
    return "en" if (chosen or "").startswith("en") else "nl"


def around(request: HttpRequest) -> dict[str, Any]:
    """Return what every page says around what it shows."""
    language = language_of(request)
    return {"language": language}


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return a page in the language of who reads it."""
    shared = around(request)
    with translation.override(shared["language"]):
        response = render(request, template, {**shared, **context}, status=status)
    response.headers["Content-Language"] = shared["language"]
    return response


def being_made(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the page that says that a file is being made (503), to be asked for again after ``wait`` seconds."""
    response = page(request, "web/being_made.html", {"again": request.get_full_path()}, status=503)
    response.headers["Retry-After"] = str(wait)
    response.headers["Cache-Control"] = "no-store"
    return response


def saved(request: HttpRequest, entry: Entry | None, then: str = "", place: str = "") -> None:
    """Tell on the next page what was recorded, with a button that takes it back (see components/messages.html).

    ``then`` is a sentence on what follows from it; ``place`` the part of that page where it stands, for a link: a
    page opened right there would hide the message.
    """
    with translation.override(language_of(request)):
        if entry is None:
            messages.info(request, _("Nothing was changed."))
            return
        told = _("%(verb)s: %(about)s.") % {"verb": entry.get_verb_display(), "about": entry.about}
        told = f"{told} {then}".strip()
        # The entry travels with the message as its tag: the session keeps texts only.
        messages.success(request, told, extra_tags=f"entry-{entry.pk} {place and f'place-{place}'}".strip())
