"""The form for a step: the fields that matter for its kind first, the others collapsed or left out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance.dates import ImpreciseDate
from participation.compliance.reach import counts_above_total
from participation.dossier.schema_fields import MAX_COUNT
from participation.models import Step, Trajectory
from participation.models.constraints import ABOVE_TOTAL
from participation.models.labels import LABELS
from participation.models.suggested import TARGET_GROUPS
from participation.presentation.values import truncate
from participation.selectors.associations.evaluations import form_origins
from participation.web.shared.remedies.base import highlight_params

from .choices import FormChoices, code_of_label, label_of_code, step_title
from .fields import (
    ChoiceGroup,
    FieldColumn,
    GroupedChoiceField,
    GroupedMultipleChoiceField,
    MarkField,
    RowsField,
    yes_no_field,
)
from .forms import Fieldset, PartyForm, keep_order
from .rulebook_items import ITEM_PREFIX, item_fields

#: Main fields by kind of step, in display order.
MAIN_FIELDS: Mapping[str, Sequence[str]] = {
    "contact": ("title", "done", "audience", "method"),
    "plan_review": ("title", "done", "planned", "description", "audience", "documents"),
    "activity": (
        *("title", "method", "planned", "done", "starts_at", "ends_at", "closes", "announced_on", "description"),
        *("audience", "documents"),
    ),
    "inspection": ("title", "procedure", "planned", "done", "closes", "announced_on", "documents", "audience"),
    "update": ("title", "done", "planned", "audience", "documents"),
    "feedback": ("about", "title", "done", "planned", "audience", "documents"),
    "final_report": ("title", "done", "planned", "audience", "documents"),
    "briefing": ("title", "body", "planned", "done", "documents"),
    "decision": ("title", "stage", "body", "planned", "done", "case_number", "documents", "uses"),
    "evaluation": ("title", "planned", "done", "evaluated_by", "score", "audience"),
    "milestone": ("title", "planned", "done"),
    "application": ("title", "planned", "done", "case_number", "documents"),
}
#: Kinds that are usually recorded on the day itself: ``done`` defaults to today.
DONE_TODAY_KINDS = ("contact", "update", "feedback", "final_report")
_PLACE = ("place_name", "place_address", "place_accessible", "place_online_url", "sign_up_url")
_REACH = ("reach_total", "reach_groups", "reach_neighbourhoods", "reach_note")
_EFFECT = ("effect", "effect_note", "room_kept", "room_reason")
#: Fields that other kinds have no use for: there they are shown only when they hold something.
_KINDS_OF_FIELD: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(_REACH, ("activity",)),
    **dict.fromkeys(_EFFECT, ("decision",)),
    "evaluated_by": ("evaluation",),
    "case_number": ("decision", "application"),
}
#: Kinds to which people come: the place is asked with the day.
_MEETING_KINDS = ("activity", "plan_review")
_OTHER_FIELDSETS = (
    (_lazy("When"), ("planned", "done", "closes", "announced_on", "starts_at", "ends_at", "recess_reason")),
    (_lazy("Who and how"), ("method", "audience", "body", "stage", "procedure")),
    (_lazy("What it builds on"), ("about", "uses", "documents")),
    (_lazy("Afterwards"), ("evaluation_sent_on", "evaluated_by", "score")),
    (_lazy("More about this step"), ("description", "phase", "optional", "case_number", "kind")),
)


def may_have_application(trajectory: Trajectory) -> bool:
    """Return whether it is about a permit, so that somebody applies for it."""
    return "permit" in (trajectory.kind, trajectory.instrument)


def _count_column() -> FieldColumn:
    count = forms.IntegerField(
        min_value=0, max_value=MAX_COUNT, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    return FieldColumn("count", _lazy("How many people"), field=count)


class StepForm(PartyForm):
    """A step; fields that its kind seldom needs are collapsed, or left out."""

    audience = GroupedMultipleChoiceField(label=_lazy("For whom"), required=False)
    about = GroupedMultipleChoiceField(label=_lazy("What it is about"), required=False)
    uses = GroupedMultipleChoiceField(label=_lazy("Uses the results of"), required=False)
    documents = GroupedMultipleChoiceField(label=_lazy("Documents"), required=False)
    body = GroupedChoiceField(label=_lazy("Who meets or decides"), required=False)
    place_accessible = yes_no_field(_lazy("Can people in a wheelchair get in?"))
    score = MarkField(
        label=_lazy("How fair people found it"),
        help_text=_lazy("A number from 1 to 10, with at most one decimal: 8.2."),
    )
    evaluated_by = GroupedChoiceField(
        label=_lazy("Who made the evaluation"),
        required=False,
        help_text=_lazy("Somebody else than the municipality, such as a research bureau, sees it with fresh eyes."),
    )
    reach_groups = RowsField(
        (
            FieldColumn("group", _lazy("Group"), (), [LABELS[word] for word in TARGET_GROUPS]),
            _count_column(),
        ),
        label=_lazy("Which groups"),
        row_label=_lazy("group"),
        needs=("group",),
        # The groups of the plan are there already: on a telephone each row is as high as two fields.
        empty_rows=1,
        help_text=_lazy("The groups of the plan are there already. Leave out who you did not reach or did not count."),
    )
    reach_neighbourhoods = RowsField(
        (FieldColumn("slug", _lazy("Neighbourhood"), many=True), _count_column()),
        label=_lazy("From which neighbourhoods"),
        row_label=_lazy("neighbourhood"),
        needs=("slug",),
        empty_rows=1,
    )
    room_kept = yes_no_field(_lazy("Did the decision keep to the room that people had?"))

    party_field = "audience"
    always_filled = ("kind", "phase")
    text_columns = {"items": ITEM_PREFIX}

    class Meta:
        model = Step
        fields = (
            *("title", "method", "phase", "planned", "done", "starts_at", "ends_at", "announced_on", "closes"),
            *("procedure", "body", "stage", "audience", "about", "uses", "documents", "evaluation_sent_on", "score"),
            *(*_PLACE, "description", *_REACH, *_EFFECT, "evaluated_by", "case_number"),
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
            "kind": _lazy("Kind of step"),
            "description": _lazy("What happens there"),
            "place_name": _lazy("Name of the place"),
            "place_address": _lazy("Address"),
            "place_online_url": _lazy("Link to take part online"),
            "sign_up_url": _lazy("Where people can sign up"),
            "reach_total": _lazy("How many people in all"),
            "reach_note": _lazy("How you counted"),
            "effect": _lazy("How much did the input change?"),
            "effect_note": _lazy("What changed, or why nothing did"),
            "room_reason": _lazy("If not: why not"),
            "case_number": _lazy("Case number"),
        }
        help_texts = {
            "title": _lazy("What people call it, such as “Evening about the first sketch”."),
            "announced_on": _lazy("The day on which people could know of it."),
            "ends_at": _lazy("A time before the start is on the next day, for what ends after midnight."),
            "note": _lazy("Everyone can read this."),
            "optional": _lazy("Then nothing is missing if it does not take place."),
            "description": _lazy("What it is about, and what people can say or choose there."),
            "place_name": _lazy("For example the name of a community centre."),
            "place_address": _lazy("Street, number and town."),
            "place_online_url": _lazy("A web address, for example of a video meeting or a questionnaire."),
            "sign_up_url": _lazy("A web address. Leave it empty if people can just come."),
            "reach_total": _lazy("A number, also when it is 0. Only numbers: never names."),
            "case_number": _lazy("As it was printed, so that people can ask for it."),
        }

    def configure_fields(self) -> None:
        """Order the fields by kind, and set the choices from this trajectory."""
        self.choices = FormChoices(self.trajectory)
        kind = self.kind
        for name, kinds in _KINDS_OF_FIELD.items():
            if kind not in kinds and not self._has_value(name):
                del self.fields[name]
        items = item_fields(self.rulebook.report_items, self.request_context.language) if kind == "final_report" else {}
        self.fields.update(items)
        self.layout = list(self._layout(MAIN_FIELDS.get(kind, ("kind", "title", "planned", "done", "audience")), items))
        if not self.row.pk:
            del self.fields["cancelled"]
        if kind == "inspection":
            self.fields["planned"].label = _lazy("First day (planned)")
            self.fields["done"].label = _lazy("First day (since when it was open)")
        if kind == "activity":
            self.fields["closes"].help_text = _("Only for what is open for some days, such as a survey.")
        self.fields["kind"].required = True
        self.fields["kind"].error_messages["required"] = _("Choose what kind of step it is.")
        self._set_choices()
        self.offer_new_party(self.trajectory)
        if kind == "activity":
            self._prefill_reach()

    def _has_value(self, name: str) -> bool:
        """Return whether the field was submitted, or holds something."""
        if self.is_bound:
            return not self.fields[name].widget.value_omitted_from_data(self.data, self.files, name)
        return self.initial.get(name) not in (None, "", [])

    def _layout(self, main_fields: Sequence[str], items: Mapping[str, Any]) -> Iterator[Fieldset]:
        took_place = self._took_place
        yield Fieldset("", (*main_fields, "note"))
        if items:
            yield Fieldset(_lazy("What the rules of the municipality ask of a report"), list(items))
        if self.kind in _MEETING_KINDS:
            yield Fieldset(_lazy("Where people can find it"), _PLACE, intro=self._contact_hint())
        yield Fieldset(_lazy("Who you reached"), _REACH, folded=not took_place, intro=self._file_hint())
        yield Fieldset(_lazy("What was done with the input"), _EFFECT, folded=not took_place)
        for legend, names in _OTHER_FIELDSETS:
            yield Fieldset(legend, [name for name in names if name not in main_fields], folded=True)
        if self.kind not in _MEETING_KINDS:
            yield Fieldset(_lazy("Where people can find it"), _PLACE, folded=True)
        if self.row.pk:
            yield Fieldset(_lazy("It does not take place"), ("cancelled",), folded=True)

    @property
    def _took_place(self) -> bool:
        """Return whether it took place, or was to take place before today."""
        planned = self.row.planned
        return bool(self.row.done or (planned and planned.latest and planned.latest < self.request_context.today))

    def _contact_hint(self) -> str:
        """Return the question who can be called, with a link to the form; "" where that is known."""
        if self.trajectory.contact_email or self.trajectory.contact_phone:
            return ""
        query = urlencode(highlight_params("contact_phone", "contact_email"))
        url = f"{reverse('trajectory_change', args=[self.trajectory.slug])}?{query}"
        text = _("Nobody can call or mail about this yet.")
        return format_html('{} <a href="{}">{}</a>', text, url, _("Fill in a telephone number or e-mail address"))

    def _file_hint(self) -> str:
        """Return a link to the page that reads the numbers from a file; "" where there is no activity yet."""
        if not self.row.pk or self.kind != "activity":
            return ""
        url = f"{reverse('reach_import', args=[self.trajectory.slug])}?{urlencode({'step': self.row.ref})}"
        return format_html('<a href="{}">{}</a>', url, _("Read the numbers from a file"))

    @property
    def kind(self) -> str:
        """Return the kind of step: submitted, in the query string, or stored."""
        kind = self.data.get("kind") if self.is_bound else self.initial.get("kind") or self.row.kind
        return str(kind or "")

    def _set_choices(self) -> None:
        # Functions: what is not shown, and of which nothing was chosen anew, is not read.
        choices, row = self.choices, self.row
        # Refs that were deleted since are reported by validation of the row, at the field.
        self._choice_field("about").set_choices(self._about_groups, row.about)
        self._choice_field("uses").set_choices(
            lambda: [
                ChoiceGroup("", [*self._activities(), *self._other_steps()]),
                ChoiceGroup(_("Documents"), choices.document_choices(), folded=True),
            ],
            row.uses,
        )
        self._choice_field("documents").set_choices(
            lambda: [ChoiceGroup("", choices.document_choices())], row.documents
        )
        self._choice_field("audience").set_choices(choices.parties, row.audience)
        fields: Any = self.fields
        fields["body"].set_choices(choices.bodies, row.body)
        if "evaluated_by" in fields:
            fields["evaluated_by"].set_choices(lambda: choices.parties()[::2], row.evaluated_by)
        if "room_kept" in fields and choices.plan and choices.plan.room:
            fields["room_kept"].help_text = _("The plan says: “%(room)s”") % {"room": truncate(choices.plan.room)}
        if "application" not in (row.kind, self.kind) and not may_have_application(self.trajectory):
            fields["kind"].choices = [choice for choice in fields["kind"].choices if choice[0] != "application"]

    def _about_groups(self) -> list[ChoiceGroup]:
        choices = self.choices
        return [
            ChoiceGroup(_("Activities"), self._activities()),
            ChoiceGroup(_("Other steps"), self._other_steps(), folded=True),
            ChoiceGroup(_("Documents"), choices.document_choices(), folded=True),
            ChoiceGroup(_("Contributions"), choices.contribution_choices(), folded=True),
        ]

    def _activities(self) -> list[tuple[str, str]]:
        return self.choices.step_choices(("activity",), exclude_ref=self.row.ref)

    def _other_steps(self) -> list[tuple[str, str]]:
        activity_refs = {ref for ref, _label in self._activities()}
        return [
            choice for choice in self.choices.step_choices(exclude_ref=self.row.ref) if choice[0] not in activity_refs
        ]

    def _choice_field(self, name: str) -> GroupedMultipleChoiceField:
        return cast(GroupedMultipleChoiceField, self.fields[name])

    def _prefill_reach(self) -> None:
        """Add a row for each group of the plan and each neighbourhood of the trajectory."""
        fields: Any = self.fields
        near = self.choices.neighbourhoods()
        own = near["own"]
        others = [(_("Other neighbourhoods"), near["other"])] if near["other"] else []
        fields["reach_neighbourhoods"].set_choices(slug=[("", _("choose")), *own, *near["adjacent"], *others])
        fields["reach_neighbourhoods"].stored_values = frozenset(
            row["slug"] for row in self.row.reach_neighbourhoods if row.get("slug")
        )
        plan = self.choices.plan
        groups = [label_of_code(row.get("group"), TARGET_GROUPS) for row in (plan.target_groups if plan else ())]
        self._prefill_rows("reach_groups", "group", groups)
        self._prefill_rows("reach_neighbourhoods", "slug", [slug for slug, _name in own])

    def _prefill_from_forms(self) -> None:
        """Fill in the numbers of the evaluation forms beside the groups and neighbourhoods, where none is recorded."""
        row = self.row
        if row.reach_total is not None or row.reach_groups or row.reach_neighbourhoods:
            return
        found = form_origins(row)
        if found is None or not (found.groups or found.neighbourhoods):
            return
        for name, key, numbers in (
            ("reach_groups", "group", {label_of_code(group, TARGET_GROUPS): n for group, n in found.groups.items()}),
            ("reach_neighbourhoods", "slug", found.neighbourhoods),
        ):
            self._prefill_rows(name, key, list(numbers))
            self.initial[name] = [
                {**counted, "count": numbers[counted[key]]} if counted.get(key) in numbers else counted
                for counted in self.initial[name]
            ]
        # Without their number, which would tell a group of fewer than five: the note is public.
        self.prefill_field("reach_note", _("Counted from the evaluation forms."))
        text = _("The numbers below come from %(n)s evaluation forms. At least as many people were there.")
        self.fields["reach_total"].help_text = text % {"n": found.answered}

    def _prefill_rows(self, name: str, key: str, values: Sequence[str]) -> None:
        """Add a row for each of these values that has none; with nothing beside it, it is not stored."""
        fields: Any = self.fields
        fields[name].prefilled = (key, frozenset(values))
        rows = self.initial.get(name) or []
        there = {row.get(key) for row in rows}
        self.initial[name] = [*rows, *({key: value} for value in dict.fromkeys(values) if value and value not in there)]

    @classmethod
    def row_to_show(cls, _column: str, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row of a table, a group in words."""
        group = {"group": label_of_code(stored["group"], TARGET_GROUPS)} if "group" in stored else {}
        return {**stored, **group}

    def row_to_store(self, _column: str, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row of a table, a group as its code where it has one."""
        group = {"group": code_of_label(typed["group"], TARGET_GROUPS)} if "group" in typed else {}
        return {**typed, **group}

    def prefill(self) -> None:
        """Prefill the phase, the audience, the title of feedback, or the planned day as the day it was done."""
        if self.is_bound:
            return
        if self.row.pk:
            self._prefill_done()
            if self.kind == "activity" and "reach_total" in self.highlighted:
                self._prefill_from_forms()
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

    def _post_clean(self) -> None:
        if {"starts_at", "ends_at"} & set(self.changed_data):
            # It was recorded of the times that were there before; of the new ones it follows.
            self.instance.ends_next_day = None
        super()._post_clean()

    def clean(self) -> dict[str, Any]:
        """Keep the stored order of lists; require a name or a date, and a reason for cancelling."""
        cleaned = super().clean()
        for name in ("audience", "about", "uses", "documents"):
            if name in cleaned:
                cleaned[name] = keep_order(cleaned[name], getattr(self.row, name))
        self._add_counts_above_total(cleaned)
        if cleaned.get("cancelled") and not self.row.cancelled and not cleaned.get("note"):
            self.add_error("note", _("Write down why it does not take place."))
        self._require_name_or_date(cleaned)
        return cleaned

    def _require_name_or_date(self, cleaned: Mapping[str, Any]) -> None:
        """Add errors where the step gets no name and no date: nobody would know what is meant."""
        names = ("title", "planned", "done")
        # An imported step may have none: it can be changed in other ways.
        had_any = self.row._state.adding or any(self.initial.get(name) for name in names)
        if not had_any or any(cleaned.get(name) or name in self.errors for name in names):
            return
        self.add_error("title", _("Fill in a name or a date. Otherwise nobody knows what this is about."))
        date_field = "done" if self.kind in DONE_TODAY_KINDS else "planned"
        self.add_error(date_field, _("Or fill in here when it is or was. Not planned yet? Write: to be planned."))

    def _add_counts_above_total(self, cleaned: Mapping[str, Any]) -> None:
        """Add the counts above the total as errors, with names as the form has them; the model has those of rows."""
        fields: Any = self.fields
        for above in list(counts_above_total(cleaned)):
            names = {} if above.column == "reach_groups" else dict(fields[above.column].columns[0].flat_choices)
            parts = {"who": names.get(above.key, above.key), "count": above.number, "total": cleaned["reach_total"]}
            self.add_error(above.column, ABOVE_TOTAL % parts)

    def display_title(self) -> str:
        """Return the title, else the kind."""
        typed = self.cleaned_data
        return str(typed.get("title") or LABELS.get(typed.get("kind", ""), ""))
