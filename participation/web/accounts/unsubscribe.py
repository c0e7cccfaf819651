"""One-click unsubscribe from a kind of mail, without logging in (RFC 8058)."""

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from participation.presentation.mail import user_pk_of
from participation.services.mail.preferences import unsubscribe

from ..shared.pages import page


class MailKind(NamedTuple):
    """A kind of mail to unsubscribe from: its name in the service, and the texts before and after."""

    name: str
    question: Any
    explanation: Any
    done: Any


MAIL_KINDS = {
    "rapport": MailKind(
        "report",
        _("Stop the report?"),
        _("You then get no more reports by mail of what is overdue and what falls due."),
        _("You get no more reports by mail"),
    ),
    "herinnering": MailKind(
        "reminder",
        _("Stop the reminders?"),
        _("You then get no more mails shortly before something falls due."),
        _("You get no more reminders by mail"),
    ),
}


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe_from_mail(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Return the confirmation page; a POST unsubscribes, and is idempotent.

    The POST requires no login and no CSRF token: mail programs send it themselves (RFC 8058), and the signed URL is
    known only from a mail to its owner. A GET changes nothing, as virus scanners open every link in a mail. The
    page shows no address or name.
    """
    mail_kind, user_pk = MAIL_KINDS.get(kind), user_pk_of(token)
    if mail_kind is None or user_pk is None:
        return page(request, "web/accounts/mail_unsubscribe_invalid.html", {}, status=404)
    if request.method != "POST":
        return page(request, "web/accounts/mail_unsubscribe.html", {"kind": mail_kind})
    if not unsubscribe(user_pk, mail_kind.name):
        return page(request, "web/accounts/mail_unsubscribe_invalid.html", {}, status=404)
    return page(request, "web/accounts/mail_unsubscribed.html", {"kind": mail_kind})
