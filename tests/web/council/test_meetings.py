"""The packs of a meeting, as a page and as PDF."""

from __future__ import annotations

import pytest

from participation.interchange.archive.pdf import PdfUnavailableError
from participation.models import Trajectory
from participation.web.council import meetings
from tests import world
from tests.web.council.council_samples import decision, full_trajectory, queries_of, text_of
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MEETING = "/raadsvergaderingen/2026-05-07/"
#: For the page: its packs are each read from the history of their trajectory.
MAX_QUERIES = 60
PDF = f"{MEETING}raadsstukken.pdf"
PAST = "/raadsvergaderingen/2026-03-12/"


@pytest.fixture
def meeting():
    world.organisation(world.COUNCIL, name="Gemeenteraad")
    for slug in ("plein", "weg"):
        decision(world.trajectory(slug), body=world.COUNCIL)
    decision(world.trajectory("park"), "nota", body="committee", kind="briefing")
    decision(world.trajectory("later"), day="2026-05-08")
    decision(world.trajectory("intern", public=False), body=world.COUNCIL)


def test_the_councils_page_leads_to_the_packs_of_a_meeting(client, meeting):
    html = get_html(client, "/raad/")
    assert f'<a href="{MEETING}?orgaan={world.COUNCIL}">7 mei 2026: Gemeenteraad</a>' in html
    html = get_html(client, f"{MEETING}?orgaan={world.COUNCIL}")
    assert "<h1>Vergadering van 7 mei 2026: Gemeenteraad</h1>" in html
    assert [slug for slug in ("Plein", "Weg", "Park", "Later", "Intern") if f">{slug}</h2>" in html] == ["Plein", "Weg"]
    assert html.count("Vragen die hieruit volgen") == 2
    assert f'href="{PDF}?orgaan={world.COUNCIL}"' in html


def test_the_pages_name_the_command_that_makes_them_again(client, meeting):
    text = text_of(get_html(client, f"{MEETING}?orgaan={world.COUNCIL}&op=2026-04-10"))
    assert f"manage.py council_pack --meeting 2026-05-07 --body {world.COUNCIL} --on 2026-04-10 --known-at" in text
    assert "--output raadsstukken-2026-05-07.pdf" in text
    assert "manage.py council_pack plein --on 2026-04-10" in text
    assert "niet openbaar" not in text


def test_without_a_body_all_meetings_of_the_day_are_shown(client, meeting):
    html = get_html(client, MEETING)
    assert [slug for slug in ("Plein", "Weg", "Park", "Later") if f">{slug}</h2>" in html] == ["Plein", "Weg", "Park"]


def test_staff_also_read_what_is_not_public_and_that_the_command_leaves_it_out(client, meeting):
    client.force_login(world.user("auditor"))
    html = get_html(client, MEETING)
    assert ">Intern</h2>" in html
    assert "Wat niet openbaar is, blijft daar buiten" in html


@pytest.mark.parametrize(
    "address",
    [
        *("/raadsvergaderingen/2026-05-09/", "/raadsvergaderingen/morgen/", "/raadsvergaderingen/20260507/"),
        *("/raadsvergaderingen/2026-02-30/", f"{MEETING}?orgaan=verzonnen", f"{PDF}?orgaan=verzonnen"),
    ],
)
def test_a_day_without_a_decision_is_not_found(client, meeting, address):
    assert client.get(address).status_code == 404


def test_a_month_is_no_meeting_but_its_decisions_are_listed(client):
    made = world.trajectory()
    decision(made).__class__.objects.update(planned=world.between("2026-05-01", "2026-05-31", "month", "mei 2026"))
    html = get_html(client, "/raad/")
    assert "/trajecten/voorbeeldplein/raadsstuk/?stap=besluit" in html
    assert "raadsvergaderingen" not in html
    assert client.get("/raadsvergaderingen/2026-05-31/").status_code == 404


