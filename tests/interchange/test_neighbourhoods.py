"""Files of CBS and PDOK: their column names and padding, the rows of one municipality, and reported errors."""

from __future__ import annotations

import io
import json

import pytest
from django.utils import translation
from openpyxl import Workbook

from participation.interchange.neighbourhoods import Area, read_areas


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def read(tmp_path):
    def reading(content, name="cbs.csv", municipality="GM0546", level="wijken"):
        if not isinstance(content, bytes):
            content = (content if isinstance(content, str) else json.dumps(content)).encode()
        (tmp_path / name).write_bytes(content)
        return read_areas(tmp_path / name, name, municipality, level)

    return reading


KERNCIJFERS = "\n".join(
    (
        "gwb_code_10;gwb_code_8;regio;gm_naam;recs;gwb_code;ind_wbz;a_inw",
        "NL00;00;Nederland;Nederland;Land;NL00;.;17.5",
        "GM0546;0546;Leiden;Leiden;Gemeente;GM0546;.;124,3",
        "WK054600;054600;Wijk 00 Binnenstad-Zuid   ;Leiden;Wijk;WK054600;1;.",
        "BU05460001;05460001;Pieterswijk  ;Leiden;Buurt;BU05460001;1;.",
        "GM0547;0547;Leiderdorp;Leiderdorp;Gemeente;GM0547;.;27,1",
        "WK054700;054700;Wijk 00;Leiderdorp;Wijk;WK054700;1;.",
    )
)


def test_national_key_figures_give_the_districts_of_one_municipality(read):
    found = read(KERNCIJFERS)
    assert not found.problems
    assert found.municipality == "Leiden"
    assert found.areas == (Area("WK054600", "Binnenstad-Zuid", "", "row 4"),)


def test_national_key_figures_give_neighbourhoods_with_their_district(read):
    assert read(KERNCIJFERS, level="buurten").areas == (Area("BU05460001", "Pieterswijk", "Binnenstad-Zuid", "row 5"),)


def test_a_map_workbook_of_any_year_is_read(read):
    book = Workbook()
    book.create_sheet("Toelichting", 0).append(["Wat hier staat"])
    book.active = 1
    book.active.append(["BU_2025", "BU_NAAM", "WK_2025", "WK_NAAM", "GM_2025", "GM_NAAM", "H2O"])
    book.active.append(["BU05460001", "Pieterswijk", "WK054600", "Binnenstad-Zuid", "GM0546", "Leiden", "NEE"])
    book.active.append(["BU05460002", "Water", "WK054600", "Binnenstad-Zuid", "GM0546", "Leiden", "JA"])
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue(), "kaart.xlsx", level="buurten")
    assert found.areas == (Area("BU05460001", "Pieterswijk", "Binnenstad-Zuid", "row 2"),)
    assert found.notes == ("Left out, for they are water: 1.",)
    assert [area.code for area in read(out.getvalue(), "kaart.xlsx").areas] == ["WK054600"]


def test_cbs_odata_is_read(read):
    rows = [
        {"Key": "GM0546    ", "Title": "Leiden                ", "Municipality": None},
        {"Key": "WK054600  ", "Title": "Wijk 00 Binnenstad-Zuid", "Description": ""},
    ]
    found = read({"odata.metadata": "x", "value": rows}, "WijkenEnBuurten.json")
    assert found.municipality == "Leiden"
    assert found.areas == (Area("WK054600", "Binnenstad-Zuid", "", "/value/1"),)


def test_odata_without_names_is_reported(read):
    row = {"ID": 1, "WijkenEnBuurten": "WK054600", "Gemeentenaam_1": "Leiden   ", "SoortRegio_2": "Wijk      "}
    found = read({"value": [{**row, "Codering_3": "WK054600  "}]}, "TypedDataSet.json")
    (problem,) = found.problems
    assert problem.location == "/value/0"
    assert "has no name" in problem.reason
    named = read({"value": [{**row, "WijkenEnBuurten": "Binnenstad", "Codering_3": "WK054600  "}]}, "cbs.json")
    assert named.areas == (Area("WK054600", "Binnenstad", "", "/value/0"),)
    assert named.municipality == "Leiden"


def test_pdok_geojson_is_read(read):
    feature = {
        "type": "Feature",
        "properties": {
            "buurtcode": "BU05460001",
            "buurtnaam": "Pieterswijk",
            "gemeentecode": "GM0546",
            "gemeentenaam": "Leiden",
        },
        "geometry": {"type": "Point", "coordinates": [4.49, 52.16]},
    }
    found = read({"type": "FeatureCollection", "features": [feature]}, "buurten.geojson", level="buurten")
    assert found.areas == (Area("BU05460001", "Pieterswijk", "", "/features/0/properties"),)
    areas = {"statcode": "WK054600", "statnaam": "Binnenstad-Zuid"}
    assert read({"features": [{"properties": areas}]}, "wijken.geojson").areas[0].name == "Binnenstad-Zuid"


DISTRICT, FIRST, SECOND = (
    Area("WK054600", "Binnenstad-Zuid", "", "row 2"),
    Area("BU05460000", "Pieterswijk", "Binnenstad-Zuid", "row 2"),
    Area("BU05460001", "Academiewijk", "Binnenstad-Zuid", "row 3"),
)


