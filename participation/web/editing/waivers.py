"""Waivers (comply or explain): a public reason with an author and an end date."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance import wording
from participation.compliance.obligations import SETTLED, ObligationValue
from participation.models import Changeset, Step, Trajectory, Waiver
from participation.models.labels import LABELS
from participation.selectors.obligations.statuses import ObligationStatus, obligations_with_status, party_names
from participation.services.changes.changesets import save_part
from participation.web.shared.addresses import obligation_address, rule_url, trajectory_address
from participation.web.shared.formatting import date_text

from .choices import FormChoices
from .forms import Fieldset, RowForm
from .views import ItemFormView

#: Default duration of a waiver.
DEFAULT_DURATION = timedelta(days=182)


class WaiverForm(RowForm):
    """The waiver of one obligation, or of the rule as a whole."""

    whole = forms.TypedChoiceField(
        label=_lazy("What is it about?"), coerce=lambda value: value == "rule", widget=forms.RadioSelect
    )

    layout = [Fieldset("", ("whole", "reason", "by", "until"))]

    class Meta:
        model = Waiver
        fields = ("reason", "by", "until")
        labels = {
            "reason": _lazy("Why do you do it differently?"),
            "by": _lazy("Who gives the explanation?"),
            "until": _lazy("Until when does this apply?"),
        }
        help_texts = {
            "reason": _lazy("Everyone can read this at once. Write it for the people it is about."),
            "by": _lazy("A role, and if you like a name."),
        }

    def prefill(self) -> None:
        """Prefill the contact as author, and as end date the next decision or half a year."""
        if self.row.pk or self.is_bound:
            return
        day, help_text = default_end_date(self.trajectory, self.request_context.today)
        self.prefill_field("by", default_author(self.trajectory, self.request_context.user))
        self.prefill_field("until", day)
        self.fields["until"].help_text = help_text

    def configure_fields(self) -> None:
        """Remove the choice between obligation and rule where there is none."""
        if not self.row.subject or self.row.pk:
            del self.fields["whole"]

    def offer_whole_rule(self, obligation_count: int) -> None:
        """Offer to waive the whole rule, which has this many obligations in the trajectory."""
        if "whole" not in self.fields:
            return
        field: Any = self.fields["whole"]
        field.choices = [
            ("one", _("only this")),
            ("rule", _("the whole rule in this trajectory (%(count)s times)") % {"count": obligation_count}),
        ]
        self.prefill_field("whole", "one")

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError if the same obligation or rule was waived today already."""
        cleaned = super().clean()
        row = self.instance
        same = Waiver.objects.filter(trajectory=row.trajectory, rule=row.rule, granted_on=row.granted_on)
        subject = "" if cleaned.get("whole") else row.subject
        if not row.pk and same.filter(subject=subject).exists():
            raise forms.ValidationError(_("This was explained today already. Change that explanation instead."))
        return cleaned


def default_author(trajectory: Trajectory, user: Any) -> str:
    """Return the default author of a waiver: the contact of the trajectory, else the user."""
    if trajectory.contact_role:
        role = capfirst(str(LABELS[trajectory.contact_role]))
        return f"{role} {trajectory.contact_name}".strip() if trajectory.contact_name else role
    return str(user.display_name)


def default_end_date(trajectory: Trajectory, today: date) -> tuple[date, str]:
    """Return the default end date of a waiver, and the reason for that date."""
    latest = today + DEFAULT_DURATION
    rows = Step.objects.filter(trajectory=trajectory.pk, kind="decision", cancelled=False, done__isnull=True)
    coming = [step.planned.latest for step in rows if step.planned and step.planned.latest]
    day = min((day for day in coming if today < day <= latest), default=None)
    if day:
        return day, _("Filled in: the next decision (%(day)s). Then it is looked at again.") % {"day": date_text(day)}
    return latest, _(
        "Filled in: half a year. After that it counts again. Only leave it empty if the explanation is permanent."
    )


