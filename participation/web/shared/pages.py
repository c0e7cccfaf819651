"""Page rendering: language, shared context and templates."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from participation.models import Changeset
from participation.models.languages import active_language, supported_language

#: Prefixes of message tags: the id of the changeset to undo, the fragment of the page to link to, and the next step.
CHANGESET_TAG, FRAGMENT_TAG, NEXT_TAG = "changeset-", "fragment-", "next-"
#: As CHANGESET_TAG, to undo all that was recorded by the same import, which this parameter of the query asks for.
IMPORT_TAG, IMPORT_PARAM = "import-", "samen"


def language_of(request: HttpRequest) -> str:
    """Return the language of the user, else of the Accept-Language header: "nl" or "en"."""
    user = getattr(request, "user", None)
    return supported_language(user.language) if user and user.is_authenticated else active_language()


def shared_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context that all pages share."""
    language = language_of(request)
    return {"language": language}


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return the rendered template in the language of the user."""
    shared = shared_context(request)
    with translation.override(shared["language"]):
        response = render(request, template, {**shared, **context}, status=status)
    response.headers["Content-Language"] = shared["language"]
    return response


def generation_pending_page(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the 503 page for a file that is still being generated, with Retry-After ``wait`` in seconds."""
    response = page(request, "web/generating.html", {"retry_url": request.get_full_path()}, status=503)
    response.headers["Retry-After"] = str(wait)
    response.headers["Cache-Control"] = "no-store"
    return response


def add_import_message(request: HttpRequest, changeset: Changeset, text: str) -> None:
    """Add a message on what an import recorded, with a button that undoes all of it (see components/messages.html)."""
    messages.success(request, text, extra_tags=f"{IMPORT_TAG}{changeset.pk}")


def add_saved_message(
    request: HttpRequest,
    changeset: Changeset | None,
    consequence: str = "",
    fragment: str = "",
    next_step: tuple[Any, str] | None = None,
) -> None:
    """Add a message on what was recorded, with an undo button (see components/messages.html).

    ``consequence`` is a sentence on its consequences. ``fragment`` is the fragment of the page where it stands, shown
    as a link: opening the page at that fragment would scroll the message out of view. ``next_step`` is the label and
    the URL of the next likely step.
    """
    with translation.override(language_of(request)):
        if changeset is None:
            messages.info(request, _("Nothing was changed."))
            return
        message = _("%(verb)s: %(about)s.") % {"verb": changeset.get_verb_display(), "about": changeset.about}
        message = f"{message} {consequence}".strip()
        # Passed as message tags: the session stores texts only.
        tags = [f"{CHANGESET_TAG}{changeset.pk}", *([f"{FRAGMENT_TAG}{fragment}"] if fragment else [])]
        if next_step:
            tags.append(NEXT_TAG + urlencode({"label": str(next_step[0]), "url": next_step[1]}))
        messages.success(request, message, extra_tags=" ".join(tags))
