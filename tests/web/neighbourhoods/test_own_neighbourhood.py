"""Finding a neighbourhood by postcode: the import of the list of CBS, and a form that keeps nothing."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from participation.interchange import postcodes
from participation.models import Postcode
from tests import world
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ADDRESS = "/mijn-wijk/"
#: Invented addresses, in the columns of CBS.
ROWS = """PC6;Huisnummer;Buurt2024;Wijk2024;Gemeente2024
2311AB;1;05460001;054600;0546
2311AB;3;05460102;054601;0546
2311AB;5;05460102;054601;0546
2311AC;1;05460001;054600;0546
2350XX;1;05470001;054700;0547
"""


@pytest.fixture
def run(tmp_path):
    def running(content=ROWS, *options):
        path, out = tmp_path / "pc6hnr20240801_gwb.csv", StringIO()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        call_command("import_postcodes", str(path), "--municipality=gm0546", *options, stdout=out)
        return out.getvalue()

    return running


def stored():
    return dict(Postcode.objects.order_by("postcode").values_list("postcode", "cbs_code"))


def test_of_each_postcode_the_neighbourhood_with_most_addresses_is_stored(run):
    world.neighbourhood(cbs_code="WK054601")
    text = run()
    assert stored() == {"2311AB": "BU05460102", "2311AC": "BU05460001"}
    assert "2 postcodes stored, 1 of them in several neighbourhoods" in text
    assert "not among the neighbourhoods, nor its district: BU05460001 (1 postcodes)" in text


def test_numbers_without_noughts_and_codes_with_letters_are_read(run):
    run('"PC6","Huisnummer","Buurt2021"\n"2311 ab",1,5460001\n2311AC,2,BU0546AB01\n')
    assert stored() == {"2311AB": "BU05460001", "2311AC": "BU0546AB01"}


def test_an_import_replaces_the_postcodes_of_the_municipality_only(run):
    Postcode.objects.create(postcode="1011AA", cbs_code="BU03630001")
    run()
    run("PC6;Buurt\n2311AD;05460001\n")
    assert stored() == {"1011AA": "BU03630001", "2311AD": "BU05460001"}


def test_a_dry_run_stores_nothing(run):
    assert "2 postcodes would be stored" in run(ROWS, "--dry-run")
    assert stored() == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ROWS + "9;1;05460001;;\n", "rij 7: “9” is geen postcode"),
        (ROWS + "2311AD;1;wijk;;\n", "rij 7: “wijk” is geen code van een buurt"),
        ("PC6;Plaats\n2311AB;Leiden\n", "De kolommen met de postcode en de buurt ontbreken"),
        ("PC6;Buurt\n2350XX;05470001\n", "Er staan geen postcodes van GM0546 in dit bestand"),
        (b"PK\x03\x04\xff\xfe", "geen"),
        ("", "De kolommen met de postcode en de buurt ontbreken"),
    ],
)
def test_a_bad_list_is_refused_as_a_whole_with_the_place(run, content, words):
    Postcode.objects.create(postcode="2311ZZ", cbs_code="BU05460001")
    with pytest.raises(CommandError) as error:
        run(content)
    assert words in str(error.value)
    assert list(stored()) == ["2311ZZ"]


def test_a_list_with_the_codes_of_another_year_only_is_refused_and_others_are_named(run):
    place = world.neighbourhood(cbs_code="BU05460199")
    with pytest.raises(CommandError, match="Geen van de codes in dit bestand hoort bij een wijk"):
        run()
    assert stored() == {}
    type(place).objects.update(cbs_code="BU05460001")
    assert "nor its district: BU05460102 (1 postcodes)" in run()


def test_too_long_a_list_is_refused(run, monkeypatch):
    monkeypatch.setattr(postcodes, "MAX_ROWS", 3)
    with pytest.raises(CommandError, match="meer dan 3 rijen"):
        run()


@pytest.mark.parametrize(("code", "slug"), [("BU05460102", "buurt"), ("WK054601", "wijk")])
def test_a_postcode_leads_to_the_neighbourhood_else_to_its_district(client, run, code, slug):
    run()
    world.neighbourhood(slug, cbs_code=code)
    response = client.post(ADDRESS, {"postcode": " 2311 ab "})
    assert (response.status_code, response.headers["Location"]) == (302, f"/wijken/{slug}/")


def test_what_was_asked_is_neither_stored_nor_logged_nor_in_an_address(run, caplog, django_assert_max_num_queries):
    run()
    world.neighbourhood(cbs_code="BU05460001")
    visitor = Client(enforce_csrf_checks=True)
    with caplog.at_level(logging.DEBUG), django_assert_max_num_queries(12):
        response = visitor.post(ADDRESS, {"postcode": "2311AC"})
    assert response.status_code == 302
    assert not visitor.cookies
    assert "2311AC" not in response.headers["Location"]
    assert not [record for record in caplog.records if record.name != "django.db.backends" and "2311AC" in str(record)]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Vul uw postcode in"),
        ("leiden", "Een postcode is vier cijfers en twee letters"),
        ("0000AA", "Een postcode is vier cijfers en twee letters"),
        ("1234AB", "We kennen geen wijk bij deze postcode"),
        ("2311AC", "We kennen geen wijk bij deze postcode"),
    ],
)
def test_what_is_not_found_is_said_beside_the_field(client, run, typed, words):
    run()
    response = client.post(ADDRESS, {"postcode": typed})
    assert response.status_code == 400
    assert words in response.content.decode()


def test_the_form_stands_on_the_list_only_once_there_are_postcodes(client, run):
    assert "Wat is mijn wijk?" not in get_html(client, "/wijken/")
    assert "nog niet op postcode zoeken" in get_html(client, ADDRESS)
    run()
    assert f'action="{ADDRESS}"' in get_html(client, "/wijken/")
    assert not client.cookies


def test_the_list_cannot_be_read_by_asking_for_every_postcode(client, run, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "postcode": "2/d/ip"}
    run()
    assert [client.post(ADDRESS, {"postcode": "2311AB"}).status_code for _time in range(3)] == [400, 400, 429]
