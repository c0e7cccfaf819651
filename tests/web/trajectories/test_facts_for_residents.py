"""What residents look for: where a meeting is, whom to call, what was chosen, what changed, and what the law asks."""

from __future__ import annotations

import re

import pytest

from participation.presentation.trajectory_pages import SECTIONS
from tests import world
from tests.web.html_helpers import AGREEMENTS, PAGE, PLAN, ParsedPage, all_pages_html, element_html, get_html
from tests.web.trajectories.sample_trajectory import assess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

BUURTHUIS = {
    "place_name": "Buurthuis Matilo",
    "place_address": "Zaanstraat 126",
    "place_accessible": True,
    "place_online_url": "https://meet.example.org/plein",
    "sign_up_url": "https://example.org/aanmelden",
    "description": "U kiest uit drie schetsen.",
}


def section_html(client, name):
    """Return the HTML of the section with this heading, on its page."""
    html = get_html(client, f"{PAGE}{SECTIONS[name]}")
    ParsedPage(html)
    return html.partition(f'aria-labelledby="{name}">')[2].partition("</section>")[0]


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# ---------- meetings


def test_a_coming_meeting_says_where_it_is_and_how_to_join(client):
    square = world.trajectory()
    world.step(square, title="Avond", planned=world.on("2026-05-20"), announced_on=world.on("2026-04-01"), **BUURTHUIS)
    found = section_html(client, "vervolg")
    text = plain(found)
    assert "Waar: Buurthuis Matilo, Zaanstraat 126. U kunt er met een rolstoel komen." in text
    assert "U kiest uit drie schetsen." in text
    assert 'href="https://example.org/aanmelden"' in found
    assert 'href="https://meet.example.org/plein"' in found
    assert "Aanmelden : Avond" in text


@pytest.mark.parametrize("dates", [{"done": world.on("2026-04-01")}, {"planned": world.on("2026-04-01")}])
def test_nobody_is_asked_to_sign_up_for_what_is_past(client, dates):
    world.step(world.trajectory(), title="Avond", **{"planned": None, "done": None, **dates}, **BUURTHUIS)
    html = get_html(client, f"{PAGE}plan/")
    assert "Buurthuis Matilo" in html
    assert "https://example.org/aanmelden" not in html
    assert "https://meet.example.org/plein" not in html


@pytest.mark.parametrize(
    ("accessible", "said"),
    [(False, "U kunt er niet met een rolstoel komen."), (None, "Of u er met een rolstoel kunt komen, is niet bekend.")],
)
def test_it_says_whether_the_place_is_accessible_also_when_that_is_not_known(client, accessible, said):
    square = world.trajectory()
    world.step(square, planned=world.on("2026-05-20"), place_name="Buurthuis", place_accessible=accessible)
    assert said in plain(section_html(client, "vervolg"))


def test_without_a_place_nothing_is_said_about_it(client):
    world.step(world.trajectory(), planned=world.on("2026-05-20"))
    text = plain(section_html(client, "vervolg"))
    assert "Waar:" not in text
    assert "rolstoel" not in text


def test_the_last_day_of_a_survey_is_shown(client):
    square = world.trajectory()
    dates = {"done": world.on("2026-04-01"), "closes": world.on("2026-05-01")}
    world.step(square, method="survey", title="Enquête", starts_at=None, ends_at=None, **dates)
    assert "Nu open, tot en met 1 mei 2026." in plain(section_html(client, "vervolg"))


