"""The description of the API: for programs, for people who want to read it, and to try it in a browser."""

from functools import lru_cache
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from .conventions.about import PREFIX
from .described import (
    reference,
    security,  # noqa: F401 - known by being read
)
from .described.schema import Told
from .views import ApiView


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the description, in English, whoever asks for it first; it only changes with the code."""
    with translation.override("en"):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    # The demonstration only knows where it is served once it is.
    return {**found, "servers": [{"url": f"{settings.BASE_URL}{PREFIX}"}]}


class Description(ApiView):
    """The description itself, for any program on any site."""

    called, heading = "description", "About this API"
    told = {"GET": Told("Read this description", "Description", version=True, description="OpenAPI 3.1.")}
    throttle_classes: list[Any] = []

    def get(self, request: Request) -> Response:
        """Return it."""
        self.asked()
        return self.unless_known(document())


@method_decorator(login_not_required, name="dispatch")
class Docs(TemplateView):
    """The page on which the API is read, without a script: what can be asked, and what bodies are made of."""

    template_name = "web/api/docs.html"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Return the headings and parts of the description."""
        found = document()
        told = {
            "info": found["info"],
            "server": found["servers"][0]["url"],
            "headings": reference.headings(found),
            "parts": reference.parts(found),
        }
        return {**super().get_context_data(**more), **told}


# The borrowed page sets styles on its elements, and draws its arrows from addresses that are pictures themselves.
@method_decorator(csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["data:"]}), name="dispatch")
class Try(SpectacularSwaggerSplitView):
    """The page on which the API is tried; all that it needs is served from here."""

    url_name = "api:openapi"
    http_method_names = ["get", "head"]
    template_name = "web/api/try.html"
    throttle_classes: list[Any] = []
