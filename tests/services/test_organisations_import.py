"""Importing organisations: with their neighbourhoods, as a whole or not at all, and once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from participation.dossier.errors import DossierError
from participation.interchange.organisations import read_organisations
from participation.models import Organisation
from participation.services.organisations_import import import_organisations, proposed_organisations
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-11-16 10:00")


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def imported(text, by=None):
    return import_organisations(read_organisations("lijst.csv", text.encode()), "leiden", by, NOW)


def problems_of(text):
    with pytest.raises(DossierError) as raised:
        imported(text)
    assert not Organisation.objects.exists()
    return str(raised.value)


def test_an_organisation_is_added_with_kind_neighbourhoods_and_history():
    world.neighbourhood("noord", name="Noord", cbs_code="WK054601")
    world.neighbourhood("zuid", name="Zuid, en omgeving")
    by = world.user("administrator")
    imported("Naam;Soort;Wijken\nWijk A;wijkraad;WK054601\n", by)
    imported('Naam;Wijken\nWijk B;"noord, ZUID"\nWijk C;"Zuid, en omgeving"\n')
    first = Organisation.objects.get(slug="wijk-a")
    assert (first.name, first.kind, first.municipality) == ("Wijk A", "residents_association", "leiden")
    assert first.history.get().history_user == by
    assert Organisation.objects.get(search_text__contains="wijk a") == first
    areas = {row.slug: set(row.neighbourhoods.values_list("slug", flat=True)) for row in Organisation.objects.all()}
    assert areas == {"wijk-a": {"noord"}, "wijk-b": {"noord", "zuid"}, "wijk-c": {"zuid"}}


def test_importing_a_file_twice_changes_nothing():
    world.organisation(name="Wijk A", kind="council")
    text = "Naam;Soort\nWIJK a;wijkraad\nWijk B;\n"
    assert len(imported(text).new) == 1
    before = list(Organisation.objects.order_by("pk").values())
    again = imported(text)
    assert (again.new, again.same) == ((), ("WIJK a", "Wijk B"))
    assert list(Organisation.objects.order_by("pk").values()) == before


def test_a_slug_that_is_in_use_gets_a_suffix():
    world.organisation("wijk-a", name="Anders")
    found = imported("Naam\nWijk A\nGriffie\nWijk-A\n")
    assert [one.row.slug for one in found.new] == ["wijk-a-2", "griffie", "wijk-a-3"]


def test_one_wrong_row_stops_the_whole_file():
    world.neighbourhood("noord", name="Noord")
    text = problems_of("Naam;Wijken\nWijk A;Noord\nWijk B;Nord\nwijk a;\n")
    assert "row 3: There is no neighbourhood “Nord”. — Did you mean “noord”?" in text
    assert "row 4: “wijk a” is in row 2 too." in text


def test_a_name_of_two_neighbourhoods_asks_for_the_code():
    world.neighbourhood("centrum", name="Centrum")
    world.neighbourhood("centrum-2", name="Centrum")
    assert "code of CBS" in problems_of("Naam;Wijken\nWijk A;CENTRUM\n")


def test_a_preview_stores_nothing():
    found = proposed_organisations(read_organisations("lijst.csv", b"Naam\nWijk A\n"), "leiden")
    assert [one.row.name for one in found.new] == ["Wijk A"]
    assert not Organisation.objects.exists()


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows():
    world.neighbourhood("noord", name="Noord")
    counts = []
    for first, number in ((0, 1), (100, 50)):
        rows = "".join(f"Wijk {first + n};Noord\n" for n in range(number))
        with CaptureQueriesContext(connection) as queries:
            imported(f"Naam;Wijken\n{rows}")
        counts.append(len(queries))
    assert counts[0] == counts[1]