def test_the_timeline_unfolds_what_is_known_of_a_step(client, settings):
    settings.RULEBOOK = "amsterdam"
    square = world.trajectory(municipality="amsterdam")
    world.organisation("bureau-x", name="Bureau X")
    world.step(square, title="Avond", done=world.on("2026-03-20"), **BUURTHUIS)
    world.step(square, "s2", kind="evaluation", method="", evaluated_by="bureau-x", score="8.2")
    world.step(square, "s3", kind="final_report", method="", items={"procedure": "Drie avonden", "weg": "Oud"})
    world.step(square, "s4", kind="milestone", method="")
    rows = {ref: plain(element_html(get_html(client, PLAN), f"stap-{ref}")) for ref in ("s1", "s2", "s3", "s4")}
    assert "Buurthuis Matilo, Zaanstraat 126" in rows["s1"]
    assert "Wie de evaluatie heeft gemaakt Bureau X" in rows["s2"]
    assert "van 1 tot 10 8,2" in rows["s2"]
    assert "Hoe de participatie is gegaan Drie avonden" in rows["s3"]
    assert "Weg Oud" in rows["s3"]
    assert "Meer hierover" not in rows["s4"]


def test_who_was_reached_stands_with_the_meeting_and_its_contributions(client):
    square = world.trajectory()
    world.neighbourhood(world.LAKES, name="Merenwijk")
    world.step(
        square,
        title="Avond",
        done=world.on("2026-03-20"),
        reach_total=32,
        reach_groups=[{"group": "young_people", "count": 10}, {"group": "schaakclub", "count": 0}],
        reach_neighbourhoods=[{"slug": world.LAKES, "count": 5}],
        reach_note="Geteld bij de deur",
    )
    world.contribution(square, step="s1")
    said = "32 mensen, van wie 10 jongeren en 5 uit Merenwijk"
    assert f"Wie er zijn bereikt: {said}." in plain(section_html(client, "inbreng"))
    row = plain(element_html(get_html(client, PLAN), "stap-s1"))
    assert f"Wie er zijn bereikt {said}" in row
    assert "Hoe dat is geteld Geteld bij de deur" in row


def test_nobody_reached_is_said_too(client):
    square = world.trajectory()
    world.step(square, done=world.on("2026-03-20"), reach_total=0)
    assert "Wie er zijn bereikt 0 mensen" in plain(element_html(get_html(client, PLAN), "stap-s1"))


# ---------- whom to call, and numbers


def test_the_telephone_and_mail_of_the_function_can_be_tapped(client):
    world.trajectory(
        contact_role="project_manager", contact_phone="+31 (0)71 516 5000", contact_email="plein@leiden.nl"
    )
    found = section_html(client, "contact")
    assert 'href="tel:+31715165000">+31 (0)71 516 5000</a>' in found.replace("\N{NO-BREAK SPACE}", " ")
    assert 'href="mailto:plein@leiden.nl"' in found


def test_a_local_number_keeps_its_noughts(client):
    world.trajectory(contact_phone="(071) 516-5000")
    found = section_html(client, "contact")
    assert 'href="tel:0715165000"' in found
    assert "nog niet vastgelegd" not in found


def test_numbers_in_other_systems_are_linked_where_they_have_an_address(client):
    world.trajectory(
        case_number="Z/26/0012",
        external=[
            {"system": "Go Vocal", "id": "plein", "url": "https://doemee.example.org/plein"},
            {"system": "Zaaksysteem", "id": "17", "url": None},
        ],
    )
    html = get_html(client)
    assert "Zaaknummer: Z/26/0012 · Go Vocal: plein · Zaaksysteem: 17" in plain(html)
    assert 'href="https://doemee.example.org/plein"' in html


# ---------- scenarios and decisions


