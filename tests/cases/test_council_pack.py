"""The council pack of a real case, made from only what could be known then: the set-up before the committee."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.council_pack import council_packs_html
from participation.models import Trajectory
from participation.presentation.council_pack import CouncilPackRequest, council_pack
from participation.services.dossiers.dossiers import import_dossier
from tests import world

pytestmark = pytest.mark.django_db

CASE = Path(__file__).parents[2] / "fixtures" / "cases" / "onderzoek-participatie-leiden.json"
RULEBOOKS = load_rulebooks("leiden")
#: A week before the committee met, when its papers went out.
RECORDED_THEN = world.moment("2020-12-03 12:00")
MEETING = date(2020, 12, 10)
ON_THE_DAY = world.moment("2020-12-10 08:00")
#: When the case was written down in full, with all that came out since.
RECORDED_NOW = world.moment("2026-11-02 12:00")
#: What nobody could know on the day of the meeting.
LATER = ("Platform31", "Wob", "Conceptrapport", "casus", "klankbord", "klacht", "2021", "hadden er niet aan meegewerkt")


def as_it_was(document):
    """Return the dossier with only what could be known on 3 December 2020: both decisions were still planned."""
    then = copy.deepcopy(document)
    about = then["trajectory"]
    for later in ("closed_on", "source"):
        del about[later]
    about.update(status="active", summary="Onderzoek naar hoe participatie in Leiden loopt.")
    unknown = ("platform31", "wob-indieners-casus", "klankbordgroep-onderzoek-participatie", "partij-sleutelstad")
    then["organisations"] = [row for row in then["organisations"] if row["slug"] not in unknown]
    then["plan"]["actors"] = [row for row in then["plan"]["actors"] if row["organisation"] not in unknown]
    held = [row for row in then["steps"] if row["ref"] in ("opzegging", "opdracht")]
    planned = [
        {**row, "planned": row["done"], "done": None, "note": "", "title": title}
        for row, title in zip(
            [row for row in then["steps"] if row["ref"] in ("opzet-commissie", "opzet-raad")],
            ("Onderzoeksopzet in de commissie", "Onderzoeksopzet in de raad"),
            strict=True,
        )
    ]
    then["steps"] = [*held, *planned]
    del then["documents"], then["requests"]
    return then


@pytest.fixture
def document():
    return json.loads(CASE.read_text(encoding="utf-8"))


@pytest.fixture
def trajectory(document):
    """The case as recorded then."""
    import_dossier(as_it_was(document), RULEBOOKS, date(2020, 12, 3), RECORDED_THEN)
    return Trajectory.objects.get(slug="onderzoek-participatie-leiden")


@pytest.fixture
def in_full(trajectory, document):
    """The case as recorded then, and since then in full."""
    import_dossier(document, RULEBOOKS, date(2026, 11, 2), RECORDED_NOW, replace=True)
    trajectory.refresh_from_db()
    return trajectory


def pack_of(trajectory, known_at=ON_THE_DAY, day=MEETING, **columns):
    return council_pack(CouncilPackRequest(trajectory, RULEBOOKS.first, day, known_at, **columns))


def test_the_pack_says_what_was_known_on_the_day_of_the_meeting(in_full):
    pack = pack_of(in_full, earlier_texts=True)

    assert (pack.decision.title, pack.decision.body, pack.decision.documents) == (
        "Onderzoeksopzet in de commissie",
        "Raadscommissie Leefbaarheid en Bereikbaarheid",
        [],
    )
    # Eight associations take part by the plan; none was informed or involved.
    assert (pack.heard.rows, pack.invited.rows) == ([], [])
    assert pack.not_heard.rows == [f"Wijk- of buurtvereniging binnenstad {number}" for number in range(1, 9)]
    assert (pack.contributions, pack.outcomes) == (0, [])
    assert (pack.explained.rows, pack.contradicted.rows) == ([], [])


def test_the_pack_says_what_was_late_by_how_much_and_on_whose_word(in_full):
    pack = pack_of(in_full, earlier_texts=True)

    # From 17 September 2020: at once, and six weeks later. The letter of 2021 promised both.
    assert [line.dates for line in pack.late.rows] == [
        ["Uiterlijk 17 september 2020: 84 dagen te laat."],
        ["Uiterlijk 29 oktober 2020: 42 dagen te laat."],
    ]
    assert all("(toezegging van het college)" in line.word_of for line in pack.late.rows)
    # Two weeks before the committee of 10 December, and before the council of 17 December; the audit office advises it.
    assert [line.dates for line in pack.advised.rows] == [
        ["Uiterlijk 26 november 2020: 14 dagen te laat."],
        ["Uiterlijk 3 december 2020: 7 dagen te laat."],
    ]
    assert "Onderzoeksopzet in de commissie" in pack.advised.rows[0].message
    assert all("Rekenkamerbrief" in line.word_of for line in pack.advised.rows)


def test_three_questions_follow_from_the_facts(in_full):
    first, second, third = pack_of(in_full, earlier_texts=True).questions

    assert "aanspreekpunt" in first
    assert "afgesproken voor uiterlijk 17 september 2020" in first
    assert "binnenstad 8 is niets vastgelegd" in second
    assert "uiterlijk op 26 november 2020" in third


@pytest.mark.parametrize("earlier_texts", [True, False])
def test_nothing_that_came_out_later_is_in_the_pack(in_full, earlier_texts):
    html = council_packs_html([pack_of(in_full, earlier_texts=earlier_texts)])

    # The source of a rule may be younger: the case is compared with the rules of today, and the pack says so.
    texts = html.replace("19-05-2021", "")
    assert [word for word in LATER if word in texts] == []
    assert "Dit traject kijkt terug" in html


def test_the_pack_made_on_the_day_and_made_again_later_are_the_same(trajectory, document):
    then = council_packs_html([pack_of(trajectory, earlier_texts=True)])
    import_dossier(document, RULEBOOKS, date(2026, 11, 2), RECORDED_NOW, replace=True)
    trajectory.refresh_from_db()

    assert council_packs_html([pack_of(trajectory, earlier_texts=True)]) == then


def test_a_week_earlier_less_was_late(in_full):
    pack = pack_of(in_full, known_at=RECORDED_THEN, day=date(2020, 11, 27), earlier_texts=True)

    assert [line.dates for line in pack.advised.rows] == [["Uiterlijk 26 november 2020: 1 dag te laat."]]


def test_there_is_no_pack_before_anything_was_recorded(in_full):
    assert pack_of(in_full, known_at=world.moment("2020-12-01 12:00")) is None
