from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.facts import OrganisationFacts
from participation.dossier.errors import Problem
from participation.dossier.schema_errors import MAX_PROBLEMS
from participation.dossier.validate import problems_in, with_refs
from tests.dossier.example import dossier, mini, paths, register, set_value

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def only_problem(document: dict[str, Any], *known: str) -> Problem:
    (problem,) = problems_in(document, {slug: OrganisationFacts(slug) for slug in known})
    return problem


def problem_locations(document: dict[str, Any]) -> list[str]:
    return [problem.location for problem in problems_in(document)]


# Values that do not match the schema


def test_an_unknown_key_gets_the_nearest_known_one() -> None:
    problem = only_problem(mini(steps=[{"planed": "2026-01-01"}]))
    assert problem.location == "/steps/0/planed"
    assert "'planned'" in problem.hint


def test_an_unknown_key_without_a_near_match_gets_the_known_keys() -> None:
    assert "lead_time, budget, people, expertise" in only_problem(mini(plan={"resources": {"geld": "x"}})).hint


@pytest.mark.parametrize("title", [None, "", "  ", "\n", 5])
def test_a_trajectory_needs_a_title(title: Any) -> None:
    assert problem_locations({"dossier": 1, "trajectory": {"slug": "a", "title": title}}) == ["/trajectory/title"]


def test_a_missing_key_is_reported_at_its_expected_location() -> None:
    problem = only_problem({"dossier": 1, "trajectory": {"slug": "a"}})
    assert problem[:2] == ("/trajectory/title", "it is missing")
    assert only_problem({"dossier": 1}).location == "/trajectory"
    assert problem_locations({"register": 1, "motions": [{}], "commitments": [{}]}) == [
        "/commitments/0/number",
        "/motions/0/number",
    ]


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("title", 5, "a text"),
        ("cancelled", "true", "true or false"),
        ("score", "7", "a number"),
        ("score", True, "a number"),
        ("audience", "residents", "a list"),
        ("planned", 2026, "a date"),
        ("starts_at", 1170, "a time of day"),
    ],
)
def test_a_value_of_the_wrong_type_names_the_expected_type(key: str, value: Any, wanted: str) -> None:
    problem = only_problem(mini(steps=[{key: value}]))
    assert problem.location == f"/steps/0/{key}"
    assert f"is not {wanted}" in problem.reason


@pytest.mark.parametrize(
    ("written", "meant"), [("advies", "advise"), ("Co-produce", "coproduce"), ("INFORM", "inform")]
)
def test_an_invalid_choice_gets_the_nearest_one_and_all_choices(written: str, meant: str) -> None:
    problem = only_problem({"dossier": 1, "trajectory": {"slug": "a", "title": "A", "level": written}})
    assert problem.location == "/trajectory/level"
    assert f"did you mean {meant!r}?" in problem.hint
    assert "inform, consult, advise, coproduce, codecide, self_manage" in problem.hint


@pytest.mark.parametrize("value", [[], {}, 5, True])
def test_a_value_that_is_not_text_gets_all_choices(value: Any) -> None:
    document = dossier()
    document["plan"]["actors"][0]["part"] = value
    problem = only_problem(document)
    assert problem.location == "/plan/actors/0/part"
    assert problem.hint == "One of: participant, informed, decides"


@pytest.mark.parametrize("slug", ["Wijk-A", "wijk a", "-a", "a-", "a--b", "a\n", "", "a" * 101, "é"])
def test_a_slug_has_lower_case_letters_digits_and_single_hyphens(slug: str) -> None:
    assert problem_locations({"dossier": 1, "trajectory": {"slug": slug, "title": "A"}}) == ["/trajectory/slug"]


@pytest.mark.parametrize("ref", ["", " ", "a\n", "a\tb", "a\x00", "a\x9f", "\ud800", "a" * 101])
def test_a_ref_that_is_too_long_or_multiline_is_rejected(ref: str) -> None:
    assert problem_locations(mini(steps=[{"ref": ref}])) == ["/steps/0/ref"]


@pytest.mark.parametrize("ref", ["1", "Stap één", "a/b~c", "a" * 100, "\U0001f333"])
def test_a_ref_may_be_any_short_single_line_text(ref: str) -> None:
    assert problem_locations(mini(steps=[{"ref": ref}])) == []


@pytest.mark.parametrize("text", ["a\x00b", "\x00", "a\ud83d"])
def test_text_that_no_database_can_store_is_rejected(text: str) -> None:
    assert problem_locations(mini(steps=[{"note": text, "title": text}])) == ["/steps/0/note", "/steps/0/title"]


def test_any_other_text_is_accepted() -> None:
    assert problem_locations(mini(steps=[{"note": "\n\t \U0001f333é\r\n", "title": ""}])) == []


def test_a_title_longer_than_its_column_is_rejected_with_the_limit() -> None:
    problem = only_problem(mini(steps=[{"title": "x" * 301}]))
    assert problem == Problem("/steps/0/title", "it has 301 characters", "write at most 300")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "www.leiden.nl", "https://a b", ""])
