"""Each job of the timetable: what it does, and the counts in its job run."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from participation.compliance.evaluate import RuleFailed
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Commitment, JobRun, Obligation, Organisation, Request, Step, Trajectory, Transition
from participation.services import assessment
from participation.services.dossiers.dossiers import import_dossier, import_register
from participation.services.jobs import job_definitions, jobs
from tests import towns, world

RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PLANNED = {
    "dossier": 1,
    "trajectory": {"slug": "plein", "title": "Plein", "kind": "public_space", "status": "active"},
    "steps": [{"ref": "avond", "kind": "activity", "planned": "2026-03-20", "audience": ["residents"]}],
}

pytestmark = pytest.mark.django_db


def add_trajectory(slug="plein", now=NOW):
    document = deepcopy(PLANNED)
    document["trajectory"]["slug"] = slug
    import_dossier(document, RULEBOOKS, TODAY, now)
    return Trajectory.objects.get(slug=slug)


def run(kind, now=NOW, day=TODAY, rulebooks=RULEBOOKS):
    return jobs.run(kind, day, rulebooks, now, lambda: now)


def behind_the_services_back(square, at):
    """Change the date of a step without an assessment, as outside code would."""
    step = Step.objects.get(trajectory=square)
    step.cancelled = True
    step._history_date = at
    step.save()


# ---------- flag-due


def test_concurrent_workers_log_each_due_transition_once(monkeypatch):
    monkeypatch.setattr(job_definitions, "CHUNK_DUE_ROWS", 3)
    monkeypatch.setattr(jobs, "MAX_QUEUED_CHUNKS", 100)
    for number in range(4):
        add_trajectory(f"plein-{number}")
    later = date(2026, 6, 1)
    receipt = run("flag-due", NOW + 90 * DAY, later)
    assert receipt.chunks.count() > 3
    overdue = Transition.objects.filter(to_status="overdue", obligation__rule="feedback-given")
    assert overdue.count() == overdue.values("obligation").distinct().count() == 4
    assert receipt.counts["noticed"] == Transition.objects.filter(noticed_at=NOW + 90 * DAY).count()
    assert run("flag-due", NOW + 91 * DAY, later).counts == {"assessed": 0, "noticed": 0}


# ---------- reassess-all


def test_without_differences_nothing_is_reported():
    add_trajectory()
    run("reassess-all")
    for kind, counts in (("reassess-all", {"compared": 1}), ("reassess-full", {"assessed": 1})):
        receipt = run(kind, NOW + DAY)
        assert receipt.differences == []
        assert {name: number for name, number in receipt.counts.items() if number} == counts


def test_only_what_differs_from_its_fingerprint_is_judged_again():
    squares = [add_trajectory(f"plein-{number}") for number in range(3)]
    assert run("reassess-all").counts["assessed"] == 3
    behind_the_services_back(squares[1], NOW + timedelta(hours=3))
    receipt = run("reassess-all", NOW + DAY)
    assert (receipt.counts["compared"], receipt.counts["assessed"]) == (3, 1)
    assert {line["name"] for line in receipt.differences} == {"plein-1"}
    # It was found to be wrong, so it is judged once more before it is taken to be right.
    assert [run("reassess-all", NOW + days * DAY).counts["assessed"] for days in (2, 3)] == [1, 0]


def test_what_was_judged_as_changed_is_not_judged_again_that_night():
    square = add_trajectory()
    run("reassess-all", NOW + timedelta(minutes=1))
    world.record(Step.objects.get(trajectory=square), "2026-03-02 12:00", title="Avond")
    assessment.reassess_one("trajectory", square.pk, RULEBOOKS, TODAY, NOW)
    assert run("reassess-changed", NOW + DAY).counts["assessed"] == 1
    assert run("reassess-all", NOW + DAY).counts["assessed"] == 0


@pytest.mark.parametrize("owner_type", ["motion", "commitment", "request"])
def test_the_register_is_compared_too(owner_type):
    asked = {"number": "V-1", "kind": "woo", "received_on": "2026-01-05"}
    motion, promise = {"number": "M-1", "adopted_on": "2026-01-05"}, {"number": "T-1", "made_on": "2026-01-05"}
    register = {"register": 1, "requests": [asked], "motions": [motion], "commitments": [promise]}
    import_register(register, RULEBOOKS, TODAY, NOW)
    run("reassess-all", NOW + timedelta(minutes=1))
    assert run("reassess-all", NOW + DAY).counts["assessed"] == 0
    changed = Obligation.objects.exclude(**{owner_type: None}).update(due_on=date(2026, 12, 1), strict_due_on=None)
    receipt = run("reassess-all", NOW + DAY)
    assert changed > 0
    assert (receipt.counts["compared"], receipt.counts["assessed"]) == (3, 1)
    assert {line["of"] for line in receipt.differences} == {owner_type}


def test_a_killed_comparison_leaves_what_it_had_not_judged_for_the_next(monkeypatch):
    squares = [add_trajectory(f"plein-{number}") for number in range(2)]
    run("reassess-all")
    for square in squares:
        behind_the_services_back(square, NOW + timedelta(hours=3))
    reassess_before = assessment.reassess

    def killed(owner_type, keys, *rest, **options):
        if squares[1].pk in keys:
            raise SystemExit
        return reassess_before(owner_type, keys, *rest, **options)

    monkeypatch.setattr(assessment, "CHUNK_SIZE", 1)
    monkeypatch.setattr(assessment, "chunks", lambda rows: [[key] for key in rows.values_list("pk", flat=True)])
    monkeypatch.setattr(assessment, "reassess", killed)
    with pytest.raises(SystemExit):
        run("reassess-all", NOW + DAY)
    monkeypatch.undo()
    receipt = run("reassess-all", NOW + 2 * DAY)
    assert receipt.counts["assessed"] == 2
    assert {line["name"] for line in receipt.differences} == {"plein-1"}


def test_where_a_rule_fails_the_owner_is_judged_again_every_night(monkeypatch):
    add_trajectory()
    monkeypatch.setattr(assessment, "evaluate", fails)
    assert [run("reassess-all", NOW + days * DAY).counts["failed"] for days in (0, 1)] == [1, 1]


def fails(_facts, _rulebook):
    try:
        raise ZeroDivisionError("no days")
    except ZeroDivisionError as error:
        raise RuleFailed("feedback-given") from error


def test_facts_changed_without_assessment_are_reported_with_location_and_time():
    square = add_trajectory()
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


def test_requests_and_fulfilments_of_the_register_are_reassessed_and_their_changes_named():
    asked = {"number": "V-1", "kind": "woo", "received_on": "2026-01-05"}
    promise = {"number": "T-1", "made_on": "2025-01-01", "repeats": {"every_months": 6, "first_due_on": "2025-12-31"}}
    import_register({"register": 1, "requests": [asked], "commitments": [promise]}, RULEBOOKS, TODAY, NOW)
    world.request(add_trajectory())
    assert run("reassess-all").counts["assessed"] == 3
    request, fulfilment = Request.objects.in_register().get(), Commitment.objects.get().fulfilments.model
    world.record(request, "2026-03-02 12:00", kind="complaint")
    world.record(fulfilment(commitment=Commitment.objects.get(), on=world.on("2025-12-01")), "2026-03-02 12:30")

    receipt = run("reassess-changed", NOW + DAY)

    found = {(line["of"], line["name"], line["rule"], line["what"], line["table"]) for line in receipt.differences}
    assert found == {
        ("request", "V-1", "woo-decided", "withdrawn", "request"),
        ("request", "V-1", "complaint-handled", "added", "request"),
        ("commitment", "T-1", "commitment-kept", "changed", "fulfilment"),
        ("commitment", "T-1", "commitment-kept", "added", "fulfilment"),
    }


def test_changes_in_the_database_itself_are_reported_as_such():
    add_trajectory()
    run("reassess-all", NOW + timedelta(minutes=1))
    Obligation.objects.filter(rule="feedback-given").update(due_on=date(2026, 5, 1), strict_due_on=None)
    (line,) = run("reassess-all", NOW + DAY).differences
    assert (line["what"], line["before"]["due_on"], line["cause"]) == ("changed", "2026-05-01", "stored")


def test_another_code_version_is_reported_as_the_cause(settings):
    add_trajectory()
    run("reassess-all", NOW + timedelta(minutes=1))
    Obligation.objects.filter(rule="feedback-given").update(due_on=date(2026, 5, 1), strict_due_on=None)
    before, settings.CODE_VERSION = settings.CODE_VERSION, "9.9"
    (line,) = run("reassess-all", NOW + DAY).differences
    assert (line["cause"], line["code_before"], line["code_after"]) == ("code", before, "9.9")


def test_a_changed_kind_of_organisation_is_reported_as_the_cause():
    add_trajectory()
    association = Organisation.objects.create(slug="buren", name="Buren", kind="residents_association")
    run("reassess-all", NOW + timedelta(minutes=1))
    association._history_date = NOW + timedelta(hours=2)
    association.kind = "business_association"
    association.save()
    Obligation.objects.filter(rule="feedback-given").update(due_on=date(2026, 5, 1), strict_due_on=None)
    (line,) = run("reassess-all", NOW + DAY).differences
    assert (line["cause"], line["table"]) == ("facts", "organisation")


def test_differences_caused_by_another_rulebook_are_counted_but_not_reported():
    square = add_trajectory()
    run("reassess-all")
    JobRun.objects.update(rulebooks={"": "another"})
    behind_the_services_back(square, NOW + timedelta(hours=3))
    receipt = run("reassess-all", NOW + DAY)
    assert receipt.differences == []
    assert receipt.counts["by_rulebook"] > 0
    assert "differences" not in receipt.counts


def test_the_first_full_reassessment_reports_no_differences():
    square = add_trajectory()
    behind_the_services_back(square, NOW)
    receipt = run("reassess-all", NOW + DAY)
    assert receipt.counts["withdrawn"] > 0
    assert receipt.differences == []


# ---------- reassess-changed


def test_only_trajectories_changed_since_the_last_full_run_are_reassessed():
    for number in range(5):
        add_trajectory(f"plein-{number}")
    run("reassess-all", NOW + timedelta(minutes=1))
    behind_the_services_back(Trajectory.objects.get(slug="plein-1"), NOW + timedelta(hours=2))
    behind_the_services_back(Trajectory.objects.get(slug="plein-3"), NOW + timedelta(hours=3))
    receipt = run("reassess-changed", NOW + DAY)
    assert receipt.counts["assessed"] == 2
    assert {line["name"] for line in receipt.differences} == {"plein-1", "plein-3"}
    assert run("reassess-changed", NOW + 2 * DAY).counts["assessed"] == 0


def test_before_the_first_full_run_nothing_is_reassessed():
    add_trajectory()
    receipt = run("reassess-changed")
    assert (receipt.chunks.count(), receipt.finished_at) == (0, NOW)


@pytest.mark.parametrize("count", [1, 50])
def test_reassessing_fifty_trajectories_takes_as_many_queries_as_one(count, django_assert_max_num_queries):
    for number in range(count):
        world.trajectory(f"t{number}")
    run("reassess-all")
    Obligation.objects.update(due_on=date(2026, 5, 1), strict_due_on=None)
    # On SQLite, where each of eleven tables is hashed by a query of its own, twice.
    with django_assert_max_num_queries(95):
        run("reassess-all", NOW + DAY)


def test_exactly_the_jobs_of_the_timetable_are_defined():
    assert set(job_definitions.JOB_DEFINITIONS) == set(jobs.JOBS_BY_NAME)


# ---------- several municipalities


def judge(kind, rulebooks, days=0):
    """Run a reassessment an hour after the trajectories were recorded, or this many days later."""
    return run(kind, towns.NOW + timedelta(hours=1) + days * DAY, towns.TODAY, rulebooks)


def town_with_another_rulebook(tmp_path):
    """Return the rulebooks after a change in Oegstgeest: feedback within eight days."""
    path = tmp_path / "oegstgeest.yaml"
    text = Path(towns.OEGSTGEEST).read_text(encoding="utf-8")
    changed = text.replace("term: 56 days", "term: 8 days").replace("2026-03-30", "2026-02-10")
    path.write_text(changed, encoding="utf-8")
    return load_rulebooks(f"leiden,{path}")


def assessed_owners(monkeypatch):
    """Return the list of the owners whose facts are read from now on."""
    found = []

    def reading(read):
        def facts(keys, *args):
            found.extend(keys)
            return read(keys, *args)

        return facts

    owners = {name: (model, reading(read)) for name, (model, read) in assessment.OWNERS.items()}
    monkeypatch.setattr(assessment, "OWNERS", owners)
    return found


def test_a_change_of_rulebook_in_one_town_costs_that_town_only(monkeypatch, tmp_path):
    leiden = [towns.trajectory(f"plein-{n}", "leiden") for n in range(3)]
    park = towns.trajectory("park", "oegstgeest")
    towns.recorded(world.motion(municipality="leiden"))
    judge("reassess-all", towns.RULEBOOKS)
    changed, read = town_with_another_rulebook(tmp_path), assessed_owners(monkeypatch)
    outcome = judge("reassess-changed", changed, days=1)
    assert read == [park.pk]
    assert [(c.of, c.first, c.last) for c in outcome.chunks.all()] == [("trajectory", park.pk, park.pk)]
    assert (outcome.counts["assessed"], outcome.counts["by_rulebook"]) == (1, 1)
    assert outcome.rulebooks == {"": towns.LEIDEN.hash, "oegstgeest": changed.for_municipality("oegstgeest").hash}
    assert Obligation.objects.get(trajectory=park, rule="feedback-given").due_on == date(2026, 2, 10)
    assert {o.due_on for o in Obligation.objects.filter(trajectory__in=leiden, rule="feedback-given")} == {
        date(2026, 3, 2)
    }
    read.clear()
    judge("reassess-changed", changed, days=2)
    assert read == []


def test_of_a_range_of_keys_only_those_of_the_town_are_read(monkeypatch, tmp_path):
    first, _between, last = (
        towns.trajectory(f"t{n}", town) for n, town in enumerate(("oegstgeest", "leiden", "oegstgeest"))
    )
    judge("reassess-all", towns.RULEBOOKS)
    changed, read = town_with_another_rulebook(tmp_path), assessed_owners(monkeypatch)
    outcome = judge("reassess-changed", changed, days=1)
    assert [(c.first, c.last) for c in outcome.chunks.all()] == [(first.pk, last.pk)]
    assert read == [first.pk, last.pk]


def test_a_change_of_the_first_rulebook_costs_all_but_the_towns_with_another(monkeypatch):
    square, elsewhere = towns.trajectory("plein", "leiden"), towns.trajectory("elders", "leiderdorp")
    towns.trajectory("park", "oegstgeest")
    judge("reassess-all", towns.RULEBOOKS)
    JobRun.objects.update(rulebooks={"": "older", "oegstgeest": towns.TOWN.hash})
    read = assessed_owners(monkeypatch)
    judge("reassess-changed", towns.RULEBOOKS, days=1)
    assert read == [square.pk, elsewhere.pk]


def test_a_town_that_gets_a_rulebook_of_its_own_is_judged_anew(monkeypatch):
    towns.trajectory("plein", "leiden")
    park = towns.trajectory("park", "oegstgeest")
    judge("reassess-all", RULEBOOKS)
    read = assessed_owners(monkeypatch)
    judge("reassess-changed", towns.RULEBOOKS, days=1)
    assert read == [park.pk]


def test_what_was_recorded_is_reassessed_beside_a_changed_rulebook(monkeypatch, tmp_path):
    square, park = towns.trajectory("plein", "leiden"), towns.trajectory("park", "oegstgeest")
    judge("reassess-all", towns.RULEBOOKS)
    behind_the_services_back(square, towns.NOW + timedelta(hours=2))
    outcome = judge("reassess-changed", town_with_another_rulebook(tmp_path), days=1)
    assert outcome.counts["by_rulebook"] == 1
    assert outcome.counts["differences"] > 0
    assert {line["name"] for line in outcome.differences} == {"plein"}
    assert {line["cause"] for line in outcome.differences} == {"facts"}
    assert park.obligations.get(rule="feedback-given").due_on == date(2026, 2, 10)


def test_the_nightly_proof_is_over_all_towns(monkeypatch):
    rows = [towns.trajectory("plein", "leiden"), towns.trajectory("park", "oegstgeest")]
    judge("reassess-all", towns.RULEBOOKS)
    read = assessed_owners(monkeypatch)
    outcome = judge("reassess-all", towns.RULEBOOKS, days=1)
    assert (read, outcome.counts["compared"]) == ([], len(rows))
    outcome = judge("reassess-full", towns.RULEBOOKS, days=1)
    assert read == [row.pk for row in rows]
    assert outcome.counts.get("differences", 0) == 0


def test_another_rulebook_in_one_town_has_that_town_judged_again_by_the_nightly_proof(monkeypatch, tmp_path):
    towns.trajectory("plein", "leiden")
    park = towns.trajectory("park", "oegstgeest")
    judge("reassess-all", towns.RULEBOOKS)
    changed, read = town_with_another_rulebook(tmp_path), assessed_owners(monkeypatch)
    outcome = judge("reassess-all", changed, days=1)
    assert read == [park.pk]
    assert (outcome.counts["compared"], outcome.counts["by_rulebook"]) == (2, 1)


@pytest.mark.parametrize("count", [1, 50])
def test_reassessing_a_town_of_fifty_takes_as_many_queries_as_one(count, tmp_path, django_assert_max_num_queries):
    for number in range(count):
        towns.recorded(world.trajectory(f"t{number}", municipality="oegstgeest"))
        towns.recorded(world.trajectory(f"l{number}", municipality="leiden"))
    judge("reassess-all", towns.RULEBOOKS)
    changed = town_with_another_rulebook(tmp_path)
    with django_assert_max_num_queries(90):
        judge("reassess-changed", changed, days=1)
