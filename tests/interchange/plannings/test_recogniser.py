"""Plannings as people write them become rows with dates, times and what the words say; the rest is reported."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.utils import translation

from participation.interchange.plannings.files import read_planning_file, read_planning_text
from participation.interchange.plannings.recogniser import find_year
from participation.interchange.plannings.source import MAX_ENTRIES, UnreadablePlanning
from participation.interchange.plannings.words import KnownOrganisation
from tests.interchange.plannings.planning_files import TODAY, recognise

KNOWN = (
    KnownOrganisation("raad", "Gemeenteraad", "council"),
    KnownOrganisation("hoge-mors", "Wijkvereniging Hoge Mors", "residents_association", True),
)


def rows_of(text, **more):
    return recognise(read_planning_text(text), KNOWN, **more).rows


def shown(rows):
    """Return the first day, the last day and the title of each row."""
    return [(*(str(day) if day else "" for day in (row.when[:2] if row.when else ("", ""))), row.title) for row in rows]


MAIL = """Beste allemaal,

Hierbij de planning voor het plein (2026):
- 10 maart: startbijeenkomst met bewoners, 19.30 - 21.30 uur
- week 12-14: online enquête
- di 14 april: wandeling met Wijkvereniging Hoge Mors
- 1 mei t/m 12 juni: schetsontwerp ter inzage
- 9 juli: raad stelt het plan vast
- n.t.b.: start uitvoering

