"""The entry point of the API: its version and the URLs of its lists and documentation."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from .core.version import VERSION
from .openapi.schema import OperationDoc
from .views import ApiView

#: Names of the lists; that of the URL pattern is the same, unless it is in ``_URL_NAMES``.
LISTS = (
    *("trajectories", "obligations", "transitions", "rules", "motions", "commitments", "requests"),
    *("organisations", "neighbourhoods", "statistics"),
)
_URL_NAMES = {"requests": "register-requests"}


class Index(ApiView):
    """The index of the API."""

    operation_name, tag = "index", "About this API"
    operations = {"GET": OperationDoc("Read the API index", "Index")}

    def get(self, request: Request) -> Response:
        """Return the version and the URLs of the lists and documentation."""
        self.parse_query()
        return Response(
            {
                "title": "Leidraad",
                "version": VERSION,
                "description": reverse("api:openapi", request=request),
                "docs": reverse("api:docs", request=request),
                "links": {name: reverse(f"api:{_URL_NAMES.get(name, name)}", request=request) for name in LISTS},
            }
        )
