"""ETags and preconditions (RFC 9110, section 13): 304 for unchanged reads, If-Match for optimistic locking."""

import hashlib
import json
from collections.abc import Iterable
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


def etag_of_representation(etag: str, record: Any) -> str:
    """Return the ETag of a row with this ETag, of which the record has some fields only, or derived data as well.

    It is "<hash of row>.<hash of representation>". If-Match compares the first part only: obligations change daily
    without the row being changed, and who read some fields may change the row.
    """
    row, representation = (part.strip('"') for part in (etag, etag_of_document(record)))
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


def check_creates(request: Request) -> None:
    """Raise ConflictProblem unless the request says to create: 428 without a condition, 412 with another one."""
    if is_create_only(request):
        return
    detail = _("This does not exist yet. To create it, send If-None-Match: * and no If-Match.")
    if "If-Match" not in request.headers:
        missing = [ErrorLocation.header("If-None-Match", detail, "required")]
        raise ConflictProblem(HTTPStatus.PRECONDITION_REQUIRED, detail, missing)
    raise ConflictProblem(HTTPStatus.PRECONDITION_FAILED, detail)


def if_match(request: Request, current: ExpectedVersion) -> ExpectedVersion | None:
    """Return the version that the client read, for the service that saves the row; None for If-Match: *.

    ``current`` is the current version. Raises ConflictProblem: 428 without If-Match, 412 if no ETag matches.
    """
    versions = if_match_etags(request)
    if versions == ["*"]:
        return None
    if etag_of_row(current) not in [quote_etag(version.strip('"').partition(".")[0]) for version in versions]:
        raise _no_match(versions)
    return current


def check_if_match(request: Request, document: Any) -> None:
    """Raise ConflictProblem if If-Match is missing (428) or does not match the document (412)."""
    versions = if_match_etags(request)
    if versions != ["*"] and etag_of_document(document) not in versions:
        raise _no_match(versions)


def _no_match(versions: Iterable[str]) -> ConflictProblem:
    """Return the exception for ETags of which none is the current one (412)."""
    if any(version.startswith("W/") for version in versions):
        # RFC 9110, 8.8.3.2 and 13.1.1: a weak ETag does not say that the content is the same.
        detail = _(
            "If-Match cannot be compared with a weak ETag (W/…). A proxy that compresses may have made it weak. "
            "Read it again with Accept-Encoding: identity, and send that ETag."
        )
        return ConflictProblem(
            HTTPStatus.PRECONDITION_FAILED, detail, [ErrorLocation.header("If-Match", detail, "weak")]
        )
    return precondition_failed()
