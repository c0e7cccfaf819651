"""What the page of a trajectory, motion or commitment tells of what is owed today."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests import world
from tests.web.reading import PAGE, TODAY, Read, overdue, part, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_each_tells_what_is_owed_when_on_whose_word_and_what_can_be_done(client):
    overdue(details={"about": "de avond"})
    told = part(shown(client), "feedback-given--s1")

    for text in (
        "Over de termijn",
        "Terugkoppeling over “de avond”.",
        "Uiterlijk 17 april 2026: 3 dagen over de termijn.",
        "Op grond van: beleid. Bron: ",
        'href="/regels/#rule-feedback-given"',
        "Wat de gemeente kan doen: ",
    ):
        assert text in told


@pytest.mark.parametrize(
    ("columns", "status", "told"),
    [
        ({}, "Over de termijn", "3 dagen over de termijn."),
        (
            {"strict_due_on": date(2026, 4, 1), "due_on": date(2026, 4, 30)},
            "Misschien over de termijn",
            "Uiterlijk ergens van",
        ),
        (
            {"due_on": date(2026, 4, 30), "expected_on": date(2026, 5, 2)},
            "Gepland na de termijn",
            "maar gepland op 2 mei 2026.",
        ),
        ({"due_on": TODAY}, "Binnen veertien dagen", "Uiterlijk vandaag"),
        ({"due_on": date(2026, 6, 1)}, "Op komst", "Uiterlijk 1 juni 2026."),
        ({"due_on": None, "missing": ["level"]}, "Nog in te vullen", "Nog niet bekend: het niveau"),
        ({"met_on": date(2026, 4, 2)}, "Gedaan", "Gedaan op 2 april 2026."),
        ({"met_on": date(2026, 4, 18)}, "Later gedaan", "Gedaan op 18 april 2026, 1 dag na de termijn."),
        ({"met_on": date(2026, 4, 2), "due_on": None}, "Gedaan", "Gedaan op 2 april 2026."),
    ],
)
def test_each_status_is_told_in_words_with_its_dates(client, columns, status, told):
    overdue(**columns)
    html = shown(client)

    assert f">{status}</p>" in part(html, "feedback-given--s1")
    assert told in part(html, "feedback-given--s1")
    assert "None" not in html


def test_who_may_change_it_reads_what_to_fill_in_and_others_what_is_not_known(client):
    square = overdue(due_on=None, missing=["level"]).trajectory
    adviser = world.user("adviser")
    square.advisers.add(adviser)
    assert "Vul in" not in shown(client)

    client.force_login(adviser)

    assert "Wat u kunt doen: Vul in: het niveau van participatie." in shown(client)


def test_the_late_ones_stand_first_and_what_is_done_at_the_end_of_its_group(client):
    square = world.trajectory()
    overdue(square, subject="a", met_on=date(2026, 4, 1))
    overdue(square, subject="b", due_on=date(2026, 6, 1))
    overdue(square, subject="c", due_on=date(2026, 4, 25))
    overdue(square, subject="d")
    overdue(square, subject="e", due_on=date(2026, 4, 2))
    overdue(square, rule="scenarios-offered", subject="")
    html = shown(client)
    places = [place for place in Read(html).ids if place.startswith(("feedback-given--", "basic-", "scenarios"))]

    assert places == [
        "basic-feedback",
        *(f"feedback-given--{subject}" for subject in "edcba"),
        "basic-scenarios",
        "scenarios-offered",
    ]
    assert "Er zijn 3 punten over de termijn." in html
    details = html.partition("<details>")[2].partition("</details>")[0]
    assert re.findall(r'li id="(.+?)"', details) == ["feedback-given--a"]
    assert "<summary>Gedaan (1)</summary>" in details


def test_an_explanation_tells_its_reason_by_whom_and_until_when(client):
    square = world.trajectory()
    for subject in ("s1", "s2", "s3"):
        overdue(square, subject=subject)
    world.waiver(square, rule="feedback-given", subject="s1", reason="Eén\n\nmaal")
    world.waiver(square, rule="feedback-given", subject="s2", until=date(2026, 4, 19))
    world.waiver(square, rule="feedback-given", subject="s3", granted_on=date(2026, 4, 21))
    html = shown(client)
    first, second, third = (part(html, f"feedback-given--s{number}") for number in (1, 2, 3))

    for text in (
        "Uitgelegd",
        "Uiterlijk 17 april 2026.",
        "geldig tot en met 31 december 2026",
        "volgens projectleider",
    ):
        assert text in first
    assert "Wat de gemeente kan doen" not in first
    assert "Over de termijn" in second
    assert "was geldig tot en met 19 april 2026" in second
    assert "Uitleg" not in third


def test_an_explanation_without_an_end_is_told_so(client):
    square = overdue().trajectory
    world.waiver(square, rule="feedback-given", until=None)

    assert "Uitleg, zonder einddatum." in shown(client)


def test_what_looks_back_says_so_and_asks_nothing(client):
    overdue(world.trajectory(retrospective=True))
    html = shown(client)

    assert "Terugblik" in html
    assert "Dit had geholpen: " in html
    assert "Wat de gemeente kan doen" not in html
    assert "Terugblik" in shown(client, "/trajecten/")


def test_what_is_no_longer_called_for_or_is_of_no_rule_is_not_shown_and_not_counted(client):
    square = world.trajectory()
    overdue(square, withdrawn_at=world.moment("2026-04-19"))
    overdue(square, rule="afgeschaft")

    assert "Hier hoeft nu niets te gebeuren." in shown(client)
    assert "Niets over de termijn" in shown(client, "/trajecten/")


def test_parties_are_told_by_the_name_that_they_have_today(client):
    world.organisation(world.RESIDENTS, name="Wijkvereniging De Kade")
    overdue(rule="contribution-answered", subject="c1", details={"party": world.RESIDENTS})

    assert "Wijkvereniging De Kade" in shown(client)


def test_what_people_wrote_is_shown_as_text(client):
    evil = "<script>alert(1)</script>"
    square = world.trajectory(title=evil, summary=evil)
    overdue(square, details={"about": evil})
    world.waiver(square, rule="feedback-given", reason=evil, by=evil)
    motion = world.motion(title=evil, dictum=evil, owner=evil, body=evil)
    promise = world.commitment("<b>1", text=evil, made_by=evil, owner=evil, source=evil)
    for of in ({"motion": motion}, {"commitment": promise}):
        next(iter(of.values())).reports.create(text=evil)

    for address in (PAGE, "/trajecten/", "/moties/", "/moties/21.0098/04/", "/toezeggingen/", "/toezeggingen/<b>1/"):
        html = shown(client, address)
        assert "&lt;script&gt;" in html, address
        assert "<script" not in html, address
        assert "<b>" not in html, address


def test_the_page_is_in_the_language_of_the_browser_or_else_in_dutch(client):
    overdue()

    assert "Overdue" in shown(client, HTTP_ACCEPT_LANGUAGE="en")
    assert "Over de termijn" in shown(client, HTTP_ACCEPT_LANGUAGE="de")


# ---------- motions and commitments


def test_a_motion_tells_what_the_college_proposes_apart_from_what_the_council_did(client):
    motion = world.motion(
        dictum="Werk met scenario's.",
        body="council",
        votes_for=20,
        votes_against=19,
        owner="Wethouder",
        settled_proposed_on=world.on("2024-02-28"),
    )
    motion.reports.create(on=world.on("2022-05-01"), text="Er is een proef.")
    world.obligation(motion=motion, rule="motion-followed-up", subject="")
    html = shown(client, "/moties/21.0098/04/")
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html))

    assert "<h1>Motie 21.0098/04: Scenario&#x27;s</h1>" in html
    assert facts["Het college stelt voor de motie af te doen"] == "28 februari 2024"
    assert facts["De raad heeft de motie afgedaan"] == "niet vastgelegd"
    assert (facts["Eigenaar"], facts["Uiterlijk"]) == ("Wethouder", "niet vastgelegd")
    assert (facts["Van"], facts["Uitslag"], facts["Stemmen"]) == ("gemeenteraad", "aangenomen", "20 voor, 19 tegen")
    assert "Er is een proef." in html
    assert 'id="motion-followed-up"' in html


def test_a_commitment_tells_its_text_its_owner_and_that_no_date_was_recorded(client):
    promise = world.commitment(text="Vaker praten", made_by="college", source="Brief 1")
    world.obligation(commitment=promise, rule="commitment-dated", subject="")
    html = shown(client, "/toezeggingen/T-1/")
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html))

    assert "Vaker praten" in html
    assert facts["Gedaan op"] == "19 mei 2021"
    assert facts["Eigenaar"] == facts["Uiterlijk"] == facts["Nagekomen op"] == "niet vastgelegd"
    assert "Er is nog geen bericht vastgelegd." in html


def test_a_motion_is_found_by_any_of_the_ways_in_which_its_number_is_printed(client):
    world.motion()

    assert "Motie 21.0098/04" in shown(client, "/moties/M21.0098/04/")
