"""Forms for importing a planning: the text or file, and the cells of each row in the preview."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance.vocabulary import (
    DOCUMENT_KINDS,
    METHODS,
    PHASES,
    PROCEDURES,
    STAGES,
    STEP_KINDS,
)
from participation.dossier.characters import without_case
from participation.interchange.dates import UNREADABLE, DateContext, NotADate, parse_imprecise_date
from participation.interchange.plannings.files import read_planning_file, read_planning_text, validate_size
from participation.interchange.plannings.recogniser import MAX_PLACE_LENGTH, PlannedRow
from participation.interchange.plannings.source import MAX_BYTES, MAX_ENTRIES, UnreadablePlanning
from participation.models.labels import LABELS, labelled_choices
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.forms import Form

from .choices import FormChoices
from .fields import ChoiceGroup

#: Kinds of which the preview also offers the column that says more.
_DETAILS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "activity": ("method", METHODS),
    "decision": ("stage", STAGES),
    "inspection": ("procedure", PROCEDURES),
}
_UNREADABLE: Final = gettext_lazy("This cannot be read as a date. Write for example: 20-3-2026, mid-June or week 27.")
_YEARS: Final = (1990, 2100)
_TIMES: Final = re.compile(r"(\d{1,2})[:.](\d{2})(?: ?(?:-|–|tot) ?(\d{1,2})[:.](\d{2}))?(?: ?(?:uur|u))?")
#: The hidden cell of a row: its ref, its number in the source, and the numbers of the documents that it mentions.
_ORIGIN: Final = re.compile(r"(pl-[0-9a-f]{12}) (\d{1,6}) ((?:\d{1,3}(?:,\d{1,3}){0,20})?)")
_DOCUMENT_ORIGIN: Final = re.compile(r"(pd-[0-9a-f]{12}) (\d{1,6}) (\d{0,3})")


class PlanningSourceForm(Form):
    """A planning: pasted, or in a file."""

    text = forms.CharField(
        label=gettext_lazy("Planning"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy(
            "Copy the table or the text out of Word, Excel or a mail, and paste it here. Begin each row with its date, "
            "such as 14/3, 14 March or week 24."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or upload a file"),
        required=False,
        help_text=gettext_lazy(
            "Word (.docx), Excel (.xlsx), .csv, .txt or a PDF with text. At most %(size)s MB and %(rows)s rows. "
            "You see first what it becomes."
        )
        % {"size": MAX_BYTES // 1_000_000, "rows": MAX_ENTRIES},
        widget=forms.FileInput(attrs={"accept": ".docx,.xlsx,.csv,.tsv,.txt,.pdf"}),
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        required=False,
        min_value=_YEARS[0],
        max_value=_YEARS[1],
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("Only where the planning does not say it."),
    )

    def clean(self) -> dict[str, Any]:
        """Add the source to the cleaned data. Raises ValidationError, with a remedy, if it cannot be read."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        upload = cleaned.get("file")
        try:
            if upload:
                validate_size(upload.size)
                cleaned["source"] = read_planning_file(upload.name, upload.read())
            else:
                cleaned["source"] = read_planning_text(cleaned["text"])
        except UnreadablePlanning as error:
            raise ValidationError({"file" if upload else "text": str(error)}) from None
        return cleaned


class PlanningDateField(NaturalDateField):
    """A date that may lack its year, which is then that of the planning."""

    def __init__(self, choices: "PlanningChoices", **kwargs: Any) -> None:
        """Store the year, and the day from which "morgen" counts."""
        super().__init__(**kwargs)
        self.today = choices.today
        self._context = DateContext(choices.year)

    def to_python(self, value: Any) -> Any:
        """Return the date, or None for an empty value. Raises ValidationError with the accepted formats."""
        text = str(value or "").strip()
        if not text:
            return super().to_python(value)
        try:
            # First, as "31 dec" by itself would be the one nearest to today.
            return parse_imprecise_date(text, self._context)
        except NotADate as error:
            problem = error
        try:
            return super().to_python(value)
        except ValidationError:
            # Shorter than the one of other forms: it stands in a cell.
            message = _UNREADABLE if problem.message is UNREADABLE else problem.message
            raise ValidationError(message, code="invalid", params=problem.params) from None


class TimesField(forms.CharField):
    """A time of day, or from when until when: "19:30-21:00"."""

    def to_python(self, value: Any) -> Any:
        """Return the two times, of which the second may be None; None if empty. Raises ValidationError."""
        text = " ".join(str(value or "").split())
        if not text:
            return None
        found = _TIMES.fullmatch(text.casefold())
        try:
            if found is None:
                raise ValueError
            first = time(int(found[1]), int(found[2]))
            return first, time(int(found[3]), int(found[4])) if found[3] else None
        except ValueError:
            raise ValidationError(_("Write a time like 19:30, or 19:30-21:00."), code="invalid") from None


class NamesField(forms.CharField):
    """One or more names out of a list, with semicolons or commas between them; cleaned to their values."""

    def __init__(self, names: "PartyNames", *, most: int | None = None, **kwargs: Any) -> None:
        """Store the names; ``most`` is the number that may be given."""
        super().__init__(**kwargs)
        self._names, self._most = names, most

    def to_python(self, value: Any) -> Any:
        """Return the values. Raises ValidationError with the name that is not in the list."""
        found, unknown = self._names.parse(str(value or ""))
        if unknown:
            message = _("“%(name)s” is not in the list. Choose a name from it, or leave this empty.")
            raise ValidationError(message, code="invalid", params={"name": unknown[0]})
        if self._most is not None and len(found) > self._most:
            raise ValidationError(_("Choose one of these."), code="invalid")
        return found


