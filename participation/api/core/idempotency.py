"""Idempotency-Key support for POST: a client that got no response can safely retry."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from participation.services.changes.idempotency import KeyReused, idempotency_record

from .problems import ConflictProblem, ErrorLocation, ValidationProblem

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255
#: Response headers that are stored and replayed.
_REPLAYED_HEADERS = ("ETag", "Location")


def idempotent(request: Request, now: datetime, respond: Callable[[], Response]) -> Response:
    """Return the response of ``respond``, or the stored response if this user sent this Idempotency-Key before.

    Raises ValidationProblem on a malformed key, and ConflictProblem (422) if the key was used for a different request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return respond()
    if not key.strip() or len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise ValidationProblem([ErrorLocation.header(HEADER, _("Use a key of 1 to 255 characters, such as a UUID."))])
    user: Any = request.user
    fingerprint = _fingerprint(request)
    try:
        with idempotency_record(user, key, fingerprint, now) as record:
            if record.status:
                return Response(json.loads(record.body), status=record.status, headers=record.headers)
            response = respond()
            record.status = response.status_code
            record.headers = {name: response.headers[name] for name in _REPLAYED_HEADERS if name in response.headers}
            record.body = json.dumps(response.data, ensure_ascii=False, default=str)
    except KeyReused:
        detail = _("This Idempotency-Key was used for another request. Generate a new one for each request.")
        raise ConflictProblem(
            HTTPStatus.UNPROCESSABLE_ENTITY, detail, [ErrorLocation.header(HEADER, detail, "used")]
        ) from None
    return response


def _fingerprint(request: Request) -> str:
    """Return the fingerprint of the request: a hash of its method, path and body."""
    identity: Any = [request.method, request.path, request.data]
    return hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
