"""API version number and URL prefixes."""

from typing import Final

#: Semantic version of the API (semver.org), independent of the application's version.
VERSION: Final = "1.0.0"
#: The major version is part of every URL.
PREFIX: Final = "/api/v1"
SCHEMA: Final = f"{PREFIX}/openapi.json"
DOCS: Final = f"{PREFIX}/docs"
