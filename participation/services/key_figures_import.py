"""Importing the inhabitants of neighbourhoods from the key figures of CBS, in one transaction, with history."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from participation.dossier.errors import DossierError, Problem
from participation.interchange.key_figures import KeyFigure, KeyFigures
from participation.models import Neighbourhood

_BATCH_SIZE = 500


class ImportedFigures(NamedTuple):
    """What an import changed.

    ``unknown`` are the rows of our neighbourhoods without a number, ``missing`` our neighbourhoods whose code the file
    lacks: it may have the codes of another year.
    """

    changed: list[Neighbourhood]
    same: int
    unknown: list[KeyFigure]
    missing: list[Neighbourhood]


def import_key_figures(
    figures: KeyFigures, year: int, by: Any, now: datetime, *, dry_run: bool = False
) -> ImportedFigures:
    """Store the inhabitants in this year of the neighbourhoods with a code in the file; two queries.

    What the file does not know stays as it is. Raises DossierError, with nothing stored, where the file has problems or
    no code that is known here.
    """
    if figures.problems:
        raise DossierError(figures.problems)
    with transaction.atomic():
        rows = list(Neighbourhood.objects.select_for_update().exclude(cbs_code="").order_by("cbs_code"))
        found = ImportedFigures([], 0, [], [])
        for row in rows:
            figure = figures.rows.get(row.cbs_code)
            if figure is None:
                found.missing.append(row)
            elif figure.inhabitants is None:
                found.unknown.append(figure)
            elif (row.inhabitants, row.inhabitants_year) == (figure.inhabitants, year):
                found = found._replace(same=found.same + 1)
            else:
                row.inhabitants, row.inhabitants_year = figure.inhabitants, year
                found.changed.append(row)
        if len(found.missing) == len(rows):
            reason = _("None of the codes in this file is of a neighbourhood here.")
            hint = _("Import the neighbourhoods with their codes first, and use key figures of the same year.")
            raise DossierError([Problem(_("the file"), reason, hint)])
        if found.changed and not dry_run:
            columns = ["inhabitants", "inhabitants_year"]
            options: dict[str, Any] = {"batch_size": _BATCH_SIZE, "default_user": by, "default_date": now}
            bulk_update_with_history(found.changed, Neighbourhood, columns, **options)
    return found
