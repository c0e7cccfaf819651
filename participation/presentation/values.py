"""Column values as text, for histories and for evidence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import parse_imprecise_date
from participation.dossier.geometry import positions_of
from participation.models import CounterSignal
from participation.models.columns import GeometryField, NameField, SlugField, is_date
from participation.models.labels import LABELS

#: Labels of the JSON keys in a plan; all others are in the vocabulary.
_KEYS: dict[str, Any] = {
    "college": gettext_lazy("municipal executive (college)"),
    "organisation": gettext_lazy("civil service"),
    "lead_time": gettext_lazy("lead time"),
    "budget": gettext_lazy("budget"),
    "people": gettext_lazy("people"),
    "expertise": gettext_lazy("expertise"),
}


#: Maximum length, in characters, of a quoted text; the page has the rest.
MAX_QUOTE_LENGTH = 160


def truncate(text: str, length: int = MAX_QUOTE_LENGTH) -> str:
    """Return the text on one line, cut off after a word to at most ``length`` characters."""
    one_line = " ".join(text.split())
    if len(one_line) <= length:
        return one_line
    start = one_line[: length - 2]
    return (start.rpartition(" ")[0] or start).rstrip(",;:. ") + " …"


class DisplayNames(NamedTuple):
    """Display names: of organisations by slug, of items of the trajectory by ref; and the language."""

    language: str
    names: Mapping[str, str] = {}
    titles: Mapping[str, str] = {}

    def party(self, slug: str) -> str:
        """Return the display name of a party, or of a code that stands for several."""
        return self.names.get(slug) or wording.label("parties", slug, self.language)

    def code_label(self, code: str) -> str:
        """Return the display name of a code: a party, an item of the trajectory, or a word of the vocabulary."""
        known = self.names.get(code) or self.titles.get(code)
        return known or str(LABELS.get(code) or wording.label("parties", code, self.language))


def column_name(model: type[models.Model], column: str) -> str:
    """Return the label of a column, capitalised."""
    name = str(getattr(model._meta.get_field(column), "verbose_name", column))
    return capfirst(name)


def value_text(model: type[models.Model], column: str, value: Any, display_names: DisplayNames) -> str:
    """Return the value of a column as text; an empty one reads as not recorded."""
    if value in (None, "", [], {}):
        return wording.label("phrases", "not_recorded", display_names.language)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, ImpreciseDate | date | time):
        return _date_or_time_text(value, display_names.language)
    if isinstance(value, Decimal):
        return str(floatformat(value))
    if isinstance(model._meta.get_field(column), GeometryField):
        return geometry_text(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key_name(key)}: {text}" for key, text in value.items() if text)
    if isinstance(value, list | tuple):
        keys = getattr(model._meta.get_field(column), "keys", ())
        return "; ".join(_item_text(item, display_names, keys) for item in value)
    field: Any = model._meta.get_field(column)
    if model is CounterSignal and column == "status":
        return wording.label("statuses", str(value), display_names.language)
    choices = dict(getattr(field, "flatchoices", None) or ())
    if value in choices:
        return str(choices[value])
    is_reference = isinstance(field, NameField | SlugField) or column == "subject"
    return display_names.code_label(str(value)) if is_reference else str(value)


def geometry_text(geometry: Mapping[str, Any]) -> str:
    """Return "point 52.15830, 4.49250", the latitude first as maps for people have it, or of an area its middle."""
    positions = positions_of(geometry)
    longitude, latitude = ((min(side) + max(side)) / 2 for side in zip(*positions, strict=True))
    # Five decimals of a degree are a metre.
    place = {"place": f"{latitude:.5f}, {longitude:.5f}"}
    if geometry["type"] == "Point":
        return _("point %(place)s") % place
    return _("area around %(place)s") % place


def key_name(key: str) -> str:
    """Return the label of a key of the texts in a plan."""
    return str(_KEYS.get(key) or LABELS.get(key) or key)


def _date_or_time_text(value: ImpreciseDate | date | time, language: str) -> str:
    if isinstance(value, ImpreciseDate):
        return wording.format_date(value, language)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return wording.format_day(timezone.localtime(value).date() if isinstance(value, datetime) else value, language)


def _item_text(item: Any, display_names: DisplayNames, keys: Sequence[str]) -> str:
    if isinstance(item, Mapping):
        # In the declared order: PostgreSQL returns the keys of an object in an order of its own.
        parts = (item.get(key) for key in keys or item)
        return " – ".join(_part_text(part, display_names) for part in parts if part not in (None, ""))
    return display_names.code_label(str(item))


def _part_text(part: Any, display_names: DisplayNames) -> str:
    if is_date(part):
        return wording.format_date(parse_imprecise_date(part), display_names.language)
    return display_names.code_label(str(part))
