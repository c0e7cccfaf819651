from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.diff import compare
from participation.compliance.obligations import ObligationValue
from tests.obligations import obligations

OWED = ObligationValue("feedback-given", "s1", due_on=date(2026, 4, 30))
LATER = OWED._replace(due_on=date(2026, 5, 7))
OTHER = ObligationValue("plan-recorded")

several = st.lists(obligations(), unique_by=lambda o: o.identity, max_size=6)


def test_what_came_what_changed_what_stayed_and_what_went_are_told_apart():
    found = compare([OWED, OTHER], [LATER, ObligationValue("final-report")])
    assert found.added == [ObligationValue("final-report")]
    assert found.changed == [(OWED, LATER)]
    assert found.same == []
    assert found.gone == [OTHER]


def test_the_same_twice_is_no_difference():
    found = compare([OWED, OTHER], [OTHER, OWED])
    assert not found
    assert found.same == [OTHER, OWED]


@given(several, several)
def test_carrying_out_the_difference_turns_the_one_into_the_other(before, after):
    found = compare(before, after)
    rest = [o for o in before if o not in found.gone and o not in [old for old, _new in found.changed]]
    made = [*rest, *(new for _old, new in found.changed), *found.added]
    assert sorted(made, key=lambda o: o.identity) == sorted(after, key=lambda o: o.identity)
