"""Settings of the API: Django REST framework, API keys (knox) and the OpenAPI document (drf-spectacular)."""

from datetime import timedelta
from typing import Any

from participation.api.core.version import PREFIX, VERSION

KNOX_SETTINGS: dict[str, Any] = {
    # A recognisable prefix lets people and secret scanners identify a leaked key.
    "TOKEN_PREFIX": "leidraad_",
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(days=365),
}
#: Rate limits: anonymous requests per network address, and reads and writes per user.
RATES = {"anonymous": "300/min", "read": "1200/min", "write": "300/min"}
#: Tags of the OpenAPI document with their descriptions, in display order.
TAGS = {
    "About this API": "What there is: the addresses of the lists, and this document.",
    "Trajectories": "Participation processes, from start to evaluation, each with its plan.",
    "Trajectory items": "Steps, documents, contributions, requests, scenarios and waivers of one trajectory.",
    "Dossiers": "A trajectory with all its items as one document, to read and to import.",
    "Obligations": "What a rule asks on a subject, with its status on any day and how that was computed.",
    "Status transitions": "Changes of the status of obligations, as they were noticed; for polling.",
    "Statistics": "How many obligations were met in time, late or not, by subject and municipality.",
    "Rules": "The rules in use, with their sources, dated versions and examples.",
    "Motions": "Requests of the council to the executive, with what was reported on them.",
    "Commitments": "What the executive promised, once or repeatedly, with what was reported and fulfilled.",
    "Requests": "What residents or the council asked, with the term for an answer.",
    "Organisations": "Associations and public bodies that take part.",
    "Neighbourhoods": "Places, by their codes of CBS.",
}


def rest_framework_settings(proxies: int) -> dict[str, Any]:
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "participation.api.core.authentication.KeyAuthentication",
            "participation.api.core.authentication.OpenIdAuthentication",
            "participation.api.core.authentication.SessionAuthentication",
        ],
        # Reads are public; visibility and edit permission are enforced by querysets (visible_to, editable_by).
        "DEFAULT_PERMISSION_CLASSES": [],
        # The base view sets its own parser: see api/core/parsers.py.
        "DEFAULT_PARSER_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PAGINATION_CLASS": "participation.api.core.pagination.KeysetPagination",
        "DEFAULT_SCHEMA_CLASS": "participation.api.openapi.schema.ApiAutoSchema",
        "DEFAULT_THROTTLE_CLASSES": ["participation.api.core.throttling.Throttle"],
        "DEFAULT_THROTTLE_RATES": RATES,
        # Number of proxies whose entries in X-Forwarded-For are trusted; 0 means REMOTE_ADDR.
        "NUM_PROXIES": proxies,
        # No ?format= parameter: unknown query parameters are rejected, and the format is negotiated by Accept.
        "URL_FORMAT_OVERRIDE": None,
        "EXCEPTION_HANDLER": "participation.api.core.problems.handler",
        "UNICODE_JSON": True,
        "COMPACT_JSON": True,
        "TEST_REQUEST_DEFAULT_FORMAT": "json",
    }


def spectacular_settings(municipality: str, base_url: str, email: str) -> dict[str, Any]:
    return {
        "TITLE": "Leidraad",
        "DESCRIPTION": (
            "The obligations of a municipality to its residents in participation: due dates, legal or policy sources, "
            "and statuses. Public data can be read without authentication. Writing requires an API key or an OpenID "
            "Connect access token with edit permission; writes are validated, recorded and assessed as on the website."
        ),
        "VERSION": VERSION,
        "OAS_VERSION": "3.1.0",
        "CONTACT": {"name": municipality, "url": base_url, "email": email},
        "LICENSE": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
        "TAGS": [{"name": tag, "description": description} for tag, description in TAGS.items()],
        "SERVERS": [{"url": f"{base_url}{PREFIX}"}],
        "SCHEMA_PATH_PREFIX": PREFIX,
        "SCHEMA_PATH_PREFIX_TRIM": True,
        "SERVE_INCLUDE_SCHEMA": True,
        "PREPROCESSING_HOOKS": ["participation.api.openapi.schema.only_api_endpoints"],
        "POSTPROCESSING_HOOKS": ["participation.api.openapi.schema.add_components_and_errors"],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    }
