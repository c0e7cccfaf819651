"""The council pack: its sections, its bounds and its questions."""

from __future__ import annotations

import re
from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.council_pack import council_packs_html, council_packs_pdf
from participation.presentation import council_questions
from participation.presentation.council_pack import CouncilPackRequest, council_pack
from participation.presentation.council_questions import QUESTION_TEMPLATES, CouncilFinding, questions_of
from tests import world
from tests.interchange.archive.archives import add_counter_signal
from tests.interchange.archive.test_pdf import assert_accessible, unfolded

DAY = date(2026, 4, 20)
RULEBOOK = load_rulebooks("leiden").first
NOW = world.moment("2099-01-01 00:00")

pytestmark = pytest.mark.django_db


def pack_of(of, day=DAY, **columns):
    return council_pack(CouncilPackRequest(of, RULEBOOK, day, NOW, **columns))


@pytest.fixture
def square():
    made = world.trajectory()
    world.plan(made, world.RESIDENTS, world.SHOPS)
    world.organisation(world.COUNCIL)
    world.step(made, title="Bewonersavond", done=world.on("2026-03-20"))
    return made


def decision(of, ref, day, **columns):
    return world.step(
        of,
        ref,
        **{"kind": "decision", "method": "", "audience": [], "planned": world.on(day), "starts_at": None}
        | {"ends_at": None, "body": world.COUNCIL, "title": ref, **columns},
    )


def test_the_decision_is_the_first_of_the_council_from_that_day_on(square):
    world.organisation("college", kind="executive")
    decision(square, "geweest", "2026-04-19")
    decision(square, "van-het-college", "2026-04-21", body="college")
    decision(square, "vervallen", "2026-04-22", cancelled=True)
    decision(square, "eerst", "2026-05-20")
    decision(square, "later", "2026-06-20")

    assert pack_of(square).decision.title == "eerst"
    assert pack_of(square, date(2026, 7, 1)).decision is None


def test_who_spoke_who_was_invited_and_of_whom_nothing_is_recorded_stand_apart(square):
    world.contribution(square, outcome="adopted", response="Goed")
    world.contribution(square, "c2")
    world.contribution(square, "nog-niet", party=world.OUTSIDER, received_on=world.on("2026-04-21"))

    pack = pack_of(square)

    assert pack.heard.rows == ["Wijk-A (2)"]
    assert pack.invited.rows == ["bewoners"]
    assert pack.not_heard.rows == ["Winkeliers"]
    assert pack.outcomes == [("overgenomen", 1), ("nog zonder antwoord", 1)]


def test_an_explanation_holds_on_the_day_and_a_contradiction_has_its_answer(square):
    world.waiver(square)
    add_counter_signal(square)

    pack = pack_of(square)

    assert [(row.who, row.words) for row in pack.explained.rows] == [
        ("projectleider", "Er is maar één plek voor het plein")
    ]
    assert [(row.who, row.words, row.answer) for row in pack.contradicted.rows] == [("Wijk-A", "Wij hoorden niets", "")]
    assert any("Wijk-A spreekt de stand hiervan tegen" in question for question in pack.questions)
    assert pack_of(square, date(2027, 1, 1)).explained.rows == []


def test_a_pack_of_a_large_trajectory_is_two_pages_and_says_how_much_more_there_is(square):
    pytest.importorskip("weasyprint")
    for number in range(40):
        world.step(
            square, f"a{number}", title=f"Avond met een lange titel nummer {number}", done=world.on("2026-03-01")
        )
        world.contribution(square, f"c{number}", party=world.organisation(f"wijkvereniging-{number}").slug)
        world.waiver(square, rule="meeting-announced", subject=f"a{number}", reason="Een lange reden. " * 40)
    decision(square, "besluit", "2026-05-20", description="Een lange omschrijving. " * 100)

    pack = pack_of(square)

    assert pack.late.more > 0
    assert pack.explained.more == 37
    assert pack.heard.more == 28
    made = council_packs_pdf([pack])
    assert_accessible(made)
    content = unfolded(made)
    assert len(re.findall(rb"/Type /Page\b", content)) == 2
    assert b'pdfuaid:part="1"' in content
    assert b"/MarkInfo <</Marked true>>" in content


def asked_in(of, day, step=""):
    return " ".join(pack_of(of, day, step=step).questions)


@pytest.fixture
def every_question(monkeypatch):
    monkeypatch.setattr(council_questions, "MAX_QUESTIONS", 99)


