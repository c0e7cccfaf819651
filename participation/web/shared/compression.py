"""Compression of pages; docs/decisions/0008-compressed-pages.md says what, and why no secret leaks by its length."""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

#: Not files to download, which are made once and can be large.
COMPRESSED_TYPES: Final = ("text/html", "text/calendar", "application/atom+xml", "application/xml")
#: Pages that show a secret, such as that of a second factor or a key: the length of a compressed page could leak it.
UNCOMPRESSED_PATHS: Final = ("/account/", "/mijn/sleutels/", "/admin/")


class CompressionMiddleware(GZipMiddleware):
    """Middleware that compresses pages, calendars and feeds for programs that accept it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response, compressed where it has such content without secrets.

        Not that of the API: compressing makes an ETag weak, and a weak one never matches If-Match.
        """
        content_type = response.headers.get("Content-Type", "")
        if not content_type.startswith(COMPRESSED_TYPES) or request.path.startswith(UNCOMPRESSED_PATHS):
            return response
        return super().process_response(request, response)