Groet, Jan
"""


def test_a_list_in_a_mail_is_read_with_what_is_left_over():
    found = recognise(read_planning_text(MAIL), KNOWN)
    assert shown(found.rows) == [
        ("2026-03-10", "2026-03-10", "startbijeenkomst met bewoners, 19.30 - 21.30 uur"),
        ("2026-03-16", "2026-04-05", "online enquête"),
        ("2026-04-14", "2026-04-14", "wandeling met Wijkvereniging Hoge Mors"),
        ("2026-05-01", "2026-06-12", "schetsontwerp ter inzage"),
        ("2026-07-09", "2026-07-09", "raad stelt het plan vast"),
        ("", "", "start uitvoering"),
    ]
    assert [row.kind for row in found.rows] == [
        *("activity", "activity", "activity", "inspection", "decision", "milestone")
    ]
    assert (found.rows[0].starts_at, found.rows[0].ends_at) == (time(19, 30), time(21, 30))
    assert found.rows[2].audience == ("hoge-mors",)
    assert found.rows[4].body == "raad"
    assert found.rows[5].when.precision == "unscheduled"
    assert [row.number for row in found.leftovers] == [1, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Startbijeenkomst: 14 maart 2026\nKeukentafelgesprekken (week 14 t/m 16)\nAtelier – 21 april\n"
            "College op 12 mei",
            [
                ("2026-03-14", "2026-03-14", "Startbijeenkomst"),
                ("2026-03-30", "2026-04-19", "Keukentafelgesprekken"),
                ("2026-04-21", "2026-04-21", "Atelier"),
                ("2026-05-12", "2026-05-12", "College"),
            ],
        ),
        (
            "Inloop 12/1/2026\nEnquête week 4\n• Atelier 3 t/m 5 februari\nFase 2 - 12 mei\nBezoek 3 mei - 12 mei\n"
            "Raad juni 2026\nPlanning versie 14 maart 2026\nOmgevingsvisie 2040",
            [
                ("2026-01-12", "2026-01-12", "Inloop"),
                ("2026-01-19", "2026-01-25", "Enquête"),
                ("2026-02-03", "2026-02-05", "Atelier"),
                ("2026-05-12", "2026-05-12", "Fase 2"),
                ("2026-05-03", "2026-05-12", "Bezoek"),
                ("2026-06-01", "2026-06-30", "Raad"),
            ],
        ),
        (
            "Inloop   12/1   De Kooi\nRaad   14/1   Stadhuis\n1.1   Inleiding",
            [("2026-01-12", "2026-01-12", "Inloop"), ("2026-01-14", "2026-01-14", "Raad")],
        ),
        (
            "Planning 2026\n\nMaart\nStartbijeenkomst\nBrief\n\nApril\n14 april\nWandeling",
            [("2026-03-01", "2026-03-31", "Startbijeenkomst"), ("2026-04-14", "2026-04-14", "Wandeling")],
        ),
        (
            "Datum\tOnderwerp\nMaart 2026\t\nma 2\tOverleg\ndo 12\tInloop\nApril 2026\t\ndi 14\tStuurgroep",
            [
                ("2026-03-02", "2026-03-02", "Overleg"),
                ("2026-03-12", "2026-03-12", "Inloop"),
                ("2026-04-14", "2026-04-14", "Stuurgroep"),
            ],
        ),
        (
            "14/3 Stuurgroep, zoals besproken op\n7/3 en later\n16/3 College",
            [
                ("2026-03-14", "2026-03-14", "Stuurgroep, zoals besproken op 7/3 en later"),
                ("2026-03-16", "2026-03-16", "College"),
            ],
        ),
        (
            "1.1 Inleiding\n14/3 Stuurgroep\n10.30 uur aanwezig\n16/3 College",
            [("2026-03-14", "2026-03-14", "Stuurgroep 10.30 uur aanwezig"), ("2026-03-16", "2026-03-16", "College")],
        ),
        (
            "14/3 Commissie\n\n13/3: stukken rond\n\n16/3 College\n18/3 Raad",
            [
                ("2026-03-14", "2026-03-14", "Commissie"),
                ("2026-03-16", "2026-03-16", "College"),
                ("2026-03-18", "2026-03-18", "Raad"),
            ],
        ),
    ],
)
def test_lists_of_several_styles_are_read(text, expected):
    assert shown(rows_of(text, year=2026)) == expected


def test_columns_are_known_by_their_headings():
    (row,) = rows_of(
        "Fase\tWanneer?\tTijd\tWat\tVoor wie\tGremium\n"
        "Verkenning\t14 maart\t19:30-21:00\tIets nieuws\tbewoners; iedereen\tGemeenteraad"
    )
    assert (row.phase, row.title, row.body) == ("exploration", "Iets nieuws", "raad")
    assert (row.starts_at, row.ends_at) == (time(19, 30), time(21, 0))
    assert row.audience == ("everyone",)


def test_columns_for_place_and_status_become_facts_of_the_step():
    text = (
        "Datum;Activiteit;Locatie;Status\n12-1-2027;Inloop;Buurthuis De Kooi;gepland\n3-11-2026;Wandeling;;Afgerond\n"
        "5-2-2027;Raad;;vervallen\n6-2-2027;College;;loopt\n7-2-2027;Stuurgroep;;afgerond"
    )
    rows = rows_of(text)
    assert [(row.place, row.is_done, row.is_cancelled, row.rest) for row in rows] == [
        ("Buurthuis De Kooi", False, False, ""),
        ("", True, False, ""),
        ("", False, True, ""),
        ("", False, False, "Status: loopt"),
        # What is still to come did not take place yet.
        ("", False, False, "Status: afgerond"),
    ]


def test_a_place_that_is_too_long_stays_in_the_rest_of_the_row():
    (row,) = rows_of(f"Datum\tWat\tPlaats\n14/3\tRaad\t{'x' * 201}")
    assert (row.place, row.rest) == ("", "x" * 201)


def test_columns_without_headings_are_known_by_what_is_in_them():
    rows = rows_of("1\tStuurgroep\t14/3\n2\tCollege\t16/3\n3\tRaad\t18/3")
    assert [(row.printed_date, row.title) for row in rows] == [
        *(("14/3", "Stuurgroep"), ("16/3", "College"), ("18/3", "Raad")),
    ]


def test_a_second_table_without_headings_has_the_columns_of_the_first():
    content = b"Datum;Activiteit;Wie\n14/3;Stuurgroep;Jan\n;;\nuiterlijk 16/3;Raad;Piet\n"
    rows = recognise(read_planning_file("x.csv", content), KNOWN).rows
    assert [(row.printed_date, row.title) for row in rows] == [("14/3", "Stuurgroep"), ("uiterlijk 16/3", "Raad")]


def test_a_phase_holds_for_the_rows_below_its_heading():
    rows = rows_of("Verkenningsfase\n14/3 Stuurgroep\nOordeelsvormend\n16/3 Stuurgroep\n18/3 Raad")
    assert [row.phase for row in rows] == ["exploration", "judgement", "judgement"]


def test_after_december_comes_january_of_the_next_year():
    rows = rows_of(
        "Planning 2026\n3 november Stuurgroep\n8 dec Raad\n12 jan College\nmedio februari Raad\n1 oktober Raad"
    )
    assert [row.when.latest.year for row in rows] == [2026, 2026, 2027, 2027, 2027]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("3/11 Raad\n8/12 Raad\n12/1 Raad", [2026, 2026, 2027]),
        ("week 50 Raad\nweek 2 Raad", [2026, 2027]),
        # A month that lies a little earlier is only out of order.
        ("Planning 2026\n5/9 Raad\n3/4 Raad", [2026, 2026]),
        ("Planning 2026\n5/9 Raad\n3/1 Raad", [2026, 2027]),
    ],
)
def test_months_that_go_down_go_on_into_the_next_year(text, years):
    assert [row.when.latest.year for row in rows_of(text)] == years


def test_a_date_that_cannot_be_read_is_shown_as_printed_with_the_reason():
    with translation.override("en"):
        first, second, third = rows_of("Datum\tWat\n14/3\tRaad\nzsm\tStuurgroep\nma 17/3\tCollege", year=2026)
    assert first.when
    assert (second.when, second.printed_date) == (None, "zsm")
    assert "cannot be read" in second.date_problem
    assert (third.when, third.printed_date) == (None, "ma 17/3")
    assert "another day of the week" in third.date_problem


def test_a_row_without_a_date_has_no_reason():
    _first, second = rows_of("Datum\tWat\n14/3\tRaad\n\tEvaluatie")
    assert (second.when, second.date_problem, second.title) == (None, "", "Evaluatie")


def test_dates_of_spreadsheets_and_databases_are_read():
    rows = rows_of("Datum\tWat\n46329\tRaad\n2026-11-03 00:00:00\tRaad\n2026-11-03\tRaad")
    assert {row.when.latest for row in rows} == {date(2026, 11, 3)}


@pytest.mark.parametrize(
    ("printed", "day", "starts_at", "ends_at"),
    [
        ("14 maart 19.30-21.00 uur", "14-3", time(19, 30), time(21, 0)),
        ("14/3, 20:00", "14-3", time(20), None),
        ("di 10 maart om 20 uur", "10-3", time(20), None),
        ("14/3 van 19:30 tot 21:00", "14-3", time(19, 30), time(21)),
        ("14.3", "14-3", None, None),
        ("3-22/4", "22-4", None, None),
    ],
)
def test_a_time_beside_a_date_is_its_time(printed, day, starts_at, ends_at):
    (row,) = rows_of(f"Datum\tWat\n{printed}\tRaad", year=2026)
    assert row.when, row.date_problem
    assert f"{row.when.latest.day}-{row.when.latest.month}" == day
    assert (row.starts_at, row.ends_at) == (starts_at, ends_at)


def test_a_long_title_is_shortened_and_nothing_is_lost():
    (row,) = rows_of(f"14/3 {'Raad en nog iets ' * 20}")
    assert len(row.title) < 210
    assert row.title.endswith("…")
    assert (row.title + row.rest).count("Raad") == 20


def test_a_table_of_documents_becomes_documents():
    text = "Stuk\tVersie\tDatum\nParticipatieplan\t0.2\t14/3\nParticipatieplan\t1.0\t16/3\nVerslag avond\t\t\n"
    found = recognise(read_planning_text(text), KNOWN, year=2026)
    assert found.rows == ()
    assert [(one.title, one.version, one.kind) for one in found.documents] == [
        ("Participatieplan", "0.2", "plan"),
        ("Participatieplan", "1.0", "plan"),
        ("Verslag avond", "", "minutes"),
    ]
    assert found.documents[1].replaces == found.documents[0].key
    assert found.documents[0].dated_on.latest == date(2026, 3, 14)


def test_a_version_in_the_title_of_a_document_goes_before_none():
    found = recognise(read_planning_text("Stuk\tVersie\nSchets versie 0.1\t0.2\nDocument\t1\nBrief\tx"), KNOWN)
    assert [(one.title, one.version) for one in found.documents] == [
        *(("Schets versie 0.1", "0.2"), ("Document", "1"), ("Brief", "x")),
    ]


def test_a_table_of_contributions_is_set_apart():
    content = b"Van;Inbreng;Datum\nbewoners;Meer bomen;14-3-2026\n"
    found = recognise(read_planning_file("x.csv", content), KNOWN)
    assert found.rows == ()
    assert [row.cells for row in found.contributions[0]] == [
        ("Van", "Inbreng", "Datum"),
        ("bewoners", "Meer bomen", "14-3-2026"),
    ]


@pytest.mark.parametrize(
    ("text", "year", "is_stated"),
    [
        ("Planning, d.d. 14 maart 2017\n3/4 Raad", 2017, True),
        ("Stand 14-03-2025\n3/4 Raad", 2025, True),
        ("Jaarplanning 2028\n3/4 Raad", 2028, True),
        ("Verzonden 28 november 2025\nPlanning 2026\n3/4 Raad", 2026, True),
        ("Het plein (2027)\n3/4 Raad", 2027, True),
        ("Omgevingsvisie 2040\n3/4 Raad", 2027, False),
        # On 30 November 2026 all of this is past, or most of it, or half of it.
        ("3/4 Raad\n5/5 Raad", 2027, False),
        ("week 3 Raad", 2027, False),
        ("1/10 Raad\n3/11 Raad\n8/12 Raad", 2027, False),
        ("3/11 Raad\n8/12 Raad", 2026, False),
        ("3/11 Raad\n8/12 Raad\n12/1 Raad\n9/2 Raad", 2026, False),
        ("30/11 Raad", 2026, False),
        # 10 March and 14 April are Wednesdays in 2027.
        ("wo 10/3 Raad\nwo 14/4 Raad", 2027, True),
        ("wo 10/3 Raad", 2027, False),
        ("3/4 Raad\n" * 200 + "5 mei 2025 Raad", 2025, True),
    ],
)
def test_the_year_comes_from_the_heading_the_dates_or_the_days_of_the_week(text, year, is_stated):
    assert find_year(read_planning_text(text), TODAY) == (year, is_stated)


def test_a_chosen_year_goes_before_that_of_the_planning():
    (row,) = rows_of("Planning 2026\n14/3 Raad", year=2025)
    assert row.when.latest == date(2025, 3, 14)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Op 3 maart beginnen we, op 15 april is de inloop en op 20 mei de raad.", "no line that begins or ends"),
        ("Dit is een verhaal zonder datums.\nEn nog een zin.", "no row with a date"),
        ("Datum\tWat\nzsm\tRaad", "no row with a date"),
        ("Wat\tWie\nRaad\tJan", "no row with a date"),
        ("14/3 Raad\n" * (MAX_ENTRIES + 1), "more than 500 rows"),
    ],
)
def test_no_rows_or_too_many_are_refused_with_a_remedy(text, message):
    with translation.override("en"), pytest.raises(UnreadablePlanning, match=message):
        rows_of(text)


def test_the_maximum_number_of_rows_is_read():
    assert len(rows_of("14/3 Raad\n" * MAX_ENTRIES)) == MAX_ENTRIES