class _WaiverFormView(ItemFormView[WaiverForm]):
    """Shared by the views to add and to change a waiver."""

    form_class = WaiverForm
    template_name = "web/editing/waiver.html"

    def trajectory_obligations(self) -> Sequence[ObligationStatus]:
        """Return the obligations of this trajectory with their statuses."""
        rules = self.rulebook.by_id
        return obligations_with_status("trajectory", self.trajectory.pk, rules, self.request_context.today)

    def trajectory_url(self) -> str:
        """Return the URL of the page with the waived obligation."""
        if not hasattr(self, "row"):
            return trajectory_address(self.trajectory.slug, "afspraken")
        return obligation_address("trajectory", self.trajectory.slug, self.row.rule, self.row.subject)

    def get_form(self, *args: Any, **kwargs: Any) -> WaiverForm:
        """Return the form, with the choice between obligation and rule where there is one."""
        form = super().get_form(*args, **kwargs)
        form.offer_whole_rule(sum(o.rule == self.row.rule for o, _status, _pk in self.trajectory_obligations()))
        return form

    def get_extra_context(self, form: WaiverForm) -> dict[str, Any]:
        """Return the rule and its obligations here."""
        rule, language, names = (
            self.rulebook.by_id.get(self.row.rule),
            self.request_context.language,
            party_names(),
        )
        titles_by_ref = FormChoices(self.trajectory).titles_by_ref()
        about = [
            (wording.message(rule, o, language, names), titles_by_ref.get(o.subject, ""), o.due_on, status)
            for o, status, _pk in self.trajectory_obligations()
            if rule and o.rule == rule.id and self.row.subject in ("", o.subject)
        ]
        return {
            "rule": wording.text_in_language(rule.title, language) if rule else self.row.rule,
            "rule_url": rule_url(self.row.rule, self.rulebook),
            "strength": wording.label("strengths", rule.strength, language) if rule else "",
            "about": about,
            "waiver": self.row,
            "today": self.request_context.today,
        }

    def rule_title(self) -> str:
        """Return the title of the rule, for the changeset."""
        rule = self.rulebook.by_id.get(self.row.rule)
        return wording.text_in_language(rule.title, self.request_context.language) if rule else str(self.row.rule)


class WaiverAdd(_WaiverFormView):
    """Add a waiver; without a rule in the query string an obligation is chosen first."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form, or the choice of obligations; redirects to a waiver that is still in force."""
        if not request.GET.get("rule"):
            return self._render_choice()
        row = self.get_object()
        existing = self._waiver_in_force(row)
        if existing:
            return redirect(reverse("waiver_change", args=[self.trajectory.slug, existing.pk]))
        return super().get(request, **kwargs)

    def get_object(self) -> Any:
        """Return a new waiver. Raises Http404 if the trajectory has no such obligation."""
        rule, subject = self.request.GET.get("rule", ""), self.request.GET.get("subject", "")
        if not any(o.rule == rule and subject in ("", o.subject) for o, _status, _pk in self.trajectory_obligations()):
            raise Http404
        return Waiver(trajectory=self.trajectory, rule=rule, subject=subject, granted_on=self.request_context.today)

    def title(self) -> str:
        """Return the heading."""
        return _("Explain why it is done differently")

    def save(self, form: WaiverForm) -> Changeset | None:
        """Add the waiver."""
        row = form.instance
        if form.cleaned_data.get("whole"):
            row.subject = ""
        return save_part(row, self.write_context, verb="explained", about=self.rule_title())

    def _waiver_in_force(self, row: Waiver) -> Waiver | None:
        """Return the waiver that is still in force: it is to be changed rather than duplicated."""
        same = Waiver.objects.filter(trajectory=self.trajectory, rule=row.rule, subject=row.subject)
        today = self.request_context.today
        return next((w for w in same.order_by("-granted_on") if w.until is None or w.until >= today), None)

    def _render_choice(self) -> HttpResponse:
        names, language = party_names(), self.request_context.language
        url = reverse("waiver_add", args=[self.trajectory.slug])
        rules, titles_by_ref = self.rulebook.by_id, FormChoices(self.trajectory).titles_by_ref()
        open_obligations = [
            (
                _waiver_url(url, o),
                wording.message(rules[o.rule], o, language, names),
                titles_by_ref.get(o.subject, ""),
                status,
            )
            for o, status, _pk in self.trajectory_obligations()
            if status not in (*SETTLED, "explained")
        ]
        return self.render(
            "web/editing/waiver_choose.html", _("What do you want to explain?"), {"rows": open_obligations}
        )


class WaiverChange(_WaiverFormView):
    """Change or end a waiver; earlier texts stay in the history."""

    def get_object(self) -> Any:
        """Return the waiver. Raises Http404 if it is not there."""
        row = Waiver.objects.filter(trajectory=self.trajectory, pk=self.kwargs["pk"]).first()
        if row is None:
            raise Http404
        row.trajectory = self.trajectory
        return row

    def title(self) -> str:
        """Return the heading."""
        return _("Change the explanation")

    def save(self, form: WaiverForm) -> Changeset | None:
        """Save the change, or end the waiver today."""
        row = form.instance
        if "end" in self.request.POST:
            row.until = self.request_context.today
        return save_part(
            row, self.write_context, verb="changed", about=self.rule_title(), expected_version=form.expected_version
        )


def _waiver_url(url: str, obligation: ObligationValue) -> str:
    params = {"rule": obligation.rule, "subject": obligation.subject}
    return f"{url}?{urlencode({key: value for key, value in params.items() if value})}"
