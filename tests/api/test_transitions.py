"""The ledger, for who asks now and then what is new: no line is missed and none comes twice."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Obligation
from participation.selectors import transitions
from tests import world
from tests.api.calling import Caller, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ALL = "/transitions"


def read(address=ALL, caller=None):
    answer = (caller or Caller()).get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(address=ALL, caller=None):
    return [line["id"] for line in read(address, caller)["results"]]


@pytest.fixture
def owed(today):
    return world.obligation(trajectory=world.trajectory())


def test_a_line_says_what_went_from_what_to_what_when(owed):
    line = world.transition(
        owed, from_status="pending", to_status="overdue", noticed_at=world.moment("2026-04-18 03:00")
    )
    (found,) = read()["results"]

    assert found == {
        "id": line.pk,
        "trajectory": "voorbeeldplein",
        "rule": "feedback-given",
        "subject": "s1",
        "from": "pending",
        "to": "overdue",
        "on": "2026-03-20",
        "noticed_at": "2026-04-18T03:00:00Z",
        "rulebook": "0" * 16,
        "url": "http://leidraad.example/trajecten/voorbeeldplein/#feedback-given--s1",
    }


def test_who_asks_again_with_the_last_id_misses_no_line_and_gets_none_twice(owed):
    found, last = [], 0
    for round_ in range(4):
        for _number in range(round_ * 3):
            world.transition(owed)
        while new := ids(f"{ALL}?after={last}&pageSize=2"):
            found, last = found + new, new[-1]
    assert found == sorted(set(found))
    assert len(found) == 18


def test_a_line_that_is_not_there_yet_holds_back_those_after_it(owed, monkeypatch):
    lines = [world.transition(owed).pk for _number in range(4)]
    monkeypatch.setattr(transitions, "_has_no_writers", lambda: False)
    with connection.cursor() as cursor:
        # As if the third was numbered, but is committed later.
        cursor.execute("DELETE FROM participation_transition WHERE id = %s", [lines[2]])
    assert ids(f"{ALL}?after={lines[0] - 1}") == lines[:2]
    assert ids(f"{ALL}?after={lines[1]}") == []

    monkeypatch.setattr(transitions, "_has_no_writers", lambda: True)
    assert ids(f"{ALL}?after={lines[1]}") == [lines[3]]


def test_pages_go_on_from_where_they_were_also_while_others_write(owed, monkeypatch):
    lines = [world.transition(owed).pk for _number in range(6)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM participation_transition WHERE id = %s", [lines[1]])
    first = read(f"{ALL}?pageSize=2")
    monkeypatch.setattr(transitions, "_has_no_writers", lambda: False)
    second = read(first["next"])

    assert [line["id"] for line in second["results"]] == lines[3:5]
    assert [line["id"] for line in read(second["previous"])["results"]] == [lines[0], lines[2]]


def test_since_a_moment_or_from_the_beginning_of_a_day(owed):
    early = world.transition(owed, noticed_at=world.moment("2026-04-19 21:59")).pk
    late = world.transition(owed, noticed_at=world.moment("2026-04-19 22:00")).pk

    assert ids(f"{ALL}?since=2026-04-19T21:59:00Z") == [early, late]
    assert ids(f"{ALL}?since=2026-04-19T21:59:01Z") == [late]
    # The day begins at midnight in town: in summer that is two hours earlier in UTC.
    assert ids(f"{ALL}?since=2026-04-20") == [late]
    assert ids(f"{ALL}?since=2026-04-20T00:00:00%2B02:00") == [late]


def test_filters_leave_what_was_asked_for(owed):
    other = world.obligation(trajectory=world.trajectory("ander"), rule="final-report", subject="")
    one, two = world.transition(owed).pk, world.transition(other, to_status="overdue").pk

    assert ids(f"{ALL}?trajectory=ander") == ids(f"{ALL}?rule=final-report") == ids(f"{ALL}?to=overdue") == [two]
    assert ids(f"{ALL}?to=withdrawn") == ids(f"{ALL}?trajectory=nergens") == []
    assert ids("/trajectories/voorbeeldplein/transitions") == [one]
    assert ids("/trajectories/ander/transitions?to=pending") == []
    assert set(wrong(Caller().get("/trajectories/ander/transitions?trajectory=ander"))) == {"trajectory"}


@pytest.mark.parametrize(
    "asked", ["after=-1", "after=1.0", "after=x", f"after={'9' * 30}", "since=gisteren", "to=laat"]
)
def test_what_cannot_be_asked_is_told_at_its_name(owed, asked):
    assert set(wrong(Caller().get(f"{ALL}?{asked}"))) == {asked.partition("=")[0]}


def test_what_is_not_public_is_not_told_to_who_may_not_see_it(owed):
    hidden = world.obligation(trajectory=world.trajectory("geheim", public=False))
    seen, unseen = world.transition(owed).pk, world.transition(hidden).pk
    motion = world.transition(world.obligation(motion=world.motion(), rule="motion-settled", subject="")).pk
    member, auditor = Caller(world.user("association_member", world.RESIDENTS)), Caller(world.user("auditor"))

    assert ids() == ids(ALL, member) == [seen, motion]
    assert ids(ALL, auditor) == [seen, unseen, motion]
    assert Caller().get("/trajectories/geheim/transitions").status_code == 404
    assert ids("/trajectories/geheim/transitions", auditor) == [unseen]


def test_more_lines_ask_no_more_of_the_database(owed):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            read(f"{ALL}?pageSize=500")
        return len(queries)

    world.transition(owed)
    few = asked()
    for number in range(50):
        world.transition(world.obligation(trajectory=world.trajectory(f"t{number}")))
        world.transition(owed)
    assert asked() == few <= 4
    assert Obligation.objects.count() == 51
