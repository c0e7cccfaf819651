"""JSON of other systems: read with the care of a dossier, and what is wrong told to whoever only downloaded it."""

from typing import Any

from django.utils.translation import gettext as _

from participation.dossier.errors import DossierError, Problem
from participation.dossier.text import read_json


class JsonError(ValueError):
    """The file cannot be read as JSON; ``problems`` say where and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        """Hold these problems."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def parsed(content: bytes) -> Any:
    """Return what these bytes say as JSON. Raises JsonError, with the place, where they do not."""
    try:
        return read_json(content)
    except DossierError as error:
        remedy = _("Download or export it again. For whoever made the file: %(reason)s.")
        raise JsonError(
            [
                Problem(
                    problem.place,
                    _("This file is not JSON that can be read."),
                    remedy % {"reason": f"{problem.reason} ({problem.hint})" if problem.hint else problem.reason},
                )
                for problem in error.problems
            ]
        ) from None


def looks_like_json(name: str, content: bytes) -> bool:
    """Tell whether a file is meant to be JSON: by its name, else by how it begins."""
    if name.lower().endswith((".json", ".geojson", ".jsonld")):
        return True
    if name.lower().endswith((".csv", ".tsv", ".txt", ".xlsx")):
        return False
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
