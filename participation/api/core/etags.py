"""ETags and preconditions (RFC 9110, section 13): 304 for unchanged reads, If-Match for optimistic locking."""

import hashlib
import json
from http import HTTPStatus
from typing import Any

from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from rest_framework.request import Request

from participation.selectors.changes.row_versions import ExpectedVersion

from .problems import ConflictProblem, ErrorLocation, ValidationProblem, precondition_failed


def etag_of_row(version: ExpectedVersion) -> str:
    """Return the ETag of a row: the hash of its current history record, so that clients treat it as opaque."""
    return quote_etag(hashlib.sha256(version.to_text().encode()).hexdigest()[:32])


def etag_of_document(document: Any) -> str:
    """Return the ETag of a JSON document: the hash of its content."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return quote_etag(hashlib.sha256(text.encode()).hexdigest()[:32])


def etag_of_representation(version: ExpectedVersion, record: Any) -> str:
    """Return the ETag of a row whose representation also has derived data: "<hash of row>.<hash of representation>".

    If-Match compares the first part only, because obligations change daily without the row being changed.
    """
    row, representation = (etag.strip('"') for etag in (etag_of_row(version), etag_of_document(record)))
    return quote_etag(f"{row}.{representation}")


def is_not_modified(request: Request, etag: str) -> bool:
    """Return whether If-None-Match is * or has this ETag (weak comparison); the response is then 304."""
    given = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in given or etag in [candidate.removeprefix("W/") for candidate in given]


def is_create_only(request: Request) -> bool:
    """Return whether the request may only create, never replace (If-None-Match: *)."""
    return request.headers.get("If-None-Match", "").strip() == "*"


def if_match_etags(request: Request) -> list[str]:
    """Return the ETags in If-Match, of which one must be the current one; ["*"] matches any.

    Raises ConflictProblem (428) if the header is missing, to prevent lost updates, and ValidationProblem if it holds no
    ETag.
    """
    given = request.headers.get("If-Match", "")
    found = parse_etags(given)
    if given.strip() and not found:
        raise ValidationProblem(
            [ErrorLocation.header("If-Match", _("Write the ETag as it was returned, with its quotes."))]
        )
    if not found:
        detail = _("Send If-Match with the ETag that you read, so that no change of another user is overwritten.")
        raise ConflictProblem(
            HTTPStatus.PRECONDITION_REQUIRED, detail, [ErrorLocation.header("If-Match", detail, "required")]
        )
    return found


def if_match(request: Request, current: ExpectedVersion) -> ExpectedVersion | None:
    """Return the version that the client read, for the service that saves the row; None for If-Match: *.

    ``current`` is the current version. Raises ConflictProblem: 428 without If-Match, 412 if no ETag matches.
    """
    versions = if_match_etags(request)
    if versions == ["*"]:
        return None
    if etag_of_row(current) not in [quote_etag(version.strip('"').partition(".")[0]) for version in versions]:
        raise precondition_failed()
    return current


def check_if_match(request: Request, document: Any) -> None:
    """Raise ConflictProblem if If-Match is missing (428) or does not match the document (412)."""
    versions = if_match_etags(request)
    if versions != ["*"] and etag_of_document(document) not in versions:
        raise precondition_failed()
