"""Whatever is sent as a rulebook, the loader gives a rulebook that can be used, or errors with place and remedy."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.compliance import wording
from participation.compliance.checks import CHECKS
from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.compliance.evaluate import obligations_under
from tests.compliance import odd_rulebooks
from tests.dossier import example

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True, scope="module")
def base(tmp_path_factory):
    with odd_rulebooks.small_base(tmp_path_factory.mktemp("rulebooks")):
        yield


CASES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "fixtures" / "cases").glob("*.json"))]
REGISTER = example.register()
FACTS = [
    *map(facts_of, CASES),
    *map(motion_of, REGISTER["motions"]),
    *map(commitment_of, REGISTER["commitments"]),
]


def _use(found):
    """Judge real cases by its own rules, and say everything that they yield: nothing of that may raise."""
    for facts in FACTS:
        for rule in found.rules_about(facts):
            for obligation in obligations_under(rule, facts) if rule.file == "onze-stad.yaml" else ():
                assert all(wording.message(rule, obligation, language) for language in ("nl", "en"))


def _load_or_refuse(content):
    found, problems = odd_rulebooks.problems(content)
    assert all(problem.reason and problem.hint and len(str(problem)) < 5_000 for problem in problems)
    assert (found is None) == bool(problems)
    if found:
        _use(found)


def test_a_rulebook_with_every_key_and_every_check_is_valid_and_usable():
    found = odd_rulebooks.loaded(odd_rulebooks.dumped(odd_rulebooks.document()))
    assert {rule.check for rule in found.rules if rule.file == "onze-stad.yaml"} == CHECKS.keys()
    _use(found)


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(odd_rulebooks.changed_documents())
def test_a_changed_rulebook_is_a_rulebook_or_a_list_of_errors(document):
    _load_or_refuse(odd_rulebooks.dumped(document))


TOKENS = ["&a ", "*a", "<<: ", "!!int ", "!!set ", "!x ", "? ", ": ", "- ", "[", "]", "{", "}", "|", ">", "%", "@", "`"]
TOKENS += ["'", '"', "#", ",", "\t", "\n", "\n---\n", "\r", "\0", "\x85", "\u2028", "\ufeff", "~", "=", "\\x00"]
LINES_OF_TEXT = odd_rulebooks.dumped(odd_rulebooks.document("plan_says", "feedback_given")).decode()


@given(st.lists(st.tuples(st.integers(0, len(LINES_OF_TEXT)), st.sampled_from(TOKENS), st.integers(0, 30)), max_size=4))
def test_a_changed_text_is_a_rulebook_or_a_list_of_errors(changes):
    text = LINES_OF_TEXT
    for position, token, left_out in changes:
        text = text[:position] + token + text[position + left_out :]
    _load_or_refuse(text.encode())


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_list_of_errors(content):
    found, problems = odd_rulebooks.problems(content)
    assert found is None
    assert all(problem.reason and problem.hint for problem in problems)
