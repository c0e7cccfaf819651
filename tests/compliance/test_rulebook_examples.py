"""Every example in a rulebook is both documentation and a test."""

import pytest

from participation.compliance import wording
from participation.compliance.examples import differences, obligations_of
from participation.compliance.rulebook import load, shipped_rulebooks

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
    assert differences(rule, example) == {}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_message_of_every_example_is_a_complete_sentence(rule, language):
    for example in rule.examples:
        for obligation in obligations_of(rule, example):
            message = wording.message(rule, obligation, language)
            assert message[0].isupper() or message[0] in "\"'“‘", message
            assert message.endswith("."), message
            assert not {"{", "}", "…"} & set(message), message
