"""The rulebooks in use: which judges whom, and why some do not go together."""

from __future__ import annotations

import pytest

from participation.compliance import rulebooks as rulebooks_module
from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import load
from participation.compliance.rulebooks import load_rulebooks
from tests.towns import OEGSTGEEST

LEIDEN = load("leiden")
TOWN = load(OEGSTGEEST)


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch):
    """Return the same two rulebooks whenever they are loaded: other tests fill the cache of the loader."""
    same = {"leiden": LEIDEN, OEGSTGEEST: TOWN}
    monkeypatch.setattr(rulebooks_module, "load", lambda name: same.get(name) or load(name))


def write(folder, text, name="eigen.yaml"):
    path = folder / name
    path.write_text("title: {nl: Eigen, en: Own}\n" + text, encoding="utf-8")
    return str(path)


def problems_of(names):
    with pytest.raises(RulebookError) as refused:
        load_rulebooks(names)
    assert all(problem.hint for problem in refused.value.problems)
    return [problem.reason for problem in refused.value.problems]


def test_each_town_is_judged_by_its_own_rulebook_and_others_by_the_first():
    rulebooks = load_rulebooks(f"leiden, {OEGSTGEEST}")
    assert list(rulebooks) == [LEIDEN, TOWN]
    assert rulebooks.for_municipality("oegstgeest") is TOWN
    assert all(rulebooks.for_municipality(slug) is LEIDEN for slug in ("leiden", "leiderdorp", "", None))
    assert dict(rulebooks.by_municipality) == {"leiden": LEIDEN, "oegstgeest": TOWN}


def test_the_order_of_the_setting_decides_who_judges_other_towns():
    rulebooks = load_rulebooks(f"{OEGSTGEEST},leiden")
    assert (rulebooks.first, rulebooks.for_municipality("leiden")) == (TOWN, LEIDEN)
    assert rulebooks.for_municipality("leiderdorp") is TOWN


def test_a_town_without_a_rulebook_is_judged_by_that_of_another_town():
    rulebooks = load_rulebooks(f"leiden,{OEGSTGEEST}")
    assert rulebooks.of_another_municipality("leiderdorp") is LEIDEN
    assert [rulebooks.of_another_municipality(slug) for slug in ("leiden", "oegstgeest", "")] == [None] * 3
    assert load_rulebooks("nl").of_another_municipality("leiderdorp") is None


def test_a_single_rulebook_has_its_own_hash_and_several_have_one_of_all():
    assert load_rulebooks("leiden").hash == LEIDEN.hash
    rulebooks = load_rulebooks(f"leiden,{OEGSTGEEST}")
    assert rulebooks.hash not in (LEIDEN.hash, TOWN.hash)
    assert len(rulebooks.hash) == len(LEIDEN.hash)
    assert dict(rulebooks.hashes) == {"": LEIDEN.hash, "oegstgeest": TOWN.hash}


def test_rulebooks_that_are_loaded_again_are_the_same():
    assert load_rulebooks(f"leiden,{OEGSTGEEST}") is load_rulebooks(f"leiden , {OEGSTGEEST}")


def test_a_rulebook_that_is_named_twice_is_refused():
    assert problems_of("leiden,leiden") == ["the rulebook 'leiden' is named twice"]


def test_two_rulebooks_for_one_municipality_are_refused(tmp_path):
    other = write(tmp_path, "rulebook: ander\nmunicipality: leiden\nextends: nl\n")
    assert problems_of(f"leiden,{other}") == ["'leiden' and 'ander' both judge the municipality 'leiden'"]


def test_only_the_first_may_be_without_a_municipality():
    assert problems_of("leiden,nl") == ["the rulebook 'nl' does not say for which municipality it is"]
    assert load_rulebooks("nl,leiden").for_municipality("leiden") is LEIDEN


def test_a_name_that_does_not_fit_in_an_address_is_refused(tmp_path):
    other = write(tmp_path, "rulebook: Onze/Stad\nmunicipality: onze-stad\nextends: nl\n")
    assert problems_of(f"leiden,{other}") == ["rulebook: 'Onze/Stad' is not a name like onze-stad"]


def test_every_problem_of_every_rulebook_is_reported_at_once():
    reasons = problems_of("leiden,,nergens,leiden,nl")
    assert len(reasons) == 4
    assert "'leiden,,nergens,leiden,nl' has an empty name" in reasons
    assert "there is no such rulebook" in reasons


@pytest.mark.parametrize("names", ["", " ", ","])
def test_a_setting_without_a_name_is_refused(names):
    assert set(problems_of(names)) == {f"{names!r} has an empty name"}
