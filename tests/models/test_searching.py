"""The folded text for searches: updated by every kind of write, and not part of the history."""

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from participation import models
from participation.models.columns import CleanedColumn
from participation.models.searching import SearchTextField, fold
from tests import world

SEARCHED = [m for m in apps.get_app_config("participation").get_models() if hasattr(m, "search_text")]
ANY = st.text(st.characters(exclude_categories=[]), max_size=30)


def stored(row):
    return type(row).objects.values_list("search_text", flat=True).get(pk=row.pk)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Ééndenkade  en\tCAFÉ", "eendenkade en cafe"),
        ("Straße ĳ ﬁets Ǆ", "strasse ij fiets dz"),
        ("foto’s", "foto's"),
        ("rol\u00adstoel\u200b \x01\x00", "rolstoel"),
        ("Łódź Søren", "łodz søren"),
    ],
)
def test_search_text_is_folded_without_accents_and_case(typed, folded):
    assert fold(typed) == folded


@given(ANY, ANY)
def test_folding_is_idempotent_and_keeps_substrings(first, second):
    both = fold(f"{first} {second}")

    assert fold(both) == both == f"{fold(first)} {fold(second)}".strip()
    assert fold(first) in both
    assert fold(first.upper().lower()) == fold(fold(first).upper())


@pytest.mark.django_db
class TestEveryWayOfWriting:
    def test_a_row_is_found_by_its_current_text(self):
        square = world.trajectory(title="Café")
        assert stored(square) == "cafe"

        square.title = "Plein"
        square.save()
        assert stored(square) == "plein"

        square.title = "Bulk"
        models.Trajectory.objects.bulk_update([square], ["title", "search_text"])
        assert stored(square) == "bulk"

        # Erasing a text also removes it from the search.
        contribution = models.Contribution.objects.bulk_create(
            [models.Contribution(trajectory=square, ref="c1", summary="Róód", search_text="iets anders")]
        )[0]
        assert stored(contribution) == "rood"
        models.Contribution(
            **{f.attname: getattr(contribution, f.attname) for f in contribution._meta.concrete_fields}
            | {"summary": ""}
        ).save()
        assert stored(contribution) == ""

    def test_the_history_and_the_dossier_contain_no_folded_text(self):
        square = world.trajectory(title="Café")
        square.save()

        assert "search_text" not in {f.name for f in models.Trajectory.history.model._meta.get_fields()}
        assert len(SEARCHED) == 11
        assert all("search_text" not in {f.name for f in m.history.model._meta.fields} for m in SEARCHED)
        assert square.history.first().instance.search_text == "cafe"


def test_every_free_text_column_is_cleaned():
    written = [m for m in apps.get_app_config("participation").get_models() if hasattr(m, "history")]
    # These have validators, or are generated.
    checked = ("SlugField", "NameField", "MotionNumberField", "WordField", "ImpreciseDateField")
    ours = {"Neighbourhood.cbs_code", "CounterSignal.status", "Webhook.secret", "Webhook.disabled_reason"}
    loose = {
        f"{model.__name__}.{field.name}"
        for model in (*written, models.EvaluationResponse, models.Changeset)
        for field in model._meta.concrete_fields
        if field.get_internal_type() in ("CharField", "TextField", "JSONField")
        and not isinstance(field, CleanedColumn | SearchTextField)
        and type(field).__name__ not in checked
    }
    assert loose == {*ours, "Changeset.row_changes", "Changeset.m2m_changes"}


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["save", "bulk_create", "update", "form"])
def test_text_is_cleaned_on_every_way_of_saving(way):
    dirty = {"title": "Avond\x0bover \x01groen\t!", "recess_reason": "een\r\ntwee\u2028drie\ufffe", "about": []}
    square = world.trajectory()
    row = models.Step(trajectory=square, ref="s1", **dirty)
    if way == "save":
        row.save()
    elif way == "bulk_create":
        models.Step.objects.bulk_create([row])
    elif way == "update":
        world.step(square)
        models.Step.objects.update(**dirty)
    else:
        row.kind = "activity"
        row.full_clean()
        assert row.title == "Avond over groen !"
        row.save()

    assert models.Step.objects.values_list("title", "recess_reason").get() == ("Avond over groen !", "een\ntwee\ndrie")
    if way in ("save", "form"):
        assert models.Step.history.values_list("title", flat=True).get() == "Avond over groen !"
