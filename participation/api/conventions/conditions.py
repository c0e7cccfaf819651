"""Versions: what one read is told by its ETag, and what one changes must still be that (RFC 9110, section 13)."""

import hashlib
import json
from http import HTTPStatus
from typing import Any

from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from rest_framework.request import Request

from participation.selectors.changes import Shown

from .problems import Invalid, Place, Refused, changed_meanwhile


def etag_of_row(shown: Shown) -> str:
    """Return the version of a row: which line of its history it is, in a form that nobody reads anything into."""
    return quote_etag(hashlib.sha256(shown.to_text().encode()).hexdigest()[:32])


def etag_of_document(document: Any) -> str:
    """Return the version of a document: a checksum of all of it."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return quote_etag(hashlib.sha256(text.encode()).hexdigest()[:32])


def etag_of_told(shown: Shown, record: Any) -> str:
    """Return the version of a row that is told with more than its own columns: of the row, and of all that is told.

    For changing it the first half counts: what is owed on the ground of it changes by the day.
    """
    row, told = (etag.strip('"') for etag in (etag_of_row(shown), etag_of_document(record)))
    return quote_etag(f"{row}.{told}")


def is_known(request: Request, etag: str) -> bool:
    """Tell whether who asks has this version already: then the answer is 304."""
    given = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in given or etag in [one.removeprefix("W/") for one in given]


def is_new_only(request: Request) -> bool:
    """Tell whether it was asked to be done only where nothing is there yet (If-None-Match: *)."""
    return request.headers.get("If-None-Match", "").strip() == "*"


def demanded(request: Request) -> list[str]:
    """Return the versions of which one must still be there; ["*"] is any.

    Raises Refused (428) where none is named: who does not say what they read would overwrite what others wrote;
    Invalid where what is named is no ETag.
    """
    given = request.headers.get("If-Match", "")
    found = parse_etags(given)
    if given.strip() and not found:
        raise Invalid([Place.header("If-Match", _("Write the ETag as it was given, with its quotes."))])
    if not found:
        detail = _("Send the ETag of what you read in the header If-Match; then nobody's change is overwritten.")
        raise Refused(HTTPStatus.PRECONDITION_REQUIRED, detail, [Place.header("If-Match", detail, "required")])
    return found


def shown_to(request: Request, now: Shown) -> Shown | None:
    """Return which version of a row was read, for the service that saves it; None where any is good.

    Raises Refused: 428 where no version is named, 412 where it is not the one that is there.
    """
    versions = demanded(request)
    if versions == ["*"]:
        return None
    if etag_of_row(now) not in [quote_etag(version.strip('"').partition(".")[0]) for version in versions]:
        raise changed_meanwhile()
    return now


def check_document(request: Request, document: Any) -> None:
    """Raise Refused where the document is not the one that was read: 428 or 412, as ``shown_to`` does."""
    versions = demanded(request)
    if versions != ["*"] and etag_of_document(document) not in versions:
        raise changed_meanwhile()
