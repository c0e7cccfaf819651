"""The mail preferences page: digest frequency, pause, address, and recently sent mails."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.models.labels import LABELS
from participation.selectors.mail.mail_page import SentEmail, is_snoozed, latest_emails, next_digest_day, paused_address
from participation.selectors.mail.reminders import RECORDING_ROLES as REMINDED
from participation.services.mail.bounces import PAUSE_REASON
from participation.services.mail.preferences import resume, set_preferences, snooze, unpause_own_address

from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .mail_forms import PreferencesForm, SnoozeForm

#: Explanation of each delivery state.
DELIVERY_STATE_TEXTS = {
    "waiting": _lazy("Ready to be sent. This mostly takes a few minutes; when a mail server is out of order, longer."),
    "sending": _lazy("Being sent at this moment."),
    "sent": _lazy("Sent. Can you not find it? Look in the folder for unwanted mail too."),
    "returned": _lazy("It was sent, but it came back: it could not be delivered at your address."),
    "refused": _lazy("It was not delivered: the mail server refused it."),
    "doubtful": _lazy(
        "We do not know whether it arrived. We do not send it again, so that you never get the same mail twice."
    ),
    "held": _lazy("Not sent."),
}


class SentMail(NamedTuple):
    """A sent mail on the page: subject, kind, time, and delivery state with its reason."""

    subject: str
    kind: Any
    at: Any
    delivery_state: Any
    reason: str


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def mail_preferences(request: HttpRequest) -> HttpResponse:
    """Return the mail preferences page of the user, or save what was submitted and redirect."""
    request_context = request_context_of(request)
    sent = request.POST if request.method == "POST" else None
    action = request.POST.get("act", "")
    with translation.override(request_context.language):
        success_message = _end_pause(request_context, action)
        preferences_form = PreferencesForm(
            sent if action != "pause" else None,
            gets_reminders=_gets_reminders(request_context),
            initial={
                "frequency": request_context.user.report_frequency,
                "reminders": request_context.user.wants_reminders,
            },
        )
        pause_form = SnoozeForm(sent if action == "pause" else None, today=request_context.today)
        success_message = (
            success_message
            or _save_preferences(request_context, preferences_form)
            or _save_pause(request_context, pause_form)
        )
    if success_message:
        messages.success(request, success_message)
        return redirect("mail_preferences")
    with translation.override(request_context.language):
        context = _page_context(request_context, preferences_form, pause_form)
    return page(request, "web/accounts/mail_preferences.html", context, status=400 if sent is not None else 200)


def _end_pause(request_context: RequestContext, action: str) -> str:
    """End a pause by the user or of the address; return the message to show, "" for other actions."""
    if action == "wake":
        resume(request_context.user)
        return _("You get mail again from now on.")
    if action == "works":
        unpause_own_address(request_context.user, request_context.now)
        return _("We send mail to your address again from now on.")
    return ""


def _gets_reminders(request_context: RequestContext) -> bool:
    """Return whether users with this role get reminders."""
    return request_context.user.role in REMINDED


def _save_preferences(request_context: RequestContext, form: PreferencesForm) -> str:
    if not form.is_valid():
        return ""
    # The field is absent for roles without reminders: keep the stored value, as the role may change.
    reminders = form.cleaned_data.get("reminders", request_context.user.wants_reminders)
    set_preferences(request_context.user, form.cleaned_data["frequency"], reminders)
    return _("Saved.")


def _save_pause(request_context: RequestContext, form: SnoozeForm) -> str:
    if not form.is_valid():
        return ""
    try:
        snooze(request_context.user, form.cleaned_data["until"], form.cleaned_data["reason"], request_context.today)
    except ValidationError as error:
        form.add_error(None, error)
        return ""
    return _("Saved. You get no mail for a while.")


def _page_context(
    request_context: RequestContext, preferences_form: PreferencesForm, pause_form: SnoozeForm
) -> dict[str, Any]:
    user, paused = request_context.user, paused_address(request_context.user)
    return {
        # The base template puts "Error:" in the title if this form has errors.
        "form": pause_form if pause_form.is_bound else preferences_form,
        "frequency_form": preferences_form,
        "pause_form": pause_form,
        "email": user.email,
        "snoozed": is_snoozed(user.snoozed_until, request_context.today),
        "paused_address": paused,
        # The general explanation is on the page already.
        "pause_reason": _translate_reason(paused.reason) if paused and paused.reason != PAUSE_REASON else "",
        "reminders": _gets_reminders(request_context) and user.wants_reminders,
        "next_digest_on": next_digest_day(user, request_context.now, request_context.rulebooks.first.calendar),
        "latest_emails": list(_sent_mails(latest_emails(user))),
        "contact": settings.CONTACT_EMAIL,
    }


def _sent_mails(sent: list[SentEmail]) -> Iterator[SentMail]:
    for one in sent:
        kind = LABELS[one.kind]
        # The text of a mail is deleted after its retention period; the record that it was sent stays.
        yield SentMail(
            one.subject or str(kind).capitalize(),
            kind,
            one.at,
            DELIVERY_STATE_TEXTS[one.state],
            _translate_reason(one.reason),
        )


def _translate_reason(reason: str) -> str:
    """Return a reason with our own sentences translated; replies of a mail server have no translation and stay."""
    return " ".join(_(line) for line in reason.splitlines() if line)
