"""Every file and every command of the manual on rulebooks works as shown."""

import io
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command

from participation.compliance.rule_parser import EXAMPLE, RULE, SCOPE
from participation.compliance.rulebook import RULEBOOK
from participation.compliance.rulebook_sections import CALENDAR, SOURCE
from participation.compliance.rulebooks import load_rulebooks
from participation.presentation.check_reference import check_reference

MANUAL = (Path(__file__).parents[1] / "docs" / "rulebook.md").read_text(encoding="utf-8")
#: A line of the output that the manual leaves out.
LEFT_OUT = "…"


class Block(NamedTuple):
    """A block of code on the page: its language and its text."""

    language: str
    text: str


class Command(NamedTuple):
    """A command on the page, and the output that it shows."""

    line: str
    output: list[str]


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)]


def commands_of(text):
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line.removeprefix("$ "), []))
        else:
            found[-1].output.append(line)
    return found


def run(line):
    """Return the lines that a command prints, with its error."""
    python, manage, name, *arguments = shlex.split(line)
    assert (python, manage) == ("python", "manage.py")
    output = io.StringIO()
    try:
        call_command(name, *arguments, stdout=output)
    except CommandError as error:
        output.write(f"{error}\n")
    return output.getvalue().splitlines()


def write_files(blocks):
    """Write the files in these blocks to the folder at hand: a rulebook goes on until the next one begins."""
    name = ""
    for block in blocks:
        if block.language == "json":
            (slug,) = re.findall(r'"slug": "([a-z-]+)"', block.text)
            Path(f"{slug}.json").write_text(block.text, encoding="utf-8")
        elif block.language == "yaml":
            name = (re.findall(r"^rulebook: (.+)$", block.text, re.MULTILINE) or [name])[0]
            with Path(f"{name}.yaml").open("a", encoding="utf-8") as file:
                file.write(f"{block.text}\n")


def test_every_block_is_a_file_or_commands():
    assert {block.language for block in BLOCKS} == {"yaml", "json", "console"}


@pytest.mark.django_db
def test_every_command_prints_what_the_page_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(BLOCKS)
    commands = [command for block in BLOCKS if block.language == "console" for command in commands_of(block.text)]
    assert len(commands) > 7
    for command in commands:
        shown = ".*".join(re.escape(part) for part in "\n".join(command.output).split(LEFT_OUT))
        printed = "\n".join(run(command.line))
        assert re.fullmatch(shown, printed, re.DOTALL), f"{command.line}\n{printed}"


def test_the_setting_on_the_page_names_rulebooks_of_several_towns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(BLOCKS)
    (setting,) = re.findall(r"^    RULEBOOK=(\S+)$", MANUAL, re.MULTILINE)
    rulebooks = load_rulebooks(setting.replace("/srv/leidraad/", ""))
    assert list(rulebooks.by_municipality) == ["leiden", "wilgendam"]


def test_the_tables_of_checks_are_those_that_the_command_prints():
    assert f"<!-- Printed by `manage.py rulebook checks`. -->\n{check_reference()}\n\n" in MANUAL
    assert run("python manage.py rulebook checks") == check_reference().splitlines()


@pytest.mark.parametrize(
    "part", [RULEBOOK, SOURCE, RULE, SCOPE, EXAMPLE, CALENDAR], ids=lambda part: next(iter(part.keys))
)
def test_the_manual_names_every_key(part):
    named = set(re.findall(r"`(\w+)(?:: [^`]*)?`|(\w+):", MANUAL))
    assert part.keys.keys() <= {word for pair in named for word in pair}
