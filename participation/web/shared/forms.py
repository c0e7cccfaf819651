"""What all forms share: how a field looks, and that what is optional says so."""

from typing import Any

from django import forms
from django.db import models
from django.forms.models import ModelFormMetaclass
from django.forms.renderers import TemplatesSetting

from participation.models.fields import WhenField

from .dates import SaidWhenField

#: The class of NL Design System for each kind of widget; the first that fits.
_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.Textarea, "utrecht-textarea utrecht-textarea--html-textarea"),
    (forms.RadioSelect, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.Select, "utrecht-select utrecht-select--html-select"),
    (forms.CheckboxInput, "utrecht-checkbox utrecht-checkbox--html-input"),
    (forms.MultiWidget, ""),
    (forms.widgets.Input, "utrecht-textbox utrecht-textbox--html-input"),
)
_OPTIONS = "components/options.html"


class BoundField(forms.BoundField):
    """A field in its form: knows its classes, and where a link to it should lead."""

    def __init__(self, form: Any, field: forms.Field, name: str) -> None:
        """Give choices that stand one below the other their own template."""
        super().__init__(form, field, name)
        if field.widget.template_name in (
            "django/forms/widgets/radio.html",
            "django/forms/widgets/checkbox_select.html",
        ):
            field.widget.template_name = _OPTIONS

    @property
    def anchor(self) -> str:
        """Return the id of what can be focused: the input, or the group of options."""
        return self.id_for_label or self.auto_id

    @property
    def is_check(self) -> bool:
        """Tell whether it is one box to tick, which stands before its label."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Return the attributes of the input, with the classes of its kind beside its own."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden:
            # Nobody hears what is hidden, and HTML does not allow it to be described.
            return {name: value for name, value in attrs.items() if not name.startswith("aria-")}
        kind = next((css for base, css in _CLASSES if isinstance(widget, base)), "")
        if kind and self.errors:
            kind += f" {kind.split()[0]}--invalid"
        css = f"{widget.attrs.get('class', '')} {kind}".strip()
        return {**attrs, "class": css} if css else attrs


class Renderer(TemplatesSetting):
    """How any form is shown that does not say otherwise: those of other packages too."""

    field_template_name = "components/field.html"
    bound_field_class = BoundField


class Look:
    """Mixed into a form: labels without a colon, and nothing that the browser marks red before one has typed."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class Form(Look, forms.Form):
    """A form."""


def form_field(column: "models.Field[Any, Any]", **kwargs: Any) -> forms.Field | None:
    """Return the form field for a column: dates as people write them, days from the browser's calendar."""
    if isinstance(column, WhenField):
        return column.formfield(form_class=SaidWhenField, **kwargs)
    if isinstance(column, models.DateField) and not isinstance(column, models.DateTimeField):
        return column.formfield(**{"widget": DayInput, **kwargs})
    if isinstance(column, models.TimeField):
        return column.formfield(**{"widget": TimeInput, **kwargs})
    return column.formfield(**kwargs)


class DayInput(forms.DateInput):
    """One exact day, which the browser asks for in its own way."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Use the form that browsers want, whatever the language."""
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """A time of day, in minutes."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Use the form that browsers want, whatever the language."""
        super().__init__(attrs, format="%H:%M")


class DayField(forms.DateField):
    """One exact day."""

    widget = DayInput


class _ReadsDates(ModelFormMetaclass):
    """Makes the fields of a form by ``form_field``, so that no form has to ask for it."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        meta = attrs.get("Meta")
        if meta is not None and not getattr(meta, "formfield_callback", None):
            meta.formfield_callback = staticmethod(form_field)
        return super().__new__(mcs, name, bases, attrs)


class ModelForm(Look, forms.ModelForm, metaclass=_ReadsDates):
    """A form about a row; its imprecise dates are read as people write them."""
