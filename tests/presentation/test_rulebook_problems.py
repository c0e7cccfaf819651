"""Every problem of a rulebook is shown in Dutch and in English, with its place and the remedy."""

import re

import pytest
from django.utils import translation

from participation.compliance.problem_kinds import HintKind, ProblemKind
from participation.compliance.problems import RulebookError, RuleProblem
from participation.compliance.rulebook import load, load_upload
from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.rulebook_examples import example_problems
from participation.presentation.rulebook_problems import rulebook_problem_text
from tests.compliance.broken_rulebooks import BROKEN, HEAD, PARAMETERS, RULE, with_parameters, write
from tests.dossier.test_rulebook_examples import RULEBOOK

MESSAGES = sorted(
    {text for kind in ProblemKind for text in (kind.reason, kind.hint)} | {hint.value for hint in HintKind}
)
#: Those that show what another part of the program says.
WITHOUT_WORDS = {ProblemKind.WRONG_FACTS.reason, ProblemKind.WRONG_FACTS.hint}
VALUE = re.compile(r"%\((\w+)\)s")
EXTENDING = "rulebook: eigen\nextends: leiden\ntitle: {nl: Eigen, en: Own}\n"
VERSIONS = "versions: [{from: 2026-01-01, term: 14 days}]"
#: Mistakes that are none of the small rulebook's own.
SENT = [
    HEAD.encode("utf-16"),
    b"rulebook: " + b"x" * 1_000_000,
    b"a: \0",
    b"rulebook: eigen\nnotice: !!int x",
    ("a0: &a0 [1]\n" + "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))).encode(),
    (HEAD + RULE + RULE).encode(),
    (HEAD + "".join(f"  - {{id: Regel{n}}}\n" for n in range(300))).encode(),
    EXTENDING.replace("leiden", "elders").encode(),
    f"{EXTENDING}sources: {{V19: {{strength: wish, nl: a, en: b}}}}\n".encode(),
    f"{EXTENDING}adjust: [{{id: feedback-given, {VERSIONS}}}, {{id: feedback-given, {VERSIONS}}}]\n".encode(),
    f"{EXTENDING}adjust: [{{id: woo-decided, {VERSIONS}}}]\n".encode(),
    f"{EXTENDING.replace('leiden', 'nl')}adjust: [{{id: feedback-given, {VERSIONS}}}]\n".encode(),
    f"{EXTENDING}plan_items: {{frameworks: {{nl: a, en: b}}, Goal: {{nl: a}}}}\n".encode(),
    f"{EXTENDING}calendar: {{region: mid den}}\n".encode(),
    f"{HEAD}plan_items: {{{', '.join(f'i{n}: {{nl: a, en: b}}' for n in range(101))}}}\n".replace(
        "rules:\n", ""
    ).encode(),
]


def problems_of(load_one, *arguments):
    with pytest.raises(RulebookError) as refused:
        load_one(*arguments)
    return refused.value.problems


def example_problems_of(right, wrong):
    content = RULEBOOK.replace(right, wrong, 1).encode()
    return example_problems(load_upload(content, "voorbeelden.yaml"), content, "voorbeelden.yaml")


@pytest.fixture(scope="module")
def problems(tmp_path_factory):
    """Return the problems of many small rulebooks with a mistake."""
    folder = tmp_path_factory.mktemp("rulebooks")
    found = []
    for right, wrong, _reason in BROKEN:
        found += problems_of(load, write(folder, (HEAD + RULE).replace(right, wrong, 1)))
    for check, parameters, _reason in PARAMETERS:
        found += problems_of(load_upload, with_parameters(check, parameters).encode(), "waarden.yaml")
    for content in SENT:
        found += problems_of(load_upload, content, "voorstel.yaml")
    items = "title: {nl: a, en: b}\nplan_items: {goal: {nl: a, en: b}}\n"
    write(folder, f"rulebook: elders\n{items}", "elders.yaml")
    own = write(folder, f"rulebook: eigen\nextends: elders\n{items}")
    other = write(folder, "rulebook: ander\nmunicipality: leiden\nextends: nl\ntitle: {nl: a, en: b}\n", "ander.yaml")
    found += [*problems_of(load, own), *problems_of(load, f"{folder}/")]
    found += problems_of(load_rulebooks, f"leiden,,nergens,leiden,nl,{other}")
    for right, wrong in (
        ("steps:\n", "stepz:\n"),
        ("expect: {avond: met}", "expect: none"),
        ("expect: {avond: met}", "expect: met"),
        ("expect: {avond: overdue}", "expect: {avond: due_soon}"),
        ("planned: 2027-03-15, announced_on", "announced_on"),
        ("Announcement of {about}.", "Announcement of {about} by {due}."),
    ):
        found += example_problems_of(right, wrong)
    return found


@pytest.mark.parametrize("kind", ProblemKind)
def test_every_kind_of_problem_is_found_in_a_small_rulebook(problems, kind):
    assert [problem for problem in problems if problem.kind is kind]


@pytest.mark.parametrize("hint", HintKind)
def test_every_hint_is_given_for_a_small_rulebook(problems, hint):
    assert [problem for problem in problems if problem.hint_kind is hint]


def test_a_problem_is_shown_with_its_place_its_values_and_the_remedy(problems):
    for problem in problems:
        for language in ("nl", "en"):
            with translation.override(language):
                shown = rulebook_problem_text(problem)
            used = {name for message in problem.messages for name in VALUE.findall(message)}
            values = {name: value for name, value in problem.items if isinstance(value, str) and name in used}
            assert all(value in shown or value[0].upper() + value[1:] in shown for value in values.values() if value)
            assert shown.startswith(problem.file)
            assert problem.rule in shown
            assert str(problem.line or "") in shown
            assert "%(" not in shown


@pytest.mark.parametrize("message", MESSAGES)
def test_every_sentence_is_there_in_dutch_with_the_same_values(message):
    with translation.override("nl"):
        dutch = translation.gettext(message)
    assert sorted(VALUE.findall(dutch)) == sorted(VALUE.findall(message))
    assert (dutch == message) == (message in WITHOUT_WORDS)


def test_every_id_is_stable_in_form_and_stands_once():
    ids = [kind.id for kind in ProblemKind]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"rulebook\.E[0-9]{3}", found) for found in ids)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("nl", "a.yaml, regelnummer 3, x: `levels` heeft 1.200 sleutels. Schrijf er hoogstens 1.000."),
        ("en", "a.yaml, line 3, x: levels: it has 1,200 keys. Write at most 1,000."),
    ],
)
def test_numbers_are_written_as_in_the_language_of_the_reader(language, shown):
    items = (("name", "levels"), ("count", 1_200), ("most", 1_000))
    with translation.override(language):
        assert rulebook_problem_text(RuleProblem("a.yaml", "x", ProblemKind.TOO_MANY_KEYS, None, items, 3)) == shown
