"""Calendars, feeds and badges for other programs, parsed with the libraries that such programs use."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import feedparser
import pytest
from defusedxml import ElementTree
from django.db import connection
from django.db.models import TextField, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from participation import models
from participation.compliance.dates import ImpreciseDate
from tests import world

pytestmark = pytest.mark.django_db

PAGE = "/trajecten/voorbeeldplein"
NEIGHBOURHOOD_URL = f"/wijken/{world.CENTRE}"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SVG = "{http://www.w3.org/2000/svg}"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def square():
    return world.trajectory()


def events(client, address=f"{PAGE}/agenda.ics?taal=nl"):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    assert calendar.errors == []
    found = {}
    for event in calendar.walk("VEVENT"):
        assert event.errors == []
        found[str(event["UID"])] = event
    assert len(found) == len(calendar.walk("VEVENT"))
    return found


def event(client, sort="stap", ref="s1"):
    return events(client)[f"{sort}-{ref}.voorbeeldplein@localhost"]


def feed(client, address=f"{PAGE}/nieuws.atom?taal=nl"):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/atom+xml")
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    return parsed


# ---------- calendars


def test_a_meeting_is_a_calendar_event_at_its_time_in_amsterdam(client, square):
    world.step(square, title="Bewonersavond")
    found = event(client)
    assert found.start == datetime.combine(date(2026, 3, 20), time(19, 30), AMSTERDAM)
    assert found.end == datetime.combine(date(2026, 3, 20), time(21, 0), AMSTERDAM)
    assert str(found["SUMMARY"]) == "Bewonersavond (bijeenkomst) – Voorbeeldplein"
    assert str(found["STATUS"]) == "CONFIRMED"
    assert str(found["URL"]).endswith(f"{PAGE}/")


def test_an_event_past_midnight_ends_on_the_next_day(client, square):
    world.step(square, starts_at=time(21, 0), ends_at=time(0, 30))
    found = event(client)
    assert found.start == datetime.combine(date(2026, 3, 20), time(21, 0), AMSTERDAM)
    assert found.end == datetime.combine(date(2026, 3, 21), time(0, 30), AMSTERDAM)


def test_a_meeting_says_in_the_calendar_where_it_is_and_how_to_join(client, square):
    world.step(
        square,
        place_name="Buurthuis Matilo",
        place_address="Zaanstraat 126, Leiden",
        place_accessible=False,
        place_online_url="https://meet.example.org/plein",
        sign_up_url="https://example.org/aanmelden",
        description="U kiest\nuit drie schetsen.",
    )
    found = event(client)
    assert str(found["LOCATION"]) == "Buurthuis Matilo, Zaanstraat 126, Leiden"
    assert str(found["URL"]) == "https://meet.example.org/plein"
    described = str(found["DESCRIPTION"]).splitlines()
    assert described[:5] == [
        "U kunt er niet met een rolstoel komen.",
        "Aanmelden: https://example.org/aanmelden",
        "Doe online mee: https://meet.example.org/plein",
        "U kiest",
        "uit drie schetsen.",
    ]
    assert described[-1].endswith(f"{PAGE}/")


def test_without_a_place_the_calendar_names_none_and_links_to_the_page(client, square):
    world.step(square)
    assert "LOCATION" not in event(client)
    world.step(square, "s2", place_online_url="https://meet.example.org/plein")
    assert str(event(client, ref="s2")["LOCATION"]) == "https://meet.example.org/plein"


def test_what_is_cancelled_does_not_say_how_to_join(client, square):
    world.step(square, cancelled=True, sign_up_url="https://example.org/aanmelden", description="Drie schetsen")
    described = str(event(client)["DESCRIPTION"])
    assert "aanmelden" not in described
    assert "Drie schetsen" not in described


def test_uncleaned_stored_text_breaks_no_feed_or_badge(client, square):
    world.step(square, planned=world.on(str(timezone.localdate() + timedelta(days=9))))
    dirty = Value("Avond\x0bover \x01 groen\ufffe \u2028\x85", output_field=TextField())
    # Written without the columns' clean-up, as earlier rows were; also in the history, which the feed reads.
    for rows in (models.Trajectory.objects, models.Step.objects, models.Trajectory.history, models.Step.history):
        rows.update(title=dirty)

    assert [str(each["SUMMARY"]) for each in events(client).values()] == [
        "Avond over groen (bijeenkomst) – Avond over groen"
    ]
    assert len(events(client, f"{NEIGHBOURHOOD_URL}/agenda.ics?taal=nl")) == 1
    assert feed(client).entries
    assert feed(client, f"{NEIGHBOURHOOD_URL}/nieuws.atom?taal=nl").entries
    badge = ElementTree.fromstring(client.get(f"{PAGE}/stand.svg?taal=nl").content)
    assert badge.find(f"{SVG}title").text.startswith("Avond over")


@pytest.mark.parametrize("planned", [True, False])
def test_the_calendar_contains_its_time_zone_definition_even_without_events(client, square, planned):
    if planned:
        world.step(square)
    calendar = Calendar.from_ical(client.get(f"{PAGE}/agenda.ics").content)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Amsterdam"]
    assert calendar.get_missing_tzids() == set()
    assert bool(calendar.events) is planned


@pytest.mark.parametrize("year", [1999, 2026, 2037, 2038, 2039, 2060])
def test_the_time_zone_of_the_calendar_is_that_of_amsterdam_also_after_2038(client, square, year):
    world.step(square)
    zone = Calendar.from_ical(client.get(f"{PAGE}/agenda.ics").content).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(0, 365 * 24, 6)]
    moments = [moment.astimezone(ZoneInfo("Europe/Amsterdam")).replace(tzinfo=None) for moment in hours]

    assert [moment.replace(tzinfo=zone).utcoffset() for moment in moments] == [
        moment.replace(tzinfo=ZoneInfo("Europe/Amsterdam")).utcoffset() for moment in moments
    ]


def test_a_date_without_a_time_is_an_all_day_event(client, square):
    world.step(square, starts_at=None, ends_at=None)
    found = event(client)
    assert (found.start, found.end) == (date(2026, 3, 20), date(2026, 3, 21))


def test_imprecise_dates_are_all_day_events_labelled_as_uncertain(client, square):
    world.step(square, planned=world.between("2026-03-11", "2026-03-20", "month_part", "medio maart"))
    found = event(client)
    assert (found.start, found.end) == (date(2026, 3, 11), date(2026, 3, 21))
    assert (str(found["STATUS"]), str(found["TRANSP"])) == ("TENTATIVE", "TRANSPARENT")
    assert "Dit is niet één precieze dag: medio maart 2026." in str(found["DESCRIPTION"])


def test_unscheduled_steps_are_not_in_the_calendar(client, square):
    world.step(square, planned=None)
    world.step(square, "s2", planned=ImpreciseDate(None, None, "unscheduled"))
    assert events(client) == {}


def test_a_done_step_is_on_the_day_it_was_done(client, square):
    world.step(square, done=world.on("2026-03-21"))
    assert event(client).start.date() == date(2026, 3, 21)


def test_a_cancelled_step_is_a_cancelled_event(client, square):
    world.step(square, cancelled=True)
    assert str(event(client)["STATUS"]) == "CANCELLED"


def test_the_last_day_to_participate_is_a_separate_event(client, square):
    world.step(square, method="survey", title="Vragenlijst", closes=world.on("2026-04-03"))
    found = event(client, "sluit")
    assert (found.start, found.end) == (date(2026, 4, 3), date(2026, 4, 4))
    assert str(found["SUMMARY"]).startswith("Laatste dag om mee te doen: Vragenlijst")
    assert "Meedoen kan tot en met 3 april 2026." in str(event(client)["DESCRIPTION"])


def test_moving_a_step_updates_the_same_event_with_a_higher_sequence(client, square):
    row = world.step(square)
    row.history.update(history_date=world.moment("2026-03-01T10:00"))
    before = event(client)
    world.record(row, "2026-03-02T10:00", planned=world.on("2026-03-27"))
    after = event(client)
    assert before["UID"] == after["UID"]
    assert (int(before["SEQUENCE"]), int(after["SEQUENCE"])) == (0, 1)
    assert (world.moment("2026-03-01T10:00"), world.moment("2026-03-02T10:00")) == (before.DTSTAMP, after.DTSTAMP)


def test_special_characters_in_names_are_escaped(client, square):
    world.step(square, "s/1; x", title="Avond; met, komma\\ en\nregel" + " lang" * 40)
    (uid,) = events(client)
    assert uid == "stap-s%2F1%3B%20x.voorbeeldplein@localhost"


def test_a_neighbourhood_calendar_has_the_dates_of_its_public_trajectories(client, square):
    world.step(square)
    world.step(world.trajectory("steeg"))
    world.step(world.trajectory("geheim", public=False))
    world.step(world.trajectory("plas", world.LAKES))
    found = events(client, f"{NEIGHBOURHOOD_URL}/agenda.ics")
    assert {uid.partition(".")[2] for uid in found} == {"voorbeeldplein@localhost", "steeg@localhost"}


# ---------- feeds


def recorded(square):
    row = world.step(square, title="Bewonersavond")
    row.history.update(history_date=timezone.now() - timedelta(days=3))
    square.history.update(history_date=timezone.now() - timedelta(days=200))
    return row


def test_a_feed_has_changes_with_stable_ids(client, square):
    row = recorded(square)
    first = feed(client)
    (entry,) = first.entries
    assert entry.title.startswith("Gepland: Bewonersavond (bijeenkomst)")
    assert entry.id.startswith("tag:localhost,")
    assert entry.link.endswith(f"{PAGE}/plan/#tijdlijn")
    assert first.feed.id == f"http://localhost:8000{PAGE}/"
    self_link = next(link for link in first.feed.links if link.rel == "self")
    assert self_link.href == f"http://localhost:8000{PAGE}/nieuws.atom?taal=nl"
    row.cancelled = True
    row.save()
    second = feed(client)
    assert len(second.entries) == 2
    assert second.entries[1].id == entry.id
    assert second.feed.updated > first.feed.updated


def test_a_feed_without_changes_has_the_date_of_its_trajectory(client, square):
    square.history.update(history_date=world.moment("2025-01-02T10:00"))
    found = feed(client)
    assert found.entries == []
    assert found.feed.updated.startswith("2025-01-02T10:00")


def test_the_feed_of_a_neighbourhood_excludes_private_trajectories(client, square):
    recorded(square)
    recorded(world.trajectory("geheim", public=False))
    assert {entry.title.partition(":")[0] for entry in feed(client, f"{NEIGHBOURHOOD_URL}/nieuws.atom?taal=nl").entries}
    assert "Geheim" not in client.get(f"{NEIGHBOURHOOD_URL}/nieuws.atom").content.decode()


def test_markup_in_user_text_is_escaped(client, square):
    recorded(square)
    response = {"outcome": "adopted", "response": "<img src=x onerror=alert(2)>"}
    world.contribution(square, summary="<script>alert(1)</script> & zo", **response)
    raw = client.get(f"{PAGE}/nieuws.atom?taal=nl").content.decode()
    root = ElementTree.fromstring(raw)
    (entry,) = [e for e in root.iter(f"{ATOM}entry") if "alert(1)" in e.find(f"{ATOM}title").text]
    assert "<script>alert(1)</script> & zo" in entry.find(f"{ATOM}title").text
    assert entry.find(f"{ATOM}title").attrib.get("type", "text") == "text"
    summary = entry.find(f"{ATOM}summary")
    assert (summary.attrib["type"], "&lt;img src=x onerror=alert(2)&gt;" in summary.text) == ("html", True)
    assert "<img" not in summary.text


# ---------- badges


def badge(client, language="nl"):
    response = client.get(f"{PAGE}/stand.svg?taal={language}")
    assert response["Content-Type"] == "image/svg+xml"
    root = ElementTree.fromstring(response.content)
    assert root.attrib["role"] == "img"
    title = root.find(f"{SVG}title")
    assert root.attrib["aria-labelledby"] == title.attrib["id"]
    return response, title.text


@pytest.mark.parametrize(
    ("overdue", "language", "text"),
    [
        (0, "nl", "niets te laat"),
        (1, "nl", "1 punt te laat"),
        (2, "nl", "2 punten te laat"),
        (2, "en", "2 points overdue"),
    ],
)
def test_a_badge_shows_the_status_in_neutral_words(client, square, overdue, language, text):
    for number in range(overdue):
        world.obligation(trajectory=square, subject=f"s{number}")
    assert badge(client, language)[1] == f"Voorbeeldplein: {text}"


def test_a_badge_of_a_retrospective_trajectory_has_no_counts(client, square):
    world.obligation(trajectory=square)
    models.Trajectory.objects.update(retrospective=True)
    assert badge(client)[1] == "Voorbeeldplein: terugblik"


def test_a_badge_may_be_embedded_on_any_site(client, square):
    response, _title = badge(client)
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "<script" not in response.content.decode()


def test_a_badge_escapes_special_characters_in_titles(client, square):
    models.Trajectory.objects.update(title='Plein "A" & <b>')
    assert badge(client)[1].startswith('Plein "A" & <b>: ')


# ---------- all formats

ADDRESSES = [
    f"{PAGE}/agenda.ics",
    f"{NEIGHBOURHOOD_URL}/agenda.ics",
    f"{PAGE}/nieuws.atom",
    f"{NEIGHBOURHOOD_URL}/nieuws.atom",
    f"{PAGE}/stand.svg",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_responses_are_cacheable_and_unchanged_ones_give_304(client, square, address):
    recorded(square)
    first = client.get(address)
    assert "public" in first["Cache-Control"]
    assert "max-age=900" in first["Cache-Control"]
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    world.obligation(trajectory=square)
    world.step(square, "s2")
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_private_and_unknown_trajectories_give_404(client, square, address):
    models.Trajectory.objects.update(public=False)
    models.Neighbourhood.objects.update(slug="elders")
    client.force_login(world.user("coordinator"))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_reading_is_allowed(client, square, address):
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("address", [ADDRESSES[1], ADDRESSES[3]])
def test_fifty_trajectories_take_as_many_queries_as_one(client, square, address):
    counts = []
    for more in (0, 49):
        for number in range(more):
            recorded(world.trajectory(f"plein-{number}"))
        if not more:
            recorded(square)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30


@pytest.mark.parametrize(("taal", "expected"), [("nl", "Gepland"), ("en", "Planned")])
def test_the_language_is_determined_by_the_url(client, square, taal, expected):
    recorded(square)
    response = client.get(
        f"{PAGE}/nieuws.atom?taal={taal}", headers={"accept-language": "en" if taal == "nl" else "nl"}
    )
    assert expected in response.content.decode()
    assert response["Content-Language"] == taal


def test_a_dutch_feed_names_the_version_of_a_document_in_dutch(client, square):
    square.history.update(history_date=timezone.now() - timedelta(days=200))
    world.document(square, version="2")
    described = feed(client, f"{PAGE}/nieuws.atom?taal=nl").entries

    assert "(versie 2)" in " ".join(entry.title for entry in described)
