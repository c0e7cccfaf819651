"""An erasure reaches every text there is: one that is new fails here until somebody says what it is."""

from __future__ import annotations

from django.apps import apps
from django.contrib.sessions.models import Session

from participation.models.fields import ImpreciseDateField
from participation.models.texts import free_texts
from participation.services.erasure_reach import CHOSEN, COPIES, LEFT

COPIED = {f"{copies.model._meta.label}.{column}" for copies in COPIES for column in copies.columns}


def texts_of(model):
    dates = [field.name for field in model._meta.concrete_fields if isinstance(field, ImpreciseDateField)]
    return [f"{model._meta.label}.{name}" for name in (*free_texts(model), *dates)]


def reached(column):
    table, _dot, name = column.rpartition(".")
    model = apps.get_model(table)
    of = model._meta.model_name.removeprefix("historical")
    if of in CHOSEN:
        return name == "history_change_reason" or hasattr(CHOSEN[of].model, name)
    return column in COPIED or column == f"{Session._meta.label}.session_data"


def test_every_text_of_every_table_is_reached_or_left_for_a_reason():
    missed = [
        column
        for model in apps.get_models(include_auto_created=True)
        for column in texts_of(model)
        if not reached(column) and column not in LEFT and model._meta.label not in LEFT
    ]

    assert missed == [], "name it in participation/services/erasure_reach.py"


def test_nothing_is_left_that_is_reached_and_nothing_is_named_that_is_not_there():
    every = {column for model in apps.get_models() for column in texts_of(model)}
    tables = {model._meta.label for model in apps.get_models()}

    assert every >= COPIED
    assert {name for name in LEFT if name not in tables and name not in every} == set()
    assert COPIED & LEFT.keys() == set()
    assert all(LEFT.values())
