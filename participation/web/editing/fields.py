"""Form fields for the recording forms: grouped checkboxes, marks, and tables."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django import forms
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.interchange.geometries import UnreadableGeometry, format_geometry, read_geometry
from participation.models.columns import HttpUrlField
from participation.web.shared.dates import NaturalDateField

#: Number of empty rows below the filled ones.
EXTRA_ROWS = 3


class ChoiceGroup(NamedTuple):
    """Choices under a heading; ``folded`` groups are collapsed until a choice in them is made or searched for."""

    name: str
    choices: Sequence[tuple[str, str]]
    folded: bool = False


class GroupedCheckboxes(forms.CheckboxSelectMultiple):
    """Checkboxes in groups, some of which can be collapsed."""

    template_name = "web/editing/checks.html"
    folded: frozenset[str] = frozenset()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the context with groups: (name, options, folded, number ticked)."""
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        widget["groups"] = [
            (group, options, group in self.folded, sum(option["selected"] for option in options))
            for group, options, _index in widget["optgroups"]
        ]
        return context


class SuggestingInput(forms.TextInput):
    """A text that may be anything, with what was written before as suggestions."""

    template_name = "components/suggestions.html"
    suggestions: Iterable[str] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the context with the suggestions."""
        context = super().get_context(name, value, {**(attrs or {}), "list": f"suggestions-{name}"})
        context["widget"]["suggestions"] = self.suggestions
        return context


#: Groups of choices, or the function that returns them when they are needed.
ChoiceGroups = Iterable[ChoiceGroup] | Callable[[], Iterable[ChoiceGroup]]


class GroupedMultipleChoiceField(forms.MultipleChoiceField):
    """Multiple choice in groups; a stored value that is no longer offered stays valid."""

    widget = GroupedCheckboxes
    chosen: Collection[str] = ()

    def set_choices(self, groups: ChoiceGroups, chosen: Iterable[str] = ()) -> None:
        """Set the choices; ``chosen`` values stay valid if they are in no group."""
        self.chosen, widget = tuple(chosen), self.widget

        @cache
        def choices() -> list[Any]:
            found, widget.folded = _grouped_choices(groups, self.chosen, widget.folded)
            return found

        self.choices = choices

    def valid_value(self, value: str) -> bool:
        """Return whether it is offered; a stored value is, whatever the groups are."""
        return value in self.chosen or super().valid_value(value)


class GroupedChoiceField(forms.ChoiceField):
    """A single optional choice in groups."""

    chosen: str = ""

    def set_choices(self, groups: ChoiceGroups, chosen: str = "", empty_label: Any = None) -> None:
        """Set the choices, with an empty one first; ``chosen`` stays valid if it is in no group."""
        self.chosen = chosen
        empty = ("", _("not recorded") if empty_label is None else empty_label)

        @cache
        def choices() -> list[Any]:
            found, _folded = _grouped_choices(groups, [chosen] if chosen else [], frozenset())
            return [empty, *found]

        self.choices = choices

    def valid_value(self, value: str) -> bool:
        """Return whether it is offered; a stored value is, whatever the groups are."""
        return value == self.chosen or super().valid_value(value)


def yes_no_field(label: Any, **kwargs: Any) -> forms.Field:
    """Return a field for yes, no or not recorded."""
    choices = (("", _lazy("not recorded")), ("yes", _lazy("yes")), ("no", _lazy("no")))
    return YesNoField(label=label, choices=choices, required=False, **kwargs)


class YesNoField(forms.ChoiceField):
    """True, False, or None for not recorded."""

    _MEANING = {"yes": True, "no": False}

    def prepare_value(self, value: Any) -> Any:
        """Return the choice for the value: "yes", "no" or ""."""
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def clean(self, value: Any) -> bool | None:
        """Return True, False or None."""
        return self._MEANING.get(super().clean(self.prepare_value(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the choice changed."""
        return bool((self.prepare_value(initial) or "") != (self.prepare_value(data) or ""))


def _grouped_choices(
    of: ChoiceGroups, chosen: Iterable[str], folded: frozenset[str]
) -> tuple[list[Any], frozenset[str]]:
    groups = [group for group in (of() if callable(of) else of) if group.choices]
    offered = {str(value) for group in groups for value, _label in group.choices}
    kept = [(value, str(value)) for value in chosen if str(value) not in offered]
    if kept:
        groups.append(ChoiceGroup(_("Recorded before"), kept))
    choices: list[Any] = []
    for group in groups:
        choices += [(group.name, list(group.choices))] if group.name else list(group.choices)
    return choices, folded | {group.name for group in groups if group.folded}


