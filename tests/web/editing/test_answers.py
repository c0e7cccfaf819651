"""Answering many contributions: by theme and sender, with a draft that is kept and a page to check."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import AnswerDraft, Changeset, Contribution
from participation.web.editing import answers
from tests import world
from tests.web.editing.form_helpers import FormPage

pytestmark = pytest.mark.django_db

FORM = "/trajecten/voorbeeldplein/inbreng/beantwoorden/"
CHECK = f"{FORM}controleren/"
JOINT = {"outcome": "adopted", "response": "Dat doen we"}


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def adviser(client, square):
    adviser = world.user("adviser")
    square.advisers.add(adviser)
    client.force_login(adviser)
    return adviser


@pytest.fixture
def ideas(square):
    """Create four contributions on two themes, from an association and from residents."""
    world.organisation(name="Wijkvereniging Noord")
    world.contribution(square, "c1", theme="Groen", summary="Meer bomen", party=world.RESIDENTS)
    world.contribution(square, "c2", theme="groen ", summary="Een geveltuin", party="residents")
    world.contribution(square, "c3", theme="Groen", summary="Bloemen", party=world.RESIDENTS)
    world.contribution(square, "c4", theme="", summary="Wanneer begint het?", party="")
    return square


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace(" :", ":")


def opened(client, number=1, **query):
    return FormPage(client.get(FORM, {"pagina": number, **query}), "draft")


def pressed(client, button, page=None, **typed):
    """Fill in the form, press a button, and return the response after redirects."""
    page = page or opened(client)
    ticked = typed.pop("ticked", None)
    fields = {**page.fields, **typed, "do": button, "ticked": ticks_of(page)}
    fields.pop("csrfmiddlewaretoken", None)
    if ticked is not None:
        fields["ticked"] = ticked
    return client.post(page.address, fields, follow=True)


def rows_of(page):
    return re.findall(r'name="ticked" value="([^"]+)"', page.html)


def ticks_of(page):
    return re.findall(r'name="ticked" value="([^"]+)"[^>]* checked', page.html)


def check_page(response):
    return FormPage(response, "shown")


def answered():
    rows = Contribution.objects.exclude(outcome="").order_by("ref")
    return list(rows.values_list("ref", "outcome", "response"))


# ---------- what the page shows


def test_contributions_are_grouped_by_theme_and_sender_with_counts(client, adviser, ideas):
    headings = re.findall(r"<h([23])[^>]*>(.*?)</h", client.get(FORM).content.decode())

    assert [text for _level, text in headings][1:] == [
        *("Groen (3)", "Bewoners (1)", "Wijkvereniging Noord (2)"),
        *("Zonder thema (1)", "Afzender niet bekend (1)"),
    ]


def test_the_page_shows_the_age_the_step_and_the_due_date_of_each_contribution(client, adviser, square):
    world.step(square, "s1", title="Avond in de buurt", done=world.on("2026-03-20"))
    world.contribution(square, "c1", step="s1")
    world.obligation(trajectory=square, rule="contribution-answered", subject="c1")

    text = text_of(client.get(FORM))

    assert "1 bijdrage wacht op antwoord." in text
    assert "Het eerste antwoord moet er uiterlijk 17 april 2026 zijn." in text
    assert re.search(r"Avond in de buurt, 20 maart 2026 · wacht al \d+ dagen · antwoord uiterlijk 17 april 2026", text)


def test_a_page_is_bounded_and_totals_are_those_of_all(client, adviser, square, monkeypatch):
    monkeypatch.setattr(answers, "PAGE_SIZE", 2)
    for number in range(1, 6):
        world.contribution(square, f"c{number}", theme="Groen" if number < 4 else "Verkeer", party="residents")

    first, last = opened(client), opened(client, 3)

    assert (rows_of(first), rows_of(last)) == (["c1", "c2"], ["c5"])
    assert "Groen (3)" in first.html
    assert "Verkeer (2)" in last.html


def test_without_open_contributions_the_page_says_so(client, adviser, square):
    world.contribution(square, outcome="adopted", response="Ja")

    assert "Alle inbreng is beantwoord." in text_of(client.get(FORM))


def test_fifty_contributions_take_as_many_queries_as_one(client, adviser, square):
    counts = []
    for number in range(50):
        world.contribution(square, f"c{number}", party="residents", theme=f"thema {number % 7}")
        if number in (0, 49):
            pressed(client, "all", **JOINT)
            found = []
            for path in (FORM, CHECK):
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(path).status_code == 200
                found.append(len(captured))
            counts.append(found)

    assert counts[0] == counts[1]


# ---------- ticking, without JavaScript


def test_all_are_ticked_with_one_button_and_recorded_as_one_changeset(client, adviser, ideas):
    page = FormPage(pressed(client, "all", **JOINT), "draft")
    assert ticks_of(page) == rows_of(page) == ["c2", "c1", "c3", "c4"]
    assert "4 zijn aangevinkt." in text_of(page.response)

    checked = pressed(client, "look", page)
    assert "U legt 4 antwoorden vast" in text_of(checked)
    assert answered() == []

    done = check_page(checked).send(client)
    assert done.headers["Location"] == "/trajecten/voorbeeldplein/inbreng/"
    assert answered() == [(f"c{number}", "adopted", "Dat doen we") for number in (1, 2, 3, 4)]
    changeset = Changeset.objects.get()
    assert (changeset.verb, changeset.by) == ("answered", adviser)
    assert not AnswerDraft.objects.exists()


def test_one_theme_is_ticked_and_unticked_also_what_is_on_another_page(client, adviser, ideas, monkeypatch):
    monkeypatch.setattr(answers, "PAGE_SIZE", 2)

    page = FormPage(pressed(client, "tick:groen"), "draft")
    assert ticks_of(page) == ["c2", "c1"]
    assert ticks_of(opened(client, 2)) == ["c3"]

    assert ticks_of(FormPage(pressed(client, "untick:groen"), "draft")) == []
    assert ticks_of(opened(client, 2)) == []


def test_every_button_returns_to_its_place_and_keeps_what_was_typed(client, adviser, ideas, monkeypatch):
    monkeypatch.setattr(answers, "PAGE_SIZE", 2)
    for button, place in {
        "all": f"{FORM}#antwoord",
        "tick:groen": f"{FORM}#thema-1",
        "page:2": f"{FORM}?pagina=2#bijdragen",
        "theme:": f"{FORM}?pagina=2#thema-2",
        "draft": FORM,
        "look": CHECK,
        "something else": FORM,
    }.items():
        response = pressed(client, button, **JOINT, **{"c1-outcome": "partly", "c1-response": "Waar het past"})
        assert response.redirect_chain[0] == (place, 302)
    page = opened(client)
    assert (page["outcome"], page["response"]) == ("adopted", "Dat doen we")
    assert (page["c1-outcome"], page["c1-response"]) == ("partly", "Waar het past")


def test_the_enter_key_keeps_a_draft_and_records_nothing(client, adviser, ideas):
    buttons = re.findall(r'<button[^>]*name="do" value="([^"]*)"', opened(client).form)

    assert buttons[0] == "draft"


def test_the_pages_have_no_script_and_each_button_is_a_submit_button(client, adviser, ideas):
    for page in (opened(client), check_page(pressed(client, "look", **JOINT, ticked=["c1"]))):
        assert "<script" not in page.html
        assert set(re.findall(r'<button[^>]*type="(\w+)"', page.form)) == {"submit"}


# ---------- the joint answer and own answers


def test_an_own_answer_comes_before_the_joint_one_and_the_rest_stays_open(client, adviser, ideas):
    own = {"c2-outcome": "not_adopted", "c2-response": "Te smal", "c4-outcome": "out_of_scope", "c4-response": "Mei"}

    response = pressed(client, "look", **JOINT, **own, ticked=["c1", "c2"], responded_on="2026-04-02")
    assert "U legt 3 antwoorden vast, gegeven op 2 april 2026. 1 krijgt het gezamenlijke antwoord." in text_of(response)
    assert "1 bijdrage blijft open." in text_of(response)

    assert check_page(response).send(client).headers["Location"] == FORM
    assert answered() == [
        ("c1", "adopted", "Dat doen we"),
        ("c2", "not_adopted", "Te smal"),
        ("c4", "out_of_scope", "Mei"),
    ]
    assert {row.responded_on for row in Contribution.objects.exclude(outcome="")} == {world.on("2026-04-02")}


def test_the_day_may_be_said_as_people_say_it(client, adviser, ideas):
    with time_machine.travel("2026-11-30 09:00:00+00:00"):
        client.force_login(adviser)
        response = pressed(client, "look", **JOINT, ticked=["c1"], responded_on="gisteren")

    assert "gegeven op 29 november 2026" in text_of(response)


def test_a_ticked_contribution_may_have_its_own_reason_with_the_joint_outcome(client, adviser, ideas):
    response = pressed(client, "look", outcome="adopted", **{"c1-response": "Tien eiken"}, ticked=["c1"])
    check_page(response).send(client)

    assert answered() == [("c1", "adopted", "Tien eiken")]


def test_a_joint_answer_per_theme_is_set_ready_and_all_are_recorded_at_once(client, adviser, ideas):
    page = FormPage(pressed(client, "tick:groen"), "draft")
    page = FormPage(pressed(client, "apply", page, **JOINT), "draft")
    assert (page["outcome"], page["response"], ticks_of(page)) == ("", "", [])
    assert "3 hebben een eigen antwoord." in text_of(page.response)

    response = pressed(client, "look", page, outcome="out_of_scope", response="In mei", ticked=["c4"])
    check_page(response).send(client)

    assert [row[1:] for row in answered()] == [("adopted", "Dat doen we")] * 3 + [("out_of_scope", "In mei")]
    assert Changeset.objects.count() == 1


@pytest.mark.parametrize("typed", [{"ticked": ["c1"], "outcome": "adopted"}, JOINT, {"ticked": ["c1"]}])
def test_an_incomplete_joint_answer_is_not_set_ready(client, adviser, ideas, typed):
    response = pressed(client, "apply", **typed)

    assert "Kies eerst wat ermee gebeurt" in text_of(response)
    assert not any("outcome" in row and row["outcome"] for row in AnswerDraft.objects.get().rows.values())


@pytest.mark.parametrize(
    ("half", "message"),
    [
        ({"c1-outcome": "adopted"}, "Sommige antwoorden zijn half ingevuld."),
        ({"c1-response": "Ja"}, "Sommige antwoorden zijn half ingevuld."),
        ({"ticked": ["c1"], "outcome": "adopted"}, "Schrijf op waarom: zonder reden is het geen antwoord."),
        ({"ticked": ["c1"], "response": "Ja"}, "Kies wat er gebeurt met wat is aangevinkt."),
        (JOINT, "Er is nog niets beantwoord."),
        ({**JOINT, "ticked": ["c1"], "responded_on": "gauw"}, "Beantwoord op –"),
        ({**JOINT, "ticked": ["c1"], "responded_on": "2026-03-01"}, "Dit kwam na deze dag binnen: “Meer bomen”."),
    ],
)
def test_what_is_missing_is_named_and_kept_and_nothing_is_recorded(client, adviser, ideas, half, message):
    response = pressed(client, "look", **half)

    assert response.redirect_chain[-1][0] == f"{FORM}?controleer=1"
    assert message in text_of(response)
    assert "<title>Fout:" in response.content.decode()
    page = FormPage(response, "draft")
    assert {name: page[name] for name in half if name != "ticked"} == {k: v for k, v in half.items() if k != "ticked"}
    assert answered() == []
    assert client.post(CHECK, {}).headers["Location"] == f"{FORM}?controleer=1"


def test_a_half_answer_on_another_page_is_shown_with_a_link_to_the_others(client, adviser, ideas, monkeypatch):
    monkeypatch.setattr(answers, "PAGE_SIZE", 2)
    pressed(client, "draft", **{"c2-outcome": "partly"})

    response = pressed(client, "look", opened(client, 2), **{"c4-response": "In mei"})

    assert rows_of(FormPage(response, "draft")) == ["c2", "c1"]
    assert f'href="{FORM}?controleer=1&amp;pagina=2#c4"' in response.content.decode()


def test_a_recorded_half_answer_does_not_block_others_and_is_replaced_by_the_joint_one(client, adviser, ideas):
    for ref, recorded in {"c1": {"outcome": "adopted"}, "c2": {"response": "Wij kijken.\n\nU hoort van ons."}}.items():
        row = Contribution.objects.get(ref=ref)
        world.record(row, "2026-04-01 09:00", **recorded)
    page = opened(client)
    assert (page["c1-outcome"], page["c2-response"]) == ("adopted", "Wij kijken.\n\nU hoort van ons.")
    typed = {"c2-response": "Wij kijken.\r\n\r\nU hoort van ons."}  # as a browser sends it

    response = pressed(client, "look", page, **typed, **JOINT, ticked=["c2", "c3"])
    check_page(response).send(client)

    assert [row for row in answered() if row[2]] == [("c2", *JOINT.values()), ("c3", *JOINT.values())]
    assert Contribution.objects.get(ref="c1").responded_on is None


def test_the_form_and_the_check_page_name_a_recorded_outcome_that_would_change(client, adviser, ideas):
    recorded = {
        "c1": {"outcome": "not_adopted"},
        "c2": {"outcome": "adopted"},
        "c3": {"response": "Wij kijken er nog naar"},
    }
    for ref, columns in recorded.items():
        world.record(Contribution.objects.get(ref=ref), "2026-04-01 09:00", **columns)
    assert "Al vastgelegd, zonder reden: niet overgenomen" in text_of(client.get(FORM))

    response = pressed(client, "look", **JOINT, ticked=["c1", "c2", "c3", "c4"])

    text = text_of(response).partition("Van 2 bijdragen wordt anders wat al is vastgelegd")[2].partition("(4)")[0]
    assert f'<a href="{FORM}#c1">Meer bomen</a>' in response.content.decode()
    assert "Meer bomen: “niet overgenomen” wordt “overgenomen”." in text
    assert "Bloemen: Deze reden wordt vervangen: “Wij kijken er nog naar”" in text
    assert answered() == [("c1", "not_adopted", ""), ("c2", "adopted", "")]


def test_the_check_page_does_not_warn_where_nothing_that_is_recorded_changes(client, adviser, ideas):
    world.record(Contribution.objects.get(ref="c1"), "2026-04-01 09:00", outcome="adopted")

    assert "al is vastgelegd" not in text_of(pressed(client, "look", **JOINT, ticked=["c1", "c2"]))


@pytest.mark.parametrize("name", ["response", "c1-response", "responded_on"])
def test_a_text_that_is_too_long_comes_back_and_nothing_is_kept(client, adviser, ideas, name):
    response = pressed(client, "draft", **{name: "x" * 10_001, "c3-response": "Blijft staan"}, ticked=["c3"])

    page = FormPage(response, "draft")
    assert (len(page[name]), page["c3-response"], ticks_of(page)) == (10_001, "Blijft staan", ["c3"])
    assert not AnswerDraft.objects.exists()


# ---------- the draft


def test_a_draft_is_shown_again_with_its_day_and_only_to_its_author(client, adviser, square, ideas):
    with time_machine.travel("2026-11-27 15:42:00+00:00"):
        client.force_login(adviser)
        pressed(client, "draft", **JOINT, ticked=["c1"], **{"c2-response": "Nog eens vragen"})
    with time_machine.travel("2026-11-30 09:00:00+00:00"):
        client.force_login(adviser)
        page = opened(client)
        assert "Concept van 27 november, 16:42 uur." in text_of(page.response)
        assert (page["response"], page["c2-response"], ticks_of(page)) == ("Dat doen we", "Nog eens vragen", ["c1"])
        assert page["responded_on"] == "30 november 2026"
    with time_machine.travel("2027-01-04 09:00:00+00:00"):
        client.force_login(adviser)
        assert "Concept van 27 november 2026, 16:42 uur." in text_of(client.get(FORM))
    client.force_login(world.user("coordinator"))
    page = opened(client)
    assert "Concept van" not in text_of(page.response)
    assert (page["response"], page["c2-response"], ticks_of(page)) == ("", "", [])


def test_a_draft_is_discarded_with_a_button_of_its_own(client, adviser, ideas):
    pressed(client, "draft", **JOINT)

    response = client.post(FORM, {"do": "discard"}, follow=True)

    assert "Uw concept is weggegooid." in text_of(response)
    assert not AnswerDraft.objects.exists()


def test_looking_at_the_page_without_typing_leaves_no_draft(client, adviser, ideas):
    pressed(client, "draft")
    pressed(client, "page:1")

    assert not AnswerDraft.objects.exists()


def test_a_draft_that_was_saved_in_another_window_is_not_overwritten(client, adviser, ideas):
    here = opened(client)
    pressed(client, "draft", response="Uit het andere venster", **{"c1-response": "Ook daar"})

    response = pressed(client, "draft", here, response="Van hier", **{"c2-response": "Alleen hier"})

    text = text_of(response)
    assert "U hebt dit concept ook in een ander venster bewaard" in text
    assert "Uit het andere venster" in text
    assert "Meer bomen: “Ook daar”" in text
    assert AnswerDraft.objects.get().response == "Uit het andere venster"
    page = FormPage(response, "draft")
    assert (page["response"], page["c2-response"]) == ("Van hier", "Alleen hier")
    pressed(client, "draft", page)
    assert AnswerDraft.objects.get().response == "Van hier"


def test_ticks_in_two_windows_are_no_conflict(client, adviser, ideas):
    here = opened(client)
    pressed(client, "all")

    assert ticks_of(FormPage(pressed(client, "draft", here, ticked=["c1"]), "draft")) == ["c1"]


def test_a_colleague_who_was_first_leaves_the_own_text_in_the_draft(client, adviser, ideas):
    pressed(client, "draft", **JOINT, ticked=["c1", "c2"], **{"c1-outcome": "partly", "c1-response": "Mijn tekst"})
    world.record(Contribution.objects.get(ref="c1"), "2026-04-02 09:00", outcome="adopted", response="Van een ander")

    page = opened(client)
    text = text_of(page.response)
    assert "Intussen al beantwoord" in text
    assert "Uw tekst: “Mijn tekst”" in text

    check_page(pressed(client, "look", page)).send(client)
    assert answered()[:2] == [("c1", "adopted", "Van een ander"), ("c2", *JOINT.values())]
    assert [row["response"] for row in AnswerDraft.objects.get().rows.values()] == ["Mijn tekst"]


def test_a_tick_on_what_a_colleague_answered_does_not_keep_the_draft(client, adviser, ideas):
    here = opened(client)
    pressed(client, "draft", here, ticked=["c1", "c2"])
    world.record(Contribution.objects.get(ref="c1"), "2026-04-02 09:00", outcome="adopted", response="Van een ander")
    pressed(client, "draft", here, ticked=["c1", "c2"])
    assert set(AnswerDraft.objects.get().rows) == {"c2"}

    world.record(Contribution.objects.get(ref="c2"), "2026-04-02 09:00", outcome="adopted", response="Van een ander")
    pressed(client, "draft")
    assert not AnswerDraft.objects.exists()


# ---------- recording


def test_a_colleague_who_answers_after_the_check_page_is_a_conflict(client, adviser, ideas):
    checked = check_page(pressed(client, "look", **JOINT, ticked=["c1", "c2"]))
    row, other = Contribution.objects.get(ref="c1"), world.user("coordinator", first_name="Anna")
    row._history_user, row.outcome, row.response = other, "partly", "Van Anna"
    row.save()

    response = checked.send(client)

    assert "Er is intussen iets veranderd" in text_of(response)
    assert re.search("Meer bomen: beantwoord, door Anna", text_of(response))
    assert answered() == [("c1", "partly", "Van Anna")]
    check_page(response).send(client)
    assert answered() == [("c1", "partly", "Van Anna"), ("c2", *JOINT.values())]


def test_a_contribution_that_was_changed_after_the_check_page_is_a_conflict(client, adviser, ideas):
    checked = check_page(pressed(client, "look", **JOINT, ticked=["c1"]))
    world.record(Contribution.objects.get(ref="c1"), "2026-04-02 09:00", summary="Minder bomen")

    response = checked.send(client)

    assert "Minder bomen: gewijzigd" in text_of(response)
    assert answered() == []
    check_page(response).send(client)
    assert answered() == [("c1", *JOINT.values())]
    assert Contribution.objects.get(ref="c1").summary == "Minder bomen"


def test_a_draft_that_was_changed_after_the_check_page_is_shown_again(client, adviser, ideas):
    checked = check_page(pressed(client, "look", **JOINT, ticked=["c1"]))
    pressed(client, "draft", response="Toch anders")

    response = checked.send(client)

    assert "Er is intussen iets veranderd" in text_of(response)
    assert "Toch anders" in text_of(response)
    assert answered() == []


@pytest.mark.parametrize("shown", ["", "1:x", "1:1,", "x" * 100_000, "9" * 50 + ":1"])
def test_a_tampered_list_of_versions_records_nothing(client, adviser, ideas, shown):
    checked = check_page(pressed(client, "look", **JOINT, ticked=["c1"]))

    assert checked.send(client, shown=shown).status_code == 200
    assert answered() == []


def test_a_check_page_that_is_sent_three_times_records_once(client, adviser, ideas):
    checked = check_page(pressed(client, "look", **JOINT, ticked=["c1"]))

    responses = [checked.send(client) for _time in range(3)]

    assert {response.headers["Location"] for response in responses} == {FORM}
    assert Changeset.objects.count() == 1


def test_one_undo_opens_all_again(client, adviser, ideas):
    response = check_page(pressed(client, "look", pressed_all(client))).send(client)
    changeset = Changeset.objects.get()
    assert f"/ongedaan/{changeset.pk}/" in client.get(response.headers["Location"]).content.decode()

    client.post(f"/ongedaan/{changeset.pk}/")

    assert answered() == []


@pytest.mark.usefixtures("today")
def test_the_message_says_what_is_due_about_the_meeting_and_offers_it(client, adviser, square):
    world.step(square, "avond", title="Avond", done=world.on("2026-04-20"), planned=None)
    for ref in ("c1", "c2"):
        world.contribution(square, ref, step="avond", party="", received_on=world.on("2026-04-20"))
    recorded = check_page(pressed(client, "look", pressed_all(client))).send(client)
    html = client.get(recorded.headers["Location"]).content.decode()
    message = html.partition('class="ld-messages"')[2].partition("</ul>")[0]
    assert "Een evaluatieformulier voor de aanwezigen bij “Avond”. Uiterlijk 27 april: over zeven dagen." in message
    assert "stappen/avond/?veld=evaluation_sent_on" in message


def pressed_all(client):
    return FormPage(pressed(client, "all", **JOINT), "draft")


def test_the_check_page_says_who_hears_of_it(client, adviser, ideas):
    world.user("association_member", world.RESIDENTS)
    text = text_of(pressed(client, "look", **JOINT, ticked=["c1", "c2"]))
    assert "Wie dit traject volgt, en de leden van Wijkvereniging Noord, krijgen er in hun volgende mail één" in text

    ideas.public = False
    ideas.save()
    assert "Dit traject is niet openbaar. Niemand krijgt mail over deze antwoorden." in text_of(client.get(CHECK))


# ---------- rights


@pytest.mark.parametrize("path", [FORM, CHECK])
@pytest.mark.parametrize(("role", "status"), [("adviser", 403), ("auditor", 403), ("association_member", 403)])
def test_users_without_permission_cannot_answer_or_keep_a_draft(client, ideas, path, role, status):
    client.force_login(world.user(role, name=f"buiten-{role}"))

    assert client.get(path).status_code == status
    assert client.post(path, {"do": "draft", "c1-response": "Ja", "ticked": "c1", **JOINT}).status_code == status
    assert not AnswerDraft.objects.exists()


def test_a_draft_is_on_no_page_for_others(client, adviser, ideas):
    pressed(client, "draft", response="Zonnekwartel", **{"c1-response": "Zonnekwartel"}, ticked=["c1"])
    for person in (None, world.user("auditor"), world.user("association_member", world.RESIDENTS)):
        client.logout() if person is None else client.force_login(person)
        for path in ("", "geschiedenis/", "dossier.json", "archief/", "nieuws.atom"):
            response = client.get(f"/trajecten/voorbeeldplein/{path}")
            assert b"Zonnekwartel" not in b"".join(response)


def test_a_contribution_of_another_trajectory_cannot_be_answered_here(client, adviser, ideas):
    other = world.trajectory("elders")
    world.contribution(other, "c9")

    pressed(client, "draft", **JOINT)
    fields = {"do": "draft", "c1-response": "", "c9-response": "Ja", "ticked": ["c1", "c9"], "draft": "", **JOINT}
    client.post(FORM, fields)

    assert set(AnswerDraft.objects.get().rows) == {"c1"}
