"""Who may write the register of motions and commitments."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from ..shared.request_context import RequestContext, request_context_of


def require_editor(request: HttpRequest) -> RequestContext:
    """Return the request context. Raises PermissionDenied for users who may not edit everything."""
    if not getattr(request.user, "edits_everything", False):
        raise PermissionDenied
    return request_context_of(request)
