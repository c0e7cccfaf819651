"""allauth settings of the OpenID Connect provider where staff log in."""

from typing import Any


def provider(name: str, server_url: str, client_id: str, secret: str) -> dict[str, Any]:
    """Return the value of SOCIALACCOUNT_PROVIDERS; without ``server_url`` no provider is configured."""
    application = {
        "provider_id": "staff",
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": server_url},
    }
    return {"openid_connect": {"APPS": [application] if server_url else [], "OAUTH_PKCE_ENABLED": True}}
