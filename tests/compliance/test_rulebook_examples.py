"""Every example in a rulebook is both documentation and a test."""

import pytest

from participation.compliance import wording
from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.compliance.evaluate import obligations_under
from participation.compliance.obligations import status
from participation.compliance.rulebook import load, shipped_rulebooks

READERS = {"dossier": facts_of, "motion": motion_of, "commitment": commitment_of}
#: Each rule of each shipped rulebook, once: a rule that is inherited is the same.
RULES = {
    f"{rule.file.removesuffix('.yaml')} {rule.id}": rule for name in shipped_rulebooks() for rule in load(name).rules
}
EXAMPLES = [(name, rule, example) for name, rule in RULES.items() for example in rule.examples]


@pytest.mark.parametrize(
    ("rule", "example"),
    [(rule, example) for _name, rule, example in EXAMPLES],
    ids=[f"{name}: {example.title['en']}" for name, _rule, example in EXAMPLES],
)
def test_each_rule_gives_its_examples_the_promised_status(rule, example):
    ((kind, document),) = example.document.items()
    about = READERS[kind](document)
    found = {o.subject: status(o, example.on) for o in obligations_under(rule, about)}
    if example.expected == {"": "none"}:
        assert found == {}
    else:
        assert {subject: found.get(subject, "none") for subject in example.expected} == dict(example.expected)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_message_of_every_example_is_a_complete_sentence(rule, language):
    for example in rule.examples:
        ((kind, document),) = example.document.items()
        for obligation in obligations_under(rule, READERS[kind](document)):
            message = wording.message(rule, obligation, language)
            assert message[0].isupper() or message[0] in "\"'“‘", message
            assert message.endswith("."), message
            assert not {"{", "}", "…"} & set(message), message
