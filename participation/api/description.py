"""The description of the API, for programs and for people who want to try it."""

from typing import Any

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from . import security  # noqa: F401 - known by being read
from .schema import Told


class Description(SpectacularJSONAPIView):
    """The description itself, for any program on any site."""

    called, heading = "description", "About this API"
    told = {"GET": Told("Read this description", "Description", description="OpenAPI 3.1.")}
    in_path: dict[str, str] = {}
    parameters: dict[str, Any] = {}
    throttle_classes: list[Any] = []


# The borrowed page sets styles on its elements, and draws its arrows from addresses that are pictures themselves.
@method_decorator(csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["data:"]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The page on which the API is read and tried; all that it needs is served from here."""

    url_name = "api:openapi"
    throttle_classes: list[Any] = []
