"""The fields of the forms: tables with dates and numbers, and marks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import translation

from participation.compliance.dates import ImpreciseDate
from participation.web.editing.fields import FieldColumn, MarkField, RowsField, rows_to_store, same_rows
from participation.web.shared.dates import NaturalDateField


class Table(forms.Form):
    rows = RowsField(
        (
            FieldColumn("who", "Wie"),
            FieldColumn("count", "Aantal", field=forms.IntegerField(min_value=0, required=False)),
            FieldColumn("on", "Dag", field=NaturalDateField(required=False)),
        ),
        row_label="rij",
        needs=("who",),
    )


def submitted(*rows):
    data = QueryDict(mutable=True)
    data["rows-count"] = str(len(rows))
    for number, row in enumerate(rows):
        for key, text in row.items():
            data[f"rows-{number}-{key}"] = text
    return Table(data)


def test_the_cells_of_a_table_are_read_as_dates_and_numbers():
    form = submitted({"who": "jongeren", "count": "0", "on": "20-3-2026"}, {"who": "", "count": "", "on": ""})
    assert form.is_valid()
    assert form.cleaned_data["rows"] == [{"who": "jongeren", "count": 0, "on": ImpreciseDate.on(date(2026, 3, 20))}]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"who": "a", "count": "-1"}, "Rij 1, Aantal: "),
        ({"who": "a", "count": "tien"}, "Rij 1, Aantal: "),
        ({"who": "a", "on": "31-2-2026"}, "Rij 1, Dag: "),
        ({"count": "3"}, "Rij 1: vul in: Wie."),
    ],
)
def test_an_error_in_a_table_names_its_row_and_column(row, message):
    form = submitted(row)
    assert not form.is_valid()
    assert form.errors["rows"][0].startswith(message)


def test_what_is_filled_in_beforehand_alone_is_no_row():
    form = submitted({"who": "jongeren"}, {"who": "de schaakclub"}, {"who": "jongeren", "count": "0"})
    form.fields["rows"].prefilled = ("who", frozenset({"jongeren"}))
    assert [row["who"] for row in form.fields["rows"].clean(form["rows"].data)] == ["de schaakclub", "jongeren"]


def test_a_table_shows_dates_and_noughts_as_they_are_typed():
    html = str(Table(initial={"rows": [{"who": "x", "count": 0, "on": ImpreciseDate.on(date(2026, 3, 20))}]})["rows"])
    assert 'value="0"' in html
    assert 'value="20 maart 2026"' in html


def test_the_day_of_one_form_does_not_reach_another():
    first, second = Table(), Table()
    first.fields["rows"].set_today(date(2026, 4, 20))
    assert [column.field.today for column in first.fields["rows"].columns if column.key == "on"] == [date(2026, 4, 20)]
    assert [column.field.today for column in second.fields["rows"].columns if column.key == "on"] == [None]


def test_nought_is_not_the_same_as_nothing():
    assert not same_rows([{"who": "a", "count": 0}], [{"who": "a", "count": None}])
    assert same_rows([{"who": "a", "count": None}, {}], [{"who": "a"}])


def test_rows_that_say_the_same_are_stored_as_they_were():
    stored = [{"what": "De bomen", "why": None}]
    assert rows_to_store([{"what": "De bomen", "why": ""}], stored) is stored
    assert rows_to_store([{"what": "Het plein", "why": ""}], stored) == [{"what": "Het plein"}]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("typed", ["8,2", "8.2"])
def test_a_mark_takes_a_comma_and_a_point_in_both_languages(language, typed):
    with translation.override(language):
        assert MarkField().clean(typed) == Decimal("8.2")


def test_a_mark_is_shown_as_it_is_written_in_the_language():
    assert MarkField().prepare_value(Decimal("8.2")) == "8,2"
    assert MarkField().prepare_value(Decimal("8.0")) == "8"
    with translation.override("en"):
        assert MarkField().prepare_value(Decimal("8.2")) == "8.2"
    assert MarkField().prepare_value("acht") == "acht"


@pytest.mark.parametrize("typed", ["0,9", "10,1", "8,25", "acht"])
def test_a_mark_out_of_bounds_is_refused(typed):
    with pytest.raises(ValidationError):
        MarkField().clean(typed)


def test_no_mark_is_no_mark():
    assert MarkField().clean("") is None
