"""The list and the pages of initiatives, and that nothing leaks before a moderator made it public."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.test import Client

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Request, Submission
from participation.services.assessment import reassess
from participation.services.exports import open_data
from tests import world
from tests.api.client import ApiTestClient
from tests.web.html_helpers import TODAY, ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

LIST = "/initiatieven/"
SECRET = "Geheimzinnige daktuin"
NUMBER = "I-2026-001"
HERE = f"{LIST}{NUMBER}/"


@pytest.fixture
def client():
    return Client(headers={"accept-language": "nl"})


def initiative(moderation="awaiting", number=NUMBER, **columns):
    """Create what a visitor handed in, assessed."""
    columns = {"kind": "initiative", "party": "residents", "summary": SECRET, "municipality": "leiden", **columns}
    place = world.neighbourhood()
    row = world.register_request(number, moderation=moderation, **{"neighbourhoods": [place.slug], **columns})
    row.history.update(history_date=world.moment("2026-04-16 10:05"))
    Submission.objects.create(
        kind="initiative",
        text=SECRET,
        name="A. Bewoner",
        email=f"bewoner-{row.pk}@example.org",
        submitted_at=world.moment("2026-04-16 10:00"),
        confirmed_at=world.moment("2026-04-16 10:05"),
        request=row,
    )
    assess(row)
    return row


def assess(row):
    reassess("request", [row.pk], load_rulebooks("leiden"), TODAY, world.moment("2026-04-20 10:00"))


def pages_of_everybody():
    return (
        *(LIST, f"{LIST}?soort=initiative", f"{LIST}?stand=awaiting", f"{LIST}?bestand=csv", HERE),
        *(f"/wijken/{world.CENTRE}/", f"/wijken/{world.CENTRE}/nieuws.atom", f"/wijken/{world.CENTRE}/agenda.ics"),
        *("/trajecten/?zoek=daktuin", "/stad/", "/moties/", "/toezeggingen/", "/regels/initiative-answered/"),
        *("/api/v1/requests", f"/api/v1/requests/{NUMBER}", f"/api/v1/requests?neighbourhood={world.CENTRE}"),
        *("/api/v1/requests?bekendOp=2026-04-19T10:00:00Z", "/api/v1/obligations", "/api/v1/transitions"),
        *("/api/v1/trajectories?search=daktuin",),
    )


def leaks(client):
    found = []
    for address in pages_of_everybody():
        response = client.get(address)
        content = b"".join(response) if response.streaming else response.content
        assert response.status_code in (200, 404), (address, response.status_code)
        found += [
            address for word in (SECRET, NUMBER, "A. Bewoner") if word in content.decode() and word not in address
        ]
    return sorted(set(found))


@pytest.mark.parametrize("moderation", ["awaiting", "withheld"])
@pytest.mark.parametrize("role", ["", "association_member"])
def test_nothing_leaks_before_a_moderator_made_it_public(client, moderation, role):
    # Also not to the association that it was recorded for.
    initiative(moderation, party=world.RESIDENTS)
    world.organisation(world.RESIDENTS)
    if role:
        client.force_login(world.user(role, world.RESIDENTS))

    assert leaks(client) == []
    assert client.get(HERE).status_code == 404


@pytest.mark.parametrize("moderation", ["awaiting", "withheld", "public"])
def test_open_data_do_not_have_it(moderation, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    initiative(moderation)
    open_data.make_dump(date(2026, 4, 20), load_rulebooks("leiden"))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_name_and_address_are_on_no_page_of_everybody_once_it_is_public(client):
    initiative("public")

    for address in pages_of_everybody():
        response = client.get(address)
        content = (b"".join(response) if response.streaming else response.content).decode()
        assert "A. Bewoner" not in content, address
        assert "bewoner-" not in content, address


def test_what_is_public_is_listed_with_its_state_and_what_is_due(client):
    initiative("public")

    html = get_html(client, LIST)

    assert f"Initiatief: {SECRET}" in html
    assert "ontvangen, nog geen antwoord" in html
    assert "Bericht dat het initiatief binnen is" in html
    assert "30 april 2026" in html
    assert "Binnenstad-Noord" in html


def test_its_page_explains_the_term_and_has_the_answer_with_reasons(client):
    initiative("public", answer="Het dak is te zwak", outcome="declined", answered_on=world.on("2026-04-17"))

    html = get_html(client, HERE)

    ParsedPage(html)
    assert "beantwoord: afgewezen" in html
    assert "Het gevraagde is afgewezen." in html
    assert "Het dak is te zwak" in html
    assert "Hoe weten we dit?" in html
    assert "Beantwoorden of wijzigen" not in html


def test_before_it_was_public_its_text_is_not_disclosed_afterwards(client, settings):
    settings.PUBLIC_TEXT_HISTORY = True
    row = initiative(summary="Bel Jan Jansen")
    world.record(row, "2026-04-20 11:00", summary="Een daktuin", moderation="public")
    at = "?bekendOp=2026-04-20T10:30:00Z"

    for address in (f"/api/v1/requests/{NUMBER}{at}", f"/api/v1/requests{at}", f"/api/v1/requests/{NUMBER}"):
        assert "Jan Jansen" not in client.get(address).content.decode(), address


def test_one_that_is_tied_to_a_trajectory_links_to_it_and_keeps_its_term(client):
    row = initiative("public")
    square = world.trajectory()
    world.record(row, "2026-04-20 10:00", trajectory=square)
    assess(row)
    reassess("trajectory", [square.pk], load_rulebooks("leiden"), TODAY, world.moment("2026-04-20 10:00"))

    for address in (LIST, HERE):
        html = get_html(client, address)
        ParsedPage(html)
        assert "/trajecten/voorbeeldplein/" in html
        assert "Bericht dat het initiatief binnen is" in html


def test_one_that_is_tied_to_a_trajectory_that_is_not_public_is_hidden(client):
    world.record(initiative("public"), "2026-04-20 10:00", trajectory=world.trajectory(public=False))

    assert client.get(HERE).status_code == 404
    assert SECRET not in get_html(client, LIST)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("soort=concern", ["I-2026-002"]),
        ("stand=granted", ["I-2026-003"]),
        (f"wijk={world.LAKES}", ["I-2026-002"]),
        ("soort=initiative&stand=received", [NUMBER]),
        ("soort=onzin", ["I-2026-003", "I-2026-002", NUMBER]),
    ],
)
def test_the_list_is_filtered_and_downloaded(client, query, found):
    initiative("public")
    initiative("public", "I-2026-002", kind="concern", neighbourhoods=[world.neighbourhood(world.LAKES).slug])
    initiative("public", "I-2026-003", outcome="granted", answer="Ja", answered_on=world.on("2026-04-17"))

    html = get_html(client, f"{LIST}?{query}")
    assert [number for number in ("I-2026-003", "I-2026-002", NUMBER) if f"/{number}/" in html] == found
    if "onzin" not in query:
        text = b"".join(client.get(f"{LIST}?{query}&bestand=csv")).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))
        assert [row[0] for row in rows[1:]] == found


def test_a_neighbourhood_shows_what_awaits_an_answer_there(client):
    initiative("public")
    initiative("public", "I-2026-002", summary="Al beantwoord", answered_on=world.on("2026-04-17"))

    html = get_html(client, f"/wijken/{world.CENTRE}/")

    assert HERE in html
    assert "Al beantwoord" not in html
    assert f"/initiatieven/insturen/?wijk={world.CENTRE}" in html


@pytest.mark.parametrize("query", ["", "?bestand=csv"])
def test_fifty_rows_take_as_many_queries_as_one(client, query, django_assert_max_num_queries):
    def request():
        response = client.get(f"{LIST}{query}")
        return b"".join(response) if response.streaming else response.content

    square = world.trajectory()
    initiative("public")
    world.record(initiative("public", "I-2026-002"), "2026-04-20 10:00", trajectory=square)
    with django_assert_max_num_queries(12) as few:
        request()
    for number in range(3, 51):
        row = initiative("public", f"I-2026-{number:03}", neighbourhoods=[world.neighbourhood(f"b-{number}").slug])
        if number % 2:
            world.record(row, "2026-04-20 10:00", trajectory=square)
    with django_assert_max_num_queries(len(few)):
        request()


# ---------- moderation and answers


@pytest.fixture
def adviser(client):
    client.user = world.user("adviser")
    client.force_login(client.user)
    return client


def moderate(client, decision, **more):
    html = get_html(client, f"{HERE}beoordelen/")
    shown = html.partition('name="shown" value="')[2].partition('"')[0]
    data = {"decision": decision, "summary": "Een daktuin", "reason": "", "shown": shown.replace("&quot;", '"'), **more}
    return client.post(f"{HERE}beoordelen/", data)


def test_an_adviser_moderates_what_awaits(adviser):
    initiative()
    assert "1 wacht op beoordeling" in get_html(adviser, LIST)
    assert SECRET in get_html(adviser, f"{LIST}?stand=awaiting")
    assert f"bewoner-{Request.objects.get().pk}@example.org" in get_html(adviser, HERE)

    assert moderate(adviser, "publish").status_code == 302

    row = Request.objects.get()
    assert (row.moderation, row.summary) == ("public", "Een daktuin")
    assert Changeset.objects.get().request == row


def test_what_is_not_published_needs_a_reason_and_stays_as_it_was_written(adviser):
    initiative()

    refused = moderate(adviser, "withhold")
    assert "Schrijf op waarom" in refused.content.decode()
    assert Request.objects.get().moderation == "awaiting"

    assert moderate(adviser, "withhold", reason="Er staat een naam in").status_code == 302
    row = Request.objects.get()
    assert (row.moderation, row.moderation_reason, row.summary) == ("withheld", "Er staat een naam in", SECRET)


def test_a_moderator_does_not_overwrite_what_another_did(adviser):
    row = initiative()
    stale = '{"version": 0}'
    world.record(row, "2026-04-20 10:00", summary="Al aangepast")

    response = moderate(adviser, "publish", shown=stale)

    assert Request.objects.get().moderation == "awaiting"
    assert response.status_code == 200


def test_only_what_a_visitor_handed_in_is_moderated(adviser):
    world.register_request()

    assert adviser.get(f"{LIST}V-2026-12/beoordelen/").status_code == 404


def answer(client, **typed):
    html = get_html(client, f"{HERE}wijzigen/")
    shown = html.partition('name="shown" value="')[2].partition('"')[0].replace("&quot;", '"')
    row = Request.objects.get()
    data = {"kind": row.kind, "received_on": "2026-04-16", "summary": row.summary, "shown": shown, **typed}
    return client.post(f"{HERE}wijzigen/", data)


def test_an_adviser_acknowledges_answers_and_refuses_with_reasons(adviser):
    initiative("public")
    assert answer(adviser, acknowledged_on="2026-04-17").status_code == 302

    without = answer(adviser, outcome="declined", answered_on="2026-04-20")
    assert "Schrijf het antwoord op, met de redenen." in without.content.decode()

    done = answer(adviser, outcome="declined", answered_on="2026-04-20", answer="Het dak is te zwak")
    assert done.status_code == 302
    row = Request.objects.get()
    assert (row.outcome, row.answer) == ("declined", "Het dak is te zwak")
    assert row.moderation == "public"


def test_an_answer_cannot_be_of_a_day_that_is_still_to_come(adviser):
    initiative("public")

    refused = answer(adviser, answered_on="2026-04-21", answer="Ja, dat kan")

    assert "Deze dag moet nog komen." in refused.content.decode()
    assert Request.objects.get().answered_on is None
    assert answer(adviser, answered_on="2026-04-20", answer="Ja, dat kan").status_code == 302


def test_an_adviser_ties_it_to_a_public_trajectory_of_their_own(adviser):
    initiative("public")
    mine, others, hidden = (world.trajectory(slug, public=slug != "hidden") for slug in ("mine", "others", "hidden"))
    for own in (mine, hidden):
        own.advisers.add(adviser.user)

    assert answer(adviser, trajectory=others.pk).status_code == 200
    assert answer(adviser, trajectory=hidden.pk).status_code == 200
    assert answer(adviser, trajectory=mine.pk).status_code == 302
    assert Request.objects.get().trajectory == mine


def test_what_awaits_moderation_cannot_be_tied_to_a_trajectory(adviser):
    initiative()
    square = world.trajectory()
    square.advisers.add(adviser.user)

    answer(adviser, trajectory=square.pk)

    assert Request.objects.get().trajectory is None


def test_the_api_does_not_skip_moderation(client):
    initiative()
    world.trajectory()
    program = ApiTestClient(world.user("coordinator"))
    etag = program.get(f"/requests/{NUMBER}").headers["ETag"]

    refused = program.patch(f"/requests/{NUMBER}", {"trajectory": "voorbeeldplein"}, if_match=etag)
    assert refused.status_code in (400, 422), refused.content
    assert "het is niet openbaar" in refused.content.decode()
    unknown = program.patch(f"/requests/{NUMBER}", {"moderation": "public"}, if_match=etag)
    assert unknown.status_code in (400, 422), unknown.content
    assert Request.objects.get().moderation == "awaiting"


def test_this_week_has_what_awaits_moderation_and_what_is_due(adviser):
    initiative()
    initiative("public", "I-2026-002", received_on=world.on("2026-03-02"), summary="Te laat")

    html = get_html(adviser, "/deze-week/")

    assert "Te beoordelen" in html
    assert f"{HERE}beoordelen/" in html
    assert "/initiatieven/I-2026-002/wijzigen/" in html


def test_an_auditor_reads_but_changes_nothing(client):
    initiative()
    client.force_login(world.user("auditor"))

    assert SECRET in get_html(client, HERE)
    assert "A. Bewoner" not in get_html(client, HERE)
    assert client.get(f"{HERE}beoordelen/").status_code == 403
    assert client.get(f"{HERE}wijzigen/").status_code == 403
