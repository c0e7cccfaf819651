"""What the jobs of the timetable do: each with the numbers that its receipt gives."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest

from participation.compliance.rulebook import load
from participation.models import JobRun, Obligation, Organisation, Step, Trajectory, Transition
from participation.services import job_definitions, jobs
from participation.services.dossiers import import_dossier
from tests import world

RULEBOOK = load("leiden")
TODAY, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PLANNED = {
    "dossier": 1,
    "trajectory": {"slug": "plein", "title": "Plein", "kind": "public_space", "status": "active"},
    "steps": [{"ref": "avond", "kind": "activity", "planned": "2026-03-20", "audience": ["residents"]}],
}

pytestmark = pytest.mark.django_db


def take_in(slug="plein", now=NOW):
    document = deepcopy(PLANNED)
    document["trajectory"]["slug"] = slug
    import_dossier(document, RULEBOOK, TODAY, now)
    return Trajectory.objects.get(slug=slug)


def run(kind, now=NOW, day=TODAY, rulebook=RULEBOOK):
    return jobs.run(kind, day, rulebook, now, lambda: now)


def behind_the_services_back(square, at):
    """Somebody moved the evening in a way that left a line of history and judged nothing."""
    step = Step.objects.get(trajectory=square)
    step.cancelled = True
    step._history_date = at
    step.save()


# ---------- what time has changed


def test_however_many_workers_notice_what_fell_due_each_is_noticed_once(monkeypatch):
    monkeypatch.setattr(job_definitions, "DUE", 3)
    monkeypatch.setattr(jobs, "MOST_HANDED_OUT", 100)
    for number in range(4):
        take_in(f"plein-{number}")
    later = date(2026, 6, 1)
    receipt = run("flag-due", NOW + 90 * DAY, later)
    assert receipt.chunks.count() > 3
    overdue = Transition.objects.filter(to_status="overdue", obligation__rule="feedback-given")
    assert overdue.count() == overdue.values("obligation").distinct().count() == 4
    assert receipt.counts["noticed"] == Transition.objects.filter(noticed_at=NOW + 90 * DAY).count()
    assert run("flag-due", NOW + 91 * DAY, later).counts == {"assessed": 0, "noticed": 0}


# ---------- the proof


def test_where_nothing_drifted_nothing_is_told():
    take_in()
    run("reassess-all")
    receipt = run("reassess-all", NOW + DAY)
    assert receipt.differences == []
    assert {name: number for name, number in receipt.counts.items() if number} == {"assessed": 1}


def test_facts_that_were_changed_without_being_judged_are_told_with_where_and_when():
    square = take_in()
    run("reassess-all")
    behind_the_services_back(square, NOW + timedelta(hours=3))
    receipt = run("reassess-all", NOW + DAY)
    assert receipt.counts["differences"] == len(receipt.differences) > 0
    line = next(line for line in receipt.differences if line["rule"] == "feedback-given")
    assert (line["name"], line["subject"], line["what"]) == ("plein", "avond", "withdrawn")
    assert line["before"]["due_on"] == "2026-04-17"
    assert line["after"] == {}
    assert (line["cause"], line["table"]) == ("facts", "step")
    assert line["at"] == (NOW + timedelta(hours=3)).isoformat()
    assert run("reassess-all", NOW + 2 * DAY).differences == [], "it was mended"


def test_what_was_changed_in_the_store_itself_is_told_as_that():
    take_in()
    run("reassess-all", NOW + timedelta(minutes=1))
    Obligation.objects.filter(rule="feedback-given").update(due_on=date(2026, 5, 1), strict_due_on=None)
    (line,) = run("reassess-all", NOW + DAY).differences
    assert (line["what"], line["before"]["due_on"], line["cause"]) == ("changed", "2026-05-01", "stored")


def test_another_version_of_the_code_is_told_as_the_cause(settings):
    take_in()
    run("reassess-all", NOW + timedelta(minutes=1))
    Obligation.objects.filter(rule="feedback-given").update(due_on=date(2026, 5, 1), strict_due_on=None)
    before, settings.CODE_VERSION = settings.CODE_VERSION, "9.9"
    (line,) = run("reassess-all", NOW + DAY).differences
    assert (line["cause"], line["code_before"], line["code_after"]) == ("code", before, "9.9")


def test_an_organisation_that_became_something_else_is_told_as_the_cause():
    take_in()
    association = Organisation.objects.create(slug="buren", name="Buren", kind="residents_association")
    run("reassess-all", NOW + timedelta(minutes=1))
    association._history_date = NOW + timedelta(hours=2)
    association.kind = "business_association"
    association.save()
    Obligation.objects.filter(rule="feedback-given").update(due_on=date(2026, 5, 1), strict_due_on=None)
    (line,) = run("reassess-all", NOW + DAY).differences
    assert (line["cause"], line["table"]) == ("facts", "organisation")


def test_what_another_rulebook_brings_about_is_counted_and_is_no_defect():
    square = take_in()
    run("reassess-all")
    JobRun.objects.update(rulebook="another")
    behind_the_services_back(square, NOW + timedelta(hours=3))
    receipt = run("reassess-all", NOW + DAY)
    assert receipt.differences == []
    assert receipt.counts["by_rulebook"] > 0
    assert "differences" not in receipt.counts


def test_the_first_proof_has_nothing_to_be_held_against():
    square = take_in()
    behind_the_services_back(square, NOW)
    receipt = run("reassess-all", NOW + DAY)
    assert receipt.counts["withdrawn"] > 0
    assert receipt.differences == []


# ---------- what changed


def test_only_what_was_recorded_since_the_last_proof_is_looked_at():
    for number in range(5):
        take_in(f"plein-{number}")
    run("reassess-all", NOW + timedelta(minutes=1))
    behind_the_services_back(Trajectory.objects.get(slug="plein-1"), NOW + timedelta(hours=2))
    behind_the_services_back(Trajectory.objects.get(slug="plein-3"), NOW + timedelta(hours=3))
    receipt = run("reassess-changed", NOW + DAY)
    assert receipt.counts["assessed"] == 2
    assert {line["name"] for line in receipt.differences} == {"plein-1", "plein-3"}
    assert run("reassess-changed", NOW + 2 * DAY).counts["assessed"] == 0


def test_before_the_first_proof_there_is_nothing_to_go_by():
    take_in()
    receipt = run("reassess-changed")
    assert (receipt.chunks.count(), receipt.finished_at) == (0, NOW)


@pytest.mark.parametrize("count", [1, 50])
def test_the_proof_takes_the_same_queries_for_one_trajectory_and_for_fifty(count, django_assert_max_num_queries):
    for number in range(count):
        world.trajectory(f"t{number}")
    run("reassess-all")
    Obligation.objects.update(due_on=date(2026, 5, 1), strict_due_on=None)
    with django_assert_max_num_queries(72):
        run("reassess-all", NOW + DAY)


def test_every_job_of_the_timetable_is_known_and_no_other():
    assert set(job_definitions.KINDS) == set(jobs.BY_NAME)