def test_scenarios_can_be_judged_and_say_what_became_of_them(client):
    square = world.trajectory()
    world.plan(square)
    world.document(square, title="Schets A", url="https://example.org/a.pdf")
    world.scenario(
        square,
        description="Geen auto's",
        advantages="Rustig",
        disadvantages="Verder lopen",
        document="d1",
        chosen=True,
        chosen_reason="Meeste stemmen",
    )
    world.scenario(square, "sc2", title="Met auto's", chosen=False, chosen_reason="Te druk")
    world.scenario(square, "sc3", title="Alles open")
    html = get_html(client, PLAN).partition('class="ld-scenarios"')[2].partition("</ul>")[0]
    first, second, third = (plain(part) for part in html.split("<li")[1:])
    for text in (
        "gekozen",
        "Geen auto",
        "Voordelen Rustig",
        "Nadelen Verder lopen",
        "Schets A",
        "Waarom dit is gekozen",
    ):
        assert text in first
    assert 'href="https://example.org/a.pdf"' in html
    assert "niet gekozen" in second
    assert "Waarom dit niet is gekozen Te druk" in second
    assert "gekozen" not in third


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"effect": "some", "effect_note": "Meer bomen"}, ["Wat de inbreng heeft veranderd: iets Meer bomen"]),
        ({"effect": "none", "effect_note": "Geen geld"}, ["Wat de inbreng heeft veranderd: niets Geen geld"]),
        ({"effect_note": "Meer bomen"}, ["Wat de inbreng heeft veranderd: Meer bomen"]),
        ({"room_kept": True}, ["Het besluit bleef binnen de ruimte die mensen hadden."]),
        (
            {"room_kept": False, "room_reason": "Te duur"},
            ["Het besluit bleef niet binnen de ruimte die mensen hadden. Te duur"],
        ),
        ({"room_kept": False}, ["De reden is niet vastgelegd."]),
        ({"case_number": "RV 26.0012"}, ["Zaaknummer: RV 26.0012"]),
    ],
)
def test_a_decision_says_what_the_input_changed(client, columns, said):
    square = world.trajectory()
    world.step(square, kind="decision", method="", done=world.on("2026-04-10"), **columns)
    text = plain(section_html(client, "besluiten"))
    for sentence in said:
        assert sentence in text


def test_a_decision_without_these_facts_says_nothing_about_them(client):
    world.step(world.trajectory(), kind="decision", method="", done=world.on("2026-04-10"))
    text = plain(section_html(client, "besluiten"))
    assert "veranderd" not in text
    assert "ruimte" not in text


# ---------- no participation, and what the law asks


def test_no_participation_is_said_at_the_top_with_its_reason(client, settings):
    settings.RULEBOOK = "amsterdam"
    world.trajectory(
        municipality="amsterdam",
        no_participation_ground="minor_change",
        no_participation_reason="Alleen de kleur van de bankjes",
        no_participation_decided_on=world.on("2026-03-03"),
        no_participation_by="het college",
    )
    html = get_html(client)
    text = plain(html.partition('aria-labelledby="geen-participatie">')[2].partition("</section>")[0])
    assert text == (
        "Hier is geen participatie Grond: Het gaat om een kleine wijziging Alleen de kleur van de bankjes "
        "Besloten: 3 maart 2026, door het college."
    )
    assert html.index("geen-participatie") < html.index('id="contents"')


def test_with_participation_nothing_is_said_about_none(client):
    world.trajectory()
    assert "geen-participatie" not in get_html(client)


def test_the_legal_steps_of_an_instrument_are_listed_with_their_state(client, today):
    square = world.trajectory(instrument="environment_plan")
    world.document(square, kind="notice_of_intention", published_on=world.on("2026-03-01"))
    world.step(
        square,
        kind="inspection",
        method="",
        procedure="extended",
        planned=world.on("2026-05-11"),
        closes=world.on("2026-06-22"),
        starts_at=None,
        ends_at=None,
    )
    assess(square, today)
    html = get_html(client, AGREEMENTS)
    found = section_html(client, "wettelijk")
    text = plain(found)
    assert "Het gaat om: omgevingsplan." in text
    assert "Vooraf gezegd hoe u kunt meedoen" in text
    assert "Bekendgemaakt dat er een omgevingsplan komt" in text
    assert f'href="{AGREEMENTS}#wettelijk"' in get_html(client)
    fragments = re.findall(r'href="#([^"]+)"', found)
    assert fragments
    assert set(fragments) <= set(ParsedPage(html).ids)


