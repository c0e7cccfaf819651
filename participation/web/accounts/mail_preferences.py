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
from participation.selectors.mail_page import Sent, is_snoozed, last_messages, next_report, paused_address
from participation.selectors.reminders import ROLES as REMINDED
from participation.services.mail.bounces import PAUSED
from participation.services.mail.preferences import lift_pause, set_preferences, snooze, wake

from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of
from .mail_forms import PreferencesForm, SnoozeForm

#: Explanation of each delivery state.
BECAME = {
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
    became: Any
    reason: str


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def mail_preferences(request: HttpRequest) -> HttpResponse:
    """Return the mail preferences page of the user, or save what was submitted and redirect."""
    visit = visit_of(request)
    sent = request.POST if request.method == "POST" else None
    act = request.POST.get("act", "")
    with translation.override(visit.language):
        done = _undo(visit, act)
        often = PreferencesForm(
            sent if act != "pause" else None,
            reminded=_reminded(visit),
            initial={"frequency": visit.user.report_frequency, "reminders": visit.user.wants_reminders},
        )
        pausing = SnoozeForm(sent if act == "pause" else None, today=visit.today)
        done = done or _kept(visit, often) or _paused(visit, pausing)
    if done:
        messages.success(request, done)
        return redirect("mail_preferences")
    with translation.override(visit.language):
        context = _shown(visit, often, pausing)
    return page(request, "web/accounts/mail_preferences.html", context, status=400 if sent is not None else 200)


def _undo(visit: RequestContext, act: str) -> str:
    """End a pause by the user or of the address; return the message to show, "" for other actions."""
    if act == "wake":
        wake(visit.user)
        return _("You get mail again from now on.")
    if act == "works":
        lift_pause(visit.user, visit.now)
        return _("We send mail to your address again from now on.")
    return ""


def _reminded(visit: RequestContext) -> bool:
    """Return whether users with this role get reminders."""
    return visit.user.role in REMINDED


def _kept(visit: RequestContext, form: PreferencesForm) -> str:
    if not form.is_valid():
        return ""
    # The field is absent for roles without reminders: keep the stored value, as the role may change.
    reminders = form.cleaned_data.get("reminders", visit.user.wants_reminders)
    set_preferences(visit.user, form.cleaned_data["frequency"], reminders)
    return _("Saved.")


def _paused(visit: RequestContext, form: SnoozeForm) -> str:
    if not form.is_valid():
        return ""
    try:
        snooze(visit.user, form.cleaned_data["until"], form.cleaned_data["reason"], visit.today)
    except ValidationError as error:
        form.add_error(None, error)
        return ""
    return _("Saved. You get no mail for a while.")


def _shown(visit: RequestContext, often: PreferencesForm, pausing: SnoozeForm) -> dict[str, Any]:
    user, paused = visit.user, paused_address(visit.user)
    return {
        # The base template puts "Error:" in the title if this form has errors.
        "form": pausing if pausing.is_bound else often,
        "often": often,
        "pausing": pausing,
        "email": user.email,
        "snoozed": is_snoozed(user.snoozed_until, visit.today),
        "paused": paused,
        # The general explanation is on the page already.
        "because": _said(paused.reason) if paused and paused.reason != PAUSED else "",
        "reminders": _reminded(visit) and user.wants_reminders,
        "next": next_report(user, visit.now, visit.rulebook.calendar),
        "last": list(_told(last_messages(user))),
        "contact": settings.CONTACT_EMAIL,
    }


def _told(sent: list[Sent]) -> Iterator[SentMail]:
    for one in sent:
        kind = LABELS[one.kind]
        # The text of a mail is deleted after its retention period; the record that it was sent stays.
        yield SentMail(one.subject or str(kind).capitalize(), kind, one.at, BECAME[one.state], _said(one.reason))


def _said(reason: str) -> str:
    """Return a reason with our own sentences translated; replies of a mail server have no translation and stay."""
    return " ".join(_(line) for line in reason.splitlines() if line)
