"""Stopping a kind of mail from a link in that mail: without logging in, and with one click (RFC 8058)."""

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from participation.selectors.mail_tokens import user_of
from participation.services.mail.preferences import stop

from ..shared.pages import page


class Kind(NamedTuple):
    """A kind of mail that can be stopped: its name in the service, and what is said of it before and after."""

    name: str
    question: Any
    what: Any
    done: Any


KINDS = {
    "rapport": Kind(
        "report",
        _("Stop the report?"),
        _("You then get no more reports by mail of what is overdue and what falls due."),
        _("You get no more reports by mail"),
    ),
    "herinnering": Kind(
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
def mail_stop(request: HttpRequest, token: str, what: str) -> HttpResponse:
    """Return the page with the button to stop this kind of mail; a POST stops it at once, and twice is no error.

    That POST needs no log-in and no token of ours against forgery: mail programs send it themselves (RFC 8058), and
    whoever knows the address got it in a mail of their own. A GET changes nothing: programs that look for viruses
    open every link in a mail. The page names no address and nobody.
    """
    kind, user_pk = KINDS.get(what), user_of(token)
    if kind is None or user_pk is None:
        return page(request, "web/accounts/mail_stop_unknown.html", {}, status=404)
    if request.method != "POST":
        return page(request, "web/accounts/mail_stop.html", {"kind": kind})
    if not stop(user_pk, kind.name):
        return page(request, "web/accounts/mail_stop_unknown.html", {}, status=404)
    return page(request, "web/accounts/mail_stopped.html", {"kind": kind})
