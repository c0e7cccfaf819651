"""Forms for contributions: import from a spreadsheet, and one contribution with its answer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES
from participation.interchange.go_vocal import export as go_vocal
from participation.interchange.sheets.errors import TooManyRows
from participation.interchange.sheets.reading import (
    MAX_BYTES,
    MAX_LONG_BYTES,
    Sheet,
    SheetError,
    as_text,
    read_tabs,
    read_text,
    too_large_message,
    validate_row_count,
)
from participation.interchange.sheets.workbook import is_workbook
from participation.models import Contribution, Organisation, Step, Trajectory
from participation.models.labels import labelled_choices
from participation.services.contributions.sheet_preview import KNOWN_HEADINGS
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.formatting import date_text
from participation.web.shared.forms import Form

from .choices import FormChoices, step_title
from .fields import ChoiceGroup, GroupedChoiceField
from .forms import Fieldset, PartyForm
from .new_party import NAME, NEW_PARTY_FIELDS, NewPartyMixin

_COLUMN_LABELS = {
    "summary": _("the contribution"),
    "party": _("from whom"),
    "received_on": _("received on"),
    "theme": _("theme"),
    "outcome": _("outcome"),
    "response": _("answer"),
    "responded_on": _("answered on"),
    "step": _("received in"),
    "ref": _("id, by which it is known again"),
}
#: Known headings, by which a first row is recognised as a heading row.
_HEADINGS = KNOWN_HEADINGS | go_vocal.KNOWN_HEADINGS
#: Maximum number of characters of the other sheets of a workbook that the preview page carries along.
_MAX_OTHER_SHEETS_LENGTH = 1_000_000


def column_label(column: str) -> str:
    """Return the label of a contribution column."""
    return str(_COLUMN_LABELS[column])


class ContributionForm(PartyForm):
    """One contribution and its answer."""

    step = GroupedChoiceField(label=_("Received in"), required=False)
    party = GroupedChoiceField(label=_("From"), required=False, help_text=_("Do not record names of persons."))

    layout = (
        Fieldset("", ("summary", "theme", "party", "received_on", "step")),
        Fieldset(_("The answer"), ("outcome", "response", "responded_on")),
    )

    class Meta:
        model = Contribution
        fields = ("summary", "theme", "party", "received_on", "step", "outcome", "response", "responded_on")
        labels = {
            "summary": _("What they said"),
            "theme": _("Theme"),
            "received_on": _("Received on"),
            "outcome": _("What is done with it"),
            "response": _("Why"),
            "responded_on": _("Answered on"),
        }

    def configure_fields(self) -> None:
        """Offer the steps and parties of this trajectory."""
        choices = FormChoices(self.trajectory)
        fields: Any = self.fields
        fields["step"].set_choices([ChoiceGroup("", choices.step_choices())], self.row.step)
        fields["party"].set_choices(choices.parties(), self.row.party)
        self.offer_new_party(self.trajectory)

    def prefill(self) -> None:
        """Prefill today as the day of the answer if the link asks for the answer."""
        if "outcome" in self.highlighted or "response" in self.highlighted:
            self.initial.setdefault("responded_on", None)
            self.initial["responded_on"] = self.initial["responded_on"] or ImpreciseDate.on(self.request_context.today)

    def clean(self) -> dict[str, Any]:
        """Require a reason with an outcome."""
        cleaned = super().clean()
        if cleaned.get("outcome") and not cleaned.get("response"):
            self.add_error("response", _("Say why: without a reason it is no answer."))
        return cleaned


class SheetForm(NewPartyMixin, Form):
    """A pasted or uploaded spreadsheet, with defaults for rows that lack a step, party or date."""

    step = forms.ChoiceField(label=_("Received in"), required=False)
    party = forms.ChoiceField(
        label=_("From"),
        help_text=_("For rows that do not say from whom they are. Do not record names of persons."),
    )
    received_on = NaturalDateField(
        label=_("Received on"),
        required=False,
        help_text=_("Empty: the day of the meeting or activity."),
    )
    text = forms.CharField(
        label=_("Contributions"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "One contribution a line, or rows that you copied from a spreadsheet. With headings such as Van, Datum, "
            "Thema, Inbreng, Uitkomst and Antwoord we know which column is which; you can change that afterwards."
        ),
    )
    file = forms.FileField(
        label=_("Or upload a file"),
        required=False,
        help_text=_(
            "CSV or Excel (.xlsx), also an export of Go Vocal (doemee). Up to 2 MB and 500 rows you see first what "
            "will happen. A longer file, of at most 30 MB and 100,000 rows, is checked in the background and recorded "
            "if every row is right. You can undo that in one go."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def __init__(self, trajectory: Trajectory, *args: Any, **kwargs: Any) -> None:
        """Offer the steps of this trajectory except decisions, and broad audiences before the actors of the plan."""
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        steps = Step.objects.filter(trajectory=trajectory, cancelled=False).exclude(kind="decision")
        self.steps = {step.ref: step for step in steps.order_by("planned__earliest", "pk")}
        step_choices = [(ref, f"{step_title(step)}, {_format_step_date(step)}") for ref, step in self.steps.items()]
        fields["step"].choices = [("", _("no activity: by itself")), *step_choices]
        acting = Organisation.objects.filter(plan_parts__plan__trajectory=trajectory).distinct()
        words = [("", _("not known")), *labelled_choices(AUDIENCES)]
        fields["party"].choices = [*words, *acting.values_list("slug", "name")]
        fields["party"].required = False
        self.offer_new_party(trajectory)
        fields[NAME].label = _("Or a new organisation: its name")
        names = list(fields)
        after = names.index("party") + 1
        self.order_fields([*names[:after], *NEW_PARTY_FIELDS, *names[after:]])

    def clean(self) -> dict[str, Any]:
        """Add the parsed sheet to the cleaned data, or the file as ``long_file`` if it is too long to preview.

        Raises ValidationError, with a remedy, if it cannot be read.
        """
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        same = self.clean_new_party(cleaned)
        if same or self.new_party:
            # The choice is filled in beforehand, so what was typed counts.
            cleaned["party"] = same
        upload = cleaned.get("file")
        try:
            if upload and _is_long(upload):
                cleaned["long_file"] = upload
            elif upload:
                cleaned["tabs"] = _read_sheets(upload.name, upload.read())
                cleaned["sheet"] = cleaned["tabs"][0]
            else:
                cleaned["sheet"] = _convert_go_vocal(read_text(self._sheet_text(cleaned), _HEADINGS))
        except TooManyRows:
            cleaned["long_file"] = upload or ContentFile(self._sheet_text(cleaned).encode(), name=_("pasted") + ".csv")
        except SheetError as error:
            raise ValidationError({"file" if upload else "text": str(error)}) from None
        step = cleaned["step"] = self.steps.get(cleaned.get("step") or "")
        if step and not cleaned.get("received_on"):
            cleaned["received_on"] = step.done or step.planned
        if "long_file" in cleaned and self.new_party:
            message = _("With more than 500 rows, choose an organisation that is there. Add a new one first.")
            self.add_error(NAME, message)
        return cleaned

    def _sheet_text(self, cleaned: dict[str, Any]) -> str:
        """Return the text that was typed, or that of the workbook sheet to switch to."""
        tab = self.data.get("tab", "")
        if self.data.get("do") == "tab" and f"tab-{tab}" in self.data:
            return str(self.data[f"tab-{tab}"])
        return cleaned.get("text") or ""


def _is_long(upload: Any) -> bool:
    """Return whether this file is too large for the preview. Raises SheetError if it cannot be read in any way."""
    if upload.size > MAX_LONG_BYTES:
        raise SheetError(too_large_message())
    if upload.size <= MAX_BYTES:
        return False
    is_workbook(upload.name, upload.read(8192))
    upload.seek(0)
    return True


def _convert_go_vocal(sheet: Sheet) -> Sheet:
    """Return the sheet, a Go Vocal export converted to our columns. Raises SheetError if it then has too many rows."""
    return validate_row_count(go_vocal.convert_export(sheet)) if go_vocal.is_export(sheet) else sheet


def _read_sheets(name: str, content: bytes) -> list[Sheet]:
    """Return the sheets of an uploaded file, Go Vocal exports converted to our columns. Raises SheetError."""
    found, refused = [], []
    for sheet in read_tabs(name, content, _HEADINGS):
        try:
            found.append(_convert_go_vocal(sheet))
        except SheetError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    other_sheets = [sheet for sheet in found[1:] if sheet.rows]
    if sum(len(as_text(sheet)) for sheet in other_sheets) > _MAX_OTHER_SHEETS_LENGTH:
        note = _("The other sheets of this workbook are too large to choose from. Upload each in a file of its own.")
        return [found[0]._replace(notes=(*found[0].notes, str(note)))]
    return [found[0], *other_sheets]


def _format_step_date(step: Step) -> str:
    return date_text(step.done or step.planned)