class PartyNames:
    """The names that may be typed for parties or bodies, and what they stand for."""

    def __init__(self, groups: Iterable[ChoiceGroup]) -> None:
        """Take the labels of these choices; of two with the same label, the first."""
        self._labels: dict[str, str] = {}
        self._values: dict[str, str] = {}
        for group in groups:
            for value, label in group.choices:
                self._labels.setdefault(value, str(label))
                self._values.setdefault(without_case(str(label)), value)
        for value in self._labels:
            self._values.setdefault(without_case(value), value)

    @property
    def labels(self) -> list[str]:
        """Return the names in the order of the list, each once."""
        return list(dict.fromkeys(self._labels.values()))

    def text(self, values: Iterable[str]) -> str:
        """Return these values as text that ``parse`` reads."""
        return "; ".join(self._labels.get(value, value) for value in values if value)

    def parse(self, text: str) -> tuple[list[str], list[str]]:
        """Return the values of the names in a text, and the names that are not in the list."""
        found: list[str] = []
        unknown: list[str] = []
        for part in text.split(";"):
            names = [part] if without_case(part) in self._values else part.split(",")
            for name in filter(None, map(str.strip, names)):
                value = self._values.get(without_case(name))
                (found.append(value) if value else unknown.append(name))
        return list(dict.fromkeys(found)), unknown


class PlanningChoices:
    """The choices of all rows of one preview, made once."""

    def __init__(self, choices: FormChoices, year: int, today: date) -> None:
        """Read the parties and bodies of the trajectory; ``year`` is that of dates without one."""
        self.year, self.today = year, today
        self.bodies, self.parties = PartyNames(choices.bodies()), PartyNames(choices.parties())
        self.kinds = list(kind_choices())
        self.phases = labelled_choices(PHASES)
        self.document_kinds = labelled_choices(DOCUMENT_KINDS)


def kind_value(row: PlannedRow) -> str:
    """Return the kind of a row as its value in the list: with the method, stage or procedure where there is one."""
    column, _words = _DETAILS.get(row.kind, ("", ()))
    detail = getattr(row, column) if column else ""
    return f"{row.kind}:{detail}" if detail else row.kind


def kind_choices() -> Iterable[tuple[str, str]]:
    """Yield the kinds of step, with and without their method, stage or procedure, with their labels."""
    for kind in STEP_KINDS:
        label = capfirst(str(LABELS.get(kind, kind)))
        yield kind, label
        for detail in _DETAILS.get(kind, ("", ()))[1]:
            yield f"{kind}:{detail}", f"{label}: {LABELS[detail]}"


class PlanningRowForm(Form):
    """The cells of one row of the preview."""

    title = forms.CharField(required=False, max_length=500)
    kind = forms.ChoiceField(required=False)
    phase = forms.ChoiceField(required=False)
    optional = forms.BooleanField(required=False)
    done = forms.BooleanField(required=False)
    place = forms.CharField(required=False, max_length=MAX_PLACE_LENGTH)
    note = forms.CharField(required=False, max_length=10_000)
    origin = forms.RegexField(_ORIGIN)

    def __init__(self, data: Any, *, prefix: str, choices: PlanningChoices) -> None:
        """Offer the choices."""
        super().__init__(data, prefix=prefix)
        self._today = choices.today
        fields: Any = self.fields
        fields["when"] = PlanningDateField(choices, required=False)
        fields["times"] = TimesField(required=False)
        fields["body"] = NamesField(choices.bodies, most=1, required=False)
        fields["audience"] = NamesField(choices.parties, required=False)
        fields["kind"].choices = [("", _("not known")), *choices.kinds]
        fields["phase"].choices = [("", _("not known")), *choices.phases]

    def clean(self) -> dict[str, Any]:
        """Split the kind and the origin."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, _colon, detail = (cleaned.get("kind") or "").partition(":")
        cleaned["kind"] = kind
        when = cleaned.get("when")
        if cleaned.get("done") and when and not (when.latest and when.latest <= self._today):
            message = _(
                "Its date is still to come, so it cannot have taken place. Correct the date, or take that tick away."
            )
            self.add_error("done", message)
        cleaned["details"] = {_DETAILS[kind][0]: detail} if detail else {}
        if found := _ORIGIN.fullmatch(cleaned.get("origin") or ""):
            cleaned["ref"], cleaned["number"] = found[1], int(found[2])
            cleaned["documents"] = [int(number) for number in found[3].split(",") if number]
        return cleaned


class PlanningDocumentForm(Form):
    """A document that the planning names, in the preview."""

    title = forms.CharField(
        max_length=300, error_messages={"required": gettext_lazy("Write down what the document is called.")}
    )
    version = forms.CharField(required=False, max_length=100)
    kind = forms.ChoiceField(required=False)
    origin = forms.RegexField(_DOCUMENT_ORIGIN)

    def __init__(self, data: Any, *, prefix: str, choices: PlanningChoices) -> None:
        """Offer the choices."""
        super().__init__(data, prefix=prefix)
        fields: Any = self.fields
        fields["dated_on"] = PlanningDateField(choices, required=False)
        fields["kind"].choices = [("", _("not known")), *choices.document_kinds]

    def clean(self) -> dict[str, Any]:
        """Split the origin."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if found := _DOCUMENT_ORIGIN.fullmatch(cleaned.get("origin") or ""):
            cleaned["ref"], cleaned["number"] = found[1], int(found[2])
            cleaned["replaces"] = int(found[3]) if found[3] else None
        return cleaned
