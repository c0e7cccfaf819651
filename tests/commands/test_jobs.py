"""The commands jobs, reassess, flag_due and rules."""

import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from participation.compliance.evaluate import RuleFailed
from participation.compliance.problem_kinds import ProblemKind
from participation.compliance.rulebooks import load_rulebooks
from participation.models import JobRun, Obligation, OutboundEmail, Step, Transition
from participation.services.dossiers.dossiers import import_dossier
from participation.timetable import JOBS
from tests import towns, world

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
    return import_dossier(SQUARE, load_rulebooks("leiden"), date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC))


def test_flag_due_prints_how_many_transitions_it_recorded(square):
    assert "status transitions" in run("flag_due", "--on", "2026-04-18")
    assert Transition.objects.filter(to_status="overdue", obligation__rule="feedback-given").count() == 1
    assert "0 assessed, 0 status transitions" in run("flag_due", "--on", "2026-04-18")


def test_reassess_stores_and_prints_its_result(square):
    Step.objects.update(cancelled=True)
    output = run("reassess", "--on", "2026-03-02")
    receipt = JobRun.objects.get()
    assert receipt.counts["withdrawn"] > 0
    assert f"{receipt.counts['withdrawn']} withdrawn" in output
    assert load_rulebooks("leiden").hash in output


def test_reassess_prints_differences_with_their_cause_without_failing(square):
    run("reassess", "--on", "2026-03-02")
    Obligation.objects.filter(rule="feedback-given").update(due_on=date(2026, 5, 1))
    output = run("reassess", "--on", "2026-03-02")

    assert "1 differences" in output
    assert "trajectory plein feedback-given" in output
    assert "due_on 2026-05-01 → 2026-04-17" in output
    assert "Cause: what was stored was changed" in output


def test_reassess_has_its_own_exit_code_where_an_assessment_failed(square, monkeypatch):
    monkeypatch.setattr("participation.services.assessment.evaluate", fails)
    with pytest.raises(CommandError, match="1 failed") as found:
        run("reassess", "--on", "2026-03-02")

    assert found.value.returncode == 3


def fails(_facts, _rulebook):
    try:
        raise ZeroDivisionError("no days")
    except ZeroDivisionError as error:
        raise RuleFailed("feedback-given") from error


def test_flag_due_has_its_own_exit_code_where_a_chunk_failed(square, monkeypatch):
    monkeypatch.setattr("participation.services.assessment.flag_due", lambda *rest: 1 / 0)
    with pytest.raises(CommandError, match="the worker retries them") as found:
        run("flag_due")

    assert found.value.returncode == 3


def test_jobs_lists_the_timetable_with_the_last_and_next_runs(square):
    run("flag_due")
    lines = run("jobs").splitlines()

    assert [line.split()[0] for line in lines[1:]] == [job.name for job in JOBS]
    assert lines[1].endswith("in order")
    assert lines[2].endswith("has not run yet")


def test_a_scheduled_job_can_be_run_manually(square):
    assert "reassess-all as of 2026-03-02: 1 assessed" in run("jobs", "run", "reassess-all", "--on", "2026-03-02")
    assert JobRun.objects.get().slot is None


def test_a_manual_job_leaves_its_emails_to_the_worker_and_reports_that(square):
    world.user("coordinator")
    output = run("jobs", "run", "weekly-reports", "--on", "2026-05-04")

    assert "1 made" in output
    assert "the worker sends them" in output
    assert OutboundEmail.objects.get().state == "waiting"


@pytest.mark.django_db(transaction=True)
def test_a_manual_job_sends_emails_on_request(mailoutbox):
    import_dossier(SQUARE, load_rulebooks("leiden"), date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC))
    world.user("coordinator")

    assert "E-mail: 1 sent." in run("jobs", "run", "weekly-reports", "--on", "2026-05-04", "--send")
    assert len(mailoutbox) == 1


def test_an_unknown_job_is_rejected_with_the_known_names():
    with pytest.raises(CommandError, match="weekly-reports"):
        run("jobs", "run", "weekly-report")


def test_the_list_of_rules_has_every_rule_once():
    output = run("rules")
    for rule in load_rulebooks("leiden").first.rules:
        assert output.count(f"  {rule.id} ") == 1


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("rule", load_rulebooks("leiden").first.rules, ids=lambda rule: rule.id)
def test_a_rule_is_shown_with_its_source_count_and_examples(rule, language):
    output = run("rules", rule.id, "--language", language)
    assert rule.title[language] in output
    assert rule.why[language] in output
    assert all(
        load_rulebooks("leiden").first.sources[source.source].text[language] in output for source in rule.sources
    )
    assert all(example.title[language] in output for example in rule.examples)
    assert "{" not in output


def test_the_rulebook_as_json_contains_every_rule():
    found = json.loads(run("rules", "--format", "json"))
    assert [rule["id"] for rule in found["rules"]] == sorted(rule.id for rule in load_rulebooks("leiden").first.rules)
    assert found["hash"] == load_rulebooks("leiden").hash


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_rulebook_as_html_contains_every_rule_and_the_findings(tmp_path, language):
    path = tmp_path / "rules.html"
    run("rules", "--format", "html", "--language", language, "--output", str(path))
    page = path.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in page
    assert all(f'id="rule-{rule.id}"' in page for rule in load_rulebooks("leiden").first.rules)
    assert load_rulebooks("leiden").first.findings[0]["text"][language] in page


def test_an_unknown_rule_gets_a_suggestion():
    with pytest.raises(CommandError, match="did you mean 'feedback-given'"):
        run("rules", "feedback-givn")


def test_an_invalid_rulebook_fails_at_startup_with_file_rule_and_hint(monkeypatch, tmp_path):
    path = tmp_path / "eigen.yaml"
    path.write_text("rulebook: eigen\ntitle: {nl: E, en: O}\nrules:\n  - id: x\n    check: nothing\n", encoding="utf-8")
    monkeypatch.setattr(settings, "RULEBOOK", str(path))
    errors = [error for error in run_checks() if error.id == ProblemKind.UNKNOWN_VALUE.id]
    assert any("eigen.yaml:5: x: unknown check 'nothing'" in error.msg and error.hint for error in errors)


# ---------- several municipalities


@pytest.mark.django_db
def test_reassess_changed_costs_the_town_with_another_rulebook_only(settings):
    settings.RULEBOOK = towns.TOWNS
    for town in ("leiden", "oegstgeest"):
        towns.trajectory(town, town)
    assert "reassess-all as of" in run("reassess", "--changed")
    JobRun.objects.update(rulebooks={"": towns.LEIDEN.hash, "oegstgeest": "older"})
    output = run("reassess", "--changed")
    assert "reassess-changed as of" in output
    assert "1 assessed" in output
    assert f"Assessed with rulebook {towns.LEIDEN.hash}, oegstgeest: {towns.TOWN.hash}." in output
