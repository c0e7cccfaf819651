"""OpenAPI security schemes of the authentication classes; drf-spectacular registers them on import."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

_KEY: Final = {"type": "http", "scheme": "bearer", "description": "API key, created on the account page."}
_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Access token (JWT) of the municipality's OpenID Connect provider.",
}
_SESSION: Final = {
    "type": "apiKey",
    "in": "cookie",
    "name": "sessionid",
    "description": "Django session cookie; unsafe methods require the X-CSRFToken header.",
}


class Key(OpenApiAuthenticationExtension):
    """Security scheme of API keys."""

    target_class = "participation.api.core.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the security scheme object."""
        return _KEY


class Token(OpenApiAuthenticationExtension):
    """Security scheme of OpenID Connect access tokens: a bearer credential, like an API key."""

    target_class = "participation.api.core.authentication.OpenIdAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the security scheme object."""
        return _TOKEN


class Session(OpenApiAuthenticationExtension):
    """Security scheme of the session cookie."""

    target_class = "participation.api.core.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the security scheme object."""
        return _SESSION
