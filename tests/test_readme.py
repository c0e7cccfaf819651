"""The examples of README and docs work as shown."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import obligations_under
from participation.compliance.obligations import status
from participation.compliance.rulebook import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob(".git[hl]*/**/*.md")])
#: A file or folder of the project, as the docs write it.
NAMED = re.compile(r"`((?:participation|templates|tests|tracker|docs|fixtures)/[\w./-]+)`")


def test_the_rulebook_in_the_readme_is_valid_and_its_examples_pass(tmp_path):
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


def test_the_commands_page_lists_exactly_the_existing_commands():
    named = set(re.findall(r"manage\.py (\w+)", COMMANDS))
    assert named <= get_commands().keys()
    assert {name for name, app in get_commands().items() if app == "participation"} <= named


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_named_on_a_page_exists(path):
    text = path.read_text(encoding="utf-8")
    targets = [path.parent / target for target in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", text)]
    targets += [ROOT / name for name in NAMED.findall(text)]
    assert [str(target) for target in targets if not target.exists()] == []


def test_the_readme_is_short():
    assert len(README.splitlines()) < 180
