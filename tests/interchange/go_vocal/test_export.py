"""Exports of Go Vocal: recognised in both languages and converted to contributions, without personal data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from django.utils import translation

from participation.interchange.go_vocal import export as go_vocal
from participation.interchange.sheets.reading import read_tabs, read_text
from participation.services.contributions.sheet_preview import COLUMNS, KNOWN_HEADINGS
from tests.workbooks import workbook


def number(n):
    return str(UUID(int=n))


def at(text):
    """Return a date and time as a workbook stores it, without a time zone."""
    return datetime.fromisoformat(text)


DUTCH = [
    *(
        "ID",
        "Naam",
        "Beschrijving",
        "Bijlagen",
        "Tags",
        "Breedtegraad",
        "Lengtegraad",
        "Locatie",
        "Hoe vaak komt u er?",
    ),
    *("Naam auteur", "Email auteur", "ID auteur", "Ingediend op", "Gepubliceerd om", "Reacties", "Likes", "Dislikes"),
    *("URL", "Project", "Status", "Toegewezen aan", "E-mailadres toegewezen persoon", "Mijn buurt"),
]
IDEA = [
    *(
        number(1),
        "Meer bomen",
        "<p>Langs de <b>singel</b> &amp; het plein.</p><p>Graag inheems.</p>",
        "",
        "Groen;Water",
    ),
    *(52.16, 4.49, "Lange Singel 1", "Elke dag", "Jan Voorbeeld", "jan@example.org", number(99)),
    *(at("2026-03-20T23:40"), at("2026-03-22T09:00"), 2, 12, 0, "https://example.org/ideas/bomen"),
    *("Het plein", "aangenomen", "Ans Ambtenaar", "ans@example.org", "Noord"),
]
ENGLISH = [
    *("id", "title", "description", "author_name", "author_email", "author_id", "proposed_budget", "published_at"),
    *("submitted_at", "comments", "likes", "dislikes", "unsure", "url", "project", "topics", "status", "assignee"),
    *("assignee_email", "latitude", "longitude", "location_description", "attachments"),
]


def read(*rows, **more):
    """Return the rows of the first sheet of an export, with our own column names."""
    sheet = read_tabs("export.xlsx", workbook(*rows, **more), KNOWN_HEADINGS | go_vocal.KNOWN_HEADINGS)[0]
    assert go_vocal.is_export(sheet)
    return go_vocal.convert_export(sheet)


def as_dict(row):
    return dict(zip(("ref", "theme", "summary", "received", "outcome", "response", "answered"), row.cells, strict=True))


def test_an_idea_becomes_a_contribution_with_title_text_location_and_counts():
    idea = as_dict(read(DUTCH, IDEA).rows[0])
    assert idea["ref"] == f"gv-{number(1)}"
    assert idea["summary"] == (
        "Meer bomen\n\nLangs de singel & het plein.\n\nGraag inheems.\n\nPlek: Lange Singel 1\n\n(12 likes, 2 reacties)"
    )
    assert idea["theme"] == "Groen, Water"
    # The platform's local time late in the evening is still the same day.
    assert idea["received"] == "2026-03-20"


def test_the_headings_match_those_by_which_a_sheet_is_recognised():
    for language in ("nl", "en"):
        with translation.override(language):
            sheet = read(DUTCH, IDEA)
            found = [next(name for name, same in COLUMNS.items() if text.lower() in same) for text in sheet.headings]
            assert found == ["ref", "theme", "summary", "received_on", "outcome", "response", "responded_on"]


def test_personal_data_is_dropped_and_the_dropped_columns_are_reported():
    sheet = read(DUTCH, IDEA)
    everything = str(sheet.rows)
    assert not any(
        text in everything for text in ("Voorbeeld", "example.org", "Ambtenaar", "Noord", "Elke dag", number(99))
    )
    (persons,) = (note for note in sheet.notes if "personen" in note)
    assert all(f"“{text}”" in persons for text in ("Naam auteur", "Email auteur", "Toegewezen aan", "Mijn buurt"))
    assert any("“Hoe vaak komt u er?”" in note and "beheerders" in note for note in sheet.notes)


def test_timestamps_of_an_older_english_export_are_in_utc():
    row = dict.fromkeys(ENGLISH, "")
    row |= {"id": number(2), "title": "Bench", "description": "By the water", "likes": 1, "status": "Rejected"}
    row |= {"submitted_at": at("2026-03-20T23:40"), "author_email": "x@example.org", "topics": "Green,Rest"}
    with translation.override("en"):
        idea = as_dict(read(ENGLISH, list(row.values())).rows[0])
    assert (idea["received"], idea["theme"]) == ("2026-03-21", "Green, Rest")
    assert idea["summary"] == "Bench\n\nBy the water\n\n(1 like)"
    assert idea["outcome"].endswith("?")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("aangenomen", "overgenomen?"),
        ("Uitgevoerd", "overgenomen?"),
        ("afgewezen", "niet overgenomen?"),
        ("in overweging", ""),
        ("beantwoord", ""),
        ("komt niet in aanmerking", ""),
    ],
)
def test_a_status_suggests_an_outcome_only_where_it_is_explicit(status, outcome):
    row = [*IDEA]
    row[DUTCH.index("Status")] = status
    assert as_dict(read(DUTCH, row).rows[0])["outcome"] == outcome


def test_comments_become_contributions_about_their_idea():
    top = [
        "id",
        "input",
        "input_id",
        "comment",
        "likes_count",
        "author_name",
        "created_at",
        "parent_comment_id",
        "project",
    ]
    row = [
        number(3),
        "Meer bomen",
        number(1),
        "Liever <i>struiken</i>",
        4,
        "Jan",
        at("2026-03-01T12:00"),
        "",
        "Plein",
    ]
    comment = as_dict(read(top, row).rows[0])
    assert comment["theme"] == "Reactie op: Meer bomen"
    assert comment["summary"] == "Liever struiken\n\n(4 likes)"
    assert comment["ref"] == f"gv-{number(3)}"


def test_official_updates_become_answers_to_existing_contributions():
    top = ["ID", "Feedback", "Feedback Author Name", "Feedback Email", "New Status"]
    update = as_dict(
        read(
            top, [number(1), "Beste {{first_name}}, wij planten er tien.", "Team", "a@example.org", "aangenomen"]
        ).rows[0]
    )
    assert update["summary"] == ""
    assert update["response"] == "Beste, wij planten er tien."
    assert update["outcome"] == "overgenomen?"


SURVEY = [
    "ID",
    "Wat mist u hier?",
    "Hoe tevreden bent u?",
    "Vertel ons waarom",
    "Waarvoor komt u?",
    "Teken het in",
    "Ingediend op",
    "Project",
    "Geslacht",
]


def survey():
    reasons = ["Rumoer", "", "Prima zo", "Geen bankjes"]
    return read(
        SURVEY,
        *(
            [
                number(n),
                f"Antwoord {n}",
                1 + n % 2,
                reasons[n],
                "Markt;Rust" if n else "Markt",
                '{"type":"Point"}',
                at(f"2026-03-{1 + n:02d}"),
                "Plein",
                "Vrouw",
            ]
            for n in range(4)
        ),
    )


def test_every_open_answer_becomes_a_contribution_with_its_question_as_theme():
    rows = [as_dict(row) for row in survey().rows]
    missing = [row for row in rows if row["theme"] == "Wat mist u hier?"]
    assert [row["summary"] for row in missing] == [f"Antwoord {n}" for n in range(4)]
    assert all(row["ref"].startswith(f"gv-{number(n)}-") for n, row in enumerate(missing))
    why = [row for row in rows if row["theme"] == "Hoe tevreden bent u? – Vertel ons waarom"]
    assert [row["received"] for row in why] == ["2026-03-01", "2026-03-03", "2026-03-04"]


def test_a_multiple_choice_question_becomes_one_contribution_with_counts():
    rows = {row["theme"]: row for row in map(as_dict, survey().rows)}
    score, purpose = rows["Hoe tevreden bent u?"], rows["Waarvoor komt u?"]
    assert score["summary"] == "Uitslag van 4 antwoorden:\n1: 2\n2: 2"
    assert purpose["summary"] == "Uitslag van 4 antwoorden:\nMarkt: 4\nRust: 3"
    assert score["received"] == "1-3-2026 t/m 4-3-2026"


def test_a_survey_reports_what_was_imported_and_omits_the_respondents():
    sheet = survey()
    assert "Vrouw" not in str(sheet.rows)
    assert any("niet openbaar" in note for note in sheet.notes)
    assert any("“Teken het in”" in note and "geen woorden" in note for note in sheet.notes)
    assert len({row.number for row in sheet.rows}) == len(sheet.rows)


def test_refs_of_survey_answers_are_stable():
    before = {row.cells[0] for row in survey().rows}
    assert before == {row.cells[0] for row in survey().rows}
    assert len(before) == len(survey().rows)


def test_individual_votes_become_one_contribution_with_totals():
    top = ["Geslacht", "Geboortejaar", "Meer bomen", "Een fontein", "Ingediend op"]
    sheet = read(top, ["Man", 1980, 2, 0, at("2026-03-01T00:00")], ["Vrouw", 1990, 1, 3, at("2026-03-01T00:00")])
    (row,) = map(as_dict, sheet.rows)
    assert row["summary"] == "Stemmen van 2 personen:\nMeer bomen: 3\nEen fontein: 3"
    assert "1980" not in str(sheet.rows)


def test_votes_on_ideas_are_imported_with_each_idea():
    top = ["ID", "Naam", "Beschrijving", "Stemmen", "Kosten", "URL", "Tags", "Status", "Gepubliceerd om"]
    row = [
        number(1),
        "Meer bomen",
        "Op het plein",
        41,
        15000,
        "https://example.org",
        "",
        "voorgesteld",
        at("2026-03-01T00:00"),
    ]
    assert as_dict(read(top, row).rows[0])["summary"].endswith("(41 stemmen, kost 15000 euro)")


@pytest.mark.parametrize(
    "text",
    [
        "ID;Naam;Inbreng\n1;Kaart 1;Meer bomen",
        f"ID;Inbreng\n{number(1)};Meer bomen",
        "Inbreng;Ingediend op\nMeer bomen;2026-03-01",
        "Van;Inbreng\nwijk-a;Meer bomen",
    ],
)
def test_another_spreadsheet_is_not_mistaken_for_an_export(text):
    assert not go_vocal.is_export(read_text(text, KNOWN_HEADINGS | go_vocal.KNOWN_HEADINGS))


def test_the_contribution_text_is_separated_from_the_counts_below_it():
    text = go_vocal.without_numbers("Meer bomen\n\n(12 likes, 2 reacties)")
    assert text == go_vocal.without_numbers("Meer  bomen\r\n\r\n(13 likes)") == "Meer bomen"
    assert go_vocal.without_numbers("Maar (misschien 3) bomen") == "Maar (misschien 3) bomen"
