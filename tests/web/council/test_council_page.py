"""What the council's page says besides its table: portfolios, the map, with whom nobody spoke, and what is kept."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import PermissionDenied

from participation.models import Organisation, Trajectory, User
from participation.services.accounts.council_choice import keep_council_choice
from tests import world
from tests.interchange.archive.archives import add_counter_signal
from tests.web.council.council_samples import (
    MAX_QUERIES,
    PAGE,
    full_trajectory,
    held,
    queries_of,
    shape,
    text_of,
)
from tests.web.html_helpers import get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
KEEP = "/mijn/raad/"


def part_of(html, anchor):
    """Return the text of a section by the id of its heading."""
    return text_of(html.partition(f'id="{anchor}"')[2].partition("</section>")[0])


# ---------- portfolios


def test_the_portfolios_that_occur_can_be_chosen(client):
    world.trajectory("plein", portfolio="Wonen en ruimte")
    world.trajectory("weg", portfolio="Verkeer")
    world.trajectory("dicht", portfolio="Cultuur", status="closed")
    world.trajectory("intern", portfolio="Geheim", public=False)
    html = get_html(client, PAGE)
    options = html.partition('name="portefeuille"')[2].partition("</select>")[0]
    assert text_of(f"<{options}").split("portefeuilles")[-1].strip() == "Verkeer Wonen en ruimte"

    html = get_html(client, f"{PAGE}?portefeuille=Verkeer")
    assert ">Weg</" in html
    assert ">Plein</" not in html


def test_without_a_recorded_portfolio_there_is_nothing_to_choose(client):
    world.trajectory()
    assert "portefeuille" not in get_html(client, PAGE)


def test_an_unknown_portfolio_filters_nothing_and_says_so(client):
    world.trajectory("plein", portfolio="Verkeer")
    html = get_html(client, f"{PAGE}?portefeuille=Verzonnen")
    assert ">Plein</" in html
    assert "Verzonnen" in html


# ---------- the map


def test_without_shapes_there_is_no_map(client):
    full_trajectory(1)
    assert "Op de kaart" not in get_html(client, PAGE)


@pytest.fixture
def city():
    shape(world.CENTRE, name="Centrum", district="Binnenstad")
    shape(world.LAKES, west=200, name="Meren", district="Noord")
    full_trajectory(1)
    return full_trajectory(2, world.LAKES)


@pytest.mark.parametrize(
    ("choice", "row"),
    [
        ("", "Centrum 4 te laat Meren 4 te laat"),
        ("?kaart=laat&bron=wensen", "Dit is er in geen enkele wijk of buurt."),
        ("?kaart=activiteiten", "Centrum 1 activiteit Meren 1 activiteit"),
        ("?kaart=bereik", "Centrum 40 mensen Meren niets vastgelegd"),
        ("?kaart=verzonnen", "Centrum 4 te laat Meren 4 te laat"),
        ("?kaart=activiteiten&stadsdeel=Noord", "Meren 1 activiteit"),
    ],
)
def test_the_map_has_a_table_of_the_same_numbers(client, city, choice, row):
    assert part_of(get_html(client, f"{PAGE}{choice}"), "kaart").endswith(row)


def test_a_neighbourhood_on_the_map_leads_to_its_trajectories(client, city):
    html = get_html(client, f"{PAGE}?kaart=activiteiten&soort=public_space")
    address = "/raad/?soort=public_space&amp;kaart=activiteiten&amp;bron=afspraken&amp;wijk=" + world.LAKES
    assert html.count(f'href="{address}"') == 2
    html = get_html(client, address.replace("&amp;", "&"))
    assert ">Traject 2</" in html
    assert ">Traject 1</" not in html
    assert '<input type="hidden" name="kaart" value="activiteiten">' in html


def test_the_map_of_reach_says_the_same_as_its_table(client, city):
    for west, slug in enumerate(("weinig", "niemand", "niets", "meer"), 4):
        shape(slug, west=west * 100, name=slug.title())
    counts = {world.LAKES: None, "weinig": 3, "niemand": 0, "meer": 3}
    rows = [{"slug": slug, "count": count} for slug, count in counts.items()]
    held(city, "klein", reach_neighbourhoods=rows)
    held(city, "groot", reach_neighbourhoods=[{"slug": "meer", "count": 17}])

    html = get_html(client, f"{PAGE}?kaart=bereik")

    hidden = "bereikt, het aantal is niet geteld of niet openbaar"
    words = {
        "Centrum": "40 mensen",
        "Meer": "minstens 17 mensen",
        "Meren": hidden,
        "Weinig": hidden,
        "Niemand": "0 mensen",
        "Niets": "niets vastgelegd",
    }
    assert part_of(html, "kaart").endswith(" ".join(f"{name} {text}" for name, text in words.items()))
    assert dict(re.findall(r"<title>([^<:]+): ([^<]+)</title>", html)) == words
    legend = html.partition('<ul class="ld-legend">')[2].partition("</ul>")[0]
    assert text_of(legend).endswith(f"{hidden} niets vastgelegd")
    assert "</svg> 0</li>" in legend
    fills = dict(re.findall(r'<title>([^<:]+):[^<]*</title><path class="ld-map__area"( fill="[^"]*")?', html))
    assert fills["Niemand"] == ""
    assert fills["Meren"] == fills["Weinig"] != ""
    assert fills["Niets"] not in ("", fills["Weinig"])


def test_where_people_came_from_without_a_trajectory_there_is_nothing_to_choose(client, city):
    shape("elders", west=400, name="Elders")
    held(city, "avond-2", reach_neighbourhoods=[{"slug": "elders", "count": 20}])
    html = get_html(client, f"{PAGE}?kaart=bereik")
    assert "Elders 20 mensen" in part_of(html, "kaart")
    assert f"wijk={world.CENTRE}" in html
    assert "wijk=elders" not in html


def test_several_municipalities_have_a_map_once_one_is_chosen(client, city):
    shape("elders", west=400, name="Elders", municipality="oegstgeest")
    overdue_obligation(world.trajectory("verder", "elders", municipality="oegstgeest"))
    world.organisation("oegstgeest", kind="municipality", name="Oegstgeest")
    assert "Op de kaart" not in get_html(client, PAGE)
    assert part_of(get_html(client, f"{PAGE}?gemeente=oegstgeest"), "kaart").endswith("Elders 1 te laat")


# ---------- with whom nobody spoke


def test_districts_and_groups_with_which_nobody_spoke_are_named(client, city):
    Trajectory.objects.get(slug="traject-2").steps.filter(kind="activity").update(done=world.on("2024-03-20"))
    html = part_of(get_html(client, PAGE), "gesproken")
    assert "Al 12 maanden is niet gesproken met: Noord." in html
    assert html.count("niet gesproken met") == 1
    assert "nieuwkomers" in html
    assert "huurders" not in html
    assert "En nog" not in html
    assert "Alle stadsdelen en groepen" in html


def test_names_that_do_not_fit_are_counted(client):
    for number in range(10):
        world.neighbourhood(f"wijk-{number}", district=f"Deel {number}")
    assert "Deel 7. En nog 2." in part_of(get_html(client, PAGE), "gesproken")


# ---------- what a council member keeps


@pytest.fixture
def member(client):
    world.neighbourhood(world.CENTRE, district="Binnenstad")
    world.trajectory(portfolio="Verkeer")
    member = world.user("council_member")
    client.force_login(member)
    return member


def test_a_council_member_starts_with_the_portfolio_and_district_they_keep(client, member):
    assert client.get("/").headers["Location"] == PAGE
    html = get_html(client, f"{PAGE}?portefeuille=Verkeer&stadsdeel=Binnenstad")
    assert "Begin voortaan met deze portefeuille en dit stadsdeel" in html
    response = client.post(KEEP, {"portefeuille": "Verkeer", "stadsdeel": "Binnenstad"})
    start = "/raad/?portefeuille=Verkeer&stadsdeel=Binnenstad"
    assert response.headers["Location"] == start
    assert client.get("/").headers["Location"] == start
    assert "U begint met: Verkeer, Binnenstad" in text_of(get_html(client, PAGE))
    client.post(KEEP, {"portefeuille": "", "stadsdeel": ""})
    assert client.get("/").headers["Location"] == PAGE


def test_what_cannot_be_chosen_is_not_kept(client, member):
    assert client.post(KEEP, {"portefeuille": "Verzonnen"}).headers["Location"] == PAGE
    assert User.objects.get(pk=member.pk).council_portfolio == ""


def test_what_is_kept_can_be_chosen_without_any_trajectory(client, member):
    keep_council_choice(member, "Verkeer", "Binnenstad")
    Trajectory.objects.update(status="closed")
    html = get_html(client, "/raad/?portefeuille=Verkeer&stadsdeel=Binnenstad")
    assert "Niets past bij al uw keuzes" in html
    assert "form-field-error" not in html


@pytest.mark.parametrize("role", ["auditor", "association_member", "administrator"])
def test_only_a_council_member_keeps_a_choice(client, role):
    user = world.user(role)
    client.force_login(user)
    assert client.post(KEEP, {}).status_code == 403
    assert KEEP not in get_html(client, PAGE)
    with pytest.raises(PermissionDenied):
        keep_council_choice(user, "Verkeer", "")


def test_a_council_member_sees_only_what_is_public(client, member):
    world.trajectory("intern", public=False)
    assert "Intern" not in get_html(client, PAGE)
    assert client.get("/trajecten/intern/").status_code == 404


def test_a_council_member_speaks_for_no_association(client):
    member = world.user("council_member", world.RESIDENTS)
    square = world.trajectory()
    client.force_login(member)
    assert not Organisation.objects.represented_by(member).exists()
    assert not Trajectory.objects.for_member(member).exists()
    assert client.get(f"/trajecten/{square.slug}/vraag/").status_code == 403


# ---------- how many queries

ALL_FILTERS = "portefeuille=Verkeer&stadsdeel=Binnenstad&fase=exploration&soort=public_space"
QUERIES = (
    *("", "gemeente=leiden", f"wijk={world.CENTRE}", "bron=wensen", ALL_FILTERS),
    *(f"gemeente=leiden&kaart={code}" for code in ("laat", "activiteiten", "bereik")),
    f"gemeente=leiden&kaart=bereik&{ALL_FILTERS}",
)


def test_the_page_takes_few_queries_whatever_is_chosen(client):
    world.organisation(world.COUNCIL)
    world.organisation("oegstgeest", kind="municipality")
    shape(world.CENTRE, district="Binnenstad")
    world.trajectory("elders", "elders", municipality="oegstgeest")
    add_counter_signal(full_trajectory(1, portfolio="Verkeer"))
    readers = [None, *(world.user(role) for role in ("council_member", "auditor"))]

    def counts():
        found = {}
        for reader in readers:
            client.logout()
            if reader:
                client.force_login(reader)
            found |= {(reader, query): queries_of(client, f"{PAGE}?{query}") for query in QUERIES}
        return found

    few = counts()
    for number in range(2, 51):
        shape(f"wijk-{number}", west=number * 100, district=f"Deel {number}")
        full_trajectory(number, world.CENTRE, f"wijk-{number}", portfolio="Verkeer")

    assert counts() == few
    assert max(few.values()) <= MAX_QUERIES
