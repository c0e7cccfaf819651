"""What this version of the API is called and where it is found."""

from typing import Final

#: Raised by its own rules (semver.org), apart from the version of the application.
VERSION: Final = "1.0.0"
#: The major version stands in every address.
PREFIX: Final = "/api/v1"
SCHEMA: Final = f"{PREFIX}/openapi.json"
DOCS: Final = f"{PREFIX}/docs"
