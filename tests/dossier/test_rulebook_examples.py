"""The examples of a rulebook are tried: their facts, the status that they expect, and what the message names."""

import pytest

from participation.compliance.rulebook import RULEBOOKS_DIR, load, load_upload, shipped_rulebooks
from participation.dossier.rulebook_examples import example_problems

#: A rule of which the first example stands on line 16, and its facts on line 17.
RULEBOOK = """rulebook: onze-stad
title: {nl: Onze stad, en: Our town}
sources: {V: {strength: ordinance, nl: Verordening, en: Ordinance, from: 2027-01-01}}
rules:
  - id: meeting-announced
    basic: timely-involvement
    title: {nl: Aangekondigd, en: Announced}
    why: {nl: Omdat., en: Because.}
    remedy: {nl: Doe het., en: Do it.}
    message: {nl: "Aankondiging van {about}.", en: "Announcement of {about}."}
    source: [V artikel 5]
    check: step_dated
    applies_to: {started_from: 2027-01-01}
    versions: [{from: 2027-01-01, kinds: [activity], on: announced_on, term: -14 days}]
    examples:
      - title: {nl: Op tijd, en: In time}
        dossier:
          trajectory: {started_on: 2027-02-01}
          steps:
            - {ref: avond, kind: activity, planned: 2027-03-15, announced_on: 2027-03-01, audience: [wijk-a]}
        on: 2027-03-02
        expect: {avond: met}
      - title: {nl: Niet aangekondigd, en: Not announced}
        dossier: {trajectory: {started_on: 2027-02-01}, steps: [{ref: avond, kind: activity, planned: 2027-03-15}]}
        on: 2027-03-02
        expect: {avond: overdue}
      - title: {nl: Zonder dag, en: Without a day}
        dossier: {trajectory: {started_on: 2027-02-01}, steps: [{ref: avond, kind: activity}]}
        on: 2027-03-02
        expect: {avond: unknown}
"""


def problems(text):
    content = text.encode()
    found = example_problems(load_upload(content, "onze-stad.yaml"), content, "onze-stad.yaml")
    assert all(problem.hint and problem.rule == "meeting-announced" for problem in found)
    return [str(problem).partition(": meeting-announced: ")[::2] for problem in found]


def test_examples_that_are_right_give_no_problems():
    assert problems(RULEBOOK) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason"),
    [
        (
            "announced_on: 2027-03-01",
            "announced_on: 2027-03-02",
            22,
            "on 2027-03-02 the status of avond is met_late, where met is expected. "
            "It is due on 2027-03-01, and met on 2027-03-02.",
        ),
        (
            "expect: {avond: overdue}",
            "expect: {avond: due_soon}",
            26,
            "on 2027-03-02 the status of avond is overdue, where due_soon is expected. "
            "It is due on 2027-03-01, and not met.",
        ),
        (
            "expect: {avond: overdue}",
            "expect: {avnd: overdue}",
            26,
            "on 2027-03-02 the status of avnd is none, where overdue is expected. There are obligations for: avond.",
        ),
        (
            "expect: {avond: met}",
            "expect: none",
            22,
            "on 2027-03-02 the status of avond is met, where none is expected. "
            "It is due on 2027-03-01, and met on 2027-03-01.",
        ),
        (
            "trajectory: {started_on: 2027-02-01}\n",
            "trajectory: {started_on: 2026-02-01}\n",
            22,
            "on 2027-03-02 the status of avond is none, where met is expected. "
            "The rule does not apply here: look at `applies_to`, at `from`, and at the kinds that it is about.",
        ),
        (
            "planned: 2027-03-15, announced_on",
            "announced_on",
            22,
            "on 2027-03-02 the status of avond is unknown, where met is expected. What is missing: its date.",
        ),
        (
            "steps:\n",
            "stepz:\n",
            19,
            "dossier/stepz: this key is not known here. Did you mean 'steps'?",
        ),
        (
            "kind: activity, planned: 2027-03-15, a",
            "kind: activty, planned: 2027-03-15, a",
            20,
            "dossier/steps/0/kind: 'activty' is not a word for this. Did you mean 'activity'? One of: contact,",
        ),
        (
            "planned: 2027-03-15, announced_on: 2027-03-01",
            "planned: 15 maart, announced_on: 2027-03-01",
            20,
            "dossier/steps/0/planned: '15 maart' is not a date like",
        ),
        (
            "{trajectory: {started_on: 2027-02-01}, steps: [{ref: avond, kind: activity, planned: 2027-03-15}]}",
            "{trajectory: 3}",
            24,
            "dossier/trajectory: 3 is not an object.",
        ),
        (
            "Announcement of {about}.",
            "Announcement of {about} by {due}.",
            27,
            "the message names {due}, and in this example there is nothing to fill it with. Leave it out",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_in_an_example_is_reported_on_its_line_with_a_hint(right, wrong, line, reason):
    assert right in RULEBOOK
    ((place, message),) = problems(RULEBOOK.replace(right, wrong, 1))
    assert place == f"onze-stad.yaml:{line}"
    assert message.startswith(reason)


def test_examples_of_motions_and_commitments_are_tried_too():
    text = RULEBOOK.replace("check: step_dated", "check: commitment_kept").replace("{about}", "{anchor}")
    text = text.replace("    applies_to: {started_from: 2027-01-01}\n", "")
    text = text.replace(", kinds: [activity], on: announced_on, term: -14 days", "")
    rows = [
        ("{due_on: 2027-03-01, fulfiled_on: 2027-03-01}", "overdue"),
        ("{due_on: 2027-03-01, made_on: 2027-02-01}", "met"),
        ("{made_on: 2027-02-01}", "unknown"),
    ]
    text = text[: text.index("      - title")] + "".join(
        f"      - {{title: {{nl: a, en: b}}, commitment: {document}, on: 2027-04-01, expect: {expected}}}\n"
        for document, expected in rows
    )
    first, second = problems(text)
    assert first[1] == "commitment/fulfiled_on: this key is not known here. Did you mean 'fulfilled_on'?"
    assert second[1].startswith("on 2027-04-01 the status is overdue, where met is expected.")


def test_more_mistakes_than_can_be_listed_are_cut_off():
    rows = ", ".join(f"{{ref: s{n}, kind: activty}}" for n in range(150))
    text = RULEBOOK.replace("steps: [{ref: avond, kind: activity}]", f"steps: [{rows}]")
    text = text.replace("steps: [{ref: avond, kind: activity, planned: 2027-03-15}]", f"steps: [{rows}]")
    content = text.encode()
    *listed, last = example_problems(load_upload(content, "onze-stad.yaml"), content, "onze-stad.yaml")
    assert len(listed) == 200
    assert str(last) == "onze-stad.yaml: more than 200 mistakes: the rest is not listed. Correct these first."


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_the_facts_of_all_shipped_examples_are_valid(name):
    path = RULEBOOKS_DIR / f"{name}.yaml"
    assert example_problems(load(name), path.read_bytes(), path.name) == []
