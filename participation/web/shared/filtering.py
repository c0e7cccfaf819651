"""What lists share that can be filtered: Dutch names in the address, and what was chosen with a way to take it back."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.utils.http import urlencode

from .forms import Form

#: What the number of a part of a long list is called in the address.
PAGE = "pagina"


class Chosen(NamedTuple):
    """Something that was filtered by: what it is, what was chosen, and the address without it."""

    label: Any
    value: Any
    without: str


class FilterForm(Form):
    """A form of which what is chosen stands in the address, so that it can be shared and kept."""

    #: What each field is called in the address.
    names: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                # Django's own makes each option a template of its own; these lists are long.
                field.widget.template_name = "components/select.html"

    def add_prefix(self, field_name: str) -> str:
        """Return the name of a field in the address."""
        return self.names.get(field_name, field_name)

    def chosen(self, apart: Collection[str] = ()) -> Iterator[Chosen]:
        """Yield what is filtered by, fields ``apart`` excepted; asks whether what was filled in is sound."""
        if not hasattr(self, "cleaned_data"):
            self.is_valid()
        for field in self:
            value = self.cleaned_data.get(field.name)
            if not value or field.name in apart:
                continue
            rest = {name: kept for name, kept in self.data.items() if kept and name not in (field.html_name, PAGE)}
            told = "" if value is True else dict(getattr(field.field, "choices", ())).get(value, value)
            yield Chosen(field.label, told, f"?{urlencode(rest)}")
