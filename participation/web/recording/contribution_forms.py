"""The forms for contributions: a sheet of them, and their answers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from participation.compliance.dates import When
from participation.compliance.vocabulary import AUDIENCES, OUTCOMES
from participation.exchange.go_vocal import export as go_vocal
from participation.exchange.sheets.reading import Sheet, SheetError, as_text, must_fit, read_tabs, read_text
from participation.models import Contribution, Organisation, Step, Trajectory
from participation.models.words import LABELS, labelled
from participation.selectors.contributions import Waiting
from participation.services.contributions_sheet import KNOWN
from participation.web.shared.dates import SaidWhenField
from participation.web.shared.forms import Form
from participation.web.shared.tags import said

from .choices import Choices
from .fields import ChoosingOne, Group
from .forms import Fields, RowForm

_COLUMNS = {
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
#: All headings by which a first row is told apart.
_HEADINGS = KNOWN | go_vocal.KNOWN
#: So much text of the other sheets of a workbook goes along on the screen.
_MOST_ALONG = 1_000_000


def column_label(column: str) -> str:
    """Return what people read for what a column can hold."""
    return str(_COLUMNS[column])


class ContributionForm(RowForm):
    """One contribution, and the answer to it."""

    step = ChoosingOne(label=_("Received in"), required=False)
    party = ChoosingOne(label=_("From"), required=False, help_text=_("Do not record names of persons."))

    layout = (
        Fields("", ("summary", "theme", "party", "received_on", "step")),
        Fields(_("The answer"), ("outcome", "response", "responded_on")),
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

    def arrange(self) -> None:
        """Offer the steps and parties of this trajectory."""
        choices = Choices(self.trajectory)
        fields: Any = self.fields
        fields["step"].offer([Group("", choices.step_choices())], self.row.step)
        fields["party"].offer(choices.parties(), self.row.party)

    def suggest(self) -> None:
        """Whoever was sent for the answer gives it today."""
        if "outcome" in self.asked or "response" in self.asked:
            self.initial.setdefault("responded_on", None)
            self.initial["responded_on"] = self.initial["responded_on"] or When.on(self.visit.today)

    def clean(self) -> dict[str, Any]:
        """Ask for the other half of an answer."""
        cleaned = super().clean()
        if cleaned.get("outcome") and not cleaned.get("response"):
            self.add_error("response", _("Say why: without a reason it is no answer."))
        return cleaned


class SheetForm(Form):
    """A sheet, pasted or uploaded, and what holds for every row that does not say otherwise."""

    step = forms.ChoiceField(label=_("Received in"), required=False)
    party = forms.ChoiceField(
        label=_("From"),
        help_text=_("For rows that do not say from whom they are. Do not record names of persons."),
    )
    received_on = SaidWhenField(
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
            "CSV or Excel (.xlsx), also an export of Go Vocal (doemee). At most 2 MB and 500 rows. You see first what "
            "will happen."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def __init__(self, trajectory: Trajectory, *args: Any, **kwargs: Any) -> None:
        """Offer the activities of this trajectory, and the parties that take part in it first."""
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        steps = Step.objects.filter(trajectory=trajectory, cancelled=False).exclude(kind="decision")
        self.steps = {step.ref: step for step in steps.order_by("planned__earliest", "pk")}
        told = [(ref, f"{step.title or step.get_kind_display()}, {_day(step)}") for ref, step in self.steps.items()]
        fields["step"].choices = [("", _("no activity: by itself")), *told]
        acting = Organisation.objects.filter(plan_parts__plan__trajectory=trajectory).distinct()
        words = [("", _("not known")), *labelled(AUDIENCES)]
        fields["party"].choices = [*words, *acting.values_list("slug", "name")]
        fields["party"].required = False

    def clean(self) -> dict[str, Any]:
        """Add the sheet itself. Raises ValidationError, with what to do, where there is none to be read."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        upload = cleaned.get("file")
        try:
            if upload:
                cleaned["tabs"] = _tabs(upload.name, upload.read())
                cleaned["sheet"] = cleaned["tabs"][0]
            else:
                cleaned["sheet"] = _ours(read_text(self._text(cleaned), _HEADINGS))
        except SheetError as error:
            raise ValidationError({"file" if upload else "text": str(error)}) from None
        step = cleaned["step"] = self.steps.get(cleaned.get("step") or "")
        if step and not cleaned.get("received_on"):
            cleaned["received_on"] = step.done or step.planned
        return cleaned

    def _text(self, cleaned: dict[str, Any]) -> str:
        """Return the text that was typed, or that of the sheet of the workbook that was asked for."""
        tab = self.data.get("tab", "")
        if self.data.get("do") == "tab" and f"tab-{tab}" in self.data:
            return str(self.data[f"tab-{tab}"])
        return cleaned.get("text") or ""


