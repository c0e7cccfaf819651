"""Read-only admin of what residents submitted: counter-signals, uploads and evaluation links.

Evaluation responses have no admin: results are only published in aggregate, from five responses on.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from participation.models import CounterSignal, EvaluationLink, Upload

from .base import FactAdmin, ReadOnlyAdmin, erase_url


@admin.register(CounterSignal)
class CounterSignalAdmin(FactAdmin):
    """Counter-signals; their text and answer are in their request."""

    trajectory_path = "trajectory"
    list_display = ("trajectory", "organisation", "rule", "subject", "status", "on", "request")
    list_filter = ("status", "on")
    list_select_related = ("trajectory", "organisation", "request")
    search_fields = ("rule", "subject", "organisation__name", "trajectory__title", "trajectory__slug")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: associations submit counter-signals themselves, on the page of the trajectory."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: the municipality does not edit what residents say."""
        return False


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Metadata of uploaded files; the files are served by the site itself."""

    fields: ClassVar[tuple[str, ...]] = ("name", "media_type", "size", "sha256", "uploaded_at", "uploaded_by")
    list_display = ("name", "media_type", "size", "uploaded_at", "uploaded_by")
    list_filter = ("media_type",)
    list_select_related = ("uploaded_by",)
    search_fields = ("name", "sha256")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, with a link to erase the file name for administrators."""
        context["erase_url"] = erase_url(request, kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(EvaluationLink)
class EvaluationLinkAdmin(ReadOnlyAdmin):
    """Links to evaluation forms, without the tokens, which are secret to participants."""

    trajectory_path = "step__trajectory"
    fields: ClassVar[tuple[str, ...]] = ("step", "made_on", "used")
    list_display = ("step", "made_on", "used")
    list_filter = ("used", "made_on")
    list_select_related = ("step",)
    search_fields = ("step__title", "step__trajectory__slug")
