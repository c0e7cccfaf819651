"""Reverse URLs of other packages, "" where the URL is not configured."""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: object, **query: str) -> str:
    """Return the URL of this name, with ``query`` as its query string; "" if it does not resolve.

    Empty values are left out of the query string.
    """
    try:
        found = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    params = {key: value for key, value in query.items() if value}
    return f"{found}?{urlencode(params)}" if params else found
