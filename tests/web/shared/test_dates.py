"""Dates are accepted as people write them, and the text in a form is parsed to the same date."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from participation.compliance.dates import DATELESS, SINGLE_DAY, ImpreciseDate
from participation.compliance.vocabulary import PRECISIONS
from participation.interchange.dates import NotADate, parse_imprecise_date
from participation.web.shared.dates import NaturalDateField, format_date_input

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
PRINTED = st.one_of(
    st.sampled_from(
        ["", "Medio juni", "Uiterlijk 17/3", "16/3 of 17/3", "{", "2026-03-20", "x (“y”)", 'a ("b"', "20 mrt"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30),
)


@st.composite
def imprecise_dates(draw: st.DrawFn) -> ImpreciseDate:
    """Return a strategy for every date that a dossier may contain."""
    precision, text = draw(st.sampled_from(PRECISIONS)), draw(PRINTED)
    if precision in DATELESS:
        return ImpreciseDate(None, None, precision, text)
    first, last = sorted((draw(DAYS), draw(DAYS)))
    if precision in SINGLE_DAY:
        first = last
    if precision == "not_later_than" and draw(st.booleans()):
        return ImpreciseDate(None, last, precision, text)
    return ImpreciseDate(first, last, precision, text)


@given(imprecise_dates(), st.sampled_from(["nl", "en"]))
@example(ImpreciseDate(date(2026, 6, 11), date(2026, 6, 20), "month_part"), "en")
@example(ImpreciseDate(date(2026, 6, 11), date(2026, 6, 20), "month_part", "Medio juni"), "nl")
@example(ImpreciseDate(None, date(2017, 3, 17), "not_later_than", "Uiterlijk 17/3"), "nl")
@example(ImpreciseDate(date(2026, 6, 1), date(2026, 6, 1), "day", "twee\nregels"), "nl")
def test_a_date_shown_in_a_form_is_read_back_unchanged(when, language):
    field = NaturalDateField()

    with translation.override(language):
        shown = field.prepare_value(when)

        assert "\n" not in shown
        assert field.clean(shown) == when
        assert not field.has_changed(when, shown)


TYPED = [
    ("20-3-2026", "2026-03-20", "2026-03-20", "day"),
    ("20/03/2026", "2026-03-20", "2026-03-20", "day"),
    ("20.3.2026", "2026-03-20", "2026-03-20", "day"),
    ("2026-03-20", "2026-03-20", "2026-03-20", "day"),
    ("20 maart 2026", "2026-03-20", "2026-03-20", "day"),
    ("20  Mrt. 2026", "2026-03-20", "2026-03-20", "day"),
    ("vrijdag 20 maart 2026", "2026-03-20", "2026-03-20", "day"),
    ("20 March 2026", "2026-03-20", "2026-03-20", "day"),
    ("March 20, 2026", "2026-03-20", "2026-03-20", "day"),
    ("20th of March 2026", "2026-03-20", "2026-03-20", "day"),
    ("maart 2026", "2026-03-01", "2026-03-31", "month"),
    ("3-2026", "2026-03-01", "2026-03-31", "month"),
    ("februari 2028", "2028-02-01", "2028-02-29", "month"),
    ("december 2026", "2026-12-01", "2026-12-31", "month"),
    ("begin juni 2026", "2026-06-01", "2026-06-10", "month_part"),
    ("medio juni 2026", "2026-06-11", "2026-06-20", "month_part"),
    ("half juni 2026", "2026-06-11", "2026-06-20", "month_part"),
    ("eind februari 2026", "2026-02-21", "2026-02-28", "month_part"),
    ("mid-June 2026", "2026-06-11", "2026-06-20", "month_part"),
    ("end of June 2026", "2026-06-21", "2026-06-30", "month_part"),
    ("16 of 17 maart 2017", "2017-03-16", "2017-03-17", "either_or"),
    ("16/3 of 17/3/2017", "2017-03-16", "2017-03-17", "either_or"),
    ("16 or 17 March 2017", "2017-03-16", "2017-03-17", "either_or"),
    ("30 april of 1 mei 2017", "2017-04-30", "2017-05-01", "either_or"),
    ("maart of april 2026", "2026-03-01", "2026-04-30", "range"),
    ("3 t/m 22 april 2017", "2017-04-03", "2017-04-22", "range"),
    ("van 3 tot en met 22 april 2017", "2017-04-03", "2017-04-22", "range"),
    ("3-22 april 2017", "2017-04-03", "2017-04-22", "range"),
    ("3/4 – 22/4 2017", "2017-04-03", "2017-04-22", "range"),
    ("28 december 2016 t/m 3 januari 2017", "2016-12-28", "2017-01-03", "range"),
    ("tussen 3 en 22 april 2017", "2017-04-03", "2017-04-22", "range"),
    ("3 to 22 April 2017", "2017-04-03", "2017-04-22", "range"),
    ("begin maart t/m medio mei 2017", "2017-03-01", "2017-05-20", "range"),
    ("Q3 2026", "2026-07-01", "2026-09-30", "range"),
    ("vierde kwartaal 2026", "2026-10-01", "2026-12-31", "range"),
    ("uiterlijk 17 maart 2017", None, "2017-03-17", "not_later_than"),
    ("Uiterlijk week 27 2017", None, "2017-07-09", "not_later_than"),
    ("vóór 17 maart 2017", None, "2017-03-16", "not_later_than"),
    ("no later than 17 March 2017", None, "2017-03-17", "not_later_than"),
    ("ong. 13 juni 2017", "2017-06-13", "2017-06-13", "approximate"),
    ("ongeveer 13 juni 2017", "2017-06-13", "2017-06-13", "approximate"),
    ("about 13 June 2017", "2017-06-13", "2017-06-13", "approximate"),
    ("13 juni 2017 (onder voorbehoud)", "2017-06-13", "2017-06-13", "tentative"),
    ("13-6-2017 (?)", "2017-06-13", "2017-06-13", "tentative"),
    ("week 27 2017", "2017-07-03", "2017-07-09", "week"),
    ("week 1 van 2027", "2027-01-04", "2027-01-10", "week"),
    ("2017", "2017-01-01", "2017-12-31", "year"),
    ("nog te plannen", None, None, "unscheduled"),
    ("To be planned.", None, None, "unscheduled"),
    ("onbekend", None, None, "unknown"),
    ("unknown", None, None, "unknown"),
    ("op een dag die niet bekend is", None, None, "unknown"),
]


@pytest.mark.parametrize(("typed", "earliest", "latest", "precision"), TYPED)
def test_common_date_notations_are_parsed(typed, earliest, latest, precision):
    found = parse_imprecise_date(typed)

    assert found[:3] == (_day(earliest), _day(latest), precision)
    assert found.problem() is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("half juni 2026", "half juni 2026"),
        ("ong. 13 juni 2017", "ong. 13 juni 2017"),
        ("3 t/m 22 april 2017", "3 t/m 22 april 2017"),
        ("uiterlijk 17 maart 2017 (“Uiterlijk 17/3”)", "Uiterlijk 17/3"),
        ('20-3-2026 ("20 mrt")', "20 mrt"),
        # Our own format adds nothing, and neither does another format of an exact date.
        ("Medio juni 2026", ""),
        ("about 13 June 2017", ""),
        ("20 mrt 2026", ""),
    ],
)
def test_the_printed_date_is_kept_where_it_says_more_than_the_bounds(typed, kept):
    assert parse_imprecise_date(typed).text == kept


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("31 februari 2026", "niet in de kalender"),
        ("31-2-2026", "niet in de kalender"),
        ("31 februari", r"^\['31 februari staat niet in de kalender"),
        ("31-2-26", r"^\['31-2-26 staat niet in de kalender"),
        ("week 53 2027", "niet in de kalender"),
        ("20 maart", "het jaar"),
        ("20-3", "het jaar"),
        ("20-3-26", "het jaar"),
        ("medio juni", "het jaar"),
        ("week 27", "het jaar"),
        ("3 t/m 22 april", "het jaar"),
        ("22 t/m 3 april 2017", "vroegste dag"),
        ("ong. juni 2017", "precieze dag"),
        ("donderdag 20 maart 2026", "andere dag van de week"),
        ("binnenkort", "Schrijf bijvoorbeeld"),
        ("20-13-2026", "niet in de kalender"),
        ("5e kwartaal 2026", "Schrijf bijvoorbeeld"),
        ("0 maart 2026", "niet in de kalender"),
        ("2026-06-20/2026-06-11 range", "Schrijf bijvoorbeeld"),
        ("{}", "Schrijf bijvoorbeeld"),
    ],
)
def test_an_unreadable_date_is_rejected_with_the_accepted_notation(typed, message):
    with translation.override("nl"), pytest.raises(ValidationError, match=message):
        NaturalDateField().clean(typed)


@given(st.text(max_size=40))
def test_any_input_is_a_date_or_is_rejected(typed):
    try:
        found = parse_imprecise_date(typed)
    except NotADate:
        return
    assert found.problem() is None


@given(imprecise_dates(), st.sampled_from(["done", "planned", "closes"]))
@example(ImpreciseDate(date(2026, 11, 10), date(2026, 11, 10), "day", "10 nov"), "planned")
@example(ImpreciseDate(date(2026, 4, 17), date(2026, 4, 17), "tentative", "vrijdag"), "planned")
def test_a_stored_date_is_read_back_on_any_day(when, name):
    field = NaturalDateField()
    field.count_from(date(2026, 11, 30), name)

    with translation.override("nl"):
        shown = field.prepare_value(when)

        assert field.clean(shown) == when
        assert field.understood(shown) == ""


def test_a_field_reads_a_date_on_its_side_of_today_and_says_which():
    found = {}
    for name in ("done", "planned"):
        field = NaturalDateField()
        field.count_from(date(2026, 11, 30), name)
        with translation.override("nl"):
            found[name] = (field.clean("vrijdag").latest, field.understood("vrijdag"), field.understood("begin maart"))
    assert found == {
        "done": (
            date(2026, 11, 27),
            "U schreef “vrijdag”: dat is vrijdag 27 november 2026.",
            "U schreef “begin maart”: dat is begin maart 2026.",
        ),
        "planned": (
            date(2026, 12, 4),
            "U schreef “vrijdag”: dat is vrijdag 4 december 2026.",
            "U schreef “begin maart”: dat is begin maart 2027.",
        ),
    }


@pytest.mark.parametrize("typed", ["", "20 maart 2026", "20-3-2026", "onbekend", "31 februari", "zomaar"])
def test_nothing_is_said_about_a_date_that_says_it_all_or_is_refused(typed):
    field = NaturalDateField()
    field.count_from(date(2026, 11, 30), "planned")
    assert field.understood(typed) == ""


@pytest.mark.parametrize(
    ("name", "written", "not_written"),
    [
        ("planned", "Schrijf: nog te plannen", "onbekend"),
        ("responded_on", "Schrijf: onbekend", "gepland"),
        ("closes", "20 maart", "Schrijf:"),
    ],
)
def test_the_hint_fits_the_field(name, written, not_written):
    field = NaturalDateField()
    field.count_from(date(2026, 11, 30), name)
    with translation.override("nl"):
        assert written in str(field.help_text)
        assert not_written not in str(field.help_text)


def test_a_hint_of_its_own_stays():
    field = NaturalDateField(help_text="De dag van de brief.")
    field.count_from(date(2026, 11, 30), "planned")
    assert field.help_text == "De dag van de brief."


def test_a_stored_date_is_shown_in_the_reader_language():
    part = ImpreciseDate(date(2026, 6, 11), date(2026, 6, 20), "month_part")

    assert format_date_input(part, "nl") == "medio juni 2026"
    assert format_date_input(part, "en") == "mid June 2026"
    assert format_date_input(part._replace(text="Medio juni"), "nl") == "medio juni 2026 (“Medio juni”)"
    assert format_date_input(part._replace(text="half juni 2026"), "nl") == "half juni 2026"


def test_empty_input_is_no_date_unless_required():
    assert NaturalDateField(required=False).clean("  ") is None
    with pytest.raises(ValidationError):
        NaturalDateField().clean("")


def _day(text):
    return date.fromisoformat(text) if text else None
