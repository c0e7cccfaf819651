"""After saving, the message says what is due by when, and offers the next likely step."""

from __future__ import annotations

import re

import pytest

from participation.models import Step, Trajectory
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of
from tests.web.html_helpers import PAGE, PLAN, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

NEW_URL = f"{PAGE}stappen/nieuw/"
EVENING = f"{PAGE}stappen/s1/"


def message(client, address=PAGE):
    """Return the text of the message on the page, and the URLs by the labels of its buttons."""
    html = get_html(client, address).partition('class="ld-messages"')[2].partition("</ul>")[0]
    buttons = re.findall(r'<a class="utrecht-button[^"]*" href="([^"]*)">([^<]*)</a>', html)
    text = " ".join(re.sub(r"<[^>]+>", " ", html.partition("<p>")[2].partition("</p>")[0]).split())
    return text, {label: url.replace("&amp;", "&") for url, label in buttons}


@pytest.fixture
def square(client):
    made = world.trajectory()
    log_in_as_adviser_of(client, made)
    return made


def test_a_meeting_that_took_place_says_when_feedback_is_due(client, square):
    get_form(client, NEW_URL, kind="activity").send(client, title="Avond", method="walk", done="vandaag")
    text, buttons = message(client)
    assert "Terugkoppeling over “Avond”. Uiterlijk 18 mei: over vier weken." in text
    assert buttons == {"Inbreng vastleggen": f"{PAGE}inbreng/nieuw/?step=s1"}
    assert client.get(buttons["Inbreng vastleggen"]).status_code == 200


def test_a_meeting_with_contributions_offers_what_is_due_next(client, square):
    world.step(square, title="Avond", done=world.on("2026-04-20"), announced_on=world.on("2026-03-20"))
    world.contribution(square, step="s1")
    get_form(client, EVENING).send(client, note="Veertig mensen")
    text, buttons = message(client)
    assert text.count("Uiterlijk") == 2
    assert "De termijn" not in text
    assert list(buttons) == ["Formulier vastleggen"]
    assert client.get(next(iter(buttons.values()))).status_code == 200


def test_a_planned_meeting_offers_to_announce_it(client, square):
    get_form(client, NEW_URL, kind="activity").send(client, title="Avond", method="meeting", planned="1-6-2026")
    text, buttons = message(client)
    assert "Uiterlijk 11 mei: over drie weken." in text
    assert list(buttons) == ["Aankondiging vastleggen"]
    shown = get_html(client, buttons["Aankondiging vastleggen"])
    assert 'class="ld-highlighted"' in shown


def test_a_meeting_that_was_announced_offers_nothing_until_it_is_over(client, square):
    world.step(square, title="Avond", planned=world.on("2026-06-01"))
    get_form(client, EVENING).send(client, announced_on="vandaag")
    assert message(client)[1] == {}


def test_what_is_overdue_follows_what_is_still_to_come(client, square):
    world.step(square, title="Avond", done=world.on("2026-03-25"), evaluation_sent_on=world.on("2026-03-25"))
    get_form(client, EVENING).send(client, note="Veertig mensen")
    text, _buttons = message(client)
    overdue = "De termijn liep tot en met 4 maart: zes weken en vijf dagen geleden."
    assert "Terugkoppeling over “Avond”. Uiterlijk 22 april: over twee dagen." in text
    assert overdue not in text
    world.step(square, "s2", title="Terug", kind="feedback", method="", about=["s1"], done=world.on("2026-03-26"))
    get_form(client, EVENING).send(client, note="Vijftig mensen", reach_total="50")
    assert overdue in message(client)[0]


def test_the_message_says_which_day_was_understood(client, square):
    get_form(client, NEW_URL, kind="activity").send(client, title="Avond", method="walk", done="gisterenmiddag")
    assert "U schreef “gisterenmiddag”: dat is zondag 19 april 2026." in message(client)[0]
    assert Step.objects.get().done == world.on("2026-04-19")
    get_form(client, EVENING).send(client, note="Veertig mensen")
    assert "U schreef" not in message(client)[0]


def test_the_message_on_answers_and_shares_says_which_day_was_understood(client, square):
    world.document(square)
    url = f"{PAGE}stukken/d1/delen/"
    FormPage(client.get(url), "on").send(client, on="vrijdag", parties=["residents"])
    assert "U schreef “vrijdag”: dat is vrijdag 17 april 2026." in message(client)[0]


def test_a_date_that_was_read_is_named_beside_an_error(client, square):
    form = get_form(client, NEW_URL, kind="activity")
    again = form.send(client, title="Avond", method="walk", done="12 <b>jl", planned="1 mei")
    html = again.content.decode()
    assert "U schreef “1 mei”: dat is vrijdag 1 mei 2026." in html
    assert html.count("U schreef") == 1


def test_dates_in_the_wrong_order_are_both_named_and_unfolded(client, square):
    world.request(square, party="residents", received_on=world.on("2026-04-10"))
    form = get_form(client, f"{PAGE}verzoeken/r1/")
    assert not _is_unfolded(form, "Wat er is gevraagd")
    shown = FormPage(form.send(client, answer="Ja, dat kan.", answered_on="1-4-2026"))
    message = "“Beantwoord op” (1 april 2026) ligt vóór “Ontvangen op” (10 april 2026). Pas een van de twee aan."
    assert shown.wrong == {"answered_on": message}
    assert _is_unfolded(shown, "Wat er is gevraagd")
    assert not _is_unfolded(shown, "Ontvangst bevestigd")


def test_the_dates_of_a_step_in_the_wrong_order_are_named(client, square):
    world.step(square, title="Avond", planned=world.on("2026-06-08"))
    shown = FormPage(get_form(client, EVENING).send(client, closes="1-6-2026"))
    message = "“Laatste dag” (1 juni 2026) ligt vóór “Gepland op” (8 juni 2026). Pas een van de twee aan."
    assert shown.wrong == {"closes": message}