def test_a_legal_step_that_is_not_there_yet_says_what_the_law_will_ask(client):
    world.trajectory(instrument="environment_plan")
    text = plain(section_html(client, "wettelijk"))
    assert "Volgens de wet laat de gemeente vooraf weten dat zij zo'n plan wil maken" in text.replace("&#x27;", "'")


def test_rules_that_ended_are_not_listed_for_a_new_trajectory(client):
    world.trajectory(instrument="zoning_plan", started_on=world.on("2023-02-01"))
    assert 'id="wettelijk"' not in get_html(client, AGREEMENTS)


@pytest.mark.parametrize(("required", "said"), [(True, True), (None, False)])
def test_a_permit_says_whether_people_must_be_involved_first(client, required, said):
    world.trajectory(kind="permit", instrument="permit", participation_required=required)
    text = plain(section_html(client, "wettelijk"))
    assert ("De raad heeft bepaald dat mensen vóór de aanvraag moeten kunnen meepraten." in text) is said


def test_without_an_instrument_there_are_no_legal_steps(client):
    world.trajectory()
    assert 'id="wettelijk"' not in get_html(client, AGREEMENTS)


# ---------- plan, and lawful delay


def test_the_plan_shows_what_the_rulebook_asks_in_its_words(client, settings):
    settings.RULEBOOK = "amsterdam"
    square = world.trajectory(municipality="amsterdam")
    world.plan(square, items={"goal": "Ideeën voor de inrichting"})
    text = plain(section_html(client, "plan"))
    assert "Het doel van de participatie Ideeën voor de inrichting" in text
    assert "het moment van terugkoppeling" in text.partition("Niet vastgelegd:")[2]


def test_a_request_says_why_its_answer_may_take_longer(client):
    square = world.trajectory()
    world.request(
        square,
        kind="complaint",
        committee=True,
        agreed_until=world.on("2026-06-01"),
        suspended=[
            {"from": "2026-04-01", "to": "2026-04-10", "reason": "Eerst de buren gehoord."},
            {"from": "2026-04-15", "to": None},
        ],
    )
    text = plain(section_html(client, "verzoeken"))
    for sentence in (
        "De termijn stond stil van 1 april 2026 tot en met 10 april 2026. Eerst de buren gehoord.",
        "De termijn staat stil sinds 15 april 2026.",
        "Een klachtencommissie geeft advies.",
        "Afgesproken is om te wachten tot en met 1 juni 2026.",
    ):
        assert sentence in text


def test_the_new_facts_take_no_more_queries_for_fifty_steps(client, django_assert_max_num_queries):
    square = world.trajectory(instrument="environment_plan")
    reach = {"reach_total": 3, "reach_neighbourhoods": [{"slug": world.LAKES, "count": 1}], **BUURTHUIS}
    world.step(square, "s0", done=world.on("2026-03-20"), **reach)
    world.scenario(square, "sc0")
    with django_assert_max_num_queries(100) as one:
        all_pages_html(client)
    for number in range(1, 50):
        world.step(square, f"s{number}", done=world.on("2026-03-20"), **reach)
        world.scenario(square, f"sc{number}")
    with django_assert_max_num_queries(len(one)):
        all_pages_html(client)


def test_as_it_was_known_before_a_text_is_marked_and_the_page_still_works(client):
    square = world.trajectory()
    row = world.step(square, done=world.on("2026-03-20"), reach_groups=[{"group": "naam van iemand", "count": 2}])
    row.history.update(history_date=world.moment("2026-03-21T09:00"))
    square.history.update(history_date=world.moment("2026-03-01T09:00"))
    world.record(row, "2026-04-01T09:00", reach_groups=[], items={"a": "b"})
    html = all_pages_html(client, "?bekend=2026-03-25")
    assert "naam van iemand" not in html
    assert 'id="stap-s1"' in html
