"""Strict parsing of JSON files from other systems, with error messages for users who did not write the file."""

from typing import Any

from django.utils.translation import gettext as _

from participation.dossier.errors import DossierError, Problem
from participation.dossier.parser import read_json


class JsonError(ValueError):
    """The file is not valid JSON; ``problems`` give the location and a remedy."""

    def __init__(self, problems: list[Problem]) -> None:
        """Store the problems and use them as the message."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def parse_json(content: bytes) -> Any:
    """Parse these bytes as JSON. Raises JsonError with the location of each error."""
    try:
        return read_json(content)
    except DossierError as error:
        remedy = _("Download or export it again. For whoever made the file: %(reason)s.")
        raise JsonError(
            [
                Problem(
                    problem.location,
                    _("This file is not JSON that can be read."),
                    remedy % {"reason": f"{problem.reason} ({problem.hint})" if problem.hint else problem.reason},
                )
                for problem in error.problems
            ]
        ) from None


def looks_like_json(name: str, content: bytes) -> bool:
    """Return whether a file appears to be JSON, by its extension or else its first character."""
    if name.lower().endswith((".json", ".geojson", ".jsonld")):
        return True
    if name.lower().endswith((".csv", ".tsv", ".txt", ".xlsx")):
        return False
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
