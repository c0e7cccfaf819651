"""reassess, flag_due and rules, as they are typed."""

import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from participation.compliance.rulebook import load
from participation.models import AssessmentRun, Step, Transition
from participation.services.dossiers import import_dossier

SQUARE = {
    "dossier": 1,
    "trajectory": {"slug": "plein", "title": "Plein"},
    "steps": [{"ref": "avond", "kind": "activity", "planned": "2026-03-20"}],
}


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue()


@pytest.fixture
def square(db):
    return import_dossier(SQUARE, load("leiden"), date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC))


def test_flag_due_tells_how_much_it_noticed(square):
    assert "changes of status" in run("flag_due", "--on", "2026-04-18")
    assert Transition.objects.filter(to_status="overdue", obligation__rule="feedback-given").count() == 1
    assert "looked at 0, noticed 0" in run("flag_due", "--on", "2026-04-18")


def test_reassess_leaves_a_receipt_and_tells_it(square):
    Step.objects.update(cancelled=True)
    told = run("reassess", "--on", "2026-03-02")
    receipt = AssessmentRun.objects.get()
    assert receipt.counts["withdrawn"] > 0
    assert f"{receipt.counts['withdrawn']} withdrawn" in told
    assert load("leiden").hash in told


def test_reassess_refuses_an_empty_chunk(square):
    with pytest.raises(CommandError, match="at least 1"):
        run("reassess", "--chunk", "0")


def test_the_list_of_rules_has_every_rule_once():
    told = run("rules")
    for rule in load("leiden").rules:
        assert told.count(f"  {rule.id} ") == 1


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("rule", load("leiden").rules, ids=lambda rule: rule.id)
def test_one_rule_is_explained_with_its_source_its_count_and_its_examples(rule, language):
    told = run("rules", rule.id, "--language", language)
    assert rule.title[language] in told
    assert rule.why[language] in told
    assert all(load("leiden").sources[source.text][language] in told for source in rule.sources)
    assert all(example.title[language] in told for example in rule.examples)
    assert "{" not in told


def test_the_rulebook_as_json_holds_every_rule():
    found = json.loads(run("rules", "--format", "json"))
    assert [rule["id"] for rule in found["rules"]] == sorted(rule.id for rule in load("leiden").rules)
    assert found["hash"] == load("leiden").hash


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_rulebook_as_html_has_every_rule_and_the_findings_of_others(tmp_path, language):
    path = tmp_path / "rules.html"
    run("rules", "--format", "html", "--language", language, "--output", str(path))
    page = path.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in page
    assert all(f'id="rule-{rule.id}"' in page for rule in load("leiden").rules)
    assert load("leiden").findings[0]["text"][language] in page


def test_a_rule_that_is_not_there_gets_a_hint():
    with pytest.raises(CommandError, match="did you mean 'feedback-given'"):
        run("rules", "feedback-givn")


def test_a_broken_rulebook_stops_the_start_with_its_file_its_rule_and_a_hint(monkeypatch, tmp_path):
    path = tmp_path / "eigen.yaml"
    path.write_text("rulebook: eigen\ntitle: {nl: E, en: O}\nrules:\n  - id: x\n    check: nothing\n", encoding="utf-8")
    monkeypatch.setattr(settings, "RULEBOOK", str(path))
    errors = [error for error in run_checks() if error.id == "participation.E001"]
    assert any("eigen.yaml: x: unknown check 'nothing'" in error.msg and error.hint for error in errors)