def test_the_dates_of_a_trajectory_in_the_wrong_order_are_named(client, square):
    shown = FormPage(
        get_form(client, f"{PAGE}wijzigen/").send(client, status="closed", started_on="8-3-2026", closed_on="1-3-2026")
    )
    assert "(1 maart 2026) ligt vóór “" in shown.wrong["closed_on"]


def _is_unfolded(form, legend):
    [(_legend, is_open)] = re.findall(rf'<details class="ld-details" aria-label="({legend})"( open)?>', form.html)
    return bool(is_open)


def test_a_document_without_recipients_offers_to_share_it(client, square):
    get_form(client, f"{PAGE}stukken/nieuw/").send(client, title="Schets")
    assert message(client)[1] == {"Dit document delen": f"{PAGE}stukken/d1/delen/?terug={PLAN.replace('/', '%2F')}"}


def test_a_request_says_when_its_answer_is_due(client, square):
    get_form(client, f"{PAGE}verzoeken/nieuw/").send(client, kind="woo", summary="Alle stukken")
    text, buttons = message(client)
    assert "Uiterlijk 18 mei: over vier weken." in text
    assert len(buttons) == 1


def test_the_strongest_come_first_and_no_more_than_two(client, square):
    world.step(square, title="Avond", done=world.on("2026-04-20"))
    get_form(client, EVENING).send(client, note="Veertig mensen")
    text, _buttons = message(client)
    assert text.count("Uiterlijk") == 2
    assert "hoeveel mensen" not in text.casefold()


def test_a_trajectory_that_is_over_says_nothing_about_dates(client, square):
    square.status = "closed"
    square.closed_on = world.on("2026-04-01")
    square.save()
    get_form(client, NEW_URL, kind="activity").send(client, title="Avond", method="walk", done="1-3-2026")
    text, buttons = message(client)
    assert "Uiterlijk" not in text
    assert buttons == {}


def test_what_did_not_change_offers_nothing(client, square):
    world.step(square, title="Avond", done=world.on("2026-04-20"))
    get_form(client, EVENING).send(client)
    text, buttons = message(client)
    assert text == "Er is niets gewijzigd."
    assert buttons == {}


def test_a_step_that_is_cancelled_offers_nothing(client, square):
    world.step(square, title="Avond", planned=world.on("2026-06-01"))
    get_form(client, EVENING).send(client, cancelled="on", note="De zaal is afgebrand")
    assert Step.objects.get().cancelled
    assert message(client)[1] == {}


def test_a_label_with_signs_survives_the_message(client, square):
    world.step(square, title='Avond & "meer" <b>', done=world.on("2026-04-20"))
    get_form(client, EVENING).send(client, note="x")
    html = get_html(client)
    assert "<b>" not in html.partition('class="ld-messages"')[2].partition("</ul>")[0]


def test_the_way_back_is_the_page_that_one_came_from(client, square):
    world.step(square, title="Avond", done=world.on("2026-04-20"))
    get_form(client, EVENING, terug="/deze-week/").send(client, note="x")
    text, buttons = message(client, "/deze-week/")
    assert "Uiterlijk" in text
    assert list(buttons) == ["Inbreng vastleggen"]


def test_contributions_say_when_they_are_to_be_answered_and_lead_there(client, square):
    world.step(square, title="Avond", done=world.on("2026-04-20"))
    seen = FormPage(
        FormPage(client.get(f"{PAGE}inbreng/nieuw/"), "text").send(client, text="Meer bomen", step="s1"), "text"
    )
    seen.send(client, do="save")
    text, buttons = message(client)
    assert "Uiterlijk" in text
    assert buttons == {"Inbreng beantwoorden": f"{PAGE}inbreng/beantwoorden/"}


def test_a_changed_trajectory_leads_to_its_plan_and_then_to_making_it_public(client, square):
    get_form(client, f"{PAGE}wijzigen/").send(client, summary="Over bankjes")
    assert message(client)[1] == {"Het plan invullen": f"{PAGE}plan/wijzigen/"}
    world.plan(square)
    get_form(client, f"{PAGE}wijzigen/").send(client, summary="Over bomen")
    assert message(client)[1] == {}
    Trajectory.objects.update(public=False)
    get_form(client, f"{PAGE}wijzigen/").send(client, summary="Over het riool")
    assert message(client)[1] == {"Openbaar maken": f"{PAGE}openbaar/"}


def test_a_part_of_the_plan_leads_to_the_next_part(client, square):
    get_form(client, f"{PAGE}plan/wijzigen/", deel="ruimte").send(client, room="De bankjes")
    text, buttons = message(client, f"{PAGE}plan/wijzigen/")
    assert "Participatieplan" in text
    assert buttons == {"Wie doet mee?": f"{PAGE}plan/wijzigen/?deel=partijen"}


def test_the_message_is_the_same_when_another_is_added(client, square):
    for number in (2, 3, 4):
        world.step(square, f"s{number}", title=f"Avond {number}", planned=world.on(f"2026-06-0{number - 1}"))
    typed = {"title": "Laatste", "method": "meeting", "planned": "4-6-2026"}
    get_form(client, NEW_URL, kind="activity").send(client, **typed)
    text, buttons = message(client)
    assert "Dan wordt het een volle week." in text
    Step.objects.get(title="Laatste").delete()

    get_form(client, NEW_URL, kind="activity").send(client, another="1", **typed)

    # The place of the step is on the page of the trajectory only.
    assert message(client, f"{NEW_URL}?kind=activity") == (text.removesuffix(" Bekijk het op deze pagina"), buttons)
