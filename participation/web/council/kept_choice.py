"""Keeping the portfolio and the district that a council member starts with."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from participation.compliance.calendar import add_months
from participation.models import Trajectory
from participation.presentation.coverage import DEFAULT_MONTHS
from participation.selectors.council import council_choices
from participation.selectors.council_places import council_places
from participation.services.accounts.council_choice import keep_council_choice

from ..shared.addresses import address
from ..shared.request_context import request_context_of
from .filters import KEPT_FILTERS, QUERY_PARAMS, CouncilFilters


@require_POST
def council_keep(request: HttpRequest) -> HttpResponse:
    """Keep the portfolio and district that are sent, as far as they can be chosen; go back to the council's page.

    Raises PermissionDenied for who is no council member.
    """
    context = request_context_of(request)
    if context.user.role != "council_member":
        raise PermissionDenied
    visible = Trajectory.objects.visible_to(context.user)
    with translation.override(context.language):
        places = council_places(visible.running(), visible, add_months(context.today, -DEFAULT_MONTHS), context.today)
        filters = CouncilFilters(request.POST, visible.running(), council_choices(visible.running()), places, context)
        if not filters.form.is_valid():
            messages.error(request, _("This cannot be chosen any more. Nothing was kept."))
            return redirect("council")
        kept = {name: filters.form.cleaned_data.get(name) or "" for name in KEPT_FILTERS}
        keep_council_choice(context.user, **kept)
        messages.success(
            request,
            _("Kept. You start with this when you log in.")
            if any(kept.values())
            else _("Kept. You start with everything when you log in."),
        )
    return redirect(address("council", **{QUERY_PARAMS[name]: value for name, value in kept.items()}))
