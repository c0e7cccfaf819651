"""Strict JSON parser: limited in size, with the location of each error."""

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from participation.dossier.errors import DossierError
from participation.dossier.parser import MAX_BYTES, MEGABYTE, read_json

from .problems import ConflictProblem, ErrorLocation, ValidationProblem

# A lone surrogate cannot be encoded as UTF-8, and PostgreSQL cannot store NUL.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """JSON parser that rejects duplicate keys, NaN and excessive nesting, like the parser of dossiers."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the parsed body.

        Raises ConflictProblem (413) if it is too large, and ValidationProblem if it is not valid JSON.
        """
        max_bytes = self.max_bytes()
        # Content-Length allows rejection without reading; it may be missing or wrong, so reading is limited as well.
        content_length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        data = b"" if int(content_length) > max_bytes else stream.read(max_bytes + 1)
        if int(content_length) > max_bytes or len(data) > max_bytes:
            size = number_format(max_bytes / MEGABYTE, 1 if max_bytes % MEGABYTE else 0)
            raise ConflictProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self.too_large() % {"size": size})
        try:
            found = read_json(data)
        except DossierError as error:
            raise ValidationProblem(_location(found) for found in error.problems) from None
        if unstorable := _find_unstorable(found):
            raise ValidationProblem([unstorable])
        return _with_integers(found)

    def max_bytes(self) -> int:
        """Return how large a body may be."""
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def too_large(self) -> str:
        """Return what is wrong with a larger body, and what to do."""
        return _("The request body may be at most %(size)s MB. Shorten its texts, or send it in parts.")


class DossierParser(StrictJSONParser):
    """Parser of a dossier: what can be exported and imported as a file may be read and sent back as well."""

    def max_bytes(self) -> int:
        """Return how large a dossier may be."""
        return MAX_BYTES

    def too_large(self) -> str:
        """Return what is wrong with a larger dossier, and what to do."""
        return _(
            "A dossier may be at most %(size)s MB. Send only the items that you changed: what is absent stays as it is."
        )


def _location(found: Any) -> ErrorLocation:
    """Return the error with its JSON pointer; a syntax error has a line instead, which goes into the detail."""
    detail = f"{found.reason} — {found.hint}" if found.hint else found.reason
    if found.location.startswith("/"):
        return ErrorLocation.body("" if found.location == "/" else found.location, detail, "json")
    return ErrorLocation.body("", f"{found.location}: {detail}", "json")


def _with_integers(value: Any) -> Any:
    """Return the value with whole numbers as integers: to JSON Schema 7.0 is one, and so it is to JavaScript."""
    if isinstance(value, Mapping):
        return {key: _with_integers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_integers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _find_unstorable(value: Any, pointer: str = "") -> ErrorLocation | None:
    """Return the first value or key that is valid JSON but cannot be stored, None if there is none."""
    if isinstance(value, str) and _UNSTORABLE.search(value):
        return ErrorLocation.body(pointer, _("The text contains a lone surrogate or a NUL character. Remove it."))
    if isinstance(value, float) and not math.isfinite(value):
        return ErrorLocation.body(pointer, _("This number is too large."))
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if _UNSTORABLE.search(key):
                return ErrorLocation.body(pointer, _("A key contains a lone surrogate or a NUL character. Remove it."))
            if unstorable := _find_unstorable(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"):
                return unstorable
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if unstorable := _find_unstorable(inner, f"{pointer}/{number}"):
                return unstorable
    return None