def test_a_url_must_be_safe_to_link_to(url: str) -> None:
    assert problem_locations(mini(documents=[{"url": url}])) == ["/documents/0/url"]


@pytest.mark.parametrize("score", [0, 0.9, 10.1, 11, 10**30, float("inf")])
def test_a_score_is_from_1_to_10(score: int) -> None:
    assert "from 1 to 10" in only_problem(mini(steps=[{"score": score}])).hint


@pytest.mark.parametrize("score", [1, 8.0, 8.2, 9.9, 10])
def test_a_score_may_have_one_decimal(score: float) -> None:
    assert problem_locations(mini(steps=[{"score": score}])) == []


@pytest.mark.parametrize("score", [8.25, 1.01, 9.999])
def test_a_score_with_more_decimals_is_rejected(score: float) -> None:
    problem = only_problem(mini(steps=[{"score": score}]))
    assert problem == Problem("/steps/0/score", f"{score} has more than one decimal", "round it, e.g. 8.2")


@pytest.mark.parametrize("email", ["", "plein", "plein@leiden", "plein@-leiden.nl", "a b@leiden.nl", "a@b@leiden.nl"])
def test_an_email_address_that_no_mail_can_reach_is_rejected(email: str) -> None:
    problem = only_problem({"dossier": 1, "trajectory": {"slug": "a", "title": "A", "contact": {"email": email}}})
    assert problem.location == "/trajectory/contact/email"
    assert problem.hint == "write one like participatie@leiden.nl"


@pytest.mark.parametrize("phone", ["14 071", "+31 (0)71-516 51 65", "0"])
def test_a_telephone_number_has_digits_spaces_and_a_few_signs(phone: str) -> None:
    document = {"dossier": 1, "trajectory": {"slug": "a", "title": "A", "contact": {"phone": phone}}}
    assert problem_locations(document) == []
    document["trajectory"]["contact"]["phone"] = f"{phone} (Jan)"
    assert problem_locations(document) == ["/trajectory/contact/phone"]


@pytest.mark.parametrize(
    "items", [{"Goal": "x"}, {"my-goal": "x"}, {"": "x"}, {"1st": "x"}, {"x" * 61: "x"}, {"goal\n": "x"}]
)
def test_an_item_is_named_by_an_id_of_a_rulebook(items: dict[str, str]) -> None:
    (key,) = items
    problem = only_problem(mini(plan={"items": items}))
    assert problem.location == f"/plan/items/{key}"


def test_the_number_of_items_is_bounded() -> None:
    items = {f"item_{number}": "x" for number in range(101)}
    assert only_problem(mini(plan={"items": items})) == Problem("/plan/items", "it has 101 keys", "write at most 100")


@pytest.mark.parametrize("count", [-1, 10_000_001, 1.5, "12", True])
def test_a_count_of_people_is_a_bounded_whole_number(count: Any) -> None:
    assert problem_locations(mini(steps=[{"reach": {"total": count}}])) == ["/steps/0/reach/total"]
    reach = {"groups": [{"group": "children", "count": count}]}
    assert problem_locations(mini(steps=[{"reach": reach}])) == ["/steps/0/reach/groups/0/count"]


def test_null_is_not_allowed_in_a_list() -> None:
    assert problem_locations(mini(steps=[None, {"audience": [None]}])) == ["/steps/0", "/steps/1/audience/0"]


def test_type_and_content_errors_are_each_reported_once_together() -> None:
    document = mini(
        steps=[{"ref": "s1", "titel": "x", "about": ["s9"]}, 5],
        waivers=[{"rule": "a", "reason": "b", "by": "c", "granted_on": {"from": "2026-01-01"}}],
    )
    document["steps"][0]["planned"] = {"from": 5, "to": "2026-01-01", "precision": "not_later_than"}
    assert problem_locations(document) == [
        "/steps/0/about/0",
        "/steps/0/planned/from",
        "/steps/0/titel",
        "/steps/1",
        "/waivers/0/granted_on",
    ]


def test_validation_stops_after_a_maximum_number_of_errors() -> None:
    assert len(problems_in(mini(steps=[5] * 10_000))) == MAX_PROBLEMS
    assert len(problems_in(mini(steps=[{"about": [f"x{n}" for n in range(10_000)]}]))) == MAX_PROBLEMS


def test_a_very_long_value_is_shown_shortened() -> None:
    assert all(
        len(str(problem)) < 1000 for problem in problems_in(mini(steps=[{"kind": "x" * 10**6, "body": "y" * 10**6}]))
    )


# Waivers, motions and commitments, and rules for the whole dossier


@pytest.mark.parametrize("key", ["rule", "reason", "by", "granted_on"])
def test_a_waiver_needs_every_required_key(key: str) -> None:
    document = dossier()
    document["waivers"][0][key] = None
    assert problem_locations(document) == [f"/waivers/0/{key}"]


