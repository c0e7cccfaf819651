"""Importing which neighbourhood each postcode is in, from the list of CBS, in one transaction."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from participation.dossier.errors import DossierError, Problem
from participation.interchange.postcodes import PostcodeList
from participation.models import Neighbourhood, Postcode
from participation.selectors.postcodes import district_code

_BATCH_SIZE = 1000


class ImportedPostcodes(NamedTuple):
    """What an import stored or would store: the number of postcodes, and those of which nothing is here.

    ``unplaced`` is the number of postcodes by code of neighbourhood, where neither it nor its district is recorded.
    """

    stored: int
    divided: int
    unplaced: Mapping[str, int]


def proposed_postcodes(found: PostcodeList) -> ImportedPostcodes:
    """Return what importing this list would store; one query.

    Raises DossierError where the list has problems, or no code that is known here though there are neighbourhoods.
    """
    if found.problems:
        raise DossierError(found.problems)
    recorded = set(Neighbourhood.objects.exclude(cbs_code="").values_list("cbs_code", flat=True))
    unplaced: dict[str, int] = {}
    for code in found.codes.values():
        if code not in recorded and district_code(code) not in recorded:
            unplaced[code] = unplaced.get(code, 0) + 1
    if recorded and sum(unplaced.values()) == len(found.codes):
        reason = _("None of the codes in this file is of a neighbourhood here.")
        hint = _("Import the neighbourhoods with their codes first, and use the list of the same year.")
        raise DossierError([Problem(_("the file"), reason, hint)])
    return ImportedPostcodes(len(found.codes), found.divided, unplaced)


def import_postcodes(found: PostcodeList, municipality: str) -> ImportedPostcodes:
    """Store these postcodes in the place of those that the municipality, like GM0546, had.

    Raises DossierError, with nothing stored, where the list has problems.
    """
    done = proposed_postcodes(found)
    with transaction.atomic():
        Postcode.objects.filter(cbs_code__startswith=f"BU{municipality[2:]}").delete()
        rows = [Postcode(postcode=postcode, cbs_code=code) for postcode, code in found.codes.items()]
        # A postcode may be in two municipalities: then the last import counts.
        Postcode.objects.bulk_create(
            rows, _BATCH_SIZE, update_conflicts=True, unique_fields=["postcode"], update_fields=["cbs_code"]
        )
    return done
