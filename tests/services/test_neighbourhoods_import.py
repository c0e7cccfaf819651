"""Neighbourhoods from a file of CBS: known by code or name, slugs and neighbours kept, none removed, once only."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from participation.dossier.errors import DossierError
from participation.exchange.neighbourhoods import Area, Areas
from participation.models import Neighbourhood
from participation.services.neighbourhoods_import import proposed_areas, take_in_areas
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-11-16 10:00")


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def areas(*pairs, municipality="Leiden", district=""):
    found = [Area(code, name, district, f"row {n}") for n, (code, name) in enumerate(pairs, 2)]
    return Areas(municipality, tuple(found))


def proposed(read, level="wijken"):
    return proposed_areas(read, "GM0546", level)


def take_in(read, level="wijken", by=None):
    return take_in_areas(read, "GM0546", level, by, NOW)


def test_one_that_is_known_by_name_gets_its_code_and_keeps_slug_name_and_neighbours():
    centre = world.neighbourhood("binnenstad-noord", name="Binnenstad-Noord")
    lakes = world.neighbourhood("merenwijk", name="Merenwijk")
    centre.neighbours.add(lakes)
    by = world.user("administrator")
    take_in(areas(("WK054601", "Binnenstad Noord"), ("WK054608", "Merenwijk")), by=by)
    centre.refresh_from_db()
    assert (centre.slug, centre.name, centre.cbs_code) == ("binnenstad-noord", "Binnenstad-Noord", "WK054601")
    assert list(centre.neighbours.all()) == [lakes]
    assert centre.history.order_by("history_id").last().history_user == by
    assert Neighbourhood.objects.count() == 2


def test_one_that_is_known_by_code_is_renamed_with_its_history():
    world.neighbourhood("merenwijk", name="Merenwijk", cbs_code="WK054608")
    found = take_in(areas(("WK054608", "Merenwijkdistrict")))
    (change,) = found.changed
    assert [(d.column, d.old, d.new) for d in change.differences] == [("name", "Merenwijk", "Merenwijkdistrict")]
    row = Neighbourhood.objects.get()
    assert (row.slug, row.name) == ("merenwijk", "Merenwijkdistrict")
    assert [line.name for line in row.history.order_by("-history_id")] == ["Merenwijkdistrict", "Merenwijk"]


def test_a_new_one_gets_a_slug_that_is_free():
    world.neighbourhood("noord", municipality="elders")
    take_in(areas(("WK054603", "Noord")))
    row = Neighbourhood.objects.get(cbs_code="WK054603")
    assert (row.slug, row.municipality) == ("noord-leiden", "leiden")


def test_what_the_file_does_not_have_is_told_and_stays():
    world.neighbourhood("merenwijk", name="Merenwijk", cbs_code="WK054608")
    world.neighbourhood("elders", municipality="leiderdorp")
    world.neighbourhood("een-buurt", cbs_code="BU05460001")
    found = take_in(areas(("WK054603", "Noord")))
    assert [row.slug for row in found.gone] == ["merenwijk"]
    assert Neighbourhood.objects.count() == 4


def test_the_same_file_twice_changes_nothing():
    read = areas(("BU05460001", "Pieterswijk"), ("BU05460002", "Maredorp"), district="Binnenstad")
    take_in(read, "buurten")
    lines = Neighbourhood.history.count()
    again = take_in(read, "buurten")
    assert (again.new, again.changed, again.same) == ([], [], 2)
    assert Neighbourhood.history.count() == lines
    assert set(Neighbourhood.objects.values_list("district", flat=True)) == {"Binnenstad"}


def test_names_that_are_swapped_between_codes_follow_the_codes():
    world.neighbourhood("a", name="Noord", cbs_code="WK054601")
    world.neighbourhood("b", name="Zuid", cbs_code="WK054602")
    take_in(areas(("WK054601", "Zuid"), ("WK054602", "Noord")))
    assert set(Neighbourhood.objects.values_list("slug", "name")) == {("a", "Zuid"), ("b", "Noord")}


def test_two_of_one_name_cannot_be_told_apart_and_nothing_is_stored():
    world.neighbourhood("noord", name="Noord")
    world.neighbourhood("noord-2", name="Noord")
    with pytest.raises(DossierError) as refused:
        take_in(areas(("WK054602", "Zuid"), ("WK054601", "Noord")))
    (problem,) = refused.value.problems
    assert problem.place == "row 3"
    assert "noord, noord-2" in problem.reason
    assert not Neighbourhood.objects.exclude(cbs_code="").exists()
    assert Neighbourhood.objects.count() == 2


def test_without_a_name_for_the_municipality_the_codes_that_are_there_tell_it():
    read = areas(("WK054603", "Noord"), municipality="")
    assert "GM_NAAM" in proposed(read).problems[0].hint
    world.neighbourhood("merenwijk", cbs_code="WK054608")
    assert proposed(read).new[0].row.municipality == "leiden"


def test_fifty_areas_ask_no_more_queries_than_one():
    def asked(numbers):
        read = areas(*((f"BU0546{n:04}", f"Buurt {n}") for n in numbers))
        with CaptureQueriesContext(connection) as found:
            take_in(read, "buurten")
        return len(found)

    one = asked([1])
    assert asked(range(10, 60)) == one
