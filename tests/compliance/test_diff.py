from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.diff import compare
from participation.compliance.obligations import ObligationValue
from tests.obligations import obligations

OBLIGATION = ObligationValue("feedback-given", "s1", due_on=date(2026, 4, 30))
LATER = OBLIGATION._replace(due_on=date(2026, 5, 7))
OTHER = ObligationValue("plan-recorded")

several = st.lists(obligations(), unique_by=lambda o: o.identity, max_size=6)


def test_added_changed_unchanged_and_removed_obligations_are_distinguished():
    found = compare([OBLIGATION, OTHER], [LATER, ObligationValue("final-report")])
    assert found.added == [ObligationValue("final-report")]
    assert found.changed == [(OBLIGATION, LATER)]
    assert found.unchanged == []
    assert found.removed == [OTHER]


def test_equal_lists_have_no_difference():
    found = compare([OBLIGATION, OTHER], [OTHER, OBLIGATION])
    assert not found
    assert found.unchanged == [OTHER, OBLIGATION]


@given(several, several)
def test_applying_the_difference_turns_the_first_list_into_the_second(before, after):
    found = compare(before, after)
    rest = [o for o in before if o not in found.removed and o not in [old for old, _new in found.changed]]
    made = [*rest, *(new for _old, new in found.changed), *found.added]
    assert sorted(made, key=lambda o: o.identity) == sorted(after, key=lambda o: o.identity)
