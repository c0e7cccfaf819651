"""The place of a record in the decision chain, as JSON-LD: what a record answers with where that is asked for."""

from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from participation.interchange.open_data.chain import Node, nodes_at
from participation.interchange.open_data.dcat import context

from .core.problems import ErrorLocation, ValidationProblem
from .openapi.schema import JSON_LD
from .views import ApiView


class JsonLdRenderer(JSONRenderer):
    """JSON under the media type of JSON-LD."""

    media_type = JSON_LD
    format = "jsonld"


#: The renderers of a view whose records have a place in the chain; the first is used where any type will do.
RENDERERS: Final = [JSONRenderer, JsonLdRenderer]


class LinkedDataView(ApiView):
    """Base of the views of one record; those with ``RENDERERS`` give its nodes in the chain too."""

    @property
    def is_linked_data_asked(self) -> bool:
        """Return whether the nodes are asked for, instead of the record."""
        return isinstance(self.request.accepted_renderer, JsonLdRenderer)

    def linked_data(self, address: str, nodes: list[Node]) -> Response:
        """Return the nodes at this address, or 304. Raises NotAcceptable where the record is not in the chain.

        Raises ValidationProblem on a query parameter: the chain is as known now, and whole.
        """
        if self.request.query_params:
            text = _("JSON-LD is as known now, and whole: leave this out.")
            raise ValidationProblem([ErrorLocation.query(name, text) for name in sorted(self.request.query_params)])
        found = nodes_at(address, nodes)
        if not found:
            raise NotAcceptable(_("This is no part of the decision chain: ask for application/json."))
        document: dict[str, Any] = {"@context": context(), "@graph": found}
        return self.respond_or_304(document)