def test_before_anything_was_recorded_neither_a_pdf_nor_a_command_is_offered(client, meeting):
    Trajectory.history.update(history_date=world.moment("2026-04-02 10:00"))
    Trajectory.history.filter(slug="weg").update(history_date=world.moment("2026-04-09 10:00"))

    text = text_of(html := get_html(client, f"{MEETING}?bekend=2020-01-01&op=2020-01-01"))

    assert "Op 1 januari 2020 was over deze vergadering nog niets vastgelegd." in text
    assert "Het eerste is vastgelegd op 2 april 2026." in text
    assert "was dit traject nog niet vastgelegd. Het is vastgelegd sinds 9 april 2026." in text
    assert f'href="{MEETING}?op=2020-01-01"' in html
    assert "raadsstukken" not in html
    assert "manage.py" not in text
    assert client.get(f"{PDF}?bekend=2020-01-01&op=2020-01-01").status_code == 404
    # From the day on which the first was recorded, they are.
    html = get_html(client, f"{MEETING}?bekend=2026-04-02&op=2026-04-02")
    assert "raadsstukken.pdf" in html
    assert "--meeting 2026-05-07" in html
    assert "over deze vergadering nog niets" not in html


def test_where_only_what_is_not_public_was_recorded_there_is_a_pdf_and_no_command(client, meeting):
    Trajectory.history.filter(slug="intern").update(history_date=world.moment("2026-04-02 10:00"))
    client.force_login(world.user("auditor"))
    html = get_html(client, f"{MEETING}?bekend=2026-04-02&op=2026-04-02")
    assert "raadsstukken.pdf" in html
    assert "--meeting" not in html


@pytest.fixture
def past():
    """A meeting on 12 March 2026: what is due before a decision on its bridge is recorded on 1 March."""
    world.organisation(world.COUNCIL, name="Gemeenteraad")
    made = world.trajectory("brug")
    step = decision(made, day="2026-03-12", body=world.COUNCIL)
    for row in (made, step):
        row.history.update(history_date=world.moment("2026-03-01 10:00"))
    return made


def test_a_past_meeting_opens_as_it_was_on_its_own_day(client, past):
    world.record(past, "2026-04-01 10:00", title="Brug en kade")
    world.contribution(past).history.update(history_date=world.moment("2026-04-01 10:00"))

    html = get_html(client, PAST)

    assert "U ziet de stand op de dag van de vergadering, met wat toen was vastgelegd." in html
    assert f'href="{PAST}?op=2026-04-20">Bekijk de stand van vandaag</a>' in html
    assert "De stand op 12 maart 2026, met wat was vastgelegd tot 12 maart 2026" in text_of(html)
    assert "Er is geen inbreng vastgelegd." in html
    days = "op=2026-03-12&amp;bekend=2026-03-12"
    assert f'href="{PAST}raadsstukken.pdf?{days}"' in html
    assert f'href="/trajecten/brug/raadsstuk/?stap=besluit&amp;{days}"' in html
    assert "manage.py council_pack --meeting 2026-03-12 --on 2026-03-12 --known-at 2026-03-12" in html
    html = get_html(client, f"{PAST}?op=2026-04-20")
    assert "U ziet de stand op de dag" not in html
    assert "1 keer inbreng" in html


def test_a_past_meeting_that_was_recorded_later_opens_as_today_and_says_so(client, past):
    past.history.update(history_date=world.moment("2026-03-13 10:00"))

    html = get_html(client, PAST)

    assert "Op de dag van de vergadering was hier nog niets vastgelegd. Daarom ziet u de stand van vandaag." in html
    other = f"{PAST}?op=2026-03-12"
    assert f'href="{other}">Bekijk de stand op de dag van de vergadering, met alles wat nu is vastgelegd</a>' in html
    assert "De stand op 20 april 2026" in text_of(html)
    html = get_html(client, other)
    assert "Daarom ziet u de stand van vandaag" not in html
    assert "De stand op 12 maart 2026" in text_of(html)


def test_the_pdf_of_a_past_meeting_is_of_the_same_days_as_its_page(client, past, monkeypatch):
    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", lambda html: html.encode())
    assert "De stand op 12 maart 2026" in text_of(client.get(f"{PAST}raadsstukken.pdf").content.decode())


