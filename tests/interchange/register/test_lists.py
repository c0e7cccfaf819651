"""Sheets with motions and commitments, as a registry keeps them: read row by row, with errors by row."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.utils import translation
from openpyxl import Workbook

from participation.dossier.validate import problems_in
from participation.interchange.register.reading import read_register
from participation.interchange.register.values import Unreadable, Votes, count_of, day_of, outcome_of, votes_of


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def csv(*lines, section="motions", encoding="utf-8"):
    return read_register("lijst.csv", "\r\n".join(lines).encode(encoding), section)


def workbook(*rows, merge=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_list_of_motions_becomes_a_register():
    read = csv(
        "Motienummer;Titel;Datum besluit;Uitslag;Stemverhouding;Eigenaar;Afdoen voor;Afgedaan op;Orgaan",
        "M21.0098/04;Scenario's;11-11-2021;Aangenomen;24 voor, 12 tegen;Team participatie;uiterlijk 1 juli 2022;;raad",
        "0021/0098/5;Meer groen;11 november 2021;verworpen;12-24;;n.v.t.;;",
    )
    assert not read.problems
    assert problems_in(read.document) == []
    assert read.document["motions"] == [
        {
            "number": "M21.0098/04",
            "title": "Scenario's",
            "body": "council",
            "owner": "Team participatie",
            "outcome": "adopted",
            "votes_for": 24,
            "votes_against": 12,
            "adopted_on": "2021-11-11",
            "due_on": {
                "from": None,
                "to": "2022-07-01",
                "precision": "not_later_than",
            },
        },
        {
            "number": "0021/0098/5",
            "title": "Meer groen",
            "outcome": "rejected",
            "votes_for": 12,
            "votes_against": 24,
            "adopted_on": "2021-11-11",
        },
    ]
    assert read.locations == {"motions": ("row 2", "row 3")}


def test_a_list_of_commitments_becomes_a_register():
    read = csv(
        "Nr,Toezegging,Toegezegd op,Toegezegd door,Toegezegd aan,Nagekomen op,Stand van zaken,Datum stand van zaken",
        "T-1,Een gesprek met de wijk,19-5-2021,college,council; wijkverenigingen,,Gepland,2-2-2022",
        section="commitments",
    )
    assert not read.problems
    assert read.document["commitments"] == [
        {
            "number": "T-1",
            "text": "Een gesprek met de wijk",
            "made_by": "college",
            "made_to": ["council", "wijkverenigingen"],
            "made_on": "2021-05-19",
            "reports": [{"on": "2022-02-02", "text": "Gepland"}],
        }
    ]


def test_english_headings_and_workbooks_with_dates_are_accepted():
    content = workbook(
        ["Number", "Title", "Decided on", "Outcome", "Votes for", "Votes against"],
        ["21.0098/04", "Scenarios", date(2021, 11, 11), "adopted", 24, 12.0],
    )
    (motion,) = read_register("list.xlsx", content, "motions").document["motions"]
    assert motion["adopted_on"] == "2021-11-11"
    assert (motion["votes_for"], motion["votes_against"]) == (24, 12)


def test_duplicate_numbers_are_reported_in_any_notation():
    read = csv("Nummer;Titel", "0021/0098/4;Scenario's", "21.0093;Anders", "M21.0098/04;Scenario's")
    (problem,) = read.problems
    assert problem.location == "row 4"
    assert "M21.0098/04" in problem.reason
    assert "0021/0098/4" in problem.reason
    assert "row 2" in problem.reason


def test_a_merged_number_cell_is_reported_as_a_duplicate():
    content = workbook(["Nummer", "Titel"], ["21.0098/04", "Eerste"], [None, "Tweede"], merge="A2:A3")
    (problem,) = read_register("lijst.xlsx", content, "motions").problems
    assert problem.location == "row 3"
    assert "row 2" in problem.reason
    assert "merged" in problem.hint


@pytest.mark.parametrize(
    ("heading", "cell", "says"),
    [
        ("Datum besluit", "31-2-2021", "cannot be read as a day"),
        ("Datum besluit", "binnenkort", "cannot be read as a day"),
        ("Datum besluit", "11/3/2021", "cannot be read as a day"),
        ("Datum besluit", "11-3-21", "cannot be read as a day"),
        ("Datum besluit", "1900-01-01", "year"),
        ("Afgedaan", "ja", "is not a day"),
        ("Stemmen", "2021-12-24", "is a day, not a number"),
        ("Stemmen", "24", "does not tell"),
        ("Stemmen voor", "veel", "not a number of votes"),
        ("Stemmen voor", "24", "Only one"),
        ("Titel", "=A2", "formula"),
        ("Nummer", "", "missing"),
        ("Nummer", "=B2", "formula"),
        ("Nummer", "21.009", "Excel takes noughts off"),
        ("Nummer", "9" * 101, "longer than"),
    ],
)
def test_an_invalid_cell_is_reported_by_row_and_column_with_a_remedy(heading, cell, says):
    row = {"Nummer": "21.0098/04", heading: cell, "Eigenaar": "team"}
    read = csv(";".join(row), "21.0093;;" if len(row) == 3 else "21.0093;", ";".join(row.values()))
    (problem,) = read.problems
    assert problem.location == f"row 3, {heading}"
    assert says in problem.reason
    assert problem.hint


def test_all_errors_are_reported_in_row_order():
    read = csv("Nummer;Afgedaan;Datum", *(f"21.{n:04};tja;ooit" for n in range(1, 13)))
    assert [p.location.partition(",")[0] for p in read.problems] == [f"row {n}" for n in range(2, 14) for _ in "ab"]


def test_a_motion_settled_before_its_adoption_is_rejected():
    (problem,) = csv("Nummer;Datum;Afgedaan op", "21.0098/04;11-11-2021;1-11-2021").problems
    assert problem.location == "row 2, Afgedaan op"
    assert "“Datum”" in problem.reason


def test_personal_names_and_unknown_columns_are_reported_and_dropped():
    read = csv("Nummer;Indieners;Portefeuillehouder;Kleur", "21.0098/04;A. Jansen;B. de Boer;rood")
    assert read.document["motions"] == [{"number": "21.0098/04"}]
    assert any("Indieners, Portefeuillehouder" in note for note in read.notes)
    assert any("Kleur" in note for note in read.notes)


def test_a_title_that_is_too_long_is_shortened_with_a_note():
    read = csv("Nummer;Titel", f"21.0098/04;{'woord ' * 60}")
    assert len(read.document["motions"][0]["title"]) <= 300
    assert read.notes == ("row 2, Titel: the text was shortened to 300 signs.",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_windows_1252_characters_are_read(encoding):
    assert csv("Nummer;Titel", "21.0098/04;Cafés", encoding=encoding).document["motions"][0]["title"] == "Cafés"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lijst.csv", b""),
        ("lijst.csv", b"Nummer;Titel"),
        ("lijst.csv", b"Nummer;Titel\n21.0098/04;\x81\x8d"),
        ("lijst.csv", b"\x00\x01\x02\x03"),
        ("lijst.xlsx", b"PK\x03\x04 no workbook"),
        ("lijst.pdf", b"%PDF-1.7"),
        ("lijst.csv", b"Kleur;Geur\nrood;zoet"),
    ],
)
def test_a_file_that_is_not_a_list_is_rejected_with_a_remedy(name, content):
    read = read_register(name, content, "motions")
    assert read.document["motions"] == []
    assert len(read.problems) == 1
    assert read.problems[0].reason


@pytest.mark.parametrize(
    ("text", "outcome", "votes"),
    [
        ("Aangenomen", "adopted", None),
        ("aangenomen (24-12)", "adopted", Votes(24, 12)),
        ("Verworpen met 12 stemmen voor en 24 tegen", "rejected", Votes(12, 24)),
        ("aangenomen met algemene stemmen", "adopted", None),
        ("ingetrokken.", "withdrawn", None),
        ("Aangehouden", "deferred", None),
        ("n.v.t.", "", None),
        ("Motie verworpen", "rejected", None),
        ("Amendement aangehouden", "deferred", None),
        ("Motie is ingetrokken door de indieners", "withdrawn", None),
        ("Niet aangenomen", "rejected", None),
        ("Aangenomen (unaniem)", "adopted", None),
        ("aangenomen met 22 stemmen voor en 17 tegen", "adopted", Votes(22, 17)),
        ("Motie aangenomen met 22 voor en 17 tegen", "adopted", Votes(22, 17)),
        ("22 voor, 17 tegen: aangenomen", "adopted", Votes(22, 17)),
        ("gewijzigd aangenomen op 29 januari 2026", "adopted", None),
        ("niet in stemming gebracht, ingetrokken", "withdrawn", None),
    ],
)
def test_outcomes_are_parsed_in_their_common_notations(text, outcome, votes):
    assert outcome_of(text) == (outcome, votes)


@pytest.mark.parametrize(
    "text",
    [
        *("misschien", "overgenomen", "24 voor, 12 tegen", "aangenomenheid", "niet verworpen", "niet ingetrokken"),
        *("gelijke stemming - wordt opnieuw in stemming gebracht", "Aangenomen / Verworpen: 22-17"),
        *("niet door de raad aangenomen", "nog niet aangenomen", "deels aangenomen", "advies: geen; advies aangenomen"),
        "aangenomen " * 100,
    ],
)
def test_an_ambiguous_outcome_is_not_parsed(text):
    with pytest.raises(Unreadable):
        outcome_of(text)


def test_unreadable_cells_of_a_council_system_are_dropped_with_a_note():
    read = csv(
        "\ufeffNummer;Titel;Uitslag;Datum",
        "M26-0101;Groene daken;Motie verworpen;Jan 29 2026 12:00AM",
        "M26-0102;Fietsenrek;Amendement aangehouden;29-1-2026",
        "M26-0104;Bankjes;gelijke stemming - wordt opnieuw in stemming gebracht;2026-01-29",
        "M26-0105;Bomen;Aangenomen (unaniem);29 jan. 2026",
        "M26-0106;Paden;aangenomen met 22 stemmen voor en 17 tegen;29-jan-2026",
        "M26-0107;Oevers;Aangenomen / Verworpen: 22-17;2026-01-29 00:00:00",
        "M26-0108;Amendement op de oevers;aangenomen;46051",
        "M26-0109;Bruggen;aangenomen;46051",
    )
    assert not read.problems
    day = {"adopted_on": "2026-01-29"}
    assert read.document["motions"] == [
        {"number": "M26-0101", "title": "Groene daken", "outcome": "rejected", **day},
        # A date of decision by itself would make it an adopted motion.
        {"number": "M26-0104", "title": "Bankjes"},
        {"number": "M26-0105", "title": "Bomen", "outcome": "adopted", **day},
        {"number": "M26-0106", "title": "Paden", "outcome": "adopted", "votes_for": 22, "votes_against": 17, **day},
        {"number": "M26-0107", "title": "Oevers"},
        {"number": "M26-0109", "title": "Bruggen", "outcome": "adopted", **day},
    ]
    notes = "\n".join(read.notes)
    for notation in (
        *("row 3: this is an amendment", "row 8: this is an amendment", "row 9, Datum: 46051 was read as 29-1-2026"),
        *("row 4, Uitslag: the outcome “gelijke stemming", "row 7, Uitslag: the outcome “Aangenomen / Verworpen"),
        *("row 4, Datum: the day is left out", "row 7, Datum: the day is left out"),
    ):
        assert notation in notes


def test_votes_in_the_outcome_that_contradict_their_columns_are_noted():
    read = csv("Nummer;Uitslag;Stemmen", "21.0098/04;aangenomen (22-17);24-12")
    assert read.document["motions"][0]["votes_for"] == 24
    assert "22-17" in read.notes[0]


@pytest.mark.parametrize("text", ["24-12", "24 – 12", "24 voor, 12 tegen", "voor: 24, tegen: 12", "voor 24 tegen 12"])
def test_votes_are_parsed_in_their_common_notations(text):
    assert votes_of(text) == Votes(24, 12)


def test_the_order_of_votes_for_and_against_does_not_matter():
    assert votes_of("12 tegen, 24 voor") == votes_of("tegen: 12; voor: 24") == votes_of("24V/12T") == Votes(24, 12)
    assert votes_of("unaniem") is None
    assert count_of("24.0") == 24
    assert count_of("-") is None


def test_timestamps_become_dates_in_amsterdam():
    assert day_of("2021-11-11T23:30:00Z").latest == date(2021, 11, 12)
    assert day_of("2021-11-11 19:30:00").latest == date(2021, 11, 11)
    assert day_of("2021-11").precision == "month"
    with pytest.raises(Unreadable):
        day_of("2021-13")


def test_a_list_with_too_many_rows_is_rejected():
    (problem,) = csv("Nummer", *(f"21.{n:04}" for n in range(501))).problems
    assert "500" in problem.reason
    assert "a year at a time" in problem.hint
