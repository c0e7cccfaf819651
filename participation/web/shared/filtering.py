"""What lists share that can be filtered: Dutch names in the address, and what was chosen with a way to take it back."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from participation.selectors.searching import LONGEST, searched

from .forms import Form

#: What the number of a part of a long list is called in the address.
PAGE = "pagina"


class Chosen(NamedTuple):
    """Something that was filtered by: what it is, what was chosen, and the address without it."""

    label: Any
    value: Any
    without: str


class Choices(forms.Select):
    """One choice out of many. Django's own makes of each option a template; the lists of a filter are long."""

    template_name = "components/select.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the options as (value, label, whether chosen)."""
        context: dict[str, Any] = forms.Widget.get_context(self, name, value, attrs)
        chosen = self.format_value(value)
        context["widget"]["options"] = [
            ("" if code is None else code, label, str("" if code is None else code) in chosen)
            for code, label in self.choices
        ]
        return context


class SearchField(forms.CharField):
    """Words to search for; of more than can be searched for the first ones, and ``FilterForm.shortened`` says so."""

    def __init__(self, **kwargs: Any) -> None:
        """Take at most ``LONGEST`` characters in the input itself; what an address holds is cut."""
        super().__init__(**{"label": _("Search"), "required": False, **kwargs})
        self.widget.attrs["maxlength"] = LONGEST

    def to_python(self, value: Any) -> Any:
        """Return the words that are searched for."""
        return " ".join(searched(super().to_python(value) or "").words)


class FilterForm(Form):
    """A form of which what is chosen stands in the address, so that it can be shared and kept."""

    #: What each field is called in the address.
    names: ClassVar[Mapping[str, str]] = {}

    def add_prefix(self, field_name: str) -> str:
        """Return the name of a field in the address."""
        return self.names.get(field_name, field_name)

    @property
    def shortened(self) -> bool:
        """Return whether more words were given than are searched for."""
        given = (field.value() for field in self if isinstance(field.field, SearchField))
        return any(searched(str(text or "").strip()).shortened for text in given)

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
