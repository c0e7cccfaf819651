"""Statistics in the API: the same figures as on their page."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.selectors.statistics import city
from tests import towns, world
from tests.api.client import ApiTestClient, errors_of
from tests.web.trajectories.sample_trajectory import assess

pytestmark = pytest.mark.django_db
COUNT_KEYS = ("in_time", "late", "explained", "overdue", "unknown")


def read(query="", caller=None):
    response = (caller or ApiTestClient()).get(f"/statistics{query}")
    assert response.status_code == 200, response.content
    return response.json()


def added(rows):
    return {name: sum(row[name] for row in rows) for name in COUNT_KEYS}


def test_rule_counts_add_up_to_basic_conditions_and_to_the_total(square):
    found = read()
    assert added(found["basics"]) == {name: found["all"][name] for name in COUNT_KEYS}
    for row in found["basics"]:
        assert added(row["rules"]) == {name: row[name] for name in COUNT_KEYS}
    lines = ApiTestClient().get("/trajectories/voorbeeldplein/obligations").json()["results"]
    late = [line for line in lines if line["status"] in ("overdue", "possibly_overdue")]
    assert found["all"]["overdue"] == len(late) > 0
    assert found["all"]["due"] == sum(found["all"][name] for name in COUNT_KEYS[:4])
    assert found["all"]["in_time_share"] == round(found["all"]["in_time"] / found["all"]["due"], 4)
    assert found["longest_delays"][0]["trajectory"] == "voorbeeldplein"


def test_as_of_another_day_gives_other_overdue_counts(square):
    assert read("?geldigOp=2026-04-17")["all"]["overdue"] < read()["all"]["overdue"]
    assert read("?dueFrom=2026-04-18")["all"]["overdue"] < read()["all"]["overdue"]
    assert read("?dueFrom=2026-04-21")["all"]["due"] == 0
    assert read("?dueFrom=2026-04-21&geldigOp=2026-05-01")["due_from"] == "2026-04-21"


def test_as_known_before_anything_was_recorded_all_counts_are_zero(square):
    found = read("?bekendOp=2020-01-01&geldigOp=2026-04-20")
    assert found["basics"] == []
    assert found["all"]["in_time_share"] is None
    assert found["known_at"] == "2020-01-01T22:59:59.999999Z"


def test_retrospective_trajectories_are_counted_separately(square, today):
    back = world.trajectory("terug", retrospective=True)
    world.step(back, done=world.on("2020-03-20"))
    before = read()["all"]
    assess(back, today)
    found = read()
    assert found["all"] == before
    assert sum(row["overdue"] for row in found["retrospective"]) > 0


def test_statistics_can_be_filtered(square, today):
    other = world.trajectory("ander", world.LAKES, kind="mobility")
    world.neighbourhood(world.LAKES)
    world.models.Neighbourhood.objects.filter(slug=world.LAKES).update(district="Noord")
    assess(other, today)
    whole, centre = read()["all"], read(f"?neighbourhood={world.CENTRE}")["all"]
    lakes = read("?district=Noord")["all"]
    assert {name: centre[name] + lakes[name] for name in COUNT_KEYS} == {name: whole[name] for name in COUNT_KEYS}
    assert read("?kind=mobility")["all"] == lakes != centre
    assert read("?municipality=elders")["all"]["due"] == 0


def test_only_visible_trajectories_are_counted(square):
    square.public = False
    square.save()
    assert read()["basics"] == []
    assert read("?bekendOp=2026-04-20")["basics"] == []
    assert read(caller=ApiTestClient(world.user("auditor")))["basics"]


def test_too_many_trajectories_to_reassess_give_an_error_with_a_remedy(square, monkeypatch):
    monkeypatch.setattr(city, "MAX_REASSESSED_TRAJECTORIES", 1)
    world.trajectory("ander", world.LAKES)
    assert set(errors_of(ApiTestClient().get("/statistics?bekendOp=2026-04-20"))) == {"bekendOp"}
    assert read(f"?bekendOp=2026-04-20&neighbourhood={world.LAKES}")["known_at"]


def test_motions_and_commitments_are_counted_by_status(square):
    world.motion(settled_on=world.on("2024-05-16"))
    world.commitment()
    found = read()
    assert (found["motions"], found["commitments"]) == ({"settled": 1}, {"open": 1})


def test_more_rows_take_no_more_queries(square):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            read()
        return len(queries)

    few = count_queries()
    for number in range(50):
        world.obligation(trajectory=world.trajectory(f"t{number}"))
    assert count_queries() == few == 12


# ---------- several municipalities


@pytest.fixture
def two_towns(settings, today):
    settings.RULEBOOK = towns.TOWNS
    world.organisation("oegstgeest", kind="municipality", name="Gemeente Oegstgeest")
    for town in ("leiden", "oegstgeest"):
        towns.trajectory(f"plein-{town}", town)


def test_the_municipalities_are_there_apart_and_together(two_towns):
    found = read()
    apart = {row["municipality"]: row for row in found["municipalities"]}
    assert {slug: (row["name"], row["rulebook"]["name"]) for slug, row in apart.items()} == {
        "oegstgeest": ("Gemeente Oegstgeest", "oegstgeest"),
        "leiden": ("leiden", "leiden"),
    }
    assert added([row["all"] for row in apart.values()]) == {name: found["all"][name] for name in COUNT_KEYS}
    for slug, row in apart.items():
        only = read(f"?municipality={slug}")
        assert (only["all"], only["basics"], only["rulebook"]) == (row["all"], row["basics"], row["rulebook"])
    feedback = next(row for row in found["basics"] if row["basic"] == "feedback")
    assert {(rule["rulebook"], rule["rule"]) for rule in feedback["rules"]} >= {
        ("leiden", "feedback-given"),
        ("oegstgeest", "feedback-given"),
    }


def test_the_same_is_said_of_what_was_known_at_a_moment(two_towns):
    now, known = read(), read("?bekendOp=2026-04-20T12:00:00Z")
    assert known["municipalities"] == now["municipalities"]
    assert known["longest_delays"] == now["longest_delays"]
