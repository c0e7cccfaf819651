"""Requests to the municipality and their answers."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import parse_imprecise_date
from participation.compliance.obligations import ObligationValue
from participation.models import Changeset, CounterSignal, Request
from participation.models.labels import LABELS
from participation.selectors.obligations.statuses import obligations_with_status, party_names
from participation.services.changes.changesets import save_part
from participation.web.shared.dates import NaturalDateField

from .choices import FormChoices
from .fields import FieldColumn, GroupedChoiceField, RowsField, yes_no_field
from .forms import Fieldset, PartyForm
from .views import ItemCreateView, ItemUpdateView

_REQUEST_FIELDSET = Fieldset("", ("kind", "party", "received_on", "summary"))
ANSWER_FIELDS = ("answer", "outcome", "answered_on")
ACKNOWLEDGEMENT_FIELDSET = Fieldset(_lazy("Acknowledgement of receipt"), ("acknowledged_on",), folded=True)
EXTENSION_FIELDSET = Fieldset(
    _lazy("More time needed"),
    ("extended_on", "extension_reason", "agreed_until", "suspended", "committee"),
    folded=True,
    intro=_lazy("More time counts only when you say so within the term, with the reason."),
)


class RequestForm(PartyForm):
    """A request: a concern, question or initiative."""

    party = GroupedChoiceField(label=_lazy("From"), required=False)
    committee = yes_no_field(_lazy("Does a complaints committee advise?"))
    suspended = RowsField(
        (
            FieldColumn("from", _lazy("First day"), field=NaturalDateField(required=False)),
            FieldColumn("to", _lazy("Last day"), field=NaturalDateField(required=False)),
            FieldColumn("reason", _lazy("Why")),
        ),
        label=_lazy("When the term stood still"),
        row_label=_lazy("period"),
        needs=("from",),
        help_text=_lazy(
            "For example because others are heard first, or because something is missing. No last day? Then it goes on."
        ),
    )

    class Meta:
        model = Request
        fields = (
            *("kind", "party", "received_on", "summary", "acknowledged_on", "extended_on", "extension_reason"),
            *("suspended", "committee", "agreed_until", "answered_on", "outcome", "answer"),
        )
        labels = {
            "kind": _lazy("What is it?"),
            "summary": _lazy("What was asked or said"),
            "outcome": _lazy("Is what was asked granted?"),
            "extended_on": _lazy("Date you told them"),
            "extension_reason": _lazy("Why"),
            "agreed_until": _lazy("They agreed to wait until"),
        }
        help_texts = {
            "summary": _lazy("Everyone can read this. Leave out names and other personal data."),
            "answer": _lazy("Everyone can read this. Give the reasons too."),
            "agreed_until": _lazy("Only when who asked agreed, for a complaint in writing."),
        }

    def configure_fields(self) -> None:
        """Put the answer first for a stored request."""
        self.fields["kind"].required = True
        self.fields["kind"].error_messages["required"] = _("Choose what it is.")
        if self.row.kind not in ("", "complaint") and self.row.committee is None:
            del self.fields["committee"]
        party: Any = self.fields["party"]
        party.set_choices(FormChoices(self.trajectory).parties(), self.row.party)
        self.offer_new_party(self.trajectory)
        answer = Fieldset(_lazy("The answer"), ANSWER_FIELDS, folded=not self.row.pk)
        if self.row.pk:
            self.layout = [
                answer,
                ACKNOWLEDGEMENT_FIELDSET,
                EXTENSION_FIELDSET,
                Fieldset(_lazy("What was asked"), _REQUEST_FIELDSET.names, folded=True),
            ]
        else:
            self.layout = [_REQUEST_FIELDSET, ACKNOWLEDGEMENT_FIELDSET, answer, EXTENSION_FIELDSET]

    @classmethod
    def row_to_show(cls, _column: str, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return a suspension with its days as dates."""
        return {key: value if key == "reason" else parse_imprecise_date(value) for key, value in stored.items()}

    def row_to_store(self, _column: str, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return a suspension with its days as a dossier writes them."""
        return {key: value.to_json() if isinstance(value, ImpreciseDate) else value for key, value in typed.items()}

    def prefill(self) -> None:
        """Prefill today as the day of receipt of a new request, or for highlighted date fields."""
        today = ImpreciseDate.on(self.request_context.today)
        if self.is_bound:
            return
        if not self.row.pk:
            self.prefill_field("received_on", today)
        for name in ("answered_on", "acknowledged_on", "extended_on"):
            if name in self.highlighted:
                self.prefill_field(name, today)

    def clean(self) -> dict[str, Any]:
        """Require what an answer and an extension need to be valid."""
        cleaned = super().clean()

        def is_missing(name: str, other_field: str) -> bool:
            return bool(cleaned.get(other_field)) and not cleaned.get(name) and name not in self.errors

        if is_missing("answered_on", "answer"):
            self.add_error("answered_on", _("Write down on which day it was answered. Not known? Write: unknown."))
        if is_missing("answer", "outcome"):
            self.add_error("answer", _("Write down the answer, with the reasons."))
        if is_missing("extension_reason", "extended_on"):
            self.add_error("extension_reason", _("Write down why: without a reason more time does not count."))
        if is_missing("extended_on", "extension_reason"):
            self.add_error("extended_on", _("Write down on which day you told them."))
        return cleaned

    def display_title(self) -> str:
        """Return the beginning of the summary, else the kind."""
        text = " ".join(str(self.cleaned_data.get("summary") or "").split())
        short = text if len(text) <= 60 else f"{text[:60].rsplit(' ', 1)[0]} …"
        return short or capfirst(str(LABELS.get(self.cleaned_data.get("kind", ""), "")))


class RequestAdd(ItemCreateView[RequestForm]):
    """Record a request received by telephone, in person or by letter."""

    model, form_class, anchor = Request, RequestForm, "verzoeken"

    def title(self) -> str:
        """Return the heading."""
        return _("Record a question, concern or request")

    def save(self, form: RequestForm) -> Changeset | None:
        """Add the request."""
        return save_part(
            form.instance,
            self.write_context,
            verb="added",
            about=form.display_title(),
            prepare=form.save_new_party,
        )


class RequestChange(ItemUpdateView[RequestForm]):
    """Acknowledge, answer, extend or correct a request."""

    model, form_class, anchor = Request, RequestForm, "verzoeken"
    template_name = "web/editing/request.html"

    def title(self) -> str:
        """Return the kind."""
        return capfirst(self.row.get_kind_display()) or self.row.ref

    def get_extra_context(self, form: RequestForm) -> dict[str, Any]:
        """Return the request, its due dates, and the counter-signal that it belongs to."""
        names, language = party_names(), self.request_context.language
        rules = self.rulebook.by_id
        obligations = obligations_with_status("trajectory", self.trajectory.pk, rules, self.request_context.today)
        request = self.get_stored_row()

        def message(obligation: ObligationValue) -> str:
            return wording.message(rules[obligation.rule], obligation, language, names)

        signal = CounterSignal.objects.filter(request=request).select_related("evidence_file").first()
        about = [
            o for o, _status, _pk in obligations if signal and (o.rule, o.subject) == (signal.rule, signal.subject)
        ]
        rule = rules.get(signal.rule) if signal else None
        return {
            "request": request,
            "party": names.get(request.party) or capfirst(LABELS.get(request.party, request.party)),
            "terms": [(message(o), o.due_on, status) for o, status, _pk in obligations if o.subject == request.ref],
            "signal": signal,
            "contradicts": message(about[0])
            if about
            else wording.text_in_language(rule.title, language)
            if rule
            else "",
        }

    def save(self, form: RequestForm) -> Changeset | None:
        """Save the change, with the verb "answered" if the answer is new."""
        before = form.initial.get("answered_on")
        verb = "answered" if form.cleaned_data["answered_on"] and not before else "changed"
        return save_part(
            form.instance,
            self.write_context,
            verb=verb,
            about=form.display_title(),
            expected_version=form.expected_version,
            prepare=form.save_new_party,
        )