@pytest.mark.parametrize("year", ["2020", "2031"])
@pytest.mark.parametrize("letters_first", [True, False])
def test_a_list_of_any_year_is_read_with_duplicate_columns_and_integers(read, year, letters_first):
    twins = [("GM_{y}", "GM0546"), ("GM{y}", "546"), ("WK_{y}", "WK054600"), ("WK{y}", "54600")]
    twins = twins if letters_first else twins[::-1]
    names = [("GM_NAAM", "Leiden"), ("WK_NAAM", "Binnenstad-Zuid")]
    above = ";".join(["buurtcode{y}", "buurtnaam_{y}", *(name for name, _cell in (*twins, *names))]).replace(
        "{y}", year
    )
    behind = ";".join(cell for _name, cell in (*twins, *names))
    text = f"{above.replace('{y}', year)}\n5460000;Pieterswijk;{behind}\n5460001;Academiewijk;{behind}\n"
    found = [read(text, level=level) for level in ("wijken", "buurten")]
    assert [one.problems for one in found] == [(), ()]
    assert [one.municipality for one in found] == ["Leiden", "Leiden"]
    assert [one.areas for one in found] == [(DISTRICT,), (FIRST, SECOND)]


@pytest.mark.parametrize("above", ["Buurt2024;Buurtnaam2024", "BU_2019;BU_NAAM", "buurtcode;Buurt", "BUURT_2040;naam"])
def test_a_list_of_codes_and_names_is_read_whatever_its_heading_suffixes(read, above):
    found = read(f"{above}\n05460000;Pieterswijk\n5460001;Academiewijk\n", level="buurten")
    assert not found.problems
    assert [area[:3] for area in found.areas] == [(FIRST.code, FIRST.name, ""), (SECOND.code, SECOND.name, "")]


def test_numeric_codes_are_padded_by_level_in_workbooks_and_json(read):
    book = Workbook()
    book.active.append(["Gemeente2024", "Wijk2024", "Buurt2024", "Buurtnaam2024"])
    book.active.append([546, 54600, 5460000, "Pieterswijk"])
    out = io.BytesIO()
    book.save(out)
    row = {"Gemeente2024": 546.0, "Wijk2024": 54600, "Buurt2024": 5460000, "Buurtnaam2024": "Pieterswijk"}
    for content, name in ((out.getvalue(), "cbs.xlsx"), ([row], "cbs.json")):
        assert [area.code for area in read(content, name, level="buurten").areas] == ["BU05460000"]


def test_codes_are_read_with_and_without_their_prefix(read):
    rows = ("BU0363AA01;Kop Zeedijk;WK0363AA;Burgwallen", "0363ab02;BG-terrein;0363AB;Oost")
    text = "\n".join(("BU_2022;BU_NAAM;WK_2022;WK_NAAM", *rows))
    assert [area[:3] for area in read(text, municipality="GM0363", level="buurten").areas] == [
        ("BU0363AA01", "Kop Zeedijk", "Burgwallen"),
        ("BU0363AB02", "BG-terrein", "Oost"),
    ]
    assert [area.code for area in read(text, municipality="GM0363").areas] == ["WK0363AA", "WK0363AB"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("546001;Wijk;Leiden", "not a whole code|no WK codes"),
        ("5460001;Buurt;Leiden", "not a whole code"),
        ("WK5460;Wijk;Leiden", "not a code of CBS"),
        ("WK0546A;Wijk;Leiden", "not a code of CBS"),
        ("WK054600;.;Leiden", "has no name"),
    ],
)
def test_an_invalid_code_is_reported_with_its_row(read, row, says):
    found = read(f"code;naam;gm_naam\nWK054609;Merenwijk;Leiden\n{row}\n")
    if "|" in says:
        # Six digits are a district elsewhere, not in Leiden.
        assert [area.code for area in found.areas] == ["WK054609"]
        return
    (problem,) = found.problems
    assert problem.location == "row 3"
    assert says in problem.reason
    assert problem.hint


def test_a_code_with_two_names_is_reported_with_both_rows(read):
    (problem,) = read("code;naam\nWK054600;Noord\nWK054600;Zuid\nWK054600;Noord\n").problems
    assert problem.location == "row 3"
    assert "row 2" in problem.reason


@pytest.mark.parametrize(
    ("content", "name", "municipality", "says"),
    [
        (KERNCIJFERS, "cbs.csv", "0546", "not the code of a municipality"),
        (KERNCIJFERS, "cbs.csv", "GM9999", "no WK codes of GM9999"),
        ("Kleur;Geur\nrood;zoet", "cbs.csv", "GM0546", "no codes of CBS"),
        (b"", "cbs.csv", "GM0546", "nothing in it"),
        (b"PK\x03\x04", "cbs.xlsx", "GM0546", "cannot be opened"),
        (b'{"value": [NaN]}', "cbs.json", "GM0546", "not JSON"),
        (b'{"value": [1]}', "cbs.json", "GM0546", "no object"),
        (b'{"waarden": []}', "cbs.json", "GM0546", "no list of areas"),
        (b"[" * 50 + b"]" * 50, "cbs.json", "GM0546", "not JSON"),
    ],
)
def test_an_unsupported_file_is_rejected_with_a_remedy(read, content, name, municipality, says):
    found = read(content, name, municipality)
    assert not found.areas
    assert says in found.problems[0].reason


def test_irrelevant_rows_are_skipped_efficiently(read):
    rows = "\n".join(f"BU{n:08};Buurt {n};Elders;Buurt" for n in range(99_990_000, 99_999_000))
    found = read(f"gwb_code_10;regio;gm_naam;recs\n{rows}\nWK054600;Binnenstad;Leiden;Wijk\n")
    assert [area.location for area in found.areas] == ["row 9002"]