def test_a_rule_is_waived_once_a_day_for_a_subject() -> None:
    document = dossier()
    document["waivers"].append(deepcopy(document["waivers"][0]))
    assert problem_locations(document) == ["/waivers/1"]
    document["waivers"][1]["subject"] = None
    assert problem_locations(document) == []


@pytest.mark.parametrize("day", [{"from": "2026-01-01", "to": "2026-01-01", "precision": "day"}, "jan 2026"])
def test_a_waiver_needs_exact_dates(day: Any) -> None:
    document = dossier()
    document["waivers"][0]["until"] = day
    assert problem_locations(document) == ["/waivers/0/until"]


def test_one_motion_in_two_notations_is_a_duplicate() -> None:
    document = register()
    document["motions"].append({"number": "0021/0098/4"})
    problem = only_problem(document)
    assert problem.location == "/motions/1/number"
    assert "/motions/0" in problem.reason


def test_a_motion_and_a_commitment_may_share_a_number() -> None:
    assert problem_locations({"register": 1, "motions": [{"number": "1"}], "commitments": [{"number": "1"}]}) == []


def test_a_report_needs_no_date() -> None:
    assert (
        problem_locations({"register": 1, "commitments": [{"number": "1", "reports": [{"text": "x"}, {"on": None}]}]})
        == []
    )


@pytest.mark.parametrize("document", [{}, {"dossier": 2}, {"dossier": 1, "register": 1}, {"dossier": True}])
def test_a_document_of_an_unknown_version_is_not_validated_further(document: dict[str, Any]) -> None:
    assert len(problems_in({**document, "steps": 5})) == 1


@given(st.data())
def test_problems_are_sorted_and_the_document_is_not_modified(
    data: st.DataObject,
) -> None:
    document = data.draw(st.sampled_from([dossier, register]))()
    for _ in range(data.draw(st.integers(1, 3))):
        set_value(document, data.draw(st.sampled_from(list(paths(document)))), data.draw(JSON))
    before = repr(document)
    problems = problems_in(document)
    assert repr(document) == before
    assert problems == problems_in(document)
    assert len(set(problems)) == len(problems)
    assert all("\n" not in str(problem) for problem in problems if "\n" not in problem.location)


@given(st.dictionaries(st.sampled_from(["trajectory", "plan", "steps", "documents", "waivers", "motions"]), JSON))
def test_any_json_of_a_known_version_is_validated_without_a_crash(document: dict[str, Any]) -> None:
    for version in ("dossier", "register"):
        known = {"motions"} | (
            {"trajectory", "plan", "steps", "documents", "waivers"} if version == "dossier" else set()
        )
        problems = problems_in({version: 1, **document})
        assert {f"/{key}" for key in document.keys() - known} <= {problem.location for problem in problems}


# Refs by position


def test_a_row_without_a_ref_is_identified_by_its_position() -> None:
    named = with_refs(mini(steps=[{}, {"ref": "b"}, {"ref": None}], requests=[{}], scenarios=[{}]))
    assert [step["ref"] for step in named["steps"]] == ["step-1", "b", "step-3"]
    assert named["requests"][0]["ref"] == "request-1"
    assert named["scenarios"][0]["ref"] == "scenario-1"


def test_a_generated_ref_avoids_all_refs_in_use() -> None:
    named = with_refs(mini(documents=[{"ref": "step-1"}, {"ref": "step-1-2"}], steps=[{}]))
    assert named["steps"][0]["ref"] == "step-1-3"


def test_a_row_with_a_generated_ref_can_be_referenced() -> None:
    assert problem_locations(mini(steps=[{}, {"about": ["step-1"]}])) == []
    assert problem_locations(mini(steps=[{}, {"about": ["step-2"]}])) == ["/steps/1/about/0"]


REFS = st.one_of(st.none(), st.sampled_from(["step-1", "step-2", "step-1-2", "document-1", "a"]))


@given(st.lists(REFS, max_size=4), st.lists(REFS, max_size=4))
def test_generating_refs_keeps_existing_ones_and_is_idempotent(
    steps: list[str | None], documents: list[str | None]
) -> None:
    document = mini(steps=[{"ref": ref} for ref in steps], documents=[{"ref": ref} for ref in documents])
    before = deepcopy(document)
    named = with_refs(document)
    assert document == before
    assert with_refs(named) == named
    old = [*steps, *documents]
    new = [row["ref"] for name in ("steps", "documents") for row in named[name]]
    assert all(ref == was for ref, was in zip(new, old, strict=True) if was)
    made = [ref for ref, was in zip(new, old, strict=True) if not was]
    assert len(set(made)) == len(made)
    assert not set(made) & {was for was in old if was}


def test_a_done_date_cannot_be_unscheduled():
    steps = [
        {"ref": "s1", "done": {"precision": "unscheduled"}},
        {"ref": "s2", "planned": {"precision": "unscheduled"}},
    ]
    document = {"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein"}, "steps": steps}
    assert [problem.location for problem in problems_in(document)] == ["/steps/0/done"]