def test_a_pack_of_before_the_trajectory_was_recorded_says_since_when_it_is(client, past):
    html = get_html(client, "/trajecten/brug/raadsstuk/?stap=besluit&op=2026-02-01&bekend=2026-02-01")
    assert "was dit traject nog niet vastgelegd. Het is vastgelegd sinds 1 maart 2026." in html
    other = "/trajecten/brug/raadsstuk/?stap=besluit&amp;op=2026-02-01"
    assert f'href="{other}">De stand op die dag, met alles wat nu is vastgelegd</a>' in html
    assert "raadsstuk.pdf" not in html


def test_the_council_in_general_and_the_only_council_of_the_town_meet_at_once(client, meeting):
    world.organisation("raad-elders", kind="council", municipality="oegstgeest")
    decision(world.trajectory("kade"), "kade", body="council")
    html = get_html(client, "/raad/")
    assert html.count("7 mei 2026: Gemeenteraad") == 1
    assert ": council" not in html
    assert "7 mei 2026: raadscommissie" in html
    html = get_html(client, f"{MEETING}?orgaan={world.COUNCIL}")
    assert [slug for slug in ("Plein", "Weg", "Kade", "Park") if f">{slug}</h2>" in html] == ["Plein", "Weg", "Kade"]


def test_without_one_council_of_the_town_a_meeting_has_the_name_of_its_kind(client):
    for slug in ("raad-a", "raad-b"):
        world.organisation(slug, kind="council", municipality="leiden")
    decision(world.trajectory("kade"), "kade", body="council")
    assert "7 mei 2026: gemeenteraad</a>" in get_html(client, "/raad/")
    assert "<h1>Vergadering van 7 mei 2026: gemeenteraad</h1>" in get_html(client, f"{MEETING}?orgaan=council")


def test_the_packs_are_one_pdf(client, meeting, monkeypatch):
    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", lambda html: html.encode())
    response = client.get(f"{PDF}?orgaan={world.COUNCIL}")
    assert response.headers["Content-Disposition"] == 'attachment; filename="raadsstukken-2026-05-07.pdf"'
    html = response.content.decode()
    assert [slug for slug in ("Plein", "Weg", "Park", "Intern") if f"<h1>{slug}</h1>" in html] == ["Plein", "Weg"]
    head = client.head(PDF)
    assert (head.status_code, head.content) == (200, b"")


def test_a_machine_that_makes_no_pdf_says_so(client, meeting, monkeypatch):
    def fails(_html):
        raise PdfUnavailableError("no Pango")

    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", fails)
    assert client.get(PDF).status_code == 503


def test_a_page_and_a_pdf_have_a_bound(client, meeting, monkeypatch):
    monkeypatch.setattr(meetings, "PACKS_PER_PAGE", 2)
    monkeypatch.setattr(meetings, "MAX_PACKS", 2)
    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", lambda html: html.encode())
    html = get_html(client, MEETING)
    assert html.count("Vragen die hieruit volgen") == 2
    assert "In de PDF staan de eerste 2" in html
    assert get_html(client, f"{MEETING}?pagina=2").count("Vragen die hieruit volgen") == 1
    assert client.get(PDF).content.decode().count('<section class="pack">') == 2


def test_the_packs_of_five_trajectories_take_as_many_queries_as_one(client):
    world.organisation(world.COUNCIL)
    full_trajectory(0)
    one = queries_of(client, MEETING)
    for number in range(1, meetings.PACKS_PER_PAGE):
        full_trajectory(number)
    assert queries_of(client, MEETING) == one


def test_fifty_decisions_take_no_more_queries_than_one_page_of_them(client):
    world.organisation(world.COUNCIL)
    for number in range(meetings.PACKS_PER_PAGE + 1):
        full_trajectory(number)
    few = queries_of(client, MEETING)
    for number in range(meetings.PACKS_PER_PAGE + 1, 50):
        full_trajectory(number)

    assert queries_of(client, MEETING) == few <= MAX_QUERIES
