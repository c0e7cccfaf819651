"""How the API is set up: for Django REST framework, its keys, and the description that programs read."""

from datetime import timedelta
from typing import Any

from participation.api.conventions.about import PREFIX, VERSION

KEYS: dict[str, Any] = {
    # Whoever finds one in a file knows what it is; scanners of leaked secrets too.
    "TOKEN_PREFIX": "leidraad_",
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(days=365),
}
#: Requests a minute: of one address on the internet, and of one person, for reading and for writing.
RATES = {"anonymous": "300/min", "read": "1200/min", "write": "300/min"}
#: Under which headings the description tells what can be asked, in the order in which one gets to know it.
HEADINGS = (
    "About this API",
    "Trajectories",
    "What hangs on a trajectory",
    "Dossiers",
    "What is owed",
    "Changes of status",
    "Statistics",
    "Rules",
    "Motions",
    "Commitments",
    "Organisations",
    "Neighbourhoods",
)


def framework(proxies: int) -> dict[str, Any]:
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "participation.api.conventions.access.KeyAuthentication",
            "participation.api.conventions.access.OpenIdAuthentication",
            "participation.api.conventions.access.SessionAuthentication",
        ],
        # Reading is for everyone: what one may see and change is asked of the querysets.
        "DEFAULT_PERMISSION_CLASSES": [],
        # What is sent is read by api/reading.py: see the views.
        "DEFAULT_PARSER_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PAGINATION_CLASS": "participation.api.conventions.paging.Cursor",
        "DEFAULT_SCHEMA_CLASS": "participation.api.described.schema.Schema",
        "DEFAULT_THROTTLE_CLASSES": ["participation.api.conventions.throttles.Throttle"],
        "DEFAULT_THROTTLE_RATES": RATES,
        # Behind a proxy an address is the last that it wrote down; else it is the one that calls.
        "NUM_PROXIES": proxies,
        # What there is to choose in an address is told of each view; a format is asked for by Accept.
        "URL_FORMAT_OVERRIDE": None,
        "EXCEPTION_HANDLER": "participation.api.conventions.problems.handler",
        "UNICODE_JSON": True,
        "COMPACT_JSON": True,
        "TEST_REQUEST_DEFAULT_FORMAT": "json",
    }


def description(municipality: str, base_url: str, email: str) -> dict[str, Any]:
    return {
        "TITLE": "Leidraad",
        "DESCRIPTION": (
            "What a municipality owes its residents in participation, by when, on whose word, and whether it was "
            "done. Everyone may read what is public. Who may change a trajectory writes with a key or a token: what "
            "is written is checked, recorded and judged just as what is typed on the pages."
        ),
        "VERSION": VERSION,
        "OAS_VERSION": "3.1.0",
        "CONTACT": {"name": municipality, "url": base_url, "email": email},
        "LICENSE": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
        "TAGS": [{"name": heading} for heading in HEADINGS],
        "SERVERS": [{"url": f"{base_url}{PREFIX}"}],
        "SCHEMA_PATH_PREFIX": PREFIX,
        "SCHEMA_PATH_PREFIX_TRIM": True,
        "SERVE_INCLUDE_SCHEMA": True,
        "PREPROCESSING_HOOKS": ["participation.api.described.schema.ours"],
        "POSTPROCESSING_HOOKS": ["participation.api.described.schema.complete"],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    }
