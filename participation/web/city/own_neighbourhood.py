"""Which neighbourhood a visitor lives in, by postcode."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from participation.interchange.postcodes import normal_postcode
from participation.models import Neighbourhood
from participation.selectors.postcodes import has_postcodes, neighbourhood_of_postcode

from ..shared.forms import Form
from ..shared.pages import language_of, page
from ..shared.throttle import throttled


class PostcodeForm(Form):
    """A postcode; ``neighbourhood`` is the place that was found."""

    neighbourhood: Neighbourhood | None = None

    postcode = forms.CharField(
        label=_lazy("Your postcode"),
        max_length=20,
        help_text=_lazy(
            "Like 2311 AB. We do not keep it. Is your postcode in two neighbourhoods? "
            "Then you see the one with most of the addresses."
        ),
        error_messages={"required": _lazy("Fill in your postcode: four digits and two letters.")},
        # Browsers fill it in from the address book of the visitor.
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )

    def clean_postcode(self) -> str:
        """Return the postcode. Raises ValidationError when it is none, or is in no neighbourhood here."""
        postcode = normal_postcode(self.cleaned_data["postcode"])
        if not postcode:
            raise forms.ValidationError(_("A postcode is four digits and two letters, like 2311 AB."))
        self.neighbourhood = neighbourhood_of_postcode(postcode)
        if self.neighbourhood is None:
            raise forms.ValidationError(
                _("We know no neighbourhood for this postcode. Check it, or choose your neighbourhood from the list.")
            )
        return postcode


# A form, for an address with the postcode would be kept in the log of the server and the history of the browser.
# Nothing is stored and no right is used, so no token against forged requests: it would give every reader a cookie.
@csrf_exempt
@login_not_required
@throttled("postcode")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def own_neighbourhood(request: HttpRequest) -> HttpResponse:
    """Return the form, or go to the neighbourhood of the postcode that was sent."""
    if not has_postcodes():
        return page(request, "web/neighbourhoods/own.html", {"form": None})
    data: Any = request.POST if request.method == "POST" else None
    form = PostcodeForm(data)
    with translation.override(language_of(request)):
        if form.is_valid() and form.neighbourhood:
            return redirect("neighbourhood", form.neighbourhood.slug)
    return page(request, "web/neighbourhoods/own.html", {"form": form}, status=400 if form.is_bound else 200)
