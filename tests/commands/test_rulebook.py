"""A municipality makes a rulebook that loads, and hears of every mistake in it."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from participation.compliance.rulebook import RULEBOOKS_DIR, load, shipped_rulebooks
from participation.dossier.rulebook_schema import schema_text


def run(*arguments):
    output = StringIO()
    call_command("rulebook", *map(str, arguments), stdout=output)
    return output.getvalue()


def refusal(*arguments):
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == 1
    return str(refused.value)


def test_a_new_rulebook_loads_and_its_examples_pass(tmp_path):
    written = run("new", "onze-stad", "--folder", tmp_path)
    file = tmp_path / "onze-stad.yaml"
    assert written == f"Written: {file}. Fill it in, and check it with: python manage.py rulebook check {file}\n"
    assert run("check", file).splitlines()[0] == "No mistakes: onze-stad judges the trajectories of onze-stad."
    rulebook = load(file)
    assert (rulebook.name, rulebook.municipality) == ("onze-stad", "onze-stad")
    assert {rule.id for rule in load("basis").rules} < set(rulebook.by_id)


@pytest.mark.parametrize("base", shipped_rulebooks())
def test_a_new_rulebook_can_extend_any_shipped_one(tmp_path, base):
    run("new", "onze-stad", "--folder", tmp_path, "--extends", base, "--municipality", "elders")
    found = run("check", tmp_path / "onze-stad.yaml")
    adjusted = 0 if base == "nl" else 1
    inherited = len(load(base).rules)
    assert f"of which 1 its own and {inherited} inherited ({adjusted} adjusted)." in found
    assert load(tmp_path / "onze-stad.yaml").municipality == "elders"


def test_a_new_rulebook_can_extend_a_file_beside_it_and_repeats_nothing_of_it(tmp_path):
    run("new", "regio", "--folder", tmp_path)
    run("new", "onze-stad", "--folder", tmp_path, "--extends", "regio")
    run("check", tmp_path / "onze-stad.yaml")
    regio, own = load(tmp_path / "regio.yaml"), load(tmp_path / "onze-stad.yaml")
    assert {rule.id for rule in own.rules} - {rule.id for rule in regio.rules} == {"decision-followed-up2"}
    assert own.plan_items.keys() - regio.plan_items.keys() == {"after_the_decision2"}
    assert own.sources.keys() - regio.sources.keys() == {"V2"}


def test_the_first_line_of_a_new_rulebook_leads_an_editor_to_the_schema(tmp_path):
    folder = tmp_path / "regels"
    folder.mkdir()
    run("new", "onze-stad", "--folder", folder)
    first = (folder / "onze-stad.yaml").read_text(encoding="utf-8").splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert not Path(path).is_absolute()
    assert "://" not in path
    schema = json.loads((folder / path).read_text(encoding="utf-8"))
    assert schema["title"] == "Leidraad: rulebook"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["Onze Stad"], "'Onze Stad' is not a name like onze-stad: use small letters, digits and hyphens"),
        (["../onze-stad"], "'../onze-stad' is not a name like onze-stad"),
        (["x" * 61], "is not a name like onze-stad"),
        (["leiden"], "Leidraad has a rulebook 'leiden': choose another name, and write --extends leiden"),
        (["onze-stad", "--municipality", "Onze Stad"], "'Onze Stad' is not a name like onze-stad"),
        (["onze-stad", "--extends", "basiss"], "The rulebook to extend cannot be used:\nbasiss.yaml: there is no such"),
        (["er-al"], "er-al.yaml is there already: choose another name."),
        (["onze-stad", "--folder", "nergens"], "onze-stad.yaml cannot be written: No such file or directory."),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_is_written(tmp_path, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "er-al.yaml").write_text("mine", encoding="utf-8")
    assert reason in refusal("new", *arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["er-al.yaml"]
    assert (tmp_path / "er-al.yaml").read_text(encoding="utf-8") == "mine"


def test_check_lists_every_mistake_with_file_line_rule_and_hint(tmp_path):
    run("new", "onze-stad", "--folder", tmp_path)
    file = tmp_path / "onze-stad.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[V artikel 5]", "[W artikel 5]").replace("check: plan_says", "check: plan_sais"))
    lines = {line: number for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)}
    first, second, count = refusal("check", file).splitlines()
    place = f"onze-stad.yaml:{lines['    source: [W artikel 5]']}: decision-followed-up"
    assert first.startswith(f"{place}: unknown source 'W'. Known are: ")
    place = f"onze-stad.yaml:{lines['    check: plan_sais']}: decision-followed-up"
    assert second == f"{place}: unknown check 'plan_sais'. Did you mean 'plan_says'?"
    assert count == f"2 mistakes in {file}."


def test_check_reports_an_example_with_another_outcome(tmp_path):
    run("new", "onze-stad", "--folder", tmp_path)
    file = tmp_path / "onze-stad.yaml"
    text = file.read_text(encoding="utf-8").replace("expect: overdue", "expect: due_soon")
    file.write_text(text, encoding="utf-8")
    line = text[: text.index("expect: due_soon")].count("\n") + 1
    assert refusal("check", file).splitlines() == [
        f"onze-stad.yaml:{line}: decision-followed-up: "
        "on 2027-03-02 the status is overdue, where due_soon is expected. "
        "It is due on 2027-03-01, and not met.",
        f"1 mistake in {file}.",
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nergens.yaml", "nergens.yaml: there is no such rulebook. Check the path"),
        (".", "the file cannot be read: Is a directory"),
        ("groot.yaml", "groot.yaml: the file is larger than 1,000,000 bytes."),
        ("leeg.yaml", "leeg.yaml: this is no rulebook. Begin with `rulebook: NAME`"),
    ],
)
def test_a_file_that_is_no_rulebook_is_reported(tmp_path, name, reason):
    (tmp_path / "groot.yaml").write_text(f"rulebook: {'x' * 1_000_000}", encoding="utf-8")
    (tmp_path / "leeg.yaml").write_text("", encoding="utf-8")
    assert reason in refusal("check", tmp_path / name)


def test_check_allows_a_file_to_extend_one_in_another_folder(tmp_path):
    (tmp_path / "elders").mkdir()
    run("new", "regio", "--folder", tmp_path / "elders")
    run("new", "onze-stad", "--folder", tmp_path, "--extends", "elders/regio.yaml")
    assert "No mistakes" in run("check", tmp_path / "onze-stad.yaml")


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_every_shipped_rulebook_passes_the_check(name):
    found = run("check", RULEBOOKS_DIR / f"{name}.yaml")
    assert found.startswith(f"No mistakes: {name} ")
    assert f"Rules: {len(load(name).rules)}, " in found


def test_schema_prints_the_schema_file():
    assert run("schema") == schema_text()
