"""The page on which users manage their own API keys."""

from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.services.accounts.api_keys import MAX_KEYS, find_key, handle_of, keys_of, make_key, revoke_key
from participation.services.accounts.lookup import is_staff_member

from ..shared.forms import Form
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from ..shared.throttle import throttled


class KeyForm(Form):
    """The name of a new API key."""

    name = forms.CharField(
        label=_lazy("What is it for?"),
        help_text=_lazy("For instance: the planning of project bureau north. By this you recognise it later."),
        max_length=100,
        error_messages={
            "required": _lazy("Write what the key is for: then you know later which one you can withdraw."),
            "max_length": _lazy("Write at most 100 characters."),
        },
    )


class ApiKeyLine(NamedTuple):
    """An API key in the list."""

    handle: str
    name: str
    made_on: datetime
    ends_on: datetime | None
    ended: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@throttled("api_key")
def api_keys(request: HttpRequest) -> HttpResponse:
    """Return the page with the user's API keys; a new key is shown once.

    Raises PermissionDenied for association members: what they may read needs no key.
    """
    request_context = request_context_of(request)
    if not is_staff_member(request_context.user):
        raise PermissionDenied
    action = request.POST.get("act", "")
    with translation.override(request_context.language):
        if action == "withdraw":
            return _withdraw_key(request, request_context)
        if handle := request.GET.get("intrekken", ""):
            return _confirm_withdrawal(request, request_context, handle)
        form = KeyForm(request.POST if request.method == "POST" else None)
        new_key = _create_key(request_context, form)
        context = {
            "form": KeyForm() if new_key else form,
            "new_key": new_key,
            "keys": list(_key_lines(request_context)),
            "max_keys": MAX_KEYS,
            "example_url": f"{settings.BASE_URL}{reverse('api:trajectories')}",
        }
    return page(request, "web/accounts/api_keys.html", context, status=400 if form.is_bound and not new_key else 200)


def _create_key(request_context: RequestContext, form: KeyForm) -> str:
    """Create the requested key and return it; "" if none was requested or the form is invalid."""
    if not form.is_bound or not form.is_valid():
        return ""
    try:
        return make_key(request_context.user, form.cleaned_data["name"], request_context.now)[1]
    except ValidationError as error:
        form.add_error(None, error)
        return ""


def _key_lines(request_context: RequestContext) -> Any:
    for key in keys_of(request_context.user):
        ended = key.expiry is not None and key.expiry <= request_context.now
        yield ApiKeyLine(handle_of(key), key.name, key.created, key.expiry, ended)


def _confirm_withdrawal(request: HttpRequest, request_context: RequestContext, handle: str) -> HttpResponse:
    """Return the confirmation page for withdrawing a key."""
    key = find_key(request_context.user, handle)
    if key is None:
        messages.info(request, _("This key is not there any more."))
        return redirect("api_keys")
    return page(request, "web/accounts/api_keys_withdraw.html", {"name": key.name, "handle": handle})


def _withdraw_key(request: HttpRequest, request_context: RequestContext) -> HttpResponse:
    if name := revoke_key(request_context.user, request.POST.get("key", "")):
        message = _("Withdrawn: %(name)s. This key no longer works.")
        messages.success(request, message % {"name": name})
    else:
        messages.info(request, _("This key is not there any more."))
    return redirect("api_keys")
