"""The neighbourhood of a postcode."""

from participation.models import Neighbourhood, Postcode


def has_postcodes() -> bool:
    """Return whether a list of postcodes was imported."""
    return Postcode.objects.exists()


def neighbourhood_of_postcode(postcode: str) -> Neighbourhood | None:
    """Return the neighbourhood of this postcode, else its district; None where it is unknown. Two queries."""
    code = Postcode.objects.filter(pk=postcode).values_list("cbs_code", flat=True).first()
    if code is None:
        return None
    # BU… sorts before WK…
    return Neighbourhood.objects.filter(cbs_code__in=[code, district_code(code)]).order_by("cbs_code").first()


def district_code(code: str) -> str:
    """Return the code of the district (WK054600) of a neighbourhood (BU05460001)."""
    return f"WK{code[2:8]}"
