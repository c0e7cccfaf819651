"""The API documentation: the OpenAPI document, an HTML reference and Swagger UI."""

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

from .core.version import PREFIX
from .openapi import (
    reference_page,
    security,  # noqa: F401 - imported to be registered
)
from .openapi.schema import OperationDoc
from .views import ApiView


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI document, in English whatever the language of the request that caches it."""
    with translation.override("en"):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    # Set here, not in the settings: the demonstration knows its base URL only once the server runs.
    return {**found, "servers": [{"url": f"{settings.BASE_URL}{PREFIX}"}]}


class OpenApiDocument(ApiView):
    """The OpenAPI document, readable from any origin (CORS)."""

    operation_name, tag = "openApi", "About this API"
    operations = {
        "GET": OperationDoc("Read the OpenAPI document", "OpenApiDocument", version=True, description="OpenAPI 3.1.")
    }
    throttle_classes: list[Any] = []

    def get(self, request: Request) -> Response:
        """Return the OpenAPI document, 304 if unchanged."""
        self.parse_query()
        return self.respond_or_304(document())


@method_decorator(login_not_required, name="dispatch")
class ReferencePage(TemplateView):
    """HTML reference of the API, without JavaScript: operations and component schemas."""

    template_name = "web/api/docs.html"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the operations by tag and the component schemas of the OpenAPI document."""
        found = document()
        context = {
            "info": found["info"],
            "server": found["servers"][0]["url"],
            "tags": reference_page.tags_with_operations(found),
            "components": reference_page.component_docs(found),
        }
        return {**super().get_context_data(**kwargs), **context}


# Swagger UI sets inline styles and draws its icons from data: URLs.
@method_decorator(csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["data:"]}), name="dispatch")
class SwaggerUI(SpectacularSwaggerSplitView):
    """Swagger UI, with its assets served from this installation."""

    url_name = "api:openapi"
    http_method_names = ["get", "head"]
    template_name = "web/api/try.html"
    throttle_classes: list[Any] = []
