"""Which rulebook judges a row, in Python and in SQL; one id may be another rule in another town."""

from __future__ import annotations

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Obligation
from participation.selectors.obligations.judging import (
    OWNER_MODELS,
    OWNER_MUNICIPALITY,
    judged_by,
    of_municipality,
    owners_judged_anew,
    rulebook_of,
    under_rules,
    under_trajectory_rules,
)
from tests import towns, world
from tests.towns import LEIDEN, RULEBOOKS, TOWN

pytestmark = pytest.mark.django_db


def add_obligations(rule="feedback-given"):
    """Create an obligation in Leiden, in Oegstgeest, in a town without a rulebook, and of a motion and a commitment."""
    owners = {
        "leiden": {"trajectory": world.trajectory("plein", municipality="leiden")},
        "oegstgeest": {"trajectory": world.trajectory("park", municipality="oegstgeest")},
        "leiderdorp": {"trajectory": world.trajectory("elders", municipality="leiderdorp")},
        "motion": {"motion": world.motion(municipality="oegstgeest")},
        "commitment": {"commitment": world.commitment()},
    }
    return {name: world.obligation(rule=rule, **owner) for name, owner in owners.items()}


def names_of(found, condition):
    keys = set(Obligation.objects.filter(condition).values_list("pk", flat=True))
    return {name for name, row in found.items() if row.pk in keys}


def test_a_row_is_judged_by_the_rulebook_of_its_municipality():
    found = add_obligations()
    of = {name: rulebook_of(row.trajectory or row.motion or row.commitment, RULEBOOKS) for name, row in found.items()}
    assert {name for name, rulebook in of.items() if rulebook is TOWN} == {"oegstgeest", "motion"}
    for rulebook in RULEBOOKS:
        assert names_of(found, judged_by(rulebook, RULEBOOKS)) == {n for n, judge in of.items() if judge is rulebook}
    assert names_of(found, judged_by(TOWN, RULEBOOKS, ("trajectory",))) == {"oegstgeest"}
    assert names_of(found, judged_by(LEIDEN, load_rulebooks("leiden"))) == found.keys()


def test_the_municipality_of_every_type_of_owner_can_be_read_and_filtered():
    found = add_obligations()
    stored = dict(Obligation.objects.annotate(town=OWNER_MUNICIPALITY).values_list("pk", "town"))
    assert {name: stored[row.pk] for name, row in found.items()} == {
        **{name: name for name in ("leiden", "oegstgeest", "leiderdorp")},
        "motion": "oegstgeest",
        "commitment": "",
    }
    assert names_of(found, of_municipality("oegstgeest")) == {"oegstgeest", "motion"}
    assert all(any(field.name == "municipality" for field in model._meta.fields) for model in OWNER_MODELS.values())


def test_a_rule_with_the_same_id_is_another_rule_in_another_town():
    found = add_obligations("feedback-given")
    assert names_of(found, under_rules(RULEBOOKS)) == found.keys()
    policy = under_rules(RULEBOOKS, lambda rule: rule.strength == LEIDEN.by_id["feedback-given"].strength)
    assert names_of(found, policy) == {"leiden", "leiderdorp", "commitment"}
    assert names_of(found, under_rules(RULEBOOKS, lambda rule: rule.strength == "wish")) == {"oegstgeest", "motion"}


def test_a_rule_that_the_rulebook_of_the_town_lacks_is_left_out():
    assert names_of(add_obligations("plan-recorded"), under_rules(RULEBOOKS)) == {"leiden", "leiderdorp", "commitment"}


def test_a_waiver_of_a_rule_that_its_town_lacks_is_left_out():
    square, park = (world.trajectory(town, municipality=town) for town in ("leiden", "oegstgeest"))
    ours, _theirs = (world.waiver(of, rule="scenarios-offered") for of in (square, park))
    both = [world.waiver(of, rule="feedback-given") for of in (square, park)]
    rows = type(ours).objects.filter(under_trajectory_rules(RULEBOOKS)).order_by("pk")
    assert list(rows) == [ours, *both]


HASHES = {"": "a", "oegstgeest": "b"}


@pytest.mark.parametrize(
    ("before", "now", "towns_judged_anew"),
    [
        (HASHES, HASHES, set()),
        (HASHES, {"": "a", "oegstgeest": "c"}, {"oegstgeest"}),
        (HASHES, {"": "c", "oegstgeest": "b"}, {"leiden", ""}),
        ({"": "a"}, HASHES, {"oegstgeest"}),
        (HASHES, {"": "a"}, {"oegstgeest"}),
        ({"": "a"}, {"": "b", "leiden": "a"}, {"oegstgeest", ""}),
        ({}, HASHES, {"leiden", "oegstgeest", ""}),
    ],
)
def test_who_is_judged_anew_follows_from_the_hashes_before_and_now(before, now, towns_judged_anew):
    for name in ("leiden", "oegstgeest", ""):
        world.trajectory(name or "overal", municipality=name)
        world.motion(f"24.000{len(name)}", municipality=name)
    for owner_type in ("trajectory", "motion", "commitment"):
        found = owners_judged_anew(owner_type, before, now).values_list("municipality", flat=True)
        assert set(found) == (towns_judged_anew if owner_type != "commitment" else set())


def test_a_single_rulebook_adds_no_join():
    found = Obligation.objects.filter(under_rules(load_rulebooks("leiden")))
    assert "JOIN" not in str(found.query)
    assert "JOIN" in str(Obligation.objects.filter(under_rules(towns.RULEBOOKS)).query)
