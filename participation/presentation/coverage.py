"""With which districts and groups people spoke, in words."""

from datetime import date
from typing import Final, NamedTuple

from django.utils.text import capfirst

from participation.models.labels import LABELS
from participation.selectors.statistics.coverage import Coverage, Covered

#: How long nobody may have spoken with a district or group before it is named.
DEFAULT_MONTHS: Final = 12


class CoverageRow(NamedTuple):
    """A district or group on the page."""

    label: str
    last: date | None
    number: int
    is_missed: bool
    name: str
    url: str = ""


def district_rows(found: Coverage, since: date) -> list[CoverageRow]:
    """Return the districts, those with which nobody spoke for longest first."""
    return [_row(row.name, row, since) for row in found.districts]


def group_rows(found: Coverage, since: date) -> list[CoverageRow]:
    """Return the groups, those with which nobody spoke for longest first."""
    return [_row(group_name(row.name), row, since) for row in found.groups]


def group_name(group: str) -> str:
    """Return what a group is called: its label where it is a code, else the text itself."""
    return str(LABELS.get(group, group))


def _row(label: str, row: Covered, since: date) -> CoverageRow:
    return CoverageRow(capfirst(label), row.last, row.number, row.is_missed(since), row.name)
