"""Check constraints: validated together, with an error of its own for each that is violated."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint

from participation.models import Step
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def step():
    return world.step(world.trajectory())


def test_check_constraints_that_hold_take_one_query(step, django_assert_num_queries):
    # The other query is whether the ref is unique.
    with django_assert_num_queries(2):
        step.validate_constraints()
    assert sum(isinstance(constraint, CheckConstraint) for constraint in Step._meta.constraints) > 10


def test_each_violated_constraint_has_its_own_error(step):
    step.kind, step.score = "picnic", 11
    with pytest.raises(ValidationError) as raised:
        step.validate_constraints()
    assert len(raised.value.messages) == 2


def test_a_constraint_about_an_excluded_field_is_not_validated(step):
    step.kind = "picnic"
    step.validate_constraints(exclude={"kind"})


def test_what_was_found_to_hold_is_not_asked_again(step, django_assert_num_queries):
    step.validate_constraints(exclude={"ref"})
    with django_assert_num_queries(0):
        step.validate_constraints(exclude={"ref"})
    step.score = 11
    with pytest.raises(ValidationError):
        step.validate_constraints(exclude={"ref"})


def test_stored_values_need_no_query_and_changed_ones_do(step, django_assert_num_queries):
    step.refresh_from_db()
    step.remember_stored_values()
    with django_assert_num_queries(0):
        step.validate_constraints()
    step.closes = world.on("2026-03-01")
    with pytest.raises(ValidationError) as raised:
        step.validate_constraints()
    assert len(raised.value.messages) == 1


def test_a_ref_that_changed_to_one_in_use_is_found(step):
    world.step(step.trajectory, "s2")
    step.remember_stored_values()
    step.ref = "s2"
    with pytest.raises(ValidationError):
        step.full_clean()


def test_a_foreign_key_that_changed_to_nothing_is_found(step):
    step.remember_stored_values()
    step.trajectory_id = 10**6
    with pytest.raises(ValidationError) as raised:
        step.full_clean()
    assert "trajectory" in raised.value.message_dict