#: How questions end; the words of rules before them may have "vóór het besluit" in them too.
BEFORE, TO_COME = "Wil de gemeente dit alsnog doen vóór het besluit?", "gebeuren, vóór het besluit. Gaat dat lukken?"
AFTER, WITHOUT = "Is dit alsnog gedaan, of komt het nog?", "Wil de gemeente dit alsnog doen, en wanneer?"


@pytest.mark.usefixtures("every_question")
def test_questions_speak_of_a_decision_only_while_it_is_to_come(square):
    decision(square, "besluit", "2026-05-20", stage="adoption")

    before = asked_in(square, DAY, "besluit")
    on_the_day = asked_in(square, date(2026, 5, 20), "besluit")
    after = asked_in(square, date(2026, 5, 21), "besluit")
    without = asked_in(square, date(2026, 5, 21))

    endings = (BEFORE, TO_COME, AFTER, WITHOUT)
    assert [ending in before for ending in endings] == [True, True, False, False]
    assert [ending in on_the_day for ending in endings] == [True, False, False, False]
    assert [ending in after for ending in endings] == [False, False, True, False]
    assert [ending in without for ending in endings] == [False, False, False, True]


@pytest.mark.usefixtures("every_question")
def test_a_briefing_is_no_decision_and_a_decision_without_a_day_is_to_come(square):
    decision(square, "bespreking", "2026-05-20", kind="briefing")
    decision(square, "ooit", "2026-05-20", planned=None)
    decision(square, "geweest", "2026-05-20", planned=None, done=world.ImpreciseDate.unknown())
    asked = {ref: asked_in(square, DAY, ref) for ref in ("bespreking", "ooit", "geweest")}

    assert [ref for ref, text in asked.items() if BEFORE in text] == ["ooit"]
    assert [ref for ref, text in asked.items() if AFTER in text] == ["geweest"]
    assert [ref for ref, text in asked.items() if WITHOUT in text] == ["bespreking"]
    assert TO_COME not in "".join(asked.values())


@pytest.mark.parametrize("kind", ["overdue_by_law", "overdue_by_promise", "overdue_by_advice", "unanswered"])
@pytest.mark.parametrize("decision_lies", ["past", "none"])
def test_no_question_names_a_decision_that_is_past_or_not_there(kind, decision_lies):
    values = dict.fromkeys(("what", "due", "n", "total"), "x")
    (question,) = questions_of([CouncilFinding(kind, values)], decision_lies)
    assert "besluit" not in question
    assert "voorstel" not in question


def test_who_was_reached_is_named_without_numbers(square):
    world.neighbourhood(world.LAKES, name="Meren")
    assert pack_of(square).reached.rows == []
    assert "Bereikt met activiteiten: niet is vastgelegd welke groepen" in council_packs_html([pack_of(square)])
    held = {"done": world.on("2026-03-21"), "reach_total": 40}
    rows = [{"group": "young_people", "count": 12}, {"group": "renters", "count": 0}, {"group": "older_people"}]
    world.step(square, "s2", reach_groups=rows, reach_neighbourhoods=[{"slug": world.LAKES, "count": 3}], **held)
    later = [{"group": "newcomers", "count": 9}]
    world.step(square, "s3", done=world.on("2026-04-21"), reach_groups=later)

    pack = pack_of(square)

    assert pack.reached.rows == ["jongeren", "ouderen", "Meren"]
    html = council_packs_html([pack])
    assert "Bereikt met activiteiten: jongeren, ouderen, Meren." in html


def test_without_an_activity_that_took_place_reach_is_not_named():
    made = world.trajectory()
    world.step(made, planned=world.on("2026-05-20"))
    assert pack_of(made).reached is None
    assert "Bereikt met" not in council_packs_html([pack_of(made)])


def test_the_pack_is_in_the_language_that_is_asked(square):
    html = council_packs_html([pack_of(square, language="en")])

    assert '<html lang="en">' in html
    assert "Who was heard, and who was not" in html
    assert "--language en" in html


def test_one_question_of_each_kind_comes_before_a_second():
    findings = [
        CouncilFinding("overdue_by_promise", {"what": "A.", "due": "1 mei"}),
        CouncilFinding("overdue_by_promise", {"what": "B.", "due": "2 mei"}),
        CouncilFinding("contradicted", {"who": "W", "what": "C."}),
    ]

    assert [question[:2] for question in questions_of(findings)] == ["C.", "A.", "B."]
    assert questions_of([]) == []


def test_there_are_three_questions_at_most():
    every = [
        CouncilFinding(kind, dict.fromkeys(("what", "due", "who", "n", "total", "missing"), "x"))
        for kind in QUESTION_TEMPLATES
    ]

    assert len(questions_of(every)) == 3
