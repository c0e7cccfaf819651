"""An item of an agenda goes to the trajectory with its case number; by words of the title it is only proposed."""

from __future__ import annotations

import pytest

from participation.interchange.agendas.reading import read_agendas
from participation.interchange.agendas.values import MAX_ITEMS
from participation.services.trajectories.agenda_matching import match_agendas
from tests import world
from tests.interchange.agendas.agenda_files import notubiz, notubiz_document, notubiz_item, notubiz_meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return world.user("coordinator")


def matches(user, *items):
    """Return of each match the trajectory, how it was found, and whether it is certain."""
    found = match_agendas(read_agendas(notubiz(notubiz_meeting(*items))).meetings, user)
    return [(match.trajectory, match.how, match.is_certain) for match in found.matches]


def numbered(number):
    return notubiz_item(7, "Iets anders", notubiz_document(9, case_code=number))


@pytest.mark.parametrize("written", ["Z/26/123456", "z/26/123456", " Z/26/ 123456 "])
def test_a_case_number_of_a_document_is_certain(coordinator, written):
    square = world.trajectory(case_number="Z/26/123456")
    world.trajectory("ander", case_number="Z/26/123457")
    assert matches(coordinator, numbered(written)) == [(square.pk, "case_number", True)]


@pytest.mark.parametrize(
    "title", ["Visie (Z/26/123456)", "Visie, zaaknummer: Z/26/123456.", "Z/26/123456 - Visie", "“Z/26/123456” visie"]
)
def test_a_case_number_in_a_title_is_found(coordinator, title):
    square = world.trajectory(case_number="Z/26/123456")
    assert matches(coordinator, notubiz_item(7, title)) == [(square.pk, "case_number", True)]


def test_a_case_number_with_a_space_in_it_is_found(coordinator):
    square = world.trajectory(case_number="RV 26.0012")
    assert matches(coordinator, notubiz_item(7, "Voorstel RV 26.0012 over de visie")) == [
        (square.pk, "case_number", True)
    ]


def test_a_case_number_is_found_in_other_systems_and_steps_too(coordinator):
    square = world.trajectory(external=[{"system": "zaaksysteem", "id": "ZK-2026-01", "url": ""}])
    lake = world.trajectory("meer")
    world.step(lake, kind="decision", case_number="BSL-2026-7")
    found = matches(
        coordinator, numbered("ZK-2026-01"), notubiz_item(8, "Brief", notubiz_document(1, case_code="BSL-2026-7"))
    )
    assert found == [(square.pk, "case_number", True), (lake.pk, "case_number", True)]


@pytest.mark.parametrize("number", ["12", "2026", "Z-1"])
def test_a_short_case_number_is_not_looked_for_in_texts(coordinator, number):
    world.trajectory(case_number=number)
    assert matches(coordinator, notubiz_item(7, f"Brief {number} van het college")) == []


def test_a_part_of_a_longer_number_is_no_case_number(coordinator):
    world.trajectory(case_number="Z/26/12345")
    assert matches(coordinator, notubiz_item(7, "Brief Z/26/123456")) == []


def test_one_case_number_of_two_trajectories_is_not_certain(coordinator):
    first, second = (world.trajectory(slug, case_number="Z/26/123456") for slug in ("een", "twee"))
    found = matches(coordinator, numbered("Z/26/123456"))
    assert found == [(first.pk, "case_number", False), (second.pk, "case_number", False)]


def test_the_case_number_goes_before_the_words_of_a_title(coordinator):
    world.trajectory("parkeerplan-singelrand")
    square = world.trajectory(case_number="Z/26/123456")
    item = notubiz_item(7, "Parkeerplan Singelrand", notubiz_document(9, case_code="Z/26/123456"))
    assert matches(coordinator, item) == [(square.pk, "case_number", True)]


def test_where_it_was_recorded_goes_before_the_case_number(coordinator):
    square = world.trajectory()
    world.step(square, "notubiz-7", kind="decision")
    world.trajectory("ander", case_number="Z/26/123456")
    assert matches(coordinator, numbered("Z/26/123456")) == [(square.pk, "recorded", True)]


# ---------------------------------------------------------------- words of the title


def test_two_words_of_a_title_propose_a_trajectory(coordinator):
    parking = world.trajectory("parkeerplan-singelrand")
    world.trajectory("singelrand-vergroenen")
    assert matches(coordinator, notubiz_item(7, "Vaststelling parkeerplan Singelrand")) == [
        (parking.pk, "title", False)
    ]


def test_a_long_word_that_no_other_title_has_proposes_it(coordinator):
    square = world.trajectory("lindeplein", title="Herinrichting Lindeplein en omgeving")
    world.trajectory("brink", title="Brink")
    found = matches(coordinator, notubiz_item(7, "Krediet Lindeplein"), notubiz_item(8, "Krediet Brink"))
    assert found == [(square.pk, "title", False)]


def test_a_word_that_two_titles_have_is_not_enough(coordinator):
    world.trajectory("lindeplein-bomen")
    world.trajectory("lindeplein-stenen")
    assert matches(coordinator, notubiz_item(7, "Krediet Lindeplein")) == []


@pytest.mark.parametrize("title", ["Vaststelling agenda", "Voorstel participatie gemeente", "Plein"])
def test_words_of_any_agenda_propose_nothing(coordinator, title):
    world.trajectory("participatie-gemeente-plein-singelrand")
    assert matches(coordinator, notubiz_item(7, title)) == []


def test_a_title_like_that_of_many_trajectories_proposes_none(coordinator):
    for number in range(4):
        world.trajectory(f"wijk-{number}", title="Wijkvisie Stevenshof")
    assert matches(coordinator, notubiz_item(7, "Wijkvisie Stevenshof")) == []


@pytest.mark.parametrize("columns", [{"status": "closed"}, {"retrospective": True}])
def test_a_trajectory_that_is_over_is_only_found_by_its_number(coordinator, columns):
    over = world.trajectory("parkeerplan-singelrand", case_number="Z/26/123456", **columns)
    found = matches(coordinator, notubiz_item(8, "Parkeerplan Singelrand"), numbered("Z/26/123456"))
    assert found == [(over.pk, "case_number", True)]


# ---------------------------------------------------------------- rights and size


def test_an_adviser_gets_only_trajectories_that_are_assigned():
    adviser = world.user("adviser")
    world.trajectory(case_number="Z/26/123456")
    own = world.trajectory("eigen", case_number="Z/26/123457")
    adviser.trajectories.set([own])
    item = notubiz_item(8, "Brief", notubiz_document(2, case_code="Z/26/123457"))
    assert matches(adviser, numbered("Z/26/123456"), item) == [(own.pk, "case_number", True)]


def test_the_number_of_queries_does_not_grow(coordinator, django_assert_num_queries):
    for number in range(50):
        world.trajectory(f"traject-{number}", case_number=f"Z/26/{number:06}")
    items = [notubiz_item(number, f"Brief Z/26/{number:06}") for number in range(50)]
    for some in (items[:1], items):
        meetings = read_agendas(notubiz(notubiz_meeting(*some))).meetings
        with django_assert_num_queries(3):
            assert len(match_agendas(meetings, coordinator).matches) == len(some)


def test_as_many_items_as_a_file_may_have_are_matched(coordinator):
    items = [notubiz_item(number, f"Brief {number}") for number in range(MAX_ITEMS)]
    found = match_agendas(read_agendas(notubiz(notubiz_meeting(*items))).meetings, coordinator)
    assert len(found.others) == MAX_ITEMS
