"""Template filters and tags: dates, labels, language of texts, figures, undo links and the idempotency key."""

from typing import Any
from urllib.parse import parse_qsl

from django import template
from django.utils.html import format_html

from participation.web.city import bars, figure_rows
from participation.web.shared import formatting
from participation.web.shared.addresses import address, trajectory_address
from participation.web.shared.idempotency import KEY_FIELD, form_key
from participation.web.shared.pages import CHANGESET_TAG, FRAGMENT_TAG, IMPORT_PARAM, IMPORT_TAG, NEXT_TAG

register = template.Library()

register.filter(formatting.date_text)
register.filter(formatting.code_label)
register.filter(formatting.with_lang)
register.filter(formatting.quotes_with_lang)
register.filter(formatting.step_name)
register.filter(figure_rows.number_cells)
register.simple_tag(figure_rows.number_link)
register.simple_tag(bars.bar_svg)


def _tag_value(message: Any, prefix: str) -> str:
    return next((tag.removeprefix(prefix) for tag in message.tags.split() if tag.startswith(prefix)), "")


@register.filter
def undo_url(message: Any) -> str:
    """Return the URL that undoes what this message is about (see ``add_saved_message``), or ""."""
    if of_import := _tag_value(message, IMPORT_TAG):
        return address("changeset_undo", int(of_import), **{IMPORT_PARAM: "1"})
    changeset = _tag_value(message, CHANGESET_TAG)
    return address("changeset_undo", int(changeset)) if changeset else ""


@register.filter
def message_fragment(message: Any) -> str:
    """Return the fragment of the page that this message is about (see ``add_saved_message``), or ""."""
    return _tag_value(message, FRAGMENT_TAG)


@register.filter
def next_step(message: Any) -> dict[str, str]:
    """Return the label and the URL of the next step that this message offers (see ``add_saved_message``), or {}."""
    return dict(parse_qsl(_tag_value(message, NEXT_TAG)))


@register.simple_tag(takes_context=True)
def section_url(context: Any, fragment: str) -> str:
    """Return the URL of a section or item of the trajectory on this page, as of the day that this page shows."""
    return trajectory_address(context["trajectory"].slug, fragment, **context["point_in_time"].query)


@register.simple_tag(takes_context=True)
def idempotency_key(context: Any) -> str:
    """Return the hidden input with the idempotency key; "" if the view is not idempotent."""
    request = context.get("request")
    key = form_key(request) if request is not None else ""
    return format_html('<input type="hidden" name="{}" value="{}">', KEY_FIELD, key) if key else ""
