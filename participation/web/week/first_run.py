"""What an administrator of a new installation does next: the checklist on the week page, and a test message."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from participation.presentation.first_run import StepText, step_texts
from participation.selectors.first_run import first_steps
from participation.services.mail.checks import enqueue_test_message

from ..shared.request_context import request_context_of
from ..shared.throttle import throttled

#: The page on which a step is done: URL name, query, text of the link, and whether it is in the administration.
_LINKS: Mapping[str, tuple[str, str, Any, bool]] = {
    "neighbourhoods": (
        "admin:participation_neighbourhood_import",
        "",
        gettext_lazy("Import neighbourhoods"),
        True,
    ),
    "organisations": ("admin:participation_organisation_add", "", gettext_lazy("Add an organisation"), True),
    "adviser": ("invite", "?rol=adviser", gettext_lazy("Invite someone"), False),
    "trajectory": ("trajectory_add", "", gettext_lazy("Add a trajectory"), False),
}


class FirstStep(NamedTuple):
    """A step in the checklist."""

    name: str
    is_done: bool
    text: StepText
    href: str
    label: Any


def checklist(user: Any) -> list[FirstStep]:
    """Return the first steps for an administrator; none for others, once all are done, or in the demonstration."""
    if settings.DEMO or not user.is_administrator:
        return []
    steps = [FirstStep(name, is_done, text, *_link(name, user)) for name, is_done, text in step_texts(first_steps())]
    return [] if all(step.is_done for step in steps) else steps


def _link(name: str, user: Any) -> tuple[str, Any]:
    view, query, label, in_administration = _LINKS.get(name, ("", "", "", False))
    if not view or (in_administration and not user.is_staff):
        return "", ""
    return reverse(view) + query, label


@require_POST
@throttled("invitation")
def send_test_mail(request: HttpRequest) -> HttpResponse:
    """Put a test message to the administrator in the outbox. Raises PermissionDenied for others."""
    request_context = request_context_of(request)
    user = request_context.user
    if not user.is_administrator:
        raise PermissionDenied
    with translation.override(request_context.language):
        if user.email:
            enqueue_test_message(user.email, request_context.language, request_context.now, user.pk)
            text = _("A test message to %(address)s waits to be sent, within a few minutes.")
            messages.success(request, text % {"address": user.email})
        else:
            messages.error(request, _("Your account has no e-mail address. Fill it in first."))
    return redirect("week")
