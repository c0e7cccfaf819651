"""The log of transitions, read in portions: no row is missed and none comes twice."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Obligation
from participation.selectors.obligations import transitions
from tests import world
from tests.api.client import ApiTestClient, errors_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ALL = "/transitions"


def read(address=ALL, caller=None):
    response = (caller or ApiTestClient()).get(address)
    assert response.status_code == 200, response.content
    return response.json()


def ids(address=ALL, caller=None):
    return [line["id"] for line in read(address, caller)["results"]]


@pytest.fixture
def obligation(today):
    return world.obligation(trajectory=world.trajectory())


def test_a_transition_shows_the_old_and_new_status_and_the_moment(obligation):
    line = world.transition(
        obligation, from_status="pending", to_status="overdue", noticed_at=world.moment("2026-04-18 03:00")
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
        "url": "http://leidraad.example/trajecten/voorbeeldplein/afspraken/#feedback-given--s1",
    }


def test_polling_with_the_last_id_returns_every_transition_once(obligation):
    found, last = [], 0
    for round_ in range(4):
        for _number in range(round_ * 3):
            world.transition(obligation)
        while new := ids(f"{ALL}?after={last}&pageSize=2"):
            found, last = found + new, new[-1]
    assert found == sorted(set(found))
    assert len(found) == 18


def test_an_uncommitted_transition_delays_those_after_it(obligation, monkeypatch):
    lines = [world.transition(obligation).pk for _number in range(4)]
    monkeypatch.setattr(transitions, "_has_no_writers", lambda: False)
    with connection.cursor() as cursor:
        # As if the third had its number, but is committed later.
        cursor.execute("DELETE FROM participation_transition WHERE id = %s", [lines[2]])
    assert ids(f"{ALL}?after={lines[0] - 1}") == lines[:2]
    assert ids(f"{ALL}?after={lines[1]}") == []

    monkeypatch.setattr(transitions, "_has_no_writers", lambda: True)
    assert ids(f"{ALL}?after={lines[1]}") == [lines[3]]


def test_pages_continue_correctly_while_others_write(obligation, monkeypatch):
    lines = [world.transition(obligation).pk for _number in range(6)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM participation_transition WHERE id = %s", [lines[1]])
    first = read(f"{ALL}?pageSize=2")
    monkeypatch.setattr(transitions, "_has_no_writers", lambda: False)
    second = read(first["next"])

    assert [line["id"] for line in second["results"]] == lines[3:5]
    assert [line["id"] for line in read(second["previous"])["results"]] == [lines[0], lines[2]]


def test_transitions_can_be_requested_since_a_moment_or_a_day(obligation):
    early = world.transition(obligation, noticed_at=world.moment("2026-04-19 21:59")).pk
    late = world.transition(obligation, noticed_at=world.moment("2026-04-19 22:00")).pk

    assert ids(f"{ALL}?since=2026-04-19T21:59:00Z") == [early, late]
    assert ids(f"{ALL}?since=2026-04-19T21:59:01Z") == [late]
    # The day starts at midnight local time, which in summer is two hours earlier in UTC.
    assert ids(f"{ALL}?since=2026-04-20") == [late]
    assert ids(f"{ALL}?since=2026-04-20T00:00:00%2B02:00") == [late]


def test_filters_select_the_matching_transitions(obligation):
    other = world.obligation(trajectory=world.trajectory("ander"), rule="final-report", subject="")
    one, two = world.transition(obligation).pk, world.transition(other, to_status="overdue").pk

    assert ids(f"{ALL}?trajectory=ander") == ids(f"{ALL}?rule=final-report") == ids(f"{ALL}?to=overdue") == [two]
    assert ids(f"{ALL}?to=withdrawn") == ids(f"{ALL}?trajectory=nergens") == []
    assert ids("/trajectories/voorbeeldplein/transitions") == [one]
    assert ids("/trajectories/ander/transitions?to=pending") == []
    assert set(errors_of(ApiTestClient().get("/trajectories/ander/transitions?trajectory=ander"))) == {"trajectory"}


@pytest.mark.parametrize(
    "query", ["after=-1", "after=1.0", "after=x", f"after={'9' * 30}", "since=gisteren", "to=laat"]
)
def test_an_invalid_parameter_is_reported_by_name(obligation, query):
    assert set(errors_of(ApiTestClient().get(f"{ALL}?{query}"))) == {query.partition("=")[0]}


def test_transitions_of_private_trajectories_are_hidden_without_permission(obligation):
    hidden = world.obligation(trajectory=world.trajectory("geheim", public=False))
    seen, unseen = world.transition(obligation).pk, world.transition(hidden).pk
    motion = world.transition(world.obligation(motion=world.motion(), rule="motion-settled", subject="")).pk
    member, auditor = (
        ApiTestClient(world.user("association_member", world.RESIDENTS)),
        ApiTestClient(world.user("auditor")),
    )

    assert ids() == ids(ALL, member) == [seen, motion]
    assert ids(ALL, auditor) == [seen, unseen, motion]
    assert ApiTestClient().get("/trajectories/geheim/transitions").status_code == 404
    assert ids("/trajectories/geheim/transitions", auditor) == [unseen]


def test_more_rows_take_no_more_queries(obligation):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            read(f"{ALL}?pageSize=500")
        return len(queries)

    world.transition(obligation)
    few = count_queries()
    for number in range(50):
        world.transition(world.obligation(trajectory=world.trajectory(f"t{number}")))
        world.transition(obligation)
    assert count_queries() == few <= 4
    assert Obligation.objects.count() == 51