class MarkField(forms.DecimalField):
    """A mark with at most one decimal; a comma and a point are the same."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def __init__(self, **kwargs: Any) -> None:
        """Accept a mark from 1 to 10."""
        super().__init__(**{"min_value": 1, "max_value": 10, "decimal_places": 1, "required": False, **kwargs})

    def to_python(self, value: Any) -> Any:
        """Return the mark. Raises ValidationError if it is no number."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """Return the mark as it is written in the active language; what was typed is returned unchanged."""
        return floatformat(value) if isinstance(value, Decimal) else value

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        """Return no bounds: they are for a number input, which takes no comma in every browser."""
        return {}


class FieldColumn(NamedTuple):
    """A column of a table; ``choices`` restrict the value, ``suggestions`` do not.

    A choice may be the name of a group with its choices, as Django has them. ``field`` reads and shows what is no text,
    such as a date or a number. Of ``many`` choices a row that has one offers that one and none, so that a long table
    stays a light page; another is chosen in an empty row.
    """

    key: str
    label: Any
    choices: Sequence[tuple[str, Any]] = ()
    suggestions: Sequence[Any] = ()
    field: forms.Field | None = None
    many: bool = False

    @property
    def flat_choices(self) -> list[tuple[str, Any]]:
        """Return the choices without their groups."""
        return [choice for _name, choices in self.grouped_choices for choice in choices]

    @property
    def grouped_choices(self) -> list[tuple[Any, list[tuple[str, Any]]]]:
        """Return the choices by the name of their group, first those without one, under ""."""
        single = [(value, label) for value, label in self.choices if not isinstance(label, list | tuple)]
        return [("", single), *((name, list(own)) for name, own in self.choices if isinstance(own, list | tuple))]


class RowsWidget(forms.Widget):
    """A table with the stored rows and a few empty ones; a button adds more."""

    template_name = "web/editing/rows.html"
    use_fieldset = True
    #: Name of the button that adds rows.
    MORE_ROWS_BUTTON = "more_rows"

    def __init__(self, columns: Sequence[FieldColumn], attrs: Any = None) -> None:
        """Store the columns."""
        super().__init__(attrs)
        self.columns = columns
        self.row_label: Any = ""
        self.empty_rows = EXTRA_ROWS

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """Return the submitted rows, including empty ones, so that they are shown again in place."""
        count = data.get(f"{name}-count", "")
        rows = [
            {column.key: data.get(f"{name}-{number}-{column.key}", "") for column in self.columns}
            for number in range(min(int(count), 200) if count.isdecimal() else 0)
        ]
        if data.get(self.MORE_ROWS_BUTTON) == name:
            rows += [dict.fromkeys((column.key for column in self.columns), "")] * EXTRA_ROWS
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Return whether the table was absent from the form."""
        return f"{name}-count" not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the context with the rows and their inputs; stored rows are followed by empty ones."""
        context = super().get_context(name, value, attrs)
        rows = list(value or [])
        if not rows or any(is_filled(cell) for cell in rows[-1].values()):
            rows += [{}] * self.empty_rows
        base = context["widget"]["attrs"].get("id", f"id_{name}")
        context["widget"].update(
            rows=[
                [
                    self._cell(column, row.get(column.key), f"{name}-{number}", f"{base}-{number}")
                    for column in self.columns
                ]
                for number, row in enumerate(rows)
            ],
            columns=self.columns,
            row_label=self.row_label,
            more=self.MORE_ROWS_BUTTON,
            id=base,
        )
        return context

    def _cell(self, column: FieldColumn, value: Any, name: str, base: str) -> dict[str, Any]:
        if column.field is not None:
            value = column.field.prepare_value(value)
        value = str(value) if is_filled(value) else ""
        groups = column.grouped_choices if column.choices else []
        if column.many and value:
            groups = [("", [choice for choice in column.flat_choices if choice[0] in ("", value)])]
        if groups and value and value not in {str(choice) for choice, _label in column.flat_choices}:
            groups[0][1].append((value, value))
        return {
            "column": column,
            "name": f"{name}-{column.key}",
            "id": f"{base}-{column.key}",
            "value": value,
            "groups": groups,
            "inputmode": column.field.widget.attrs.get("inputmode", "") if column.field else "",
        }


class RowsField(forms.Field):
    """A list of objects, edited as the rows of a table."""

    def __init__(
        self,
        columns: Sequence[FieldColumn],
        *,
        row_label: Any,
        needs: Sequence[str] = (),
        empty_rows: int = EXTRA_ROWS,
        **kwargs: Any,
    ) -> None:
        """Store the columns; a row with any value must also have those in ``needs``.

        ``empty_rows`` is how many stand below those that are filled.
        """
        super().__init__(widget=RowsWidget(columns), required=False, **kwargs)
        self.columns, self.needs = columns, needs
        self.widget.row_label, self.widget.empty_rows = row_label, empty_rows
        #: Stored values that stay valid although they are no longer offered.
        self.stored_values: frozenset[str] = frozenset()
        #: What is filled in beforehand in a column: a row with nothing else is ignored.
        self.prefilled: tuple[str, frozenset[str]] = ("", frozenset())

    def set_choices(self, **choices: Sequence[tuple[str, Any]]) -> None:
        """Set the choices of these columns."""
        self.columns = [column._replace(choices=choices.get(column.key, column.choices)) for column in self.columns]
        self.widget.columns = self.columns

    def set_today(self, today: date | None) -> None:
        """Set the day from which "gisteren" counts in the columns that are dates."""
        # Columns are shared by all forms of a class: each form gets fields of its own.
        self.columns = [column._replace(field=deepcopy(column.field)) for column in self.columns]
        self.widget.columns = self.columns
        for column in self.columns:
            if isinstance(column.field, NaturalDateField):
                column.field.count_from(today, column.key)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """Return the rows that are not empty. Raises ValidationError, with the row number, for what is wrong in one."""
        found, errors = [], []
        for number, row in enumerate(value or [], 1):
            typed = {key: text.replace("\x00", "").strip() for key, text in row.items()}
            if self.is_empty(typed):
                continue
            lacks = [str(column.label) for column in self.columns if column.key in self.needs and not typed[column.key]]
            if lacks:
                params = {"number": number, "lacks": ", ".join(lacks)}
                errors.append(forms.ValidationError(_("Row %(number)s: fill in %(lacks)s."), params=params))
            row_errors, cleaned = self._clean_row(number, typed)
            errors += row_errors
            found.append(cleaned)
        if errors:
            raise forms.ValidationError(errors)
        return found

    def _clean_row(self, number: int, typed: Mapping[str, str]) -> tuple[list[forms.ValidationError], dict[str, Any]]:
        errors, cleaned = [], dict(typed)
        for column in self.columns:
            params = {"number": number, "what": column.label}
            offered = {"", *self.stored_values, *(str(value) for value, _label in column.flat_choices)}
            if column.choices and typed[column.key] not in offered:
                errors.append(forms.ValidationError(_("Row %(number)s: choose again: %(what)s."), params=params))
            if column.field is None:
                continue
            try:
                cleaned[column.key] = column.field.clean(typed[column.key])
            except forms.ValidationError as error:
                message = _("Row %(number)s, %(what)s: %(error)s")
                errors.append(forms.ValidationError(message, params={**params, "error": " ".join(error.messages)}))
        return errors, cleaned

    def is_empty(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row holds nothing but what was filled in beforehand."""
        key, prefilled = self.prefilled
        return not any(is_filled(value) for name, value in row.items() if name != key or value not in prefilled)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the rows changed."""
        return not same_rows(initial or [], data or [])


def is_filled(value: Any) -> bool:
    """Return whether a cell holds something; nought is something."""
    return value is not None and value != ""


def filled_cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its empty cells."""
    return {key: value for key, value in row.items() if is_filled(value)}


