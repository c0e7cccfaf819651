"""The status in SQL equals the status in Python."""

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from participation.compliance.obligations import FLAGGED, status
from participation.models import Obligation, Waiver
from participation.selectors.obligations.status_expressions import (
    flagged_on,
    overdue_on,
    status_of_flagged_on,
    with_status,
    with_status_of_all,
)
from tests import world
from tests.obligations import dates, obligations, waivers


class _Rollback(Exception):
    pass


@pytest.mark.django_db
@settings(max_examples=150)
@given(
    st.lists(obligations(), unique_by=lambda o: o.identity, min_size=1, max_size=9),
    st.lists(waivers(), unique_by=lambda w: (w.rule, w.subject, w.granted_on), max_size=4),
    dates,
)
def test_sql_and_python_statuses_agree_for_random_input(obligation, explained, day):
    try:
        with transaction.atomic():
            square, elsewhere = world.trajectory("plein"), world.trajectory("elders")
            for waiver in explained:
                _explain(square, waiver)
            # A waiver of another trajectory must change nothing here.
            _explain(elsewhere, explained[0]) if explained else None
            Obligation.objects.bulk_create(
                Obligation(
                    trajectory=square,
                    **{f: getattr(o, f) for f in o._fields if f not in ("missing", "details")},
                )
                for o in obligation
            )
            found = {(o.rule, o.subject): o.status for o in with_status(Obligation.objects.all(), day)}
            assert found == {o.identity: status(o, day, explained) for o in obligation}
            assert found == {(o.rule, o.subject): o.status for o in with_status_of_all(Obligation.objects.all(), day)}
            late = Obligation.objects.filter(overdue_on(day)).values_list("rule", "subject")
            assert set(late) == {identity for identity, sql_status in found.items() if sql_status == "overdue"}
            flagged = Obligation.objects.filter(flagged_on(day)).annotate(known=status_of_flagged_on(day))
            assert {(o.rule, o.subject): o.known for o in flagged} == {
                identity: sql_status for identity, sql_status in found.items() if sql_status in FLAGGED
            }
            raise _Rollback
    except _Rollback:
        pass


def _explain(trajectory, waiver):
    Waiver.objects.create(trajectory=trajectory, reason="Zo besloten.", by="college", **waiver._asdict())


@pytest.mark.django_db
def test_statuses_of_many_obligations_take_one_query(django_assert_num_queries):
    square = world.trajectory("plein")
    Obligation.objects.bulk_create(
        Obligation(trajectory=square, rule="record-kept", subject=f"s{n}") for n in range(50)
    )
    day = world.on("2026-03-01").earliest
    with django_assert_num_queries(1):
        assert {o.status for o in with_status(Obligation.objects.all(), day)} == {"unknown"}
