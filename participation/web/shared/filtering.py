"""Filter forms of lists: Dutch query parameters, and the active filters with a link to remove each."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from participation.selectors.searching import MAX_TEXT_LENGTH, search_words

from .forms import Form

#: Query parameter of the page number.
PAGE_PARAM = "pagina"


class ActiveFilter(NamedTuple):
    """An active filter: label, value, and the URL without it."""

    label: Any
    value: Any
    remove_url: str


class FilterSelect(forms.Select):
    """A select rendered by one template; Django's renders a template per option, too slow for long lists."""

    template_name = "components/select.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the context with options as (value, label, selected)."""
        context: dict[str, Any] = forms.Widget.get_context(self, name, value, attrs)
        chosen = self.format_value(value)
        context["widget"]["options"] = [
            ("" if code is None else code, label, str("" if code is None else code) in chosen)
            for code, label in self.choices
        ]
        return context


class SearchField(forms.CharField):
    """A search field; only the first words are used, and ``FilterForm.is_shortened`` reports the cut."""

    def __init__(self, **kwargs: Any) -> None:
        """Limit the input to ``MAX_TEXT_LENGTH`` characters; longer values in a URL are truncated."""
        super().__init__(**{"label": _("Search"), "required": False, **kwargs})
        self.widget.attrs["maxlength"] = MAX_TEXT_LENGTH

    def to_python(self, value: Any) -> Any:
        """Return the words that are searched for."""
        return " ".join(search_words(super().to_python(value) or "").words)


class FilterForm(Form):
    """A form whose values are in the query string, so that a filtered list can be shared and bookmarked."""

    #: Query parameter of each field.
    names: ClassVar[Mapping[str, str]] = {}

    def add_prefix(self, field_name: str) -> str:
        """Return the query parameter of a field."""
        return self.names.get(field_name, field_name)

    @property
    def is_shortened(self) -> bool:
        """Return whether the search text was truncated."""
        values = (field.value() for field in self if isinstance(field.field, SearchField))
        return any(search_words(str(text or "").strip()).is_shortened for text in values)

    def active_filters(self, exclude: Collection[str] = ()) -> Iterator[ActiveFilter]:
        """Yield the active filters, except the fields in ``exclude``; validates the form if needed."""
        if not hasattr(self, "cleaned_data"):
            self.is_valid()
        for field in self:
            value = self.cleaned_data.get(field.name)
            if not value or field.name in exclude:
                continue
            rest = {
                name: data_value
                for name, data_value in self.data.items()
                if data_value and name not in (field.html_name, PAGE_PARAM)
            }
            text = "" if value is True else dict(getattr(field.field, "choices", ())).get(value, value)
            yield ActiveFilter(field.label, text, f"?{urlencode(rest)}")