def same_rows(left: Iterable[Mapping[str, Any]], right: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether two lists of objects are equal; absent equals empty, and empty rows are ignored."""

    def non_empty_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [kept for row in rows if (kept := filled_cells(row))]

    return non_empty_rows(left) == non_empty_rows(right)


def rows_to_store(rows: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without empty cells; the stored rows where they are equal, so that nothing changed."""
    return stored if same_rows(rows, stored) else [filled_cells(row) for row in rows]


class GeometryFormField(forms.CharField):
    """A point or area, typed as latitude and longitude or pasted as GeoJSON."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """Return the geometry, None for none. Raises ValidationError, with what to do, where this is none."""
        if isinstance(value, Mapping):
            return value
        try:
            return read_geometry(str(value or ""))
        except UnreadableGeometry as error:
            raise forms.ValidationError(str(error), code="invalid") from error

    def run_validators(self, value: Any) -> None:
        """Do nothing: it was checked when it was read."""

    def prepare_value(self, value: Any) -> Any:
        """Return the geometry as it can be typed."""
        return format_geometry(value) if isinstance(value, Mapping) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether it is another point or area."""
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except forms.ValidationError:
            return True


def external_field() -> RowsField:
    """Return the field for what something is called in other systems."""
    return RowsField(
        (
            FieldColumn("system", _lazy("System")),
            FieldColumn("id", _lazy("Number there")),
            FieldColumn("url", _lazy("Web address"), field=HttpUrlField().formfield(required=False)),
        ),
        label=_lazy("What it is called in other systems"),
        row_label=_lazy("system"),
        needs=("system",),
        help_text=_lazy("For example the case system, the council information or the participation platform."),
    )
