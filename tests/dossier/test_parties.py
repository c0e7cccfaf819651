from typing import Any

import pytest

from participation.compliance.facts import OrganisationFacts
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.dossier.errors import Problem
from participation.dossier.validate import problems_in
from tests.dossier.example import dossier, mini


def only_problem(document: dict[str, Any]) -> Problem:
    (problem,) = problems_in(document)
    return problem


def naming(party: str) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        "audience": ("/steps/0/audience/0", mini(steps=[{"audience": [party]}])),
        "body": ("/steps/0/body", mini(steps=[{"body": party}])),
        "with": ("/documents/0/shared/0/with", mini(documents=[{"shared": [{"with": party}]}])),
        "contribution": ("/contributions/0/from", mini(contributions=[{"from": party}])),
        "request": ("/requests/0/from", mini(requests=[{"from": party}])),
        "actor": ("/plan/actors/0/organisation", mini(plan={"actors": [{"organisation": party}]})),
    }


@pytest.mark.parametrize("where", sorted(naming("x")))
def test_an_organisation_must_be_declared_or_known(where: str) -> None:
    location, document = naming("wijk-a")[where]
    problem = only_problem(document)
    assert problem.location == location
    assert "'wijk-a'" in problem.reason
    assert 'add {"slug": "wijk-a", …} under organisations' in problem.hint
    assert problems_in(document, {"wijk-a": OrganisationFacts("wijk-a")}) == []
    assert problems_in({**document, "organisations": [{"slug": "wijk-a"}]}) == []


def test_the_suggester_of_an_actor_must_be_known() -> None:
    actor = {"organisation": "a", "suggested_by": "b"}
    document = mini(organisations=[{"slug": "a"}], plan={"actors": [actor]})
    assert only_problem(document).location == "/plan/actors/0/suggested_by"


@pytest.mark.parametrize("word", AUDIENCES)
@pytest.mark.parametrize("where", ["audience", "with", "contribution", "request"])
def test_residents_entrepreneurs_and_everyone_are_parties_not_organisations(word: str, where: str) -> None:
    assert problems_in(naming(word)[where][1]) == []


@pytest.mark.parametrize("word", AUDIENCES)
@pytest.mark.parametrize("where", ["body", "actor"])
def test_an_audience_is_neither_a_body_nor_an_actor(word: str, where: str) -> None:
    location, document = naming(word)[where]
    assert only_problem(document).location == location


@pytest.mark.parametrize("word", ORGANISATION_KINDS)
def test_a_body_may_be_a_kind_of_organisation(word: str) -> None:
    assert problems_in(naming(word)["body"][1]) == []
    assert len(problems_in(naming(word)["audience"][1])) == 1


def test_a_misspelled_party_gets_a_suggestion() -> None:
    assert "did you mean 'residents'?" in only_problem(mini(steps=[{"audience": ["resident"]}])).hint
    document = mini(organisations=[{"slug": "wijk-noord"}], requests=[{"from": "wijk-nord"}])
    assert "did you mean 'wijk-noord'?" in only_problem(document).hint


def test_a_slug_is_declared_once() -> None:
    problem = only_problem(mini(organisations=[{"slug": "a"}, {"slug": "b"}, {"slug": "a"}]))
    assert problem.location == "/organisations/2/slug"
    assert "/organisations/0" in problem.reason


def test_an_organisation_without_a_slug_is_rejected() -> None:
    assert only_problem(mini(organisations=[{"name": "A"}])).location == "/organisations/0/slug"


def test_an_actor_has_each_role_once() -> None:
    document = dossier()
    actors = document["plan"]["actors"]
    actors.append({"organisation": "buurt-eikenhof", "part": "informed"})
    assert problems_in(document) == []
    actors.append({"organisation": "buurt-eikenhof", "part": "participant"})
    assert only_problem(document).location == "/plan/actors/3"


def test_an_actor_needs_an_organisation_or_audience() -> None:
    assert only_problem(mini(plan={"actors": [{"part": "decides"}]})).location == "/plan/actors/0/organisation"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-01-01", "2026-01-01", True),
        (None, None, True),
        ("2026-01-01", {"from": "2026-01-01", "to": "2026-01-01", "precision": "day"}, True),
        ("2026-01-01", "2026-01-02", False),
        ("2026-01-01", None, False),
    ],
)
def test_a_party_receives_a_document_once_a_day(one: Any, other: Any, same: bool) -> None:
    shares = [{"with": "everyone", "on": one}, {"with": "everyone", "on": other}]
    found = [problem.location for problem in problems_in(mini(documents=[{"shared": shares}]))]
    assert found == (["/documents/0/shared/1"] if same else [])


def test_a_share_needs_a_party() -> None:
    assert only_problem(mini(documents=[{"shared": [{"on": "2026-01-01"}]}])).location == "/documents/0/shared/0/with"
