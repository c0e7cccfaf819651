"""Importing neighbourhoods of CBS: matched by code or name, slugs and neighbours kept, none removed, only once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from participation.dossier.errors import DossierError
from participation.interchange.neighbourhoods import Area, Areas
from participation.models import Neighbourhood
from participation.services.neighbourhoods_import import import_areas, proposed_areas
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


def import_areas_as(read, level="wijken", by=None):
    return import_areas(read, "GM0546", level, by, NOW)


def test_a_neighbourhood_matched_by_name_gets_its_code_and_keeps_the_rest():
    centre = world.neighbourhood("binnenstad-noord", name="Binnenstad-Noord")
    lakes = world.neighbourhood("merenwijk", name="Merenwijk")
    centre.neighbours.add(lakes)
    by = world.user("administrator")
    import_areas_as(areas(("WK054601", "Binnenstad Noord"), ("WK054608", "Merenwijk")), by=by)
    centre.refresh_from_db()
    assert (centre.slug, centre.name, centre.cbs_code) == ("binnenstad-noord", "Binnenstad-Noord", "WK054601")
    assert list(centre.neighbours.all()) == [lakes]
    assert centre.history.order_by("history_id").last().history_user == by
    assert Neighbourhood.objects.count() == 2


def test_a_neighbourhood_matched_by_code_is_renamed_with_its_history():
    world.neighbourhood("merenwijk", name="Merenwijk", cbs_code="WK054608")
    found = import_areas_as(areas(("WK054608", "Merenwijkdistrict")))
    (change,) = found.changed
    assert [(d.column, d.old, d.new) for d in change.differences] == [("name", "Merenwijk", "Merenwijkdistrict")]
    row = Neighbourhood.objects.get()
    assert (row.slug, row.name) == ("merenwijk", "Merenwijkdistrict")
    assert [line.name for line in row.history.order_by("-history_id")] == ["Merenwijkdistrict", "Merenwijk"]


def test_a_new_neighbourhood_gets_an_unused_slug():
    world.neighbourhood("noord", municipality="elders")
    import_areas_as(areas(("WK054603", "Noord")))
    row = Neighbourhood.objects.get(cbs_code="WK054603")
    assert (row.slug, row.municipality) == ("noord-leiden", "leiden")


def test_neighbourhoods_missing_from_the_file_are_reported_and_kept():
    world.neighbourhood("merenwijk", name="Merenwijk", cbs_code="WK054608")
    world.neighbourhood("elders", municipality="leiderdorp")
    world.neighbourhood("een-buurt", cbs_code="BU05460001")
    found = import_areas_as(areas(("WK054603", "Noord")))
    assert [row.slug for row in found.missing] == ["merenwijk"]
    assert Neighbourhood.objects.count() == 4


def test_importing_the_same_file_twice_changes_nothing():
    read = areas(("BU05460001", "Pieterswijk"), ("BU05460002", "Maredorp"), district="Binnenstad")
    import_areas_as(read, "buurten")
    lines = Neighbourhood.history.count()
    again = import_areas_as(read, "buurten")
    assert (again.new, again.changed, again.same) == ([], [], 2)
    assert Neighbourhood.history.count() == lines
    assert set(Neighbourhood.objects.values_list("district", flat=True)) == {"Binnenstad"}


def test_names_swapped_between_codes_follow_the_codes():
    world.neighbourhood("a", name="Noord", cbs_code="WK054601")
    world.neighbourhood("b", name="Zuid", cbs_code="WK054602")
    import_areas_as(areas(("WK054601", "Zuid"), ("WK054602", "Noord")))
    assert set(Neighbourhood.objects.values_list("slug", "name")) == {("a", "Zuid"), ("b", "Noord")}


def test_two_neighbourhoods_with_one_name_are_ambiguous_and_nothing_is_stored():
    world.neighbourhood("noord", name="Noord")
    world.neighbourhood("noord-2", name="Noord")
    with pytest.raises(DossierError) as refused:
        import_areas_as(areas(("WK054602", "Zuid"), ("WK054601", "Noord")))
    (problem,) = refused.value.problems
    assert problem.location == "row 3"
    assert "noord, noord-2" in problem.reason
    assert not Neighbourhood.objects.exclude(cbs_code="").exists()
    assert Neighbourhood.objects.count() == 2


def test_without_a_municipality_name_existing_codes_identify_it():
    read = areas(("WK054603", "Noord"), municipality="")
    assert "GM_NAAM" in proposed(read).problems[0].hint
    world.neighbourhood("merenwijk", cbs_code="WK054608")
    assert proposed(read).new[0].row.municipality == "leiden"


def test_fifty_areas_take_no_more_queries_than_one():
    def count_queries(numbers):
        read = areas(*((f"BU0546{n:04}", f"Buurt {n}") for n in numbers))
        with CaptureQueriesContext(connection) as found:
            import_areas_as(read, "buurten")
        return len(found)

    one = count_queries([1])
    assert count_queries(range(10, 60)) == one
