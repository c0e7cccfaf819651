"""Every list as a file: the rows of the page with its filters, and only those that the user may see."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from openpyxl import load_workbook

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from participation.services.changes.changesets import record_changeset
from tests import world
from tests.web.html_helpers import AGREEMENTS, BASE_URL, INPUT, PAGE, TODAY, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def answer_of(client, address, kind="csv", **query):
    return client.get(address, {**query, "bestand": kind}, headers={"Accept-Language": "nl"})


def sheet(client, address, **query):
    """Return the rows of the CSV at this URL, by column name."""
    response = answer_of(client, address, **query)
    assert response.status_code == 200, address
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def column(client, address, name, **query):
    return [row[name] for row in sheet(client, address, **query)]


@pytest.fixture
def coordinator(client):
    user = world.user("coordinator")
    client.force_login(user)
    return user


# ---------- rows


def test_the_trajectory_list_is_exported_with_its_filters_and_order(client):
    for title in ("Plein Zuid", "Plein Noord", "Laan"):
        world.trajectory(title.lower().replace(" ", "-"), title=title)

    assert column(client, "/trajecten/", "Titel", zoek="plein", volgorde="title") == ["Plein Noord", "Plein Zuid"]


def test_the_export_has_all_rows_and_not_one_page(client):
    for number in range(30):
        world.trajectory(f"plein-{number:02}")

    found = column(client, "/trajecten/", "Korte naam", volgorde="title", pagina="2")

    assert found == [f"plein-{number:02}" for number in range(30)]


def test_a_row_has_the_same_data_as_its_card(client):
    square = world.trajectory(summary="=Een groener plein")
    world.step(square, title="Ontwerpavond", planned=world.on("2026-05-03"), announced_on=world.on("2026-04-01"))
    overdue_obligation(square)

    [row] = sheet(client, "/trajecten/")

    assert (row["Titel"], row["Stand"], row["Wat er nu komt"]) == ("Voorbeeldplein", "actief", "Ontwerpavond")
    assert (row["Wanneer dat is"], row["Aantal te laat"]) == ("2026-05-03", "1")
    assert row["Samenvatting"] == "'=Een groener plein"
    assert row["Webadres"] == f"{BASE_URL}{PAGE}"


def test_a_row_has_its_numbers_and_its_instrument(client):
    external = [{"system": "Zaaksysteem", "id": "42", "url": "https://zaken.example.org/42"}, {"system": "iBabs"}]
    world.trajectory(case_number="Z/26/1234", external=external, instrument="programme")

    [row] = sheet(client, "/trajecten/")

    assert (row["Zaaknummer"], row["Instrument uit het omgevingsrecht"]) == ("Z/26/1234", "programma")
    assert row["In andere systemen"] == "Zaaksysteem 42 https://zaken.example.org/42; iBabs"
    assert column(client, "/trajecten/", "Zaaknummer", zoek="Z/26") == ["Z/26/1234"]


def test_a_workbook_has_the_same_content_as_the_csv(client):
    world.trajectory(started_on=None)

    response = answer_of(client, "/trajecten/", "xlsx")
    [above, row] = (
        load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0].iter_rows(values_only=True)
    )

    [result] = sheet(client, "/trajecten/")
    assert {name: "" if cell is None else str(cell) for name, cell in zip(above, row, strict=True)} == result


def test_motions_and_commitments_are_exported_with_their_filters(client):
    world.motion("21.1", title="Bomen", owner="college")
    world.motion("21.2", title="Straten", settled_on=world.on("2022-01-01"))
    world.commitment("T-1", text="Bomen")
    world.commitment("T-2", text="Straten", fulfilled_on=world.on("2022-01-01"))

    assert column(client, "/moties/", "Nummer", stand="settled") == ["21.2"]
    assert column(client, "/moties/", "Nummer", zoek="bomen") == ["21.1"]
    assert column(client, "/toezeggingen/", "Nummer", stand="kept") == ["T-2"]
    assert column(client, "/toezeggingen/", "Nummer", zoek="bomen") == ["T-1"]


def test_rules_are_exported_with_their_search(client):
    found = column(client, "/regels/", "Kenmerk van de regel", zoek="bijeenkomst aangekondigd")

    assert "meeting-announced" in found
    assert len(found) < len(load_rulebooks("leiden").first.rules)


def test_neighbourhoods_are_exported_with_their_trajectories(client):
    world.trajectory()
    world.neighbourhood(world.LAKES)

    found = {row["Korte naam"]: row["Trajecten die lopen of gaan beginnen"] for row in sheet(client, "/wijken/")}

    assert found == {world.CENTRE: "1", world.LAKES: "0"}
    assert column(client, f"/wijken/{world.CENTRE}/", "Korte naam") == ["voorbeeldplein"]
    assert column(client, f"/wijken/{world.LAKES}/", "Korte naam") == []


def test_city_figures_are_exported_by_rule_over_the_requested_period(client):
    overdue_obligation(world.trajectory())
    overdue_obligation(world.trajectory("toen", retrospective=True))

    found = {(row["Kenmerk van de regel"], row["Terugblik"]): row for row in sheet(client, "/stad/")}

    assert found["feedback-given", "nee"]["Te laat"] == "1"
    assert found["feedback-given", "ja"]["Te laat"] == "1"
    assert sheet(client, "/stad/", van="2026-04-18") == []


def test_all_or_only_unanswered_contributions_are_exported(client):
    square = world.trajectory()
    world.organisation(world.RESIDENTS)
    world.step(square, title="Avond")
    world.contribution(square, "c1", step="s1")
    world.contribution(square, "c2", outcome="adopted", response="Goed idee", responded_on=world.on("2026-04-01"))

    [first, second] = sheet(client, PAGE, lijst="inbreng")

    assert (first["Van"], first["Ontvangen bij"], first["Samenvatting"]) == ("Wijk-A", "Avond", "Meer bomen")
    assert (second["Antwoord"], second["Antwoord uiterlijk"]) == ("Goed idee", "")
    assert column(client, PAGE, "Kenmerk", lijst="onbeantwoord") == ["c1"]


def test_obligations_are_exported_as_of_the_requested_day(client):
    square = world.trajectory()
    overdue_obligation(square)
    world.waiver(square, rule="feedback-given", granted_on=date(2026, 4, 18), reason="Ziekte")

    [now] = sheet(client, PAGE, lijst="afspraken")
    [before] = sheet(client, PAGE, lijst="afspraken", op="2026-04-01")

    assert (now["Stand"], now["Uitleg"]) == ("uitgelegd", "Ziekte (projectleider)")
    assert (before["Stand"], before["Uitleg"]) != (now["Stand"], now["Uitleg"])
    assert now["Webadres"] == f"{BASE_URL}{AGREEMENTS}#feedback-given--s1"


def test_both_histories_are_exported(client):
    square = world.trajectory()
    obligation = overdue_obligation(square)
    world.transition(obligation, to_status="overdue", on=date(2026, 4, 18), noticed_at=world.moment("2026-04-18 03:00"))
    adviser = world.user("adviser", first_name="Jo", last_name="Jansen")
    with record_changeset(
        adviser,
        square,
        "changed",
        about="titel",
        now=world.moment("2100-01-01 10:00"),
        today=TODAY,
        rulebooks=load_rulebooks("leiden"),
    ) as recorder:
        square.title = "Ander plein"
        recorder.save(square)

    def recorded():
        rows = sheet(client, f"{PAGE}geschiedenis/")
        return [(row["Was"], row["Wie"]) for row in rows if row["Werd"] == "Ander plein"]

    ledger = sheet(client, f"{PAGE}geschiedenis/", deel="stand")

    assert recorded() == [("[tekst later gewijzigd]", "participatieadviseur")]
    assert [row["Datum"] for row in ledger if row["Kenmerk van het onderwerp"] == "s1"] == [
        "2026-04-20",
        "2026-04-18",
    ]
    # Names and earlier texts are for staff only.
    client.force_login(adviser)
    assert recorded() == [("Voorbeeldplein", "Jo Jansen (participatieadviseur)")]


def test_the_week_is_exported_completely_or_by_section(client, coordinator):
    overdue_obligation(world.trajectory())
    world.obligation(trajectory=Trajectory.objects.get(), subject="s2", due_on=date(2026, 4, 22), strict_due_on=None)

    assert column(client, "/deze-week/", "Uiterlijk") == ["2026-04-17", "2026-04-22"]
    [late] = sheet(client, "/deze-week/", deel="late")
    assert (late["Deel van de lijst"], late["Dagen te laat"], late["Traject"]) == (
        "Te laat",
        "3",
        "Voorbeeldplein",
    )
    assert late["Doen"]


def test_the_workload_is_exported_by_adviser_and_by_trajectory(client, coordinator):
    adviser = world.user("adviser", first_name="Jo", last_name="Jansen")
    world.trajectory().advisers.add(adviser)
    world.trajectory("van-niemand")

    assert [(row["Adviseur"], row["Trajecten"]) for row in sheet(client, "/werkverdeling/")] == [("Jo Jansen", "1")]
    assert column(client, "/werkverdeling/", "Korte naam", lijst="trajecten") == ["van-niemand"]
    assert column(client, "/werkverdeling/", "Korte naam", lijst="trajecten", adviseur=str(adviser.pk)) == [
        "voorbeeldplein"
    ]


# ---------- permissions


@pytest.mark.parametrize("address", ["/trajecten/", f"/wijken/{world.CENTRE}/"])
def test_an_outsider_gets_only_public_rows(client, address):
    world.trajectory()
    world.trajectory("nog-geheim", public=False)

    assert column(client, address, "Korte naam") == ["voorbeeldplein"]
    client.force_login(world.user("association_member", world.OUTSIDER))
    assert column(client, address, "Korte naam") == ["voorbeeldplein"]
    client.force_login(world.user("auditor"))
    assert sorted(column(client, address, "Korte naam")) == ["nog-geheim", "voorbeeldplein"]


def test_figures_count_only_visible_rows(client):
    overdue_obligation(world.trajectory(public=False))

    assert sheet(client, "/stad/") == []
    assert column(client, "/wijken/", "Trajecten die lopen of gaan beginnen") == ["0"]


@pytest.mark.parametrize("name", ["inbreng", "onbeantwoord", "afspraken"])
def test_exports_of_a_hidden_trajectory_give_404(client, name):
    world.trajectory(public=False)

    assert answer_of(client, PAGE, lijst=name).status_code == 404
    assert answer_of(client, f"{PAGE}geschiedenis/").status_code == 404


def test_staff_lists_are_exported_for_staff_only(client):
    for address in ("/deze-week/", "/werkverdeling/"):
        assert answer_of(client, address).status_code == 302
    client.force_login(world.user("adviser"))
    assert answer_of(client, "/werkverdeling/").status_code == 403
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert answer_of(client, "/deze-week/").status_code == 403


# ---------- requests and formats


def test_the_file_name_has_the_date_and_the_response_is_not_cached(client):
    world.trajectory()
    for kind, media_type in (("csv", "text/csv; charset=utf-8"), ("xlsx", "spreadsheetml.sheet")):
        response = answer_of(client, "/trajecten/", kind)
        assert response.headers["Content-Disposition"] == f'attachment; filename="trajecten-2026-04-20.{kind}"'
        assert response.headers["Content-Type"].endswith(media_type)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response.headers["Cache-Control"]
        response.close()


def test_head_returns_only_the_headers(client):
    response = client.head("/trajecten/?bestand=xlsx")

    assert response.status_code == 200
    assert "trajecten-2026-04-20.xlsx" in response.headers["Content-Disposition"]
    assert response.content == b""


@pytest.mark.parametrize("query", ["bestand=pdf", "bestand=csv&lijst=iets"])
def test_unknown_exports_give_404(client, query):
    assert client.get(f"/trajecten/?{query}").status_code == 404


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/trajecten/", {"wijk": "bestaat-niet"}),
        ("/moties/", {"stand": "weg"}),
        ("/stad/", {"van": "morgen"}),
        (PAGE, {"op": "gisteren", "lijst": "afspraken"}),
    ],
)
def test_an_invalid_filter_redirects_to_the_page_with_the_error(client, address, query):
    world.trajectory()

    response = answer_of(client, address, **query)

    assert response.headers["Content-Type"].startswith("text/html")
    assert "Content-Disposition" not in response.headers


@pytest.mark.parametrize(
    ("address", "whom"),
    [
        ("/trajecten/?zoek=plein", None),
        ("/moties/?zoek=plein", None),
        ("/toezeggingen/?zoek=plein", None),
        ("/regels/?zoek=bijeenkomst", None),
        ("/wijken/", None),
        (f"/wijken/{world.CENTRE}/", None),
        ("/stad/?van=2026-01-01", None),
        (INPUT, None),
        (AGREEMENTS, None),
        (f"{PAGE}geschiedenis/?deel=stand", None),
        ("/deze-week/", "coordinator"),
        ("/werkverdeling/", "coordinator"),
    ],
)
def test_each_page_links_to_its_exports(client, address, whom):
    square = world.trajectory()
    world.contribution(square)
    obligation = overdue_obligation(square)
    world.transition(obligation)
    world.motion(title="Plein")
    world.commitment(text="Plein")
    if whom:
        client.force_login(world.user(whom))

    html = get_html(client, address, headers={"Accept-Language": "nl"})

    found = re.findall(r'rel="nofollow" href="([^"]*bestand=(?:csv|xlsx)[^"]*)"', html)
    assert len(found) >= 2
    path, _mark, query = address.partition("?")
    for href in found:
        href = href.replace("&amp;", "&")
        assert all(part in href for part in query.split("&"))
        response = client.get(path + href)
        assert "attachment" in response.headers["Content-Disposition"], href
        response.close()


def test_export_links_name_their_list_for_screen_readers(client):
    world.contribution(world.trajectory())

    result = " ".join(strip_tags(get_html(client, INPUT, headers={"Accept-Language": "nl"})).split())

    assert "De inbreng downloaden: CSV (De inbreng) Excel (De inbreng)" in result


# ---------- number of queries


def _more(*numbers):
    """Create this number of trajectories with a motion, a commitment and a neighbourhood, and contributions to one."""
    for number in numbers:
        square = world.trajectory(f"plein-{number}", f"wijk-{number}")
        world.step(square)
        world.transition(overdue_obligation(square))
        world.motion(f"21.{number}")
        world.commitment(f"T-{number}")
        world.contribution(Trajectory.objects.get(slug="plein-0"), f"c{number}")


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/trajecten/", {}),
        ("/moties/", {}),
        ("/toezeggingen/", {}),
        ("/wijken/", {}),
        ("/stad/", {}),
        ("/trajecten/plein-0/", {"lijst": "inbreng"}),
        ("/trajecten/plein-0/geschiedenis/", {}),
        ("/deze-week/", {}),
        ("/werkverdeling/", {"lijst": "trajecten"}),
    ],
)
def test_fifty_rows_take_as_many_queries_as_one(client, coordinator, address, query):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            found = sheet(client, address, **query)
        return len(found), len(queries)

    _more(0)
    few, queries = count_queries()
    _more(*range(1, 50))
    many, queries_of_many = count_queries()

    assert few >= 1
    assert many > few or address == "/stad/"
    assert queries_of_many <= queries
