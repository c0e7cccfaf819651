"""Dates, codes, steps and texts of the municipality as they are shown on a page; also used as template filters."""

import re
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.html import conditional_escape, escape, format_html, format_html_join

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.models.labels import LABELS
from participation.models.languages import active_language

_BETWEEN_QUOTES = re.compile("(?<=“)([^”]*)(?=”)")


def date_text(when: ImpreciseDate | date | None) -> str:
    """Return a date as text: "medio juni 2017"; "niet vastgelegd" for None."""
    if isinstance(when, date):
        return wording.format_day(when, active_language())
    return wording.format_date(when, active_language())


def code_label(code: str, group: str = "") -> Any:
    """Return the label of a code of the vocabulary, or of a group of the rulebook's terms."""
    return wording.label(group, code, active_language()) if group else LABELS.get(code, code)


def with_lang(text: Any) -> Any:
    """Return a text by the municipality, in an element with its ``lang`` if the page is in another language.

    A screen reader then pronounces it in its own language. An empty text is returned as it is.
    """
    if not text or active_language() == settings.LANGUAGE_CODE:
        return text
    escaped = conditional_escape(text)
    return format_html(
        '<{0} lang="{1}">{2}</{0}>', "div" if escaped.startswith("<p") else "span", settings.LANGUAGE_CODE, escaped
    )


def quotes_with_lang(sentence: Any) -> Any:
    """Return a sentence with its quoted parts, which are titles, marked with their language."""
    if active_language() == settings.LANGUAGE_CODE:
        return escape(str(sentence or ""))
    parts = _BETWEEN_QUOTES.split(str(sentence or ""))
    return format_html_join(
        "", "{}", ((part if index % 2 == 0 else with_lang(part),) for index, part in enumerate(parts))
    )


def step_name(step: Any) -> Any:
    """Return the name of a step: its title, else the method of an activity, else its kind, else its ref."""
    code = step.method if step.kind == "activity" and step.method else step.kind
    return with_lang(step.title) or code_label(code) or step.ref
