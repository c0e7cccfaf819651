"""Base classes of the recording forms: groups of fields, highlighted fields, and optimistic locking."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.models import model_to_dict
from django.forms.utils import ErrorDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance.rulebook import Rulebook
from participation.models import Trajectory
from participation.selectors.changes.row_versions import ColumnChangeSince, ExpectedVersion, current_version
from participation.services.changes.changesets import ChangesetWriter
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.forms import FormStyleMixin, ModelForm
from participation.web.shared.request_context import RequestContext

from .fields import RowsField, rows_to_store
from .new_party import NAME, NEW_PARTY_FIELDS, NewPartyMixin

#: The field to which the errors of a constraint belong, where its name does not begin with it; "" for the form.
_FIELD_BY_CONSTRAINT = {"ends_after_it_starts": "ends_at", "not_its_own_successor": "replaces", "once": ""}
_EMPTY: tuple[Any, ...] = (None, "", [], "unknown", False)


class Fieldset(NamedTuple):
    """A group of fields; ``folded`` ones are collapsed."""

    legend: Any
    names: Sequence[str]
    folded: bool = False
    intro: Any = ""


class BoundFieldset(NamedTuple):
    """A group of bound fields to render."""

    legend: Any
    fields: list[Any]
    folded: bool
    open: bool
    intro: Any
    #: Number of fields with a value.
    filled: int


class FieldsetForm(FormStyleMixin, forms.BaseForm):
    """Form mixin for fields in groups, of which some can be highlighted."""

    #: Groups of fields, the most important first.
    layout: Sequence[Fieldset] = ()
    highlighted: Collection[str] = ()
    #: Fields that always have a value, and so do not count as filled.
    always_filled: Collection[str] = ()

    def highlight(self, names: Iterable[str]) -> None:
        """Highlight these fields and focus the first."""
        self.highlighted = [name for name in names if name in self.fields]
        # On a bound form the error summary takes the focus.
        for name in self.highlighted[: 0 if self.is_bound else 1]:
            self.fields[name].widget.attrs["autofocus"] = True

    def fieldsets(self) -> Iterator[BoundFieldset]:
        """Yield the groups of visible fields; a folded one is open if a field in it is highlighted or has an error."""
        shown = {*self.highlighted, *self.errors, *self.named_in_errors}
        for group in self.layout:
            fields = [self[name] for name in group.names if name in self.fields and not self[name].is_hidden]
            is_open = any(field.name in shown for field in fields)
            filled = sum(is_filled_field(field) and field.name not in self.always_filled for field in fields)
            if fields:
                yield BoundFieldset(group.legend, fields, group.folded, is_open, group.intro, filled)

    @property
    def has_rows(self) -> bool:
        """Return whether the form has a table, whose "more rows" button precedes the submit button."""
        return any(isinstance(field, RowsField) for field in self.fields.values())

    def clear_errors(self) -> None:
        """Clear the errors: the user only asked for more rows."""
        self._errors = ErrorDict()


def is_filled_field(field: forms.BoundField) -> bool:
    """Return whether the field has a value."""
    value = field.value()
    if isinstance(field.field, RowsField):
        return not all(field.field.is_empty(row) for row in value or ())
    return value not in _EMPTY


class RowForm(FieldsetForm, ModelForm):
    """A form for a row of a trajectory, with the state of the row it was made from, for optimistic locking."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    #: Columns that hold texts by key, each text in a field of its own, by the prefix of the names of those fields.
    text_columns: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        row: Any,
        trajectory: Trajectory,
        request_context: RequestContext,
        **kwargs: Any,
    ) -> None:
        """Show this row, new or stored; ``initial`` takes precedence over the values of the row."""
        self.trajectory, self.request_context, self.row = trajectory, request_context, row
        initial = {**self.initial_from_row(row), **kwargs.pop("initial", {})}
        if data is None:
            initial["shown"] = current_version(row).to_text()
        elif row.pk:
            row.remember_stored_values()
        today = request_context.today
        super().__init__(data, files, instance=row, initial=initial, today=today, **kwargs)
        for field in self.fields.values():
            if isinstance(field, RowsField):
                field.set_today(today)
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
            if field is self.fields.get("title"):
                field.widget.attrs["class"] = "ld-wide"
            if isinstance(field, forms.TypedChoiceField):
                choices: Any = field.choices
                named = [(value, capfirst(label)) for value, label in choices if value]
                field.choices = [("", _("not recorded")), *named]
        self.configure_fields()
        self._show_date_help_once()

    @property
    def rulebook(self) -> Rulebook:
        """Return the rulebook that judges the trajectory."""
        return self.request_context.rulebook_of(self.trajectory)

    @classmethod
    def initial_from_row(cls, row: Any, shown: ExpectedVersion | None = None) -> dict[str, Any]:  # noqa: ARG003 - for what hangs on a row
        """Return the initial values of a row, as it is or as it was in the state ``shown``.

        Subclasses add what is not a column of the row.
        """
        found = model_to_dict(row, cls._meta.fields) if row.pk else {}
        for name, field in cls.base_fields.items():
            if isinstance(field, RowsField) and name in found:
                found[name] = [cls.row_to_show(name, stored) for stored in found[name]]
        for column, prefix in cls.text_columns.items():
            found |= {f"{prefix}{key}": text or "" for key, text in getattr(row, column).items()}
        return found

    @classmethod
    def row_to_show(cls, _column: str, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row of a table as its cells show it; for subclasses."""
        return dict(stored)

    def row_to_store(self, _column: str, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row of a table as it is stored; for subclasses."""
        return dict(typed)

    def highlight(self, names: Iterable[str]) -> None:
        """Highlight these fields; of a column of several texts, the empty ones."""
        highlighted: list[str] = []
        for name in names:
            own = self.fields_of(name)
            highlighted += [field for field in own if not self.initial.get(field)] or own
        super().highlight(highlighted)

    def fields_of(self, column: str) -> list[str]:
        """Return the names of the fields in which this column is edited."""
        prefix = self.text_columns.get(column)
        return [name for name in self.fields if name.startswith(prefix)] if prefix else [column]

    def configure_fields(self) -> None:
        """Set the choices of the fields; for subclasses."""

    def prefill_field(self, name: str, value: Any) -> None:
        """Set the initial value of a field if it is empty."""
        if self.initial.get(name) in _EMPTY:
            self.initial[name] = value

    def prefill(self) -> None:
        """Prefill values that follow from known facts; for subclasses."""

    def other_changes(self, base: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[ColumnChangeSince]:
        """Return the changes in what is not a column of the row; for subclasses."""
        return []

    def _show_date_help_once(self) -> None:
        for group in self.layout:
            shown = set()
            for field in (self.fields[name] for name in group.names if name in self.fields):
                if isinstance(field, NaturalDateField) and field.has_default_help:
                    if str(field.help_text) in shown:
                        field.help_text = ""
                    else:
                        shown.add(str(field.help_text))

    @property
    def expected_version(self) -> ExpectedVersion:
        """Return the state of the row that the form was made from."""
        return ExpectedVersion.from_text(self.cleaned_data["shown"])

    def clean(self) -> dict[str, Any]:
        """Normalise line endings to LF: browsers submit CRLF, which would count as a change."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str) and "\r" in value:
                cleaned[name] = value.replace("\r\n", "\n").replace("\r", "\n")
        return cleaned

    def _post_clean(self) -> None:
        # Django copies cleaned data to the row, but tables and texts by key are stored in another form.
        tables = {
            name: self.cleaned_data[name]
            for name, field in self.fields.items()
            if isinstance(field, RowsField) and name in (self._meta.fields or ()) and name in self.cleaned_data
        }
        for name, rows in tables.items():
            to_store = [self.row_to_store(name, row) for row in rows]
            self.cleaned_data[name] = rows_to_store(to_store, getattr(self.row, name))
        super()._post_clean()  # type: ignore[misc]
        self.cleaned_data.update(tables)
        for column, prefix in self.text_columns.items():
            typed = {name.removeprefix(prefix): self.cleaned_data.get(name, "") for name in self.fields_of(column)}
            stored = getattr(self.row, column)
            if any((stored.get(key) or "") != text for key, text in typed.items()):
                kept = {key: text for key, text in stored.items() if key not in typed}
                setattr(self.instance, column, kept | {key: text for key, text in typed.items() if text})

    def _update_errors(self, errors: ValidationError) -> None:
        # Called by Django with model errors: assign constraint errors to a field.
        self.add_model_errors(errors)

    def add_model_errors(self, error: ValidationError) -> None:
        """Add model errors to their fields; those without a field of this form are non-field errors."""
        errors_by_field: dict[str, Any] = (
            dict(error.error_dict) if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error}
        )
        row_errors = errors_by_field.pop(NON_FIELD_ERRORS, None)
        for name, errors in errors_by_field.items():
            self.add_error(name if name in self.fields else None, errors)
        if row_errors is not None and not self._add_constraint_errors():
            self.add_error(None, row_errors)

    def _add_constraint_errors(self) -> bool:
        """Add the error of each violated constraint to its field; return whether there was any."""
        # Exclude only fields with errors: fields absent from the form have valid values on the row.
        exclude, found = set(self.errors), False
        for constraint in self.instance._meta.constraints:
            try:
                constraint.validate(type(self.instance), self.instance, exclude=exclude)
            except ValidationError as error:
                found = True
                self.add_error(self._field_for_constraint(constraint.name), error)
        return found

    def _field_for_constraint(self, constraint: str) -> str | None:
        about = constraint.removeprefix(f"{self.instance._meta.model_name}_")
        if about in _FIELD_BY_CONSTRAINT:
            return _FIELD_BY_CONSTRAINT[about] or None
        fitting = [name for name in self.fields if about.startswith(name)]
        return max(fitting, key=len, default=None)


class PartyForm(NewPartyMixin, RowForm):
    """A form for a row that names a party, which may be an organisation that is added with it."""

    #: The field in which the party is chosen: one, several, or a row of a table.
    party_field: ClassVar[str] = "party"

    def fieldsets(self) -> Iterator[BoundFieldset]:
        """Yield the groups, the fields for a new organisation after the group in which the party is chosen."""
        layout = []
        for group in self.layout:
            layout.append(group)
            if self.party_field in group.names:
                layout.append(Fieldset(_("Is the organisation not in the list?"), self.new_party_names, folded=True))
        self.layout = layout
        yield from super().fieldsets()

    @property
    def new_party_names(self) -> Sequence[str]:
        """Return the names of the fields for a new organisation."""
        return NEW_PARTY_FIELDS

    def clean(self) -> dict[str, Any]:
        """Take the recorded organisation that was chosen instead of a new one."""
        cleaned = super().clean()
        if NAME not in self.fields:
            return cleaned
        same = self.clean_new_party(cleaned)
        if same or self.new_party:
            self.take_party(cleaned, same)
        return cleaned

    def take_party(self, cleaned: dict[str, Any], same: str) -> None:
        """Choose the organisation with this slug; "" where a new one was typed, which is named when it is saved."""
        chosen = cleaned.get(self.party_field)
        if not isinstance(chosen, list):
            if chosen:
                self.add_error(NAME, _("You chose a party in the list too. Leave one of the two empty."))
            cleaned[self.party_field] = same
        elif same and same not in chosen:
            cleaned[self.party_field] = [*chosen, same]

    def save_new_party(self, recorder: ChangesetWriter) -> None:
        """Save the new organisation in this changeset, and name it in the row."""
        slug = self.add_new_party(recorder, self.trajectory)
        if slug:
            chosen = getattr(self.instance, self.party_field)
            setattr(self.instance, self.party_field, [*chosen, slug] if isinstance(chosen, list) else slug)


def keep_order(chosen: Iterable[Any], stored: Iterable[Any]) -> list[Any]:
    """Return the chosen values, the stored ones first in their stored order, so that reordering is not a change."""
    chosen = list(chosen)
    before = [value for value in stored if value in chosen]
    return [*before, *(value for value in chosen if value not in before)]
