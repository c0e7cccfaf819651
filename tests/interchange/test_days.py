"""Dates in the formats of other systems: every importer reads the unambiguous ones, and refuses the others."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from participation.interchange.dates import NotADate
from participation.interchange.days import read_day
from participation.interchange.go_vocal.columns import day_in_amsterdam
from participation.interchange.register.values import Unreadable, day_of

THIRD = date(2026, 11, 3)


@pytest.mark.parametrize(
    "typed",
    [
        *("3-11-2026", "03-11-2026", "3.11.2026", "03.11.2026", "2026-11-03", "2026/11/03", "2026.11.03", "20261103"),
        *("3 nov 2026", "3 nov. 2026", "3-nov-2026", "03-nov.-2026", "03/Nov/2026", "2026-Nov-03", "Nov 3 2026"),
        *("November 3, 2026", "3 november 2026", "3rd of November 2026", "46329", "46329.8125", "46329,5"),
        *("dinsdag 3-11-2026", "di 3 nov 2026", "di. 3 nov. 2026", "Tuesday, 3 November 2026", "Tue, 3 Nov 2026"),
        *(
            "3-11-2026 19:30",
            "3-11-2026 0:00:00",
            "3-11-2026 om 19.30 uur",
            "3 november 2026, 19:30 uur",
            "3-11-2026 20 uur",
        ),
        *("2026-11-03T19:30:00", "2026-11-03 19:30:00.000", "2026-11-03T19:30", "20261103T193000"),
        *("Nov 3 2026 12:00AM", "Nov  3 2026  7:30PM", "3-11-2026 7:30 p.m.", "3-11-2026 24:00"),
        *("2026-11-03T19:30:00.000Z", "2026-11-03 19:30:00+01:00", "2026-11-03T19:30:00.1234567Z"),
        *("Tue, 3 Nov 2026 19:30:00 +0100", "Tue Nov  3 19:30:00 CET 2026", "Tue Nov  3 19:30:00 2026"),
        # Amsterdam is an hour ahead of UTC.
        *("2026-11-02T23:30:00Z", "2026-11-02 23:00 UTC", "20261102T233000Z", "2026-11-03T22:59:59+00:00"),
        *("2026-11-03T23:59:59+02:00", "2026-11-03T05:30:00+05:30"),
    ],
)
def test_an_unambiguous_date_is_parsed_by_every_importer(typed):
    assert (read_day(typed).when.precision, read_day(typed).when.latest) == ("day", THIRD)
    assert day_of(typed).latest == THIRD
    assert ":" not in typed or day_in_amsterdam(typed, utc=False) == "2026-11-03"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        *(
            (text, "four figures")
            for text in ("3-11-26", "03/11/26", "3 nov '26", "03-nov-26", "03-nov.-26", "26-11-03")
        ),
        *(
            (text, "2026-03-11 and 2026-11-03")
            for text in ("11/3/2026", "11/03/2026 0:00:00", "no later than 11 / 3 / 2026")
        ),
        *((text, "not in the calendar") for text in ("31-2-2026", "2026-13-01", "2026-13", "9999-12-31T23:59:59Z")),
        *((text, "not a day in the calendar") for text in ("60", "0", "12345", "500.5", "1234567", "9" * 250)),
        *((text, "Write for example") for text in ("3-11-2026 25:00", "3-11-2026 13:00 pm", "binnenkort", "x" * 301)),
        ("maandag 3-11-2026", "another day of the week"),
        ("2026-11-03T10:00:00+99:00", "Write for example"),
    ],
)
def test_an_ambiguous_or_invalid_date_is_rejected_with_a_notation(typed, message):
    with translation.override("en"), pytest.raises(NotADate) as refused:
        read_day(typed)
    with translation.override("en"):
        assert message in str(refused.value.message) % refused.value.params


@pytest.mark.parametrize("typed", ["13/3/2026", "3/3/2026", "uiterlijk 17/3/2026", "2026", "2026-11", "week 27 2026"])
def test_common_dutch_and_english_date_notations_are_parsed(typed):
    assert read_day(typed).when.problem() is None
    assert read_day(typed).note == ""


def test_an_excel_serial_number_is_converted_with_a_note():
    assert "3-11-2025" in read_day("45964").note
    notes = []
    assert day_of("45964", notes.append).latest == date(2025, 11, 3)
    assert notes == [read_day("45964").note]


def test_a_timestamp_without_a_zone_is_in_the_zone_of_the_platform():
    assert day_in_amsterdam("2026-11-02 23:30:00", utc=True) == "2026-11-03"
    assert day_in_amsterdam("2026-11-02 23:30:00", utc=False) == "2026-11-02"
    assert day_in_amsterdam("morgen: misschien", utc=True) == "morgen: misschien"


@given(st.datetimes(datetime(1990, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)), st.integers(-12, 14))  # noqa: DTZ001
def test_a_timestamp_becomes_its_date_in_amsterdam(moment, hours):
    local = moment.astimezone(ZoneInfo("Europe/Amsterdam"))
    away = moment + timedelta(hours=hours)
    assert read_day(moment.isoformat()).when.latest == local.date()
    assert read_day(f"{away:%-d-%-m-%Y %H:%M}{hours:+03d}:00").when.latest == local.date()
    assert read_day(f"{moment:%b %-d %Y %I:%M:%S %p} GMT").when.latest == local.date()


@given(st.one_of(st.text(max_size=40), st.from_regex(re.compile(r"[0-9a-z :./,'+-]{1,30}"), fullmatch=True)))
def test_any_cell_is_a_date_or_is_rejected(typed):
    with contextlib.suppress(NotADate):
        assert read_day(typed).when.problem() is None
    with contextlib.suppress(Unreadable):
        day_of(typed)


@pytest.mark.parametrize(
    "pump", ["3 of ", "(\u201c", "van 3 tot ", "1-", "a ", "- ", "19:30 ", "1/2/2026 ", "maandag "]
)
def test_a_long_text_is_rejected_quickly(pump):
    began = process_time()
    for text in (pump * (290 // len(pump)), pump * 100_000):
        with pytest.raises(NotADate):
            read_day(text)
    assert process_time() - began < 2
