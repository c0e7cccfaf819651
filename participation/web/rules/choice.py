"""Which rulebook a page of rules is about."""

from django.http import Http404, HttpRequest

from participation.compliance.rulebook import Rulebook

from ..shared.addresses import RULEBOOK_PARAM
from ..shared.request_context import RequestContext


def requested_rulebook(request: HttpRequest, context: RequestContext) -> Rulebook:
    """Return the rulebook with the name in the query string, by default the first. Raises Http404 for another name."""
    name = request.GET.get(RULEBOOK_PARAM, "")
    found = context.rulebooks.by_name.get(name) if name else context.rulebooks.first
    if found is None:
        raise Http404
    return found
