"""Links between rooms, by the names of their addresses: what is not there is not linked to."""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: object, **query: str) -> str:
    """Return the address by its name, with these values in its query; "" where there is no such address.

    Empty values are left out of the query.
    """
    try:
        found = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    asked = {key: value for key, value in query.items() if value}
    return f"{found}?{urlencode(asked)}" if asked else found
