"""Template filters and tags: dates, labels, language of texts, undo links and the idempotency key."""

import re
from datetime import date
from typing import Any

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.translation import get_language

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.models.labels import LABELS

from .idempotency import KEY_FIELD, form_key

register = template.Library()
_BETWEEN_QUOTES = re.compile("(?<=“)([^”]*)(?=”)")


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "nl"


@register.filter
def date_text(when: ImpreciseDate | date | None) -> str:
    """Return a date as text: "medio juni 2017"; "niet vastgelegd" for None."""
    if isinstance(when, date):
        return wording.format_day(when, _language())
    return wording.format_date(when, _language())


@register.filter
def code_label(code: str, group: str = "") -> Any:
    """Return the label of a code of the vocabulary, or of a group of the rulebook's terms."""
    return wording.label(group, code, _language()) if group else LABELS.get(code, code)


@register.filter
def with_lang(text: Any) -> Any:
    """Return a text by the municipality, in an element with its ``lang`` if the page is in another language.

    A screen reader then pronounces it in its own language. An empty text is returned as it is.
    """
    if not text or _language() == settings.LANGUAGE_CODE:
        return text
    escaped = conditional_escape(text)
    return format_html(
        '<{0} lang="{1}">{2}</{0}>', "div" if escaped.startswith("<p") else "span", settings.LANGUAGE_CODE, escaped
    )


@register.filter
def quotes_with_lang(sentence: Any) -> Any:
    """Return a sentence with its quoted parts, which are titles, marked with their language."""
    parts = _BETWEEN_QUOTES.split(str(sentence or ""))
    return format_html_join(
        "", "{}", ((part if index % 2 == 0 else with_lang(part),) for index, part in enumerate(parts))
    )


@register.filter
def undo_url(message: Any) -> str:
    """Return the URL that undoes what this message is about (see ``pages.saved``), or ""."""
    changeset = next((tag for tag in message.tags.split() if tag.startswith("changeset-")), "")
    try:
        return reverse("changeset_undo", args=[int(changeset.removeprefix("changeset-"))]) if changeset else ""
    except NoReverseMatch:
        return ""


@register.filter
def message_fragment(message: Any) -> str:
    """Return the fragment of the page that this message is about (see ``pages.saved``), or ""."""
    return next((tag.removeprefix("place-") for tag in message.tags.split() if tag.startswith("place-")), "")


@register.filter
def step_name(step: Any) -> Any:
    """Return the name of a step: its title, else the method of an activity, else its kind."""
    return with_lang(step.title) or code_label(step.method if step.kind == "activity" and step.method else step.kind)


@register.simple_tag(takes_context=True)
def idempotency_key(context: Any) -> str:
    """Return the hidden input with the idempotency key; "" if the view is not idempotent."""
    request = context.get("request")
    key = form_key(request) if request is not None else ""
    return format_html('<input type="hidden" name="{}" value="{}">', KEY_FIELD, key) if key else ""
