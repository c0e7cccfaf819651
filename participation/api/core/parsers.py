"""Strict JSON parser: limited in size, with the location of each error."""

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from participation.dossier.errors import DossierError
from participation.dossier.parser import read_json

from .problems import ConflictProblem, ErrorLocation, ValidationProblem

_MEGABYTE = 1024 * 1024
# A lone surrogate cannot be encoded as UTF-8, and PostgreSQL cannot store NUL.
_UNFIT = re.compile("[\0\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """JSON parser that rejects duplicate keys, NaN and excessive nesting, like the parser of dossiers."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the parsed body. Raises Refused (413) if it is too large, and Invalid if it is not valid JSON."""
        most = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        # Content-Length allows rejection without reading; it may be missing or wrong, so reading is limited as well.
        told = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        data = b"" if int(told) > most else stream.read(most + 1)
        if int(told) > most or len(data) > most:
            detail = _("At most %(size)s MB at a time is read. Send it in parts.") % {"size": f"{most / _MEGABYTE:.1f}"}
            raise ConflictProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        try:
            found = read_json(data)
        except DossierError as error:
            raise ValidationProblem(_place(found) for found in error.problems) from None
        if odd := _odd(found):
            raise ValidationProblem([odd])
        return found


def _place(found: Any) -> ErrorLocation:
    """Return the error with its JSON pointer; a syntax error has a line instead, which goes into the detail."""
    detail = f"{found.reason} — {found.hint}" if found.hint else found.reason
    if found.place.startswith("/"):
        return ErrorLocation.body("" if found.place == "/" else found.place, detail, "json")
    return ErrorLocation.body("", f"{found.place}: {detail}", "json")


def _odd(value: Any, pointer: str = "") -> ErrorLocation | None:
    """Return the first value or key that is valid JSON but cannot be stored, None if there is none."""
    if isinstance(value, str) and _UNFIT.search(value):
        return ErrorLocation.body(pointer, _("This text holds half a character, or the character NUL. Take it out."))
    if isinstance(value, float) and not math.isfinite(value):
        return ErrorLocation.body(pointer, _("This number is too large."))
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if _UNFIT.search(key):
                return ErrorLocation.body(
                    pointer, _("A key here holds half a character, or the character NUL. Take it out.")
                )
            if odd := _odd(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"):
                return odd
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if odd := _odd(inner, f"{pointer}/{number}"):
                return odd
    return None
