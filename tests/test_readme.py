"""What the README shows works as it stands there."""

import re
from pathlib import Path

from django.core.management import get_commands

from participation.compliance.evaluate import obligations_under
from participation.compliance.obligations import status
from participation.compliance.reading import facts_of
from participation.compliance.rulebook import load

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_rulebook_in_the_readme_is_sound_and_its_examples_come_out(tmp_path):
    (block,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "onze-stad.yaml"
    path.write_text(block, encoding="utf-8")
    rule = load(path).by_id["survey-announced"]
    for example in rule.examples:
        found = obligations_under(rule, facts_of(example.document["dossier"]))
        assert {o.subject: status(o, example.on) for o in found} == dict(example.expected)


def test_every_command_in_the_readme_exists():
    named = set(re.findall(r"manage\.py (\w+)", README))
    assert len(named) > 5
    assert named <= get_commands().keys()


def test_every_file_that_the_readme_points_to_is_there():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (Path(__file__).parents[1] / target).exists(), target
