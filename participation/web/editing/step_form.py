"""The form for a step: the fields that matter for its kind first, the others collapsed."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance.dates import ImpreciseDate
from participation.models import Step
from participation.models.labels import LABELS

from .choices import FormChoices, step_title
from .fields import ChoiceGroup, GroupedChoiceField, GroupedMultipleChoiceField
from .forms import Fieldset, RowForm, keep_order

#: Main fields by kind of step, in display order.
MAIN_FIELDS: Mapping[str, Sequence[str]] = {
    "contact": ("title", "done", "audience", "method"),
    "plan_review": ("title", "done", "planned", "audience", "documents"),
    "activity": ("title", "method", "planned", "done", "starts_at", "ends_at", "announced_on", "audience", "documents"),
    "inspection": ("title", "procedure", "planned", "done", "closes", "announced_on", "documents", "audience"),
    "update": ("title", "done", "planned", "audience", "documents"),
    "feedback": ("about", "title", "done", "planned", "audience", "documents"),
    "final_report": ("title", "done", "planned", "audience", "documents"),
    "briefing": ("title", "body", "planned", "done", "documents"),
    "decision": ("title", "stage", "body", "planned", "done", "documents", "uses"),
    "evaluation": ("title", "planned", "done", "score", "audience"),
    "milestone": ("title", "planned", "done"),
    "application": ("title", "planned", "done", "documents"),
}
#: Kinds that are usually recorded on the day itself: ``done`` defaults to today.
DONE_TODAY_KINDS = ("contact", "update", "feedback", "final_report")
_OTHER_FIELDSETS = (
    (_lazy("When"), ("planned", "done", "closes", "announced_on", "starts_at", "ends_at", "recess_reason")),
    (_lazy("Who and how"), ("method", "audience", "body", "stage", "procedure")),
    (_lazy("What it builds on"), ("about", "uses", "documents")),
    (_lazy("Afterwards"), ("evaluation_sent_on", "score")),
    (_lazy("More about this step"), ("phase", "optional", "kind")),
)


class StepForm(RowForm):
    """A step; fields that its kind seldom needs are collapsed."""

    audience = GroupedMultipleChoiceField(label=_lazy("For whom"), required=False)
    about = GroupedMultipleChoiceField(label=_lazy("What it is about"), required=False)
    uses = GroupedMultipleChoiceField(label=_lazy("Uses the results of"), required=False)
    documents = GroupedMultipleChoiceField(label=_lazy("Documents"), required=False)
    body = GroupedChoiceField(label=_lazy("Who meets or decides"), required=False)

    always_filled = ("kind", "phase")

    class Meta:
        model = Step
        fields = (
            *("title", "method", "phase", "planned", "done", "starts_at", "ends_at", "announced_on", "closes"),
            *("procedure", "body", "stage", "audience", "about", "uses", "documents", "evaluation_sent_on", "score"),
            *("recess_reason", "cancelled", "optional", "note", "kind"),
        )
        labels = {
            "title": _lazy("Name"),
            "planned": _lazy("Planned on"),
            "done": _lazy("Done on"),
            "closes": _lazy("Last day"),
            "starts_at": _lazy("From what time"),
            "ends_at": _lazy("Until what time"),
            "evaluation_sent_on": _lazy("Evaluation form sent on"),
            "recess_reason": _lazy("Why in a holiday"),
            "cancelled": _lazy("It is cancelled"),
            "optional": _lazy("It is optional"),
            "score": _lazy("How fair people found it"),
            "kind": _lazy("Kind of step"),
        }
        help_texts = {
            "title": _lazy("What people call it, such as “Evening about the first sketch”."),
            "announced_on": _lazy("The day on which people could know of it."),
            "ends_at": _lazy("A time before the start is on the next day, for what ends after midnight."),
            "score": _lazy("A number from 1 to 10."),
            "note": _lazy("Everyone can read this."),
            "optional": _lazy("Then nothing is missing if it does not take place."),
        }

    def configure_fields(self) -> None:
        """Order the fields by kind, and set the choices from this trajectory."""
        self.choices = FormChoices(self.trajectory)
        kind = self.kind
        main_fields = MAIN_FIELDS.get(kind, ("kind", "title", "planned", "done", "audience"))
        self.layout = [
            Fieldset("", (*main_fields, "note")),
            *(
                Fieldset(legend, [name for name in names if name not in main_fields], folded=True)
                for legend, names in _OTHER_FIELDSETS
            ),
            *([Fieldset(_lazy("It does not take place"), ("cancelled",), folded=True)] if self.row.pk else []),
        ]
        if not self.row.pk:
            del self.fields["cancelled"]
        if kind == "inspection":
            self.fields["planned"].label = _lazy("First day (planned)")
            self.fields["done"].label = _lazy("First day (since when it was open)")
        self._set_choices()

    @property
    def kind(self) -> str:
        """Return the kind of step: submitted, in the query string, or stored."""
        kind = self.data.get("kind") if self.is_bound else self.initial.get("kind") or self.row.kind
        return str(kind or "")

    def _set_choices(self) -> None:
        choices, row = self.choices, self.row
        activities = choices.step_choices(("activity",), exclude_ref=row.ref)
        activity_refs = {ref for ref, _label in activities}
        others = [choice for choice in choices.step_choices(exclude_ref=row.ref) if choice[0] not in activity_refs]
        documents = choices.document_choices()
        # Refs that were deleted since are reported by validation of the row, at the field.
        self._choice_field("about").set_choices(
            [
                ChoiceGroup(_("Activities"), activities),
                ChoiceGroup(_("Other steps"), others, folded=True),
                ChoiceGroup(_("Documents"), documents, folded=True),
                ChoiceGroup(_("Contributions"), choices.contribution_choices(), folded=True),
            ],
            row.about,
        )
        self._choice_field("uses").set_choices(
            [ChoiceGroup("", [*activities, *others]), ChoiceGroup(_("Documents"), documents, folded=True)], row.uses
        )
        self._choice_field("documents").set_choices([ChoiceGroup("", documents)], row.documents)
        self._choice_field("audience").set_choices(choices.parties(), row.audience)
        body: Any = self.fields["body"]
        body.set_choices(choices.bodies(), row.body)

    def _choice_field(self, name: str) -> GroupedMultipleChoiceField:
        return cast(GroupedMultipleChoiceField, self.fields[name])

    def prefill(self) -> None:
        """Prefill the phase, the audience, the title of feedback, or the planned day as the day it was done."""
        if self.is_bound:
            return
        if self.row.pk:
            self._prefill_done()
            return
        kind, steps = self.initial.get("kind") or "", {step.ref: step for step in self.choices.steps}
        about = [steps[ref] for ref in self.initial.get("about") or () if ref in steps]
        if kind in DONE_TODAY_KINDS and not self.initial.get("planned") and "planned" not in self.highlighted:
            self.prefill_field("done", ImpreciseDate.on(self.request_context.today))
        phases = [step.phase for step in self.choices.steps if step.done and step.phase and not step.cancelled]
        self.prefill_field("phase", phases[-1] if phases else "exploration")
        if kind == "feedback" and about:
            self.prefill_field(
                "title", _("Feedback: %(about)s") % {"about": " & ".join(step_title(step) for step in about)}
            )
        self.prefill_field("audience", self._audience(kind, about))

    def _audience(self, kind: str, about: Sequence[Step]) -> list[str]:
        """Return the default audience: that of the steps it is about, else the participants in the plan."""
        if kind == "final_report":
            about = [step for step in self.choices.steps if step.kind == "activity" and step.done]
        if kind in ("feedback", "final_report") and about:
            return list(dict.fromkeys(party for step in about for party in step.audience))
        return self.choices.participants() if kind in ("plan_review", "update", "feedback", "final_report") else []

    def _prefill_done(self) -> None:
        planned = self.row.planned
        past = planned and planned.latest and planned.latest <= self.request_context.today
        if "done" in self.highlighted and not self.row.done and past:
            self.prefill_field(
                "done", planned._replace(precision="day") if planned.precision == "tentative" else planned
            )
            self.fields["done"].help_text = _("Filled in: the planned day. Change it where it was another.")

    def clean(self) -> dict[str, Any]:
        """Keep the stored order of lists, and require a reason for cancelling."""
        cleaned = super().clean()
        for name in ("audience", "about", "uses", "documents"):
            if name in cleaned:
                cleaned[name] = keep_order(cleaned[name], getattr(self.row, name))
        if cleaned.get("cancelled") and not self.row.cancelled and not cleaned.get("note"):
            self.add_error("note", _("Write down why it does not take place."))
        if not cleaned.get("kind"):
            self.add_error("kind", _("Choose what kind of step it is."))
        return cleaned

    def display_title(self) -> str:
        """Return the title, else the kind."""
        typed = self.cleaned_data
        return str(typed.get("title") or LABELS.get(typed.get("kind", ""), ""))
