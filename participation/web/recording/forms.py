"""What the forms of this room share: groups of fields, what one was sent for, and what is shown when."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.models import model_to_dict
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _

from participation.models import Trajectory
from participation.selectors.changes import Change, Shown, shown_now
from participation.web.shared.dates import SaidWhenField
from participation.web.shared.forms import Look, ModelForm
from participation.web.shared.visit import Visit

from .choices import upper
from .fields import RowsField

#: Constraints whose names do not begin with the column at which people expect what is wrong.
_AT = {"ends_after_it_starts": "ends_at", "not_its_own_successor": "replaces", "once": ""}
_USUAL = SaidWhenField().help_text
_EMPTY: tuple[Any, ...] = (None, "", [], "unknown", False)


class Fields(NamedTuple):
    """Fields that belong together; ``folded`` ones are out of sight until something asks for them."""

    legend: Any
    names: Sequence[str]
    folded: bool = False
    intro: Any = ""


class Part(NamedTuple):
    """A group of fields as it is shown."""

    legend: Any
    fields: list[Any]
    folded: bool
    open: bool
    intro: Any
    #: How many of its fields hold something.
    filled: int


class Laid(Look, forms.BaseForm):
    """Mixed into a form: it knows in which groups its fields stand, and for which of them somebody was sent."""

    #: The fields, in the order in which they matter; what is in no group stands at the end of the last.
    layout: Sequence[Fields] = ()
    asked: Collection[str] = ()
    #: Fields that always hold something, which is no news.
    quiet: Collection[str] = ()
    #: Whether fields that may stay empty say so: not where that is nearly all of them.
    all_optional = True

    def ask_for(self, names: Iterable[str]) -> None:
        """Mark these fields as what somebody was sent for, and begin at the first."""
        self.asked = [name for name in names if name in self.fields]
        # Where something is wrong the summary of it takes the focus.
        for name in self.asked[: 0 if self.is_bound else 1]:
            self.fields[name].widget.attrs["autofocus"] = True

    def parts(self) -> Iterator[Part]:
        """Yield the groups of visible fields; a folded one is open where something in it was asked for or is wrong."""
        for group in self.layout:
            fields = [self[name] for name in group.names if name in self.fields and not self[name].is_hidden]
            opened = any(field.name in self.asked or field.errors for field in fields)
            filled = sum(field.value() not in _EMPTY and field.name not in self.quiet for field in fields)
            if fields:
                yield Part(group.legend, fields, group.folded, opened, group.intro, filled)

    @property
    def has_rows(self) -> bool:
        """Tell whether it has a table, whose button for more rows comes before the one that saves."""
        return any(isinstance(field, RowsField) for field in self.fields.values())

    def without_judging(self) -> None:
        """Show what was typed as it is, without saying what is wrong with it: they are still at it."""
        self._errors = ErrorDict()


class RowForm(Laid, ModelForm):
    """A form about a row of a trajectory. It carries which state of the row it shows."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, files: Any = None, *, row: Any, trajectory: Trajectory, visit: Visit, **kwargs: Any
    ) -> None:
        """Show this row, new or stored; ``initial`` goes before what the row has."""
        self.trajectory, self.visit, self.row = trajectory, visit, row
        initial = {**self.read(row), **kwargs.pop("initial", {}), "shown": shown_now(row).to_text()}
        super().__init__(data, files, instance=row, initial=initial, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
            if field is self.fields.get("title"):
                field.widget.attrs["class"] = "ld-wide"
            if isinstance(field, forms.TypedChoiceField):
                choices: Any = field.choices
                named = [(value, upper(label)) for value, label in choices if value]
                field.choices = [("", _("not recorded")), *named]
        self.arrange()
        self._say_once_how_to_write_dates()

    @classmethod
    def read(cls, row: Any, shown: Shown | None = None) -> dict[str, Any]:  # noqa: ARG003 - for what hangs on a row
        """Return what the form shows of a row, by field, as it is or as it was ``shown``.

        What is no column of the row, subclasses put on top.
        """
        return model_to_dict(row, cls._meta.fields) if row.pk else {}

    def arrange(self) -> None:
        """Offer what can be chosen; in subclasses."""

    def fill(self, name: str, value: Any) -> None:
        """Let a field that would be empty begin with this."""
        if self.initial.get(name) in _EMPTY:
            self.initial[name] = value

    def suggest(self) -> None:
        """Fill in what follows from what is known by now; in subclasses."""

    def other_changes(self, base: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Change]:
        """Return what was changed in what is no column of the row; in subclasses."""
        return []

    def _say_once_how_to_write_dates(self) -> None:
        for group in self.layout:
            dates = [self.fields[name] for name in group.names if isinstance(self.fields.get(name), SaidWhenField)]
            usual = [field for field in dates if field.help_text == _USUAL]
            for field in usual[1:]:
                field.help_text = ""

    @property
    def shown_state(self) -> Shown:
        """Return which state of the row was shown when this was filled in."""
        return Shown.from_text(self.cleaned_data["shown"])

    def clean(self) -> dict[str, Any]:
        """Write texts one way, so that what nobody changed is not a change."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str) and "\r" in value:
                cleaned[name] = value.replace("\r\n", "\n").replace("\r", "\n")
        return cleaned

    def _update_errors(self, errors: ValidationError) -> None:
        # Django calls it with what the row says is wrong: a constraint speaks of the row, people of a field.
        self.place(errors)

    def place(self, error: ValidationError) -> None:
        """Take over what the row says is wrong, each at its field; at the top what is at no field of this form."""
        told: dict[str, Any] = dict(error.error_dict) if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error}
        of_the_row = told.pop(NON_FIELD_ERRORS, None)
        for name, errors in told.items():
            self.add_error(name if name in self.fields else None, errors)
        if of_the_row is not None and not self._place_constraints():
            self.add_error(None, of_the_row)

    def _place_constraints(self) -> bool:
        """Tell of each broken constraint of the table at its field, and whether there was any."""
        # Not what is merely absent from the form: the row itself is whole.
        exclude, found = set(self.errors), False
        for constraint in self.instance._meta.constraints:
            try:
                constraint.validate(type(self.instance), self.instance, exclude=exclude)
            except ValidationError as error:
                found = True
                self.add_error(self._place_of(constraint.name), error)
        return found

    def _place_of(self, constraint: str) -> str | None:
        about = constraint.removeprefix(f"{self.instance._meta.model_name}_")
        if about in _AT:
            return _AT[about] or None
        fitting = [name for name in self.fields if about.startswith(name)]
        return max(fitting, key=len, default=None)


def keep_order(chosen: Iterable[Any], stored: Iterable[Any]) -> list[Any]:
    """Return what was chosen: first what was stored, in its order, so that what is the same stays the same."""
    chosen = list(chosen)
    before = [value for value in stored if value in chosen]
    return [*before, *(value for value in chosen if value not in before)]
