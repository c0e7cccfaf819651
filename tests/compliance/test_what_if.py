"""The effect of moved dates on obligations."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.obligations import ObligationValue, WaiverValue
from participation.compliance.what_if import difference

TODAY = date(2026, 4, 20)
FITS = ObligationValue("a", "s1", due_on=date(2026, 5, 1))
LATE = FITS._replace(due_on=date(2026, 4, 19))
TOO_LATE = FITS._replace(expected_on=date(2026, 5, 2))
UNKNOWN = ObligationValue("a", "s1", missing=("first_decision",))
MET = FITS._replace(met_on=date(2026, 4, 1))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([FITS], [LATE], "worse"),
        ([FITS], [TOO_LATE], "worse"),
        ([UNKNOWN], [TOO_LATE], "worse"),
        ([], [LATE], "worse"),
        ([TOO_LATE], [FITS], "better"),
        ([LATE], [], "better"),
        ([LATE], [UNKNOWN], "better"),
        ([FITS], [FITS._replace(due_on=date(2026, 6, 1))], "shifted"),
        ([UNKNOWN], [FITS], "shifted"),
        ([LATE], [LATE._replace(due_on=date(2026, 4, 10))], "shifted"),
        ([FITS], [FITS], ""),
        ([FITS], [FITS._replace(expected_on=date(2026, 4, 30))], ""),
        ([MET], [MET], ""),
    ],
)
def test_each_change_is_reported_once_in_its_own_category(before, after, kind):
    found = difference(before, after, TODAY)
    assert [name for name in found._fields if getattr(found, name)] == ([kind] if kind else [])
    assert bool(found) is bool(kind)


def test_a_waived_obligation_fits_whatever_its_date():
    explained = [WaiverValue("a", "", date(2026, 4, 1))]
    assert not difference([FITS], [FITS], TODAY, explained)
    assert not difference([FITS], [TOO_LATE], TODAY, explained).worse


def test_the_earliest_due_date_comes_first():
    later = ObligationValue("b", "", due_on=date(2026, 4, 18))
    first = ObligationValue("c", "", due_on=date(2026, 4, 17))
    assert [change.obligation.rule for change in difference([], [later, first], TODAY).worse] == ["c", "b"]
