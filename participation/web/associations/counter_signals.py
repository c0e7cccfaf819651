"""Counter-signals: a resident association contradicts a status."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance import wording
from participation.compliance.obligations import ObligationValue
from participation.models import CounterSignal, Trajectory
from participation.selectors.associations.counter_signals import counter_signals_of
from participation.selectors.obligations.deadlines_preview import preview_request_deadlines
from participation.selectors.obligations.statuses import obligations_with_status, party_names, waivers_granted_in
from participation.services.associations.counter_signals import (
    ContradictedStatus,
    Statement,
    recent_counter_signal,
    record_counter_signal,
)
from participation.services.uploads import FILE_KINDS, validate_file_kind
from participation.web.shared import permissions
from participation.web.shared.addresses import obligation_address
from participation.web.shared.idempotency import idempotent
from participation.web.shared.obligation_list import ObligationExtras, RenderContext, render_obligation
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import RequestContext, request_context_of, write_context_of
from participation.web.shared.throttle import throttled

from .forms import (
    FreeTextField,
    OrganisationForm,
    due_date_message,
    in_user_language,
    term_rows,
)


class CounterSignalForm(OrganisationForm):
    """A counter-signal: what happened, and the evidence."""

    words = FreeTextField(
        label=_lazy("What happened, according to you?"),
        help_text=_lazy("In your own words. Everyone can read it at once, so leave out names of people."),
        missing=_lazy("Write down what happened."),
    )
    evidence = FreeTextField(
        label=_lazy("What shows this?"),
        help_text=_lazy("For example: our invitation is dated 3 March, the meeting was on 1 March."),
        rows=3,
        required=False,
    )
    evidence_url = forms.URLField(
        label=_lazy("Address of a page that shows it"),
        required=False,
        assume_scheme="https",
        error_messages={"invalid": _lazy("Write a web address, such as https://www.example.nl/letter.")},
    )
    evidence_file = forms.FileField(
        label=_lazy("File that shows it"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(f".{kind}" for kind in FILE_KINDS)}),
        help_text=_lazy("For example PDF, Word or a photo, at most 10 MB. Everyone can open it."),
    )
    #: The status shown when the form was opened, to detect that it changed.
    seen = forms.CharField(widget=forms.HiddenInput)
    #: Shown only if the same organisation contradicted the same obligation recently.
    sure = forms.BooleanField(
        label=_lazy("Yes, this is something else: hand it in as well"), required=False, widget=forms.HiddenInput
    )

    def clean_evidence_file(self) -> Any:
        """Return the file. Raises ValidationError for an unsupported type."""
        given = self.cleaned_data.get("evidence_file")
        if given:
            validate_file_kind(given)
        return given

    def clean(self) -> dict[str, Any]:
        """Ask for the file again if there are other errors."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            self.require_file_again()
        return cleaned

    def require_file_again(self) -> None:
        """Add an error that the file must be chosen again, if one was uploaded."""
        if self.cleaned_data.get("evidence_file"):
            self.add_error("evidence_file", _("Choose the file once more: a browser does not keep it."))

    def report_changed_status(self, status: str) -> None:
        """Add an error that the status changed meanwhile, and continue with the new status."""
        self.require_file_again()
        self.add_error(None, _("The status changed while you were writing. Look at it once more."))
        self.data = {**self.data, "seen": status}

    def require_confirmation(self, earlier: CounterSignal) -> None:
        """Ask to confirm that this differs from the recent counter-signal."""
        self.require_file_again()
        self.fields["sure"].widget = forms.CheckboxInput()
        message = _("%(who)s already said of this: “%(words)s”. Is this something else?")
        params = {"who": earlier.organisation.name, "words": Truncator(earlier.request.summary).chars(120).rstrip(".")}
        self.add_error("sure", message % params)

    def statement(self) -> Statement:
        """Return the submitted counter-signal."""
        cleaned = self.cleaned_data
        return Statement(
            cleaned["words"], cleaned["evidence"], cleaned["evidence_url"], cleaned["evidence_file"] or None
        )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@throttled("counter_signal")
@in_user_language
@idempotent
def counter_signal_add(request: HttpRequest, name: str) -> HttpResponse:
    """Show a status and record a counter-signal on it.

    Raises Http404 if the trajectory or obligation is not there, PermissionDenied if this user speaks for no
    organisation concerned with it.
    """
    trajectory, parties = permissions.member_of(request, name)
    context = request_context_of(request)
    obligation, status = _requested_obligation(request, trajectory, context)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CounterSignalForm(*given, parties=parties, initial={"seen": status})
    if request.method == "POST" and form.is_valid():
        response = _save_counter_signal(request, form, trajectory, context, obligation, status)
        if response is not None:
            return response
    return page(
        request, "web/associations/counter_signal.html", _page_context(form, trajectory, context, obligation, status)
    )


def _requested_obligation(
    request: HttpRequest, trajectory: Trajectory, context: RequestContext
) -> tuple[ObligationValue, str]:
    rule, subject = request.GET.get("rule", ""), request.GET.get("subject", "")
    rules = [rule] if rule in context.rulebook_of(trajectory).by_id else []
    for obligation, status, _pk in obligations_with_status("trajectory", trajectory.pk, rules, context.today):
        if obligation.subject == subject:
            return obligation, status
    raise Http404


def _save_counter_signal(
    request: HttpRequest,
    form: CounterSignalForm,
    trajectory: Trajectory,
    context: RequestContext,
    obligation: ObligationValue,
    status: str,
) -> HttpResponse | None:
    """Save the counter-signal and return a redirect; None if the form has errors."""
    earlier = recent_counter_signal(trajectory, *obligation.identity, form.organisation, context.today)
    if form.cleaned_data["seen"] != status:
        form.report_changed_status(status)
        return None
    if earlier and not form.cleaned_data["sure"]:
        form.require_confirmation(earlier)
        return None
    # Stored text: in the language of the municipality, not of the user.
    rule, language = context.rulebook_of(trajectory).by_id[obligation.rule], settings.LANGUAGE_CODE
    about = wording.message(rule, obligation, language, party_names())
    contradicted = ContradictedStatus(*obligation.identity, status, about.rstrip("."))
    try:
        signal, changeset = record_counter_signal(
            context.user,
            trajectory,
            form.organisation,
            contradicted,
            form.statement(),
            **write_context_of(context).arguments,
        )
    except ValidationError as problem:
        form.add_error(None, problem.messages)
        return None
    add_saved_message(request, changeset, due_date_message(trajectory, signal.request.ref, context))
    # To the top of the page, where the message with the due date and a link back is shown.
    return redirect("trajectory_agreements", trajectory.slug)


def _page_context(
    form: CounterSignalForm, trajectory: Trajectory, context: RequestContext, obligation: ObligationValue, status: str
) -> dict[str, Any]:
    rulebook = context.rulebook_of(trajectory)
    render_context = RenderContext(
        rulebook,
        context.today,
        context.language,
        party_names(),
        retrospective=trajectory.retrospective,
        over=trajectory.is_over(context.today),
    )
    extras = ObligationExtras(counter_signals=counter_signals_of(trajectory.pk, context.today))
    following = preview_request_deadlines(trajectory, ["concern"], rulebook, context.today)["concern"]
    return {
        "trajectory": trajectory,
        "form": form,
        "item": render_obligation(
            obligation, status, render_context, waivers_granted_in(trajectory.pk, context.today), extras
        ),
        "terms": term_rows(following, rulebook, context.language),
        "cancel": obligation_address("trajectory", trajectory.slug, *obligation.identity),
    }
