"""Imprecise dates in a column: exact in both directions, sortable, comparable, and parsed as people type them."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import models as django_models
from django.db.models import F, Max
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import DATELESS, SINGLE_DAY, ImpreciseDate
from participation.compliance.vocabulary import PRECISIONS
from participation.dossier.characters import clean_line
from participation.models import Scenario, Step
from participation.models.fields import ImpreciseDateField, ImpreciseDateFormField, format_for_input
from tests import world

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
# Control characters are removed, which tests/dossier/test_characters.py tests.
PRINTED = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(clean_line)


@st.composite
def imprecise_dates(draw: st.DrawFn, printed: st.SearchStrategy[str] = PRINTED) -> ImpreciseDate:
    """Return a strategy for every date that a dossier may contain."""
    precision, text = draw(st.sampled_from(PRECISIONS)), draw(printed)
    if precision in DATELESS:
        return ImpreciseDate(None, None, precision, text)
    first, last = sorted((draw(DAYS), draw(DAYS)))
    if precision in SINGLE_DAY:
        first = last
    if precision == "not_later_than" and draw(st.booleans()):
        return ImpreciseDate(None, last, precision, text)
    return ImpreciseDate(first, last, precision, text)


@pytest.mark.django_db
@given(imprecise_dates())
def test_a_date_is_read_back_from_the_database_unchanged(when):
    Scenario.objects.all().delete()
    square = world.trajectory()
    made = world.scenario(square, presented_on=when)

    found = Scenario.objects.filter(presented_on=when).values_list("presented_on", flat=True)

    assert list(found) == [when]
    assert Scenario.history.get(id=made.pk).presented_on == when
    Scenario.objects.all().delete()
    square.delete()


@pytest.mark.django_db
@given(imprecise_dates())
def test_the_bounds_of_a_date_match_its_value(when):
    square = world.trajectory()
    world.scenario(square, presented_on=when)

    found = Scenario.objects.values_list("presented_on__earliest", "presented_on__latest").get()

    assert found == (when.earliest, when.latest)
    Scenario.objects.all().delete()
    square.delete()


# Surrounding white space has no meaning, and forms remove it.
@given(imprecise_dates(PRINTED.map(lambda text: " ".join(text.split()))))
def test_a_form_reads_back_the_date_it_shows(when):
    assert ImpreciseDateFormField().clean(format_for_input(when)) == when


@given(imprecise_dates())
def test_a_date_in_a_django_fixture_is_loaded(when):
    assert ImpreciseDateField().to_python(when.to_text()) == when


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-03-20", world.on("2026-03-20")),
        (
            "2017-06-11/2017-06-20 month_part Medio juni",
            world.between("2017-06-11", "2017-06-20", "month_part", "Medio juni"),
        ),
        ("2017-03-16/2017-03-17", world.between("2017-03-16", "2017-03-17")),
        (
            "../2017-03-17 not_later_than Uiterlijk 17/3",
            ImpreciseDate(None, date(2017, 3, 17), "not_later_than", "Uiterlijk 17/3"),
        ),
        (
            "2017-06-13 approximate Ong 13/6",
            world.between("2017-06-13", "2017-06-13", "approximate", "Ong 13/6"),
        ),
        ("unscheduled", ImpreciseDate(None, None, "unscheduled")),
        ("unknown op een avond", ImpreciseDate(None, None, "unknown", "op een avond")),
        (
            '{"from": "2017-06-11", "to": "2017-06-20", "precision": "range"}',
            world.between("2017-06-11", "2017-06-20"),
        ),
        ("  ", None),
    ],
)
def test_a_form_accepts_common_date_notations(typed, meant):
    assert ImpreciseDateFormField(required=False).clean(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "20-03-2026",
        "2026-02-30",
        "2026-03-20/2026-03-01",
        "2026-03-20 someday",
        "2026-03-20/..",
        "soon",
        "{",
        '{"to": 3}',
    ],
)
def test_a_form_rejects_other_notations_and_names_the_accepted_ones(typed):
    with pytest.raises(ValidationError, match=r"2026-03-20, .*2017-06-11/2017-06-20 month_part"):
        ImpreciseDateFormField().clean(typed)


@pytest.mark.parametrize(
    "when",
    [
        ImpreciseDate(date(2026, 3, 20), date(2026, 3, 1), "range"),
        ImpreciseDate(date(2026, 3, 1), date(2026, 3, 20), "day"),
        ImpreciseDate(date(2026, 3, 1), None, "range"),
        ImpreciseDate(date(2026, 3, 1), date(2026, 3, 1), "unknown"),
        ImpreciseDate(date(2026, 3, 1), date(2026, 3, 1), "someday"),
    ],
)
def test_a_contradictory_date_is_rejected_on_every_path(when):
    with pytest.raises(ValidationError):
        ImpreciseDateField().clean(when, None)
    with pytest.raises(ValueError, match="planned"):
        Step._meta.get_field("planned").get_prep_value(when)


def test_a_year_outside_the_range_is_rejected():
    with pytest.raises(ValidationError, match="1900"):
        ImpreciseDateField().clean(world.on("1812-06-24"), None)


@pytest.mark.django_db
class TestOrderInTime:
    @pytest.fixture
    def steps(self):
        square = world.trajectory()
        world.step(square, "eind-juni", planned=world.between("2026-06-21", "2026-06-30", "month_part", "Eind juni"))
        world.step(square, "ooit", planned=ImpreciseDate(None, None, "unscheduled"))
        world.step(square, "13-juni", planned=world.on("2026-06-13"))
        world.step(square, "uiterlijk-20-juni", planned=ImpreciseDate(None, date(2026, 6, 20), "not_later_than"))
        world.step(
            square,
            "medio-juni",
            planned=world.between("2026-06-11", "2026-06-20", "month_part", "Medio juni"),
        )
        world.step(square, "niets", planned=None)
        return Step.objects.order_by("ref")

    def test_steps_are_ordered_by_their_first_day(self, steps):
        dated = steps.filter(planned__earliest__isnull=False).order_by("planned__earliest")

        assert [step.ref for step in dated] == ["medio-juni", "13-juni", "eind-juni"]

    def test_unscheduled_rows_can_be_ordered_last(self, steps):
        by_last_day = steps.order_by(F("planned__latest").asc(nulls_last=True), "ref")

        assert [step.ref for step in by_last_day] == [
            "13-juni",
            "medio-juni",
            "uiterlijk-20-juni",
            "eind-juni",
            "niets",
            "ooit",
        ]

    def test_date_bounds_are_compared_with_a_date_or_its_iso_text(self, steps):
        certain = {step.ref for step in steps.filter(planned__latest__lt=date(2026, 6, 21))}
        possible = {step.ref for step in steps.filter(planned__earliest__lt="2026-06-14")}

        assert certain == {"13-juni", "medio-juni", "uiterlijk-20-juni"}
        assert possible == {"13-juni", "medio-juni"}

    def test_an_aggregated_bound_is_a_date(self, steps):
        assert steps.aggregate(last=Max("planned__latest"))["last"] == date(2026, 6, 30)

    def test_comparing_a_bound_with_a_non_date_is_rejected(self, steps):
        with pytest.raises(ValueError, match="2026-3-1"):
            steps.filter(planned__latest__lt="2026-3-1").exists()


def test_a_migration_recreates_the_same_field():
    _name, path, args, kwargs = ImpreciseDateField("planned on").deconstruct()

    again = ImpreciseDateField(*args, **kwargs)

    assert path == "participation.models.fields.ImpreciseDateField"
    assert (again.null, again.blank, again.default) == (True, True, None)
    assert isinstance(again, django_models.Field)
