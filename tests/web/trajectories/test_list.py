"""The list of trajectories: readable, searchable and filterable without scripts, the most relevant first."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from participation.models import Trajectory
from tests import world
from tests.web.html_helpers import PAGE, TODAY, ParsedPage, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
LIST = "/trajecten/"
ANNOUNCED = {"announced_on": world.on("2026-04-01")}


def slugs(html):
    return re.findall(r'<h3 class="ld-card__title"><a href="/trajecten/([^/"]+)/">', html)


def card(html, slug="voorbeeldplein"):
    """Return the text of one trajectory in the list."""
    part = html.partition(f'href="/trajecten/{slug}/"')[2].partition("</li>")[0]
    return " ".join(strip_tags(f"<a{part}".replace("<d", " <d")).split())


# ---------- rows


def test_a_row_shows_location_next_step_participation_and_obligations(client):
    square = world.trajectory(summary="Een groener plein")
    world.step(square, "s1", phase="exploration", done=world.on("2026-03-20"))
    world.step(square, "s2", title="Ontwerpavond", planned=world.on("2026-05-03"), **ANNOUNCED)
    overdue_obligation(square, subject="a")
    overdue_obligation(square, subject="b")
    overdue_obligation(square, subject="c", met_on=TODAY)

    row_text = card(get_html(client, LIST))

    for text in (
        "Een groener plein",
        "actief, fase: beeldvorming",
        "Ontwerpavond, 3 mei 2026",
        "Ja, 3 mei 2026: Ontwerpavond",
        "2 punten te laat",
        "Binnenstad-Noord",
    ):
        assert text in row_text


@pytest.mark.parametrize(
    ("step", "row_text"),
    [
        (
            {"kind": "inspection", "planned": world.on("2026-04-01"), "closes": world.on("2026-05-12")},
            "Ja, tot en met 12 mei 2026: inzage",
        ),
        (
            {
                "method": "survey",
                "planned": world.on("2026-04-01"),
                "closes": world.between("2026-05-11", "2026-05-20", "month_part"),
            },
            "Ja, tot en met medio mei 2026: enquête",
        ),
        ({"kind": "inspection", "planned": world.on("2026-04-01")}, "De laatste dag is niet vastgelegd."),
        (
            {"planned": world.between("2026-05-11", "2026-05-20", "month_part"), **ANNOUNCED},
            "Ja, medio mei 2026: bijeenkomst",
        ),
        ({"planned": world.on("2026-05-11"), "audience": [world.RESIDENTS], **ANNOUNCED}, "(op uitnodiging)"),
        ({"planned": world.on("2026-05-11")}, "Meedoen nu niet"),
    ],
)
def test_the_participation_deadline_is_shown_in_natural_language(client, step, row_text):
    world.organisation(world.RESIDENTS)
    world.step(world.trajectory(), **step)

    assert row_text.lower() in card(get_html(client, LIST)).lower()


def test_a_trajectory_without_data_says_so(client):
    world.trajectory(status="")

    row_text = card(get_html(client, LIST))

    for text in ("Waar het staat niet vastgelegd", "nog niets met een datum", "nu niet", "niets te laat"):
        assert text in row_text


def test_a_retrospective_trajectory_is_labelled_and_not_shown_as_overdue(client):
    overdue_obligation(world.trajectory(retrospective=True))

    row_text = card(get_html(client, LIST))

    assert "Terugblik" in row_text
    assert "1 punt niet op tijd gedaan, achteraf bekeken" in row_text
    assert "te laat" not in row_text


def test_the_list_shows_its_order_and_can_be_sorted(client):
    world.trajectory("b", started_on=world.on("2026-03-01"))
    world.step(world.trajectory("c"), planned=world.on("2026-05-03"), **ANNOUNCED)
    world.trajectory("a", retrospective=True)
    html = get_html(client, LIST)

    assert slugs(html) == ["c", "b", "a"]
    assert "Eerst komen de trajecten waarin u nu kunt meedoen" in html
    by_title = get_html(client, f"{LIST}?volgorde=title")
    assert slugs(by_title) == ["a", "b", "c"]
    assert "Eerst komen" not in by_title
    assert '<option value="title" selected>' in by_title
    assert slugs(get_html(client, f"{LIST}?volgorde=newest"))[0] == "b"
    assert slugs(get_html(client, f"{LIST}?volgorde=next"))[0] == "c"


# ---------- searches and filters


@pytest.fixture
def town():
    """Create a park in the north with rows of every kind, and a square without."""
    world.neighbourhood(world.LAKES, district="Noord", name="De Meren")
    park = world.trajectory(
        "park",
        world.LAKES,
        title="Het park",
        kind="policy",
        level="coproduce",
        status="paused",
        contact_role="district_coordinator",
    )
    world.step(park, phase="decision", planned=world.on("2026-04-10"), closes=world.on("2026-05-01"), method="online")
    overdue_obligation(park)
    world.trajectory("plein", title="Het plein", retrospective=True)


@pytest.mark.parametrize(
    ("query", "label", "value"),
    [
        ("zoek=park", "Zoeken", "park"),
        ("zoek=MEREN", "Zoeken", "MEREN"),
        ("zoek=wijkregisseur", "Zoeken", "wijkregisseur"),
        ("meedoen=on", "Ik kan nu meedoen", ""),
        (f"wijk={world.LAKES}", "Wijk of buurt", "De Meren"),
        ("stadsdeel=Noord", "Stadsdeel", "Noord"),
        ("fase=decision", "Fase van nu", "besluit"),
        ("soort=policy", "Soort", "beleid"),
        ("niveau=coproduce", "Niveau van meedoen", "coproduceren"),
        ("stand=paused", "Stand", "ligt stil"),
        ("te-laat=alles", "Wat te laat is", "er is iets te laat"),
        ("te-laat=feedback", "Wat te laat is", "Terugkoppeling"),
        ("terugblik=zonder", "Terugblik", "zonder terugblikken"),
    ],
)
@pytest.mark.usefixtures("town")
def test_each_active_filter_is_shown_and_can_be_removed(client, query, label, value):
    html = get_html(client, f"{LIST}?{query}&volgorde=title")
    [(without, row_text)] = re.findall(r'<a class="ld-active-filters__item" href="(.*?)">(.*?)</a>', html)
    words = " ".join(strip_tags(row_text).split())

    assert slugs(html) == ["park"]
    assert "1 traject past bij uw keuze." in html
    assert words.lower() == f"Haal weg: {label}{': ' if value else ''}{value}×".lower()
    assert without == "?volgorde=title"
    assert slugs(get_html(client, f"{LIST}{without}")) == ["park", "plein"]


@pytest.mark.usefixtures("town")
def test_filters_combine_and_an_empty_result_has_a_suggestion(client):
    assert slugs(get_html(client, f"{LIST}?zoek=het&terugblik=alleen")) == ["plein"]
    html = get_html(client, f"{LIST}?zoek=park&terugblik=alleen")

    assert slugs(html) == []
    assert "0 trajecten passen bij uw keuze." in html
    assert "Haal een keuze weg, of zoek op een ander woord." in html
    assert len(re.findall("ld-active-filters__item", html)) == 2


@pytest.mark.usefixtures("town")
def test_the_form_keeps_the_choices_and_expands_where_used(client):
    plain, chosen = get_html(client, LIST), get_html(client, f"{LIST}?zoek=park&meedoen=on&soort=policy")

    assert re.search(r"<details[^>]*open", plain) is None
    assert re.search(r"<details class=\"ld-details ld-filters__more\"[^>]* open", chosen)
    assert 'value="park"' in chosen
    assert re.search(r'name="meedoen"[^>]*checked', chosen)
    assert '<option value="policy" selected>' in chosen


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("query", ["soort=kasteel", "wijk=elders", "fase=nooit", "te-laat=morgen", "volgorde=rond"])
def test_an_invalid_choice_gives_a_field_error_above_the_list(client, query):
    html = get_html(client, f"{LIST}?{query}")

    assert "<title>Fout: " in html
    assert f'href="#id_{query.partition("=")[0]}"' in html
    assert sorted(slugs(html)) == ["park", "plein"]


def test_filter_choices_contain_no_names_from_hidden_trajectories(client):
    world.neighbourhood("geheim", name="Geheime hoek", district="Verborgen")
    world.trajectory("stil", "geheim", public=False, title="Nog geheim")
    world.trajectory()
    html = get_html(client, LIST)

    for name in ("Geheime hoek", "Verborgen", "Nog geheim"):
        assert name not in html
    assert slugs(get_html(client, f"{LIST}?zoek=geheim")) == []
    assert "<title>Fout: " in get_html(client, f"{LIST}?wijk=geheim")
    client.force_login(world.user("auditor"))
    html = get_html(client, LIST)
    assert "Geheime hoek" in html
    assert "Concept, nog niet openbaar" in card(html, "stil")


def test_a_search_that_is_too_long_is_shortened_with_a_message(client):
    world.trajectory("cafe", title="Ééndenkade en Café")
    row_text = "Alleen de eerste woorden zijn gebruikt."

    html = get_html(client, f"{LIST}?zoek=eendenkade+CAFE+{'+'.join(['en'] * 50)}")
    assert (slugs(html), row_text in html) == (["cafe"], False)
    html = get_html(client, f"{LIST}?zoek=eendenkade+{'+'.join(f'w{n}' for n in range(600))}")
    assert (slugs(html), row_text in html) == ([], True)


def test_user_text_is_escaped(client):
    world.trajectory(title="<script>alert(1)</script>", summary="<b>dik</b>")
    html = get_html(client, f"{LIST}?zoek=<script>")

    assert "<script>alert" not in html
    assert "<b>dik" not in html
    assert 'value="&lt;script&gt;"' in html


def matched(html, slug="voorbeeldplein"):
    """Return (label, URL, text, marked words) of what is shown as a match in one trajectory of the list."""
    part = html.partition(f'href="/trajecten/{slug}/"')[2].partition("<h3")[0]
    items = re.findall(r'<li><a href="([^"]*)">([^<]*)</a>: (.*?)</li>', part)
    return [(label, href, strip_tags(text), re.findall("<mark>(.*?)</mark>", text)) for href, label, text in items]


def test_what_matched_is_shown_with_its_place_and_the_words_marked(client):
    square = world.trajectory(title="Het plein")
    world.contribution(square, "c 1", summary="Meer bomen & een <b>bank</b>")
    world.document(square, "d2", case_number="D/26/0042")
    world.step(square, "s3", kind="decision", effect_note="Eén bank")
    world.trajectory("laan", title="Bankplein")

    html = get_html(client, f"{LIST}?zoek=plein+bomen+0042")
    assert "Het <mark>plein</mark></a></h3>" in html
    assert matched(html) == [
        (
            "Inbreng",
            f"{PAGE}inbreng/?bij=inbreng-c+1#inbreng-c%201",
            "Meer bomen &amp; een &lt;b&gt;bank&lt;/b&gt;",
            ["bomen"],
        ),
        ("Zaaknummer van een document", f"{PAGE}plan/?bij=document-d2#document-d2", "D/26/0042", ["0042"]),
    ]
    html = get_html(client, f"{LIST}?zoek=een+bank+bl")
    assert slugs(html) == []
    html = get_html(client, f"{LIST}?zoek=één+BANK")
    assert slugs(html) == ["voorbeeldplein"]
    assert [marked for *_where, marked in matched(html)] == [["een", "bank"]]
    html = get_html(client, f"{LIST}?zoek=effect+bank")
    assert slugs(html) == []
    assert matched(get_html(client, LIST)) == []


def test_what_matched_is_marked_as_dutch_on_an_english_page(client):
    world.contribution(world.trajectory(), summary="Meer bomen")

    html = get_html(client, f"{LIST}?zoek=bomen", HTTP_ACCEPT_LANGUAGE="en")

    assert '<span lang="nl">Meer <mark>bomen</mark></span>' in html


def test_what_matched_shows_nothing_of_hidden_trajectories(client):
    for public in (True, False):
        made = world.trajectory("open" if public else "dicht", public=public)
        world.contribution(made, summary="Bomen", response="Openbaar" if public else "Geheim")
    world.register_request(summary="Bomen van een bewoner")

    html = get_html(client, f"{LIST}?zoek=bomen")
    assert slugs(html) == ["open"]
    assert "van een bewoner" not in html
    assert get_html(client, f"{LIST}?zoek=geheim").count("<mark>") == 0
    client.force_login(world.user("auditor"))
    assert matched(get_html(client, f"{LIST}?zoek=geheim"), "dicht")[0][0] == "Antwoord op inbreng"


@pytest.mark.parametrize("text", ["bomen", "Z/26/1", "D/26/2", "buurthuis", "wat+is+er", "daarom", "voorbeeld", "kade"])
def test_the_list_and_the_api_find_the_same(client, text):
    made = world.trajectory(case_number="Z/26/1")
    world.trajectory("kade")
    world.contribution(made, summary="Meer bomen")
    world.document(made, case_number="D/26/2")
    world.step(made, title="Buurthuis")
    world.request(made, summary="Wat is er?", answer="Daarom")

    answer = client.get(f"/api/v1/trajectories?search={text}").json()["results"]

    assert [found["slug"] for found in answer] == slugs(get_html(client, f"{LIST}?zoek={text}")) != []


# ---------- the trajectories of who is logged in


def test_an_adviser_can_choose_their_own_trajectories(client):
    adviser = world.user("adviser")
    for slug in ("ander", "plein", "stil"):
        world.trajectory(slug, public=slug != "stil")
    for slug in ("plein", "stil"):
        Trajectory.objects.get(slug=slug).advisers.add(adviser)
    Trajectory.objects.get(slug="ander").advisers.add(world.user("adviser", name="collega"))
    client.force_login(adviser)

    assert slugs(get_html(client, LIST)) == ["ander", "plein", "stil"]
    html = get_html(client, f"{LIST}?mijn=on")
    assert slugs(html) == ["plein", "stil"]
    assert "Alleen mijn trajecten" in html
    assert "2 trajecten passen bij uw keuze." in html
    assert "vereniging" not in html.partition("<form")[2].partition("</form>")[0]


def test_a_member_can_choose_the_trajectories_of_their_association(client):
    world.organisation(world.RESIDENTS)
    world.trajectory("plein")
    world.trajectory("meer", world.LAKES)
    world.plan(world.trajectory("meedoen", world.LAKES), world.RESIDENTS)
    world.trajectory("dicht", public=False)
    client.force_login(world.user("association_member", world.RESIDENTS))

    assert slugs(get_html(client, LIST)) == ["meedoen", "meer", "plein"]
    html = get_html(client, f"{LIST}?mijn-vereniging=on")
    assert slugs(html) == ["meedoen", "plein"]
    assert "Alleen die van mijn vereniging" in html
    assert 'name="mijn"' not in html


@pytest.mark.parametrize("role", ["", "coordinator", "auditor", "association_member"])
def test_others_are_not_offered_what_would_be_empty(client, role):
    world.trajectory()
    if role:
        client.force_login(world.user(role))

    html = get_html(client, f"{LIST}?mijn=on&mijn-vereniging=on")

    assert "mijn" not in re.findall(r'name="([^"]+)"', html)
    assert "mijn-vereniging" not in re.findall(r'name="([^"]+)"', html)
    assert slugs(html) == ["voorbeeldplein"]


# ---------- a long list


def test_a_long_list_is_paginated_and_keeps_the_filters(client):
    for number in range(26):
        world.trajectory(f"plein-{number:02}", title=f"Plein {number:02}")
    first = get_html(client, f"{LIST}?zoek=plein&meedoen=&volgorde=title")
    following = next(link for link in ParsedPage(first).links if "pagina=" in link)

    assert parse_qs(urlsplit(following).query) == {"zoek": ["plein"], "volgorde": ["title"], "pagina": ["2"]}
    assert len(slugs(first)) == 25
    second = get_html(client, LIST + following)
    assert slugs(second) == ["plein-25"]
    assert "26 trajecten passen bij uw keuze." in second
    assert "Deel 2 van 2" in get_html(client, f"{LIST}?pagina=99")
    assert "Deel 1 van 2" in get_html(client, f"{LIST}?pagina=x")
    assert "pagina=" not in re.search(r'ld-active-filters__item" href="(.*?)"', second)[1]


def test_an_empty_list_says_so(client):
    html = get_html(client, LIST)

    assert "Hier staan nog geen trajecten." in html
    assert "In totaal 0 trajecten." in html


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 12),
        ("?te-laat=alles&fase=exploration&meedoen=on", 12),
        # What matched is read from each table that is searched.
        ("?volgorde=next&zoek=plein", 20),
        ("?zoek=hek", 20),
    ],
)
def test_a_longer_list_takes_no_more_queries(client, query, number, django_assert_max_num_queries):
    def grow(numbers):
        for number in numbers:
            made = world.trajectory(f"plein-{number}")
            world.step(made, phase="exploration", planned=world.on("2026-04-10"), closes=world.on("2026-05-01"))
            overdue_obligation(made)
            for ref in ("c1", "c2"):
                world.contribution(made, ref, summary="Een hek")

    grow(range(1))
    with django_assert_max_num_queries(number) as few:
        get_html(client, LIST + query)
    grow(range(1, 50))
    with django_assert_max_num_queries(len(few)):
        assert len(slugs(get_html(client, LIST + query))) == 25


# ---------- what is kept until something is recorded


def queries_of_list(client, query=""):
    with CaptureQueriesContext(connection) as found:
        html = get_html(client, LIST + query)
    return len(found), slugs(html), html


@pytest.mark.parametrize("query", ["", "?meedoen=on", "?volgorde=title", "?volgorde=next&pagina=2"])
def test_order_and_numbers_are_read_once_until_something_is_recorded(client, query):
    for number in range(30):
        world.step(world.trajectory(f"plein-{number:02}"), planned=world.on("2026-05-03"), **ANNOUNCED)
    first, listed, _html = queries_of_list(client, query)
    again, same, _html = queries_of_list(client, query)
    assert again < first - 1
    assert same == listed

    for made in Trajectory.objects.filter(slug__in=listed):
        made.public = False
        made.save()
    _queries, others, html = queries_of_list(client, query)
    assert others
    assert not {*others} & {*listed}
    assert f"{30 - len(listed)} trajecten" in html


def test_what_was_overdue_is_counted_anew_when_something_is_recorded(client):
    square = world.trajectory()
    assert "niets te laat" in card(get_html(client, LIST))
    late = overdue_obligation(square)
    assert "1 punt te laat" in card(get_html(client, LIST))

    late.met_on = TODAY
    late.save()
    world.transition(late, to_status="met")
    assert "niets te laat" in card(get_html(client, LIST))


def test_nobody_sees_the_list_that_was_kept_for_another(client):
    world.trajectory("publiek")
    world.trajectory("besloten", public=False)
    client.force_login(world.user("coordinator"))
    assert {*slugs(get_html(client, LIST))} == {"publiek", "besloten"}
    client.logout()
    _queries, listed, html = queries_of_list(client)
    assert listed == ["publiek"]
    assert "In totaal 1 traject." in html


def test_a_trajectory_hidden_without_a_history_is_not_shown_from_what_was_kept(client):
    world.trajectory("open")
    world.trajectory("straks-besloten")
    assert len(slugs(get_html(client, LIST))) == 2
    Trajectory.objects.filter(slug="straks-besloten").update(public=False)
    assert slugs(get_html(client, LIST)) == ["open"]


@pytest.mark.parametrize("query", ["?zoek=plein", "?stand=active", "?wijk=binnenstad-noord", "?volgorde=bestaat-niet"])
def test_lists_of_which_there_are_many_are_not_kept(client, query):
    world.trajectory()
    get_html(client, LIST + query)
    first, listed, _html = queries_of_list(client, query)
    again, same, _html = queries_of_list(client, query)
    assert (again, same) == (first, listed)
    assert caches["lists"]._cache == {}


# ---------- accessibility


def test_the_list_works_without_javascript_with_screen_readers_and_on_phones(client):
    overdue_obligation()
    html = get_html(client, f"{LIST}?soort=public_space")
    read = ParsedPage(html)

    assert len(read.ids) == len(set(read.ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert re.findall(r"<h([1-6])", html.partition("<main")[2]) == ["1", "2", "3"]
    assert "<script" not in html
    assert re.search(r'role="status">\s*<p[^>]*>1 traject past', html)
    fields = set(re.findall(r'<(?:input|select)[^>]* id="(id_[^"]+)"', html))
    assert fields == set(re.findall(r'<label[^>]* for="(id_[^"]+)"', html))


def test_the_list_is_in_the_language_of_the_reader(client):
    overdue_obligation()

    assert "1 point is overdue" in get_html(client, LIST, HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(world.user("auditor", language="en"))
    html = get_html(client, f"{LIST}?soort=public_space")
    assert "Kind: public space" in " ".join(strip_tags(html).split())


def test_the_list_is_read_only_and_not_cached_by_proxies(client):
    assert client.post(LIST).status_code == 405
    assert "no-store" in client.get(LIST).headers["Cache-Control"]


def test_private_trajectories_are_visible_to_municipality_and_council(client):
    world.trajectory(public=False)

    assert slugs(get_html(client, LIST)) == []
    for role in ("adviser", "coordinator", "auditor", "administrator"):
        client.force_login(world.user(role))
        assert slugs(get_html(client, LIST)) == ["voorbeeldplein"]
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert slugs(get_html(client, LIST)) == []
    assert PAGE not in get_html(client, LIST)


def test_the_list_can_be_requested_as_of_each_day(client, monkeypatch):
    world.step(world.trajectory(), planned=world.on("2026-04-20"), **ANNOUNCED)
    assert "Ja, 20 april 2026" in card(get_html(client, LIST))

    from django.utils import timezone

    monkeypatch.setattr(timezone, "localdate", lambda *_now: date(2026, 4, 21))
    assert "Meedoen nu niet" in card(get_html(client, LIST))
