"""Filters and tags for all templates: how dates, words and texts are told, and the key of a form."""

import re
from datetime import date
from typing import Any

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.translation import get_language

from participation.compliance import words
from participation.compliance.dates import When
from participation.models.words import LABELS

from .idempotency import FIELD, form_key

register = template.Library()
_BETWEEN_QUOTES = re.compile("(?<=“)([^”]*)(?=”)")


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "nl"


@register.filter
def said(when: When | date | None) -> str:
    """Return a date as people say it: "medio juni 2017"; "niet vastgelegd" where there is none."""
    if isinstance(when, date):
        return words.say_day(when, _language())
    return words.say_when(when, _language())


@register.filter
def word(code: str, group: str = "") -> Any:
    """Return what people read for a word of the vocabulary, or for a code of a group of the rulebook's words."""
    return words.label(group, code, _language()) if group else LABELS.get(code, code)


@register.filter
def written(text: Any) -> Any:
    """Return what people of the municipality wrote, within an element that says in which language they write.

    A screen reader then reads it as it is written, also on a page in another language. "" where there is nothing.
    """
    if not text or _language() == settings.LANGUAGE_CODE:
        return text
    shown = conditional_escape(text)
    return format_html(
        '<{0} lang="{1}">{2}</{0}>', "div" if shown.startswith("<p") else "span", settings.LANGUAGE_CODE, shown
    )


@register.filter
def quoted(sentence: Any) -> Any:
    """Return a sentence of which the quoted parts, which are titles, say in which language they are."""
    parts = _BETWEEN_QUOTES.split(str(sentence or ""))
    return format_html_join("", "{}", ((part if at % 2 == 0 else written(part),) for at, part in enumerate(parts)))


@register.filter
def undo_address(message: Any) -> str:
    """Return where the button posts to that takes back what this message tells (see ``pages.saved``), or ""."""
    entry = next((tag for tag in message.tags.split() if tag.startswith("entry-")), "")
    try:
        return reverse("entry_undo", args=[int(entry.removeprefix("entry-"))]) if entry else ""
    except NoReverseMatch:
        return ""


@register.filter
def told_place(message: Any) -> str:
    """Return the part of the page where stands what this message tells (see ``pages.saved``), or ""."""
    return next((tag.removeprefix("place-") for tag in message.tags.split() if tag.startswith("place-")), "")


@register.filter
def called(step: Any) -> Any:
    """Return what a step is called: its title, else how an activity is held, else its kind."""
    return written(step.title) or word(step.method if step.kind == "activity" and step.method else step.kind)


@register.simple_tag(takes_context=True)
def idempotency_key(context: Any) -> str:
    """Return the hidden field by which a form that is sent twice is done once; "" on pages that need none."""
    request = context.get("request")
    key = form_key(request) if request is not None else ""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, key) if key else ""
