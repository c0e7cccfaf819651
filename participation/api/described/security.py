"""How one says who one is, as the description of the API tells it."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

_KEY: Final = {"type": "http", "scheme": "bearer", "description": "A key that you made on your own page."}
_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the municipality's OpenID Connect server.",
}
_SESSION: Final = {
    "type": "apiKey",
    "in": "cookie",
    "name": "sessionid",
    "description": "Whoever is logged in on the pages. Writing asks for the header X-CSRFToken.",
}


class Key(OpenApiAuthenticationExtension):
    """A key that somebody made."""

    target_class = "participation.api.conventions.access.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return how it is sent."""
        return _KEY


class Token(OpenApiAuthenticationExtension):
    """A token of the log-in server: sent just as a key is."""

    target_class = "participation.api.conventions.access.OpenIdAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return how it is sent."""
        return _TOKEN


class Session(OpenApiAuthenticationExtension):
    """The session of the pages."""

    target_class = "participation.api.conventions.access.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return how it is sent."""
        return _SESSION
