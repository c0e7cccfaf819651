"""Every example in a rulebook is both documentation and a test."""

import pytest

from participation.compliance import wording
from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.compliance.evaluate import obligations_under
from participation.compliance.obligations import status
from participation.compliance.rulebook import load

READERS = {"dossier": facts_of, "motion": motion_of, "commitment": commitment_of}
LEIDEN = load("leiden")
EXAMPLES = [(rule, example) for rule in LEIDEN.rules for example in rule.examples]


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{rule.id}: {example.title['en']}" for rule, example in EXAMPLES]
)
def test_each_rule_gives_its_examples_the_promised_status(rule, example):
    ((kind, document),) = example.document.items()
    about = READERS[kind](document)
    found = {o.subject: status(o, example.on) for o in obligations_under(rule, about)}
    if example.expected == {"": "none"}:
        assert found == {}
    else:
        assert {subject: found.get(subject, "none") for subject in example.expected} == dict(example.expected)


@pytest.mark.parametrize("rule", LEIDEN.rules, ids=lambda rule: rule.id)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_message_of_every_example_is_a_complete_sentence(rule, language):
    for example in rule.examples:
        ((kind, document),) = example.document.items()
        for obligation in obligations_under(rule, READERS[kind](document)):
            message = wording.message(rule, obligation, language)
            assert message[0].isupper() or message[0] in "\"'“‘", message
            assert message.endswith("."), message
            assert not {"{", "}", "…"} & set(message), message
