"""Forms for motions, commitments and progress reports."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from participation.compliance import wording
from participation.compliance.vocabulary import BASICS
from participation.models import Commitment, CommitmentFulfilment, Motion, ProgressReport
from participation.models.labels import LABELS
from participation.selectors.changes.row_versions import ExpectedVersion, current_version

from ..shared.forms import ModelForm
from ..shared.request_context import RequestContext

#: Bodies that decide on motions.
BODIES = ("council", "committee")


class TrackedForm(ModelForm):
    """A form for a motion or commitment, with the state of the row it was made from, for optimistic locking."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, row: Any, request_context: RequestContext, **kwargs: Any) -> None:
        """Show this row, new or stored."""
        self.request_context = request_context
        initial = {**kwargs.pop("initial", {}), "shown": current_version(row).to_text()}
        super().__init__(data, instance=row, initial=initial, today=request_context.today, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
        if row.pk:
            # The number identifies it in URLs, mails and dossiers, so it is immutable.
            del self.fields["number"]
        self.configure_fields()

    def configure_fields(self) -> None:
        """Set the choices of the fields; for subclasses."""

    @property
    def expected_version(self) -> ExpectedVersion:
        """Return the state of the row that the form was made from."""
        return ExpectedVersion.from_text(self.cleaned_data["shown"])

    def focus_first_of(self, names: Iterable[str]) -> None:
        """Focus the first of these fields."""
        for name in names:
            if name in self.fields and not self.is_bound:
                self.fields[name].widget.attrs["autofocus"] = True
                return

    def add_model_errors(self, error: ValidationError) -> None:
        """Add model errors to their fields; those without a field of this form are non-field errors."""
        for name, errors in getattr(error, "error_dict", {None: error}).items():
            self.add_error(name if name in self.fields else None, errors)


class MotionForm(TrackedForm):
    """A motion. Settlement as proposed by the municipal executive is distinct from settlement by the council."""

    rules = forms.MultipleChoiceField(
        label=_("Rules that follow from it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    body = forms.ChoiceField(label=_("Who decided"), required=False)

    class Meta:
        model = Motion
        fields = [
            *("number", "title", "dictum", "body", "adopted_on", "outcome", "votes_for", "votes_against"),
            *("owner", "due_on", "settled_proposed_on", "settled_on", "also_printed_as", "rules"),
        ]
        labels = {
            "number": _("Number"),
            "title": _("Title"),
            "dictum": _("What the motion asks"),
            "adopted_on": _("Decided on"),
            "outcome": _("Outcome"),
            "votes_for": _("Votes for"),
            "votes_against": _("Votes against"),
            "owner": _("Who has to see to it"),
            "due_on": _("Ready by"),
            "settled_proposed_on": _("The municipal executive proposes to settle it, since"),
            "settled_on": _("The council settled it on"),
            "also_printed_as": _("Also printed as"),
        }
        help_texts = {
            "number": _("As it was printed, for example 21.0098/04. It cannot be changed afterwards."),
            "settled_proposed_on": _("A motion is settled by the council, not by the municipal executive."),
            "settled_on": _("Only fill this in when the council decided so itself."),
            "also_printed_as": _("Other ways in which this number was printed, one a line."),
        }

    def configure_fields(self) -> None:
        """Offer the rules by basic condition, and the stored rules and body."""
        rulebook, language = self.request_context.rulebook_of(self.instance), self.request_context.language
        known = {rule.id: wording.text_in_language(rule.title, language) for rule in rulebook.rules}
        groups: list[Any] = [
            (
                wording.label("basics", basic, language),
                [(rule.id, known[rule.id]) for rule in rulebook.rules if rule.basic == basic],
            )
            for basic in BASICS
        ]
        # Rules of an older rulebook stay selected, so that saving does not drop them.
        removed_rules = [(rule, rule) for rule in self.instance.rules if rule not in known]
        rules: Any = self.fields["rules"]
        rules.choices = [group for group in (*groups, (_("No longer in the rulebook"), removed_rules)) if group[1]]
        other = [] if self.instance.body in ("", *BODIES) else [(self.instance.body, self.instance.body)]
        body: Any = self.fields["body"]
        body.choices = [("", _("not recorded")), *((code, LABELS[code]) for code in BODIES), *other]

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError if only one of the two vote counts is filled in."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (cleaned.get("votes_for") is None) != (cleaned.get("votes_against") is None):
            lacks = "votes_for" if cleaned.get("votes_for") is None else "votes_against"
            if lacks not in self.errors:
                self.add_error(lacks, _("Fill in both numbers of votes, or neither."))
        return cleaned


class CommitmentForm(TrackedForm):
    """A commitment: who promised what to whom, and by when."""

    class Meta:
        model = Commitment
        fields = [
            *("number", "text", "made_on", "made_by", "made_to", "owner", "due_on", "repeats_every_months"),
            *("repeats_first_due_on", "repeats_until", "fulfilled_on", "source"),
        ]
        labels = {
            "number": _("Number"),
            "text": _("What was committed to"),
            "made_on": _("Date of the commitment"),
            "made_by": _("Made by"),
            "made_to": _("Made to"),
            "owner": _("Who has to see to it"),
            "due_on": _("Ready by"),
            "repeats_every_months": _("It comes back: every how many months"),
            "repeats_first_due_on": _("It comes back: for the first time on"),
            "repeats_until": _("It comes back: until"),
            "fulfilled_on": _("Kept on"),
            "source": _("Where it is written"),
        }
        help_texts = {
            "number": _("A short name, for example T-12. It cannot be changed afterwards."),
            "made_to": _("One name a line: for example council, residents, or an association."),
            "repeats_every_months": _("For example 6, for a talk twice a year. Once only? Leave it empty."),
            "repeats_until": _("Leave it empty if it goes on."),
            "fulfilled_on": _("When all of it is kept. Does it come back? Then record each time apart."),
        }

    def configure_fields(self) -> None:
        """Require the text."""
        self.fields["text"].required = True

    def focus_first_of(self, names: Iterable[str]) -> None:
        """Focus the first of these fields; of a commitment that comes back, its first due date is the due date."""
        own = {"due_on": "repeats_first_due_on"} if self.instance.repeats_every_months else {}
        super().focus_first_of(own.get(name, name) for name in names)


class DatedTextForm(ModelForm):
    """A text with the day that it is about; both are required."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("on", "text"):
            self.fields[name].required = True


class ReportForm(DatedTextForm):
    """A progress report."""

    class Meta:
        model = ProgressReport
        fields = ["on", "text"]
        labels = {"on": _("On which day"), "text": _("What was done")}
        help_texts = {"text": _("Everyone can read this. Also say it when nothing was done yet, and why.")}


class FulfilmentForm(DatedTextForm):
    """One time that a commitment that repeats was fulfilled."""

    class Meta:
        model = CommitmentFulfilment
        fields = ["on", "text"]
        labels = {"on": _("On which day"), "text": _("What was done")}
        help_texts = {"text": _("Everyone can read this.")}
