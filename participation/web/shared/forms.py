"""Base form classes: NL Design System classes, optional fields marked as such."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import ModelFormMetaclass
from django.forms.renderers import TemplatesSetting
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from participation.models.constraints import WRONG_ORDER
from participation.models.fields import ImpreciseDateField

from .dates import NaturalDateField

#: CSS classes of NL Design System by widget; the first match applies.
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
#: Errors of Django that our catalogue has in simpler Dutch, for all forms at once: an application's own translation
#: precedes that of Django. They are marked here so that none of them is missing there.
DJANGO_ERRORS = (
    _("This field is required."),
    _("This field cannot be null."),
    _("This field cannot be blank."),
    _("Enter a complete value."),
    _("Enter a valid value."),
    _("Enter a valid URL."),
    _("Enter a valid email address."),
    _("Enter a number."),
    _("Enter a whole number."),
    _("Enter a valid integer."),
    _("Enter a valid date."),
    _("Enter a valid time."),
    _("Enter a list of values."),
    _("Select a valid choice. %(value)s is not one of the available choices."),
    _("Select a valid choice. That choice is not one of the available choices."),
    _("Value %(value)r is not a valid choice."),
    _("“%(pk)s” is not a valid value."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s digit in total.",
        "Ensure that there are no more than %(max)s digits in total.",
        "max",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s decimal place.",
        "Ensure that there are no more than %(max)s decimal places.",
        "max",
    ),
    ngettext_lazy(
        "Ensure that there are no more than %(max)s digit before the decimal point.",
        "Ensure that there are no more than %(max)s digits before the decimal point.",
        "max",
    ),
    _("Null characters are not allowed."),
    _("No file was submitted."),
    _("No file was submitted. Check the encoding type on the form."),
    _("The submitted file is empty."),
    ngettext_lazy(
        "Ensure this filename has at most %(max)d character (it has %(length)d).",
        "Ensure this filename has at most %(max)d characters (it has %(length)d).",
        "max",
    ),
    _("File extension “%(extension)s” is not allowed. Allowed extensions are: %(allowed_extensions)s."),
)


class BoundField(forms.BoundField):
    """A bound field with its CSS classes and the id that an error link should target."""

    def __init__(self, form: Any, field: forms.Field, name: str) -> None:
        """Use our own template for radio buttons and checkbox lists."""
        super().__init__(form, field, name)
        if field.widget.template_name in (
            "django/forms/widgets/radio.html",
            "django/forms/widgets/checkbox_select.html",
        ):
            field.widget.template_name = _OPTIONS
        #: Which day was understood, where what was typed counts from today.
        self.understood = field.understood(self.data) if form.is_bound and isinstance(field, NaturalDateField) else ""
        if self.understood:
            self.help_text = format_html("{} {}", self.understood, self.help_text)

    @property
    def anchor(self) -> str:
        """Return the id of the focusable element: the input, or the group of options."""
        return self.id_for_label or self.auto_id

    @property
    def is_check(self) -> bool:
        """Return whether it is a single checkbox, which is rendered before its label."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Return the attributes of the input, with the classes of its widget added."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden:
            # Hidden inputs are not announced, and HTML does not allow aria attributes on them.
            return {name: value for name, value in attrs.items() if not name.startswith("aria-")}
        classes = next((css for base, css in _CLASSES if isinstance(widget, base)), "")
        if classes and self.errors:
            classes += f" {classes.split()[0]}--invalid"
        css = f"{widget.attrs.get('class', '')} {classes}".strip()
        return {**attrs, "class": css} if css else attrs


class Renderer(TemplatesSetting):
    """The default form renderer, also for forms of third-party packages."""

    field_template_name = "components/field.html"
    bound_field_class = BoundField


class FormStyleMixin:
    """Form mixin: no label suffix, and no ``required`` attribute, which browsers flag before anything is typed."""

    use_required_attribute = False
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        """Make the form; ``today`` is the day from which "gisteren" counts in its dates."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        #: Fields that an error names besides its own: they must not be folded away.
        self.named_in_errors: set[str] = set()
        for name, field in self.fields.items():
            if isinstance(field, NaturalDateField):
                field.count_from(today, name)

    def understood_dates(self) -> str:
        """Return which days were understood of what was typed, in sentences; "" where nothing counts from today."""
        form: Any = self
        return " ".join(filter(None, (form[name].understood for name in self.fields)))


class Form(FormStyleMixin, forms.Form):
    """Base class of plain forms."""


def form_field(column: "models.Field[Any, Any]", **kwargs: Any) -> forms.Field | None:
    """Return the form field of a model field: natural language for imprecise dates, native pickers for others."""
    if isinstance(column, ImpreciseDateField):
        return column.formfield(form_class=NaturalDateField, **kwargs)
    if isinstance(column, models.DateField) and not isinstance(column, models.DateTimeField):
        return column.formfield(**{"widget": DayInput, **kwargs})
    if isinstance(column, models.TimeField):
        return column.formfield(**{"widget": TimeInput, **kwargs})
    return column.formfield(**kwargs)


class DayInput(forms.DateInput):
    """An ``<input type=date>``."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Format as ISO 8601, which browsers require in any language."""
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """An ``<input type=time>``, in minutes."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Format as HH:MM, which browsers require in any language."""
        super().__init__(attrs, format="%H:%M")


class DateTextField(forms.DateField):
    """A form field for an exact day."""

    widget = DayInput


class _ImpreciseDateMetaclass(ModelFormMetaclass):
    """Metaclass that sets ``formfield_callback`` to ``form_field`` on every model form."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        meta = attrs.get("Meta")
        if meta is not None and not getattr(meta, "formfield_callback", None):
            meta.formfield_callback = staticmethod(form_field)
        return super().__new__(mcs, name, bases, attrs)


class ModelForm(FormStyleMixin, forms.ModelForm, metaclass=_ImpreciseDateMetaclass):
    """Base class of model forms; imprecise dates are parsed from natural language."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error; of dates in the wrong order, name the fields as this form does."""
        for found in _single_errors(error):
            if found.code == WRONG_ORDER and found.params:
                columns = {key: name for key, name in found.params["columns"].items() if name in self.fields}
                labels = {key: self.fields[name].label or found.params[key] for key, name in columns.items()}
                found.params = {**found.params, **labels}
                self.named_in_errors.update(columns.values())
        super().add_error(field, error)


def _single_errors(error: Any) -> Iterator[ValidationError]:
    """Yield the single errors in what can be added to a form: an error, with those of fields or a list, or a list."""
    if isinstance(error, list):
        for item in error:
            yield from _single_errors(item)
    elif isinstance(error, ValidationError):
        for found in error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]:
            yield from found
