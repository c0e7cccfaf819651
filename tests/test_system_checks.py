"""The system checks of the rulebooks: what keeps the application from starting, and what it warns of."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from participation.compliance.problem_kinds import ProblemKind
from participation.system_checks import EMPTY_RULEBOOK, OTHERS_RULEBOOK
from tests import towns, world

PROBLEM_IDS = {kind.id for kind in ProblemKind}

pytestmark = pytest.mark.django_db


def found(code, **options):
    return [check for check in run_checks(**options) if check.id == code]


def test_rulebooks_that_do_not_go_together_are_an_error_with_a_hint(settings):
    settings.RULEBOOK = "leiden,leiden,nergens"
    messages = {str(error.msg): error.hint for error in run_checks() if error.id in PROBLEM_IDS}
    assert "RULEBOOK: the rulebook 'leiden' is named twice" in messages
    assert "nergens.yaml: there is no such rulebook" in messages
    assert all(messages.values())


def test_each_rulebook_without_rules_is_named(settings, tmp_path):
    empty = tmp_path / "leeg.yaml"
    empty.write_text("rulebook: leeg\nmunicipality: leeg\ntitle: {nl: Leeg, en: Empty}\n", encoding="utf-8")
    settings.RULEBOOK = f"leiden,{empty}"
    assert [str(warning.msg) for warning in found(EMPTY_RULEBOOK)] == [
        "The rulebook leeg has no rules, so there are no obligations."
    ]


def test_a_town_that_is_judged_by_the_rulebook_of_another_is_named(settings):
    for number, town in enumerate(("leiden", "oegstgeest", "leiderdorp", "leiderdorp", "")):
        world.trajectory(f"t{number}", municipality=town)
    settings.RULEBOOK = towns.TOWNS
    warnings = found(OTHERS_RULEBOOK, databases=["default"])
    assert [str(warning.msg) for warning in warnings] == [
        "The rulebook leiden of leiden also judges the trajectories of leiderdorp."
    ]
    assert "municipality: leiderdorp" in warnings[0].hint
    assert found(OTHERS_RULEBOOK) == []


@pytest.mark.parametrize("rulebook", ["nl", "nl,leiden"])
def test_a_base_of_no_town_may_judge_any(settings, rulebook):
    world.trajectory("elders", municipality="leiderdorp")
    settings.RULEBOOK = rulebook
    assert found(OTHERS_RULEBOOK, databases=["default"]) == []
