"""Erasure reaches every text column: a new one fails here until it is declared."""

from __future__ import annotations

from django.apps import apps
from django.contrib.sessions.models import Session

from participation.models.fields import ImpreciseDateField
from participation.models.texts import free_text_columns
from participation.services.erasure.reach import COPIES, ERASABLE_TABLES, EXCLUDED

COPIED = {f"{copies.model._meta.label}.{column}" for copies in COPIES for column in copies.columns}


def texts_of(model):
    dates = [field.name for field in model._meta.concrete_fields if isinstance(field, ImpreciseDateField)]
    return [f"{model._meta.label}.{name}" for name in (*free_text_columns(model), *dates)]


def reached(column):
    table, _dot, name = column.rpartition(".")
    model = apps.get_model(table)
    of = model._meta.model_name.removeprefix("historical")
    if of in ERASABLE_TABLES:
        return name == "history_change_reason" or hasattr(ERASABLE_TABLES[of].model, name)
    return column in COPIED or column == f"{Session._meta.label}.session_data"


def test_every_text_column_is_covered_or_excluded_with_a_reason():
    missed = [
        column
        for model in apps.get_models(include_auto_created=True)
        for column in texts_of(model)
        if not reached(column) and column not in EXCLUDED and model._meta.label not in EXCLUDED
    ]

    assert missed == [], "name it in participation/services/erasure/reach.py"


def test_covered_and_excluded_columns_exist_and_do_not_overlap():
    every = {column for model in apps.get_models() for column in texts_of(model)}
    tables = {model._meta.label for model in apps.get_models()}

    assert every >= COPIED
    assert {name for name in EXCLUDED if name not in tables and name not in every} == set()
    assert COPIED & EXCLUDED.keys() == set()
    assert all(EXCLUDED.values())
