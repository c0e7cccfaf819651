"""The page on which administrators invite people, and coordinators members of associations."""

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.models import Organisation
from participation.models.labels import LABELS
from participation.models.people import STAFF_ROLES
from participation.presentation.invitations import ROLE_DESCRIPTIONS
from participation.selectors.first_run import people_not_logged_in
from participation.services.accounts.invitations import Invitation, Invitee, invite, send_invitation

from ..shared.forms import Form
from ..shared.idempotency import idempotent
from ..shared.pages import page
from ..shared.request_context import request_context_of
from ..shared.throttle import throttled


class InvitationForm(Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_lazy("E-mail address"),
        max_length=254,
        error_messages={"required": _lazy("Write the address to which the invitation goes.")},
    )
    first_name = forms.CharField(
        label=_lazy("First name"),
        max_length=150,
        error_messages={"required": _lazy("Write the first name: colleagues recognise someone by it.")},
    )
    last_name = forms.CharField(
        label=_lazy("Last name"),
        max_length=150,
        error_messages={"required": _lazy("Write the last name: colleagues recognise someone by it.")},
    )
    role = forms.ChoiceField(
        label=_lazy("Role"),
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose what this person will do in Leidraad.")},
    )
    organisation = forms.ModelChoiceField(
        label=_lazy("Organisation"),
        help_text=_lazy("Only for a member of an association: the organisation for which this person speaks."),
        queryset=Organisation.objects.none(),
        empty_label=_lazy("choose an organisation"),
        required=False,
    )

    def __init__(self, roles: tuple[str, ...], *args: Any, **kwargs: Any) -> None:
        """Offer these roles, each with what somebody in it does."""
        super().__init__(*args, **kwargs)
        # Staff first: that is whom an administrator invites most.
        ordered = [role for role in (*STAFF_ROLES, "council_member", "association_member") if role in roles]
        choices = [(role, f"{capfirst(str(LABELS[role]))}: {ROLE_DESCRIPTIONS[role]}") for role in ordered]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = Organisation.objects.order_by("name", "pk")  # type: ignore[attr-defined]
        if len(ordered) == 1:
            self.fields["role"].initial = ordered[0]

    def clean(self) -> dict[str, Any]:
        """Return the values. Adds an error where a member of an association has no organisation."""
        values: dict[str, Any] = super().clean() or {}
        is_member = values.get("role") == "association_member"
        if is_member and not values.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", _("Choose the organisation for which they speak."))
        return values


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@throttled("invitation")
@idempotent
def invite_people(request: HttpRequest) -> HttpResponse:
    """Return the page with the form; a POST makes the account, and sends the mail once it is stored.

    Raises PermissionDenied for users who may invite nobody.
    """
    request_context = request_context_of(request)
    roles: tuple[str, ...] = request_context.user.invitable_roles if request_context.user.is_active else ()
    if not roles:
        raise PermissionDenied
    with translation.override(request_context.language):
        form = InvitationForm(roles, request.POST if request.method == "POST" else None, initial=_initial(request))
        if form.is_bound and form.is_valid() and _invite(request, form, request_context.now):
            return redirect("invite")
        context = {
            "form": form,
            "waiting": people_not_logged_in(roles),
            "invites_staff": "adviser" in roles,
            "has_organisations": Organisation.objects.exists(),
        }
        return page(request, "web/accounts/invite.html", context, status=400 if form.is_bound else 200)


def _initial(request: HttpRequest) -> dict[str, str]:
    return {"role": request.GET.get("rol", "")}


def _invite(request: HttpRequest, form: InvitationForm, now: datetime) -> bool:
    """Invite who was filled in, and return whether that was valid; the mail is sent after the commit."""
    by: Any = request.user
    try:
        invitation = invite(Invitee(**form.cleaned_data), by, now)
    except ValidationError as error:
        form.add_error(None, ValidationError(error.messages))
        return False
    # The answer is about what was typed, and the same for every address: who has an account is not for everyone.
    transaction.on_commit(partial(_send, request, invitation, form.cleaned_data["email"]))
    return True


def _send(request: HttpRequest, invitation: Invitation, typed: str) -> None:
    with translation.override(request_context_of(request).language):
        if send_invitation(invitation):
            text = _("The invitation to %(address)s is on its way.")
            messages.success(request, text % {"address": typed})
        else:
            text = _(
                "The mail to %(address)s could not be sent: the mail server did not take it. Try again later: then the "
                "invitation is sent anew."
            )
            messages.error(request, text % {"address": typed})