def _ours(sheet: Sheet) -> Sheet:
    """Return the sheet, one of Go Vocal made into our own. Raises SheetError where it then has too many rows."""
    return must_fit(go_vocal.translated(sheet)) if go_vocal.is_export(sheet) else sheet


def _tabs(name: str, content: bytes) -> list[Sheet]:
    """Return the sheets of an uploaded file, what comes from Go Vocal made into our own. Raises SheetError."""
    found, refused = [], []
    for sheet in read_tabs(name, content, _HEADINGS):
        try:
            found.append(_ours(sheet))
        except SheetError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    along = [sheet for sheet in found[1:] if sheet.rows]
    if sum(len(as_text(sheet)) for sheet in along) > _MOST_ALONG:
        note = _("The other sheets of this workbook are too large to choose from. Upload each in a file of its own.")
        return [found[0]._replace(notes=(*found[0].notes, str(note)))]
    return [found[0], *along]


class AnswersForm(Form):
    """What holds for all answers on the screen, and one answer for all that are ticked."""

    responded_on = SaidWhenField(label=_("Answered on"), required=True)
    outcome = forms.ChoiceField(label=_("What is done with it"), required=False)
    response = forms.CharField(
        label=_("Why"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the outcomes."""
        super().__init__(*args, **kwargs)
        _offer_outcomes(self)


class _Words(forms.CharField):
    """A text that a browser sends back with line ends of its own: only other words are a change."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether there are other words in it."""
        return str(initial or "").split() != str(data or "").split()


class AnswerForm(Form):
    """The answer to one contribution; left empty it stays open."""

    outcome = forms.ChoiceField(label=_("What is done with it"), required=False)
    response = _Words(label=_("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=10_000)

    def __init__(self, data: Any, *, prefix: str, contribution: Contribution, told: Waiting) -> None:
        """Show what was filled in before."""
        initial = {"outcome": contribution.outcome, "response": contribution.response}
        super().__init__(data.copy() if data is not None else None, prefix=prefix, initial=initial)
        self.contribution, self.told = contribution, told
        _offer_outcomes(self)

    def take(self, outcome: str, response: str) -> None:
        """Take the shared answer where none of its own was typed; what was only filled in before gives way."""
        data: Any = self.data
        names = ("outcome", "response")
        untouched = all(data.get(self.add_prefix(name), "").split() == self.initial[name].split() for name in names)
        for name, value in (("outcome", outcome), ("response", response)):
            if untouched or not data.get(self.add_prefix(name)):
                data[self.add_prefix(name)] = value

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError where only half of an answer is there; what was half before may stay so."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        outcome, response = cleaned.get("outcome"), cleaned.get("response")
        if not self.has_changed():
            return cleaned
        if outcome and not response:
            self.add_error("response", _("Say why: without a reason it is no answer."))
        if response and not outcome:
            self.add_error("outcome", _("Choose what is done with it."))
        return cleaned

    @property
    def is_answered(self) -> bool:
        """Tell whether there is an answer that was not there before."""
        return bool(self.cleaned_data.get("outcome")) and self.has_changed()


def _offer_outcomes(form: Form) -> None:
    fields: Any = form.fields
    fields["outcome"].choices = [("", _("open")), *((word, LABELS[word]) for word in OUTCOMES)]


def _day(step: Step) -> str:
    return said(step.done or step.planned)
