"""A long sheet of contributions: read by a job, all rows or none, once, with its progress in a row."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from participation import tasks
from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.go_vocal.export import PREFIX
from participation.interchange.sheets import reading
from participation.models import (
    Changeset,
    Contribution,
    ContributionImport,
    Obligation,
    Trajectory,
    Upload,
)
from participation.services.changes.undo import CannotUndo, undo
from participation.services.contributions import background_import
from participation.services.contributions.background_import import (
    MAX_ATTEMPTS,
    MAX_LISTED,
    due_imports,
    request_import,
    request_undo,
    run_due_imports,
    run_import,
)
from participation.services.contributions.sheet_preview import Defaults
from participation.services.outbox_rows import LEASE
from tests import world
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
HEADINGS = "Kenmerk;Inbreng;Uitkomst;Antwoord"
WRITE_ARGUMENTS = {"today": date(2026, 3, 21), "now": NOW}


@pytest.fixture
def square(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(background_import, "BATCH_SIZE", 2)
    square = world.trajectory()
    square.advisers.add(world.user("adviser"))
    return square


def lines(*rows):
    return "\n".join((HEADINGS, *rows))


def ask(square, text, name="inbreng.csv", **defaults):
    """Return the import of this text or these bytes, by the adviser of the trajectory."""
    content = text.encode() if isinstance(text, str) else text
    given = Defaults(**{"step": None, "party": "residents", "received_on": world.on("2026-03-20"), **defaults})
    return request_import(ContentFile(content, name=name), square.advisers.get(), square, given, NOW)


def run(row, at=NOW):
    run_import(row.pk, load_rulebooks(settings.RULEBOOK), lambda: at)
    row.refresh_from_db()
    return row


def files(root):
    return [path for path in (root / "uploads").iterdir() if path.is_file()]


def summaries():
    return list(Contribution.objects.order_by("pk").values_list("ref", "summary"))


def failing_once(monkeypatch, target, name, error):
    """Let the next call of this function raise an error, after which it works."""
    real = getattr(target, name)

    def fail(*_args, **_kwargs):
        monkeypatch.setattr(target, name, real)
        raise error

    monkeypatch.setattr(target, name, fail)


def test_a_sheet_is_recorded_as_one_changeset_that_can_be_undone(square, tmp_path):
    evening = world.step(square, "s1", done=world.on("2026-03-19"))
    row = ask(square, lines("1;Meer bomen;;", "2;Bel 06 12345678;;", ";Minder auto's;ja;Dat doen we"), step=evening)
    assert (row.state, due_imports(NOW), len(files(tmp_path))) == ("waiting", [row.pk], 1)

    run(row)
    assert (row.state, row.checked, row.total) == ("done", 3, 3)
    assert row.counts == {"added": 3, "unchanged": 0, "different": 0, "invalid": 0, "noted": 1}
    assert [number for number, _note in row.notes] == [3]
    assert summaries() == [("id-s1-1", "Meer bomen"), ("id-s1-2", "Bel 06 12345678"), ("c1", "Minder auto's")]
    last = Contribution.objects.get(ref="c1")
    assert (last.step, last.party, last.received_on) == ("s1", "residents", world.on("2026-03-20"))
    version = last.history.get()
    assert (version.history_user, version.history_date) == (square.advisers.get(), NOW)
    changeset = Changeset.objects.get()
    assert (row.changeset, changeset.verb, changeset.trajectory) == (changeset, "added", square)
    assert Obligation.objects.filter(trajectory=square).exists()
    # What was uploaded is needed no more.
    assert (row.upload, due_imports(NOW)) == (None, [])
    assert not Upload.objects.exists()

    undo(changeset, square.advisers.get(), rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS)
    assert not Contribution.objects.exists()
    assert Contribution.history.filter(history_type="-").count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_once_the_result_is_stored(square, tmp_path):
    run(ask(square, lines("1;Meer bomen;;")))
    assert not files(tmp_path)


def test_undo_of_a_sheet_is_refused_where_one_row_changed_since(square):
    changeset = run(ask(square, lines("1;Meer bomen;;", "2;Minder auto's;;", "3;Een bank;;"))).changeset
    world.record(Contribution.objects.get(summary="Een bank"), "2026-03-21T10:00", theme="Groen")
    with pytest.raises(CannotUndo):
        undo(changeset, square.advisers.get(), rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS)
    assert Contribution.objects.count() == 3


def test_an_ended_import_is_not_done_again(square):
    row = run(ask(square, lines("1;Meer bomen;;")))
    run(row)
    assert (row.attempts, len(summaries()), Changeset.objects.count()) == (1, 1, 1)


def test_one_invalid_row_keeps_all_out_and_is_named(square):
    row = run(ask(square, lines("1;Een;;", "2;Twee;;", "3;Drie;misschien;", f"4;{'x' * 40};;", "4;;;")))
    assert row.state == "refused"
    assert row.counts["invalid"] == 2
    assert [number for number, _problem in row.problems] == [4, 6]
    assert "misschien" in row.problems[0][1]
    assert (Contribution.objects.count(), Changeset.objects.count(), row.changeset, row.upload) == (0, 0, None, None)


def test_what_only_saving_would_reject_is_named_by_row_too(square):
    # Ids of Go Vocal are kept as they are, and a ref has no control characters.
    row = run(ask(square, lines("1;Meer bomen;;", f"{PREFIX}a\x7f;Een bank;;")))
    assert [number for number, _problem in row.problems] == [3]
    assert not Contribution.objects.exists()


def test_the_list_of_problems_is_limited_and_their_number_known(square):
    row = run(ask(square, lines(*(f"{number};Idee {number};misschien;" for number in range(MAX_LISTED + 5)))))
    assert (len(row.problems), row.counts["invalid"], row.problems[0][0]) == (MAX_LISTED, MAX_LISTED + 5, 2)


def test_what_is_there_already_is_not_recorded_again_nor_overwritten(square):
    run(ask(square, lines("1;Meer bomen;;", "2;Minder auto's;;")))
    row = run(ask(square, lines("1;Meer bomen;;", "2;Geen auto's;;", "3;Een bank;;", "4;Een bank;;")))
    assert row.counts == {"added": 2, "unchanged": 1, "different": 1, "invalid": 0, "noted": 0}
    assert Contribution.objects.get(ref="id-2").summary == "Minder auto's"


def test_a_ref_recorded_while_the_sheet_was_checked_is_not_recorded_again(square, monkeypatch):
    row, check = ask(square, lines("1;Meer bomen;;", "2;Een bank;;")), background_import._check

    def check_then_record(*args):
        found = check(*args)
        world.contribution(square, "id-1", summary="Van een ander")
        return found

    monkeypatch.setattr(background_import, "_check", check_then_record)
    assert run(row).counts["added"] == 1
    assert summaries() == [("id-1", "Van een ander"), ("id-2", "Een bank")]


def test_a_workbook_and_an_export_are_read_too(square):
    content = workbook(["Over dit bestand"], ["Lees mij"], Lijst=[["Van", "Inbreng"], ["bewoners", "Meer bomen"]])
    assert run(ask(square, content, name="x.xlsx")).counts["added"] == 1
    uuid = "00000000-0000-0000-0000-000000000001"
    export = f"ID;Naam;Beschrijving;Naam auteur\n{uuid};Bank;Een bank;Jan Voorbeeld\n"
    row = run(ask(square, export))
    assert row.counts["added"] == 1
    assert "Jan Voorbeeld" not in Contribution.objects.latest("pk").summary
    assert row.notes[0][0] == 0


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        ("Kleur;Thema\nrood;Groen", "x.csv", "Inbreng"),
        (HEADINGS, "x.csv", "geen rijen"),
        (b"Van;Inbreng\nwijk-a;caf\xe9\n", "x.csv", ""),
        (lines('1;"Meer bomen;;', "2;x;;"), "x.csv", "aanhalingsteken"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_remedy(square, text, name, part):
    row = run(ask(square, text, name=name))
    if not part:
        assert row.state == "done"
        return
    assert part in row.reason
    assert (row.state, row.upload) == ("refused", None)
    assert not Contribution.objects.exists()


def test_the_sheet_has_a_limit_of_rows_and_of_characters(square, monkeypatch):
    monkeypatch.setattr(reading, "MAX_LONG_ROWS", 2)
    assert run(ask(square, lines("1;a;;", "2;b;;"))).state == "done"
    assert "meer dan 2 rijen" in run(ask(square, lines("3;c;;", "4;d;;", "5;e;;"))).reason
    monkeypatch.setattr(reading, "MAX_LONG_CHARACTERS", 10)
    assert "te groot" in run(ask(square, lines("6;twaalf tekens;;"))).reason


def test_a_file_of_another_type_or_too_large_is_not_stored(square, tmp_path, monkeypatch):
    monkeypatch.setattr(background_import, "MAX_LONG_BYTES", 50)
    for text, name in ((lines("1;x;;"), "x.exe"), (b"\x00\x01", "x.csv"), (lines("1;" + "x" * 50), "x.csv")):
        with pytest.raises(ValidationError):
            ask(square, text, name=name)
    assert (ContributionImport.objects.count(), list(tmp_path.rglob("uploads/*"))) == (0, [])


def test_a_trajectory_has_one_open_import_at_a_time(square, tmp_path, monkeypatch):
    ask(square, lines("1;Meer bomen;;"))
    with pytest.raises(ValidationError, match="loopt er al een import"):
        ask(square, lines("2;Een bank;;"))
    # Two at the same moment: the database refuses the second, and its file goes.
    answers = [False, True]
    monkeypatch.setattr(background_import, "_has_open_import", lambda _trajectory: answers.pop(0))
    with pytest.raises(ValidationError):
        ask(square, lines("2;Een bank;;"))
    assert (ContributionImport.objects.count(), len(files(tmp_path)), answers) == (1, 1, [])
    monkeypatch.undo()
    other = world.trajectory("elders")
    other.advisers.add(square.advisers.get())
    assert ask(other, lines("1;Meer bomen;;")).state == "waiting"


def test_who_may_no_longer_edit_it_records_nothing(square):
    row = ask(square, lines("1;Meer bomen;;"))
    adviser = square.advisers.get()
    square.advisers.clear()
    assert not Trajectory.objects.editable_by(adviser).exists()
    assert "niet meer wijzigen" in run(row).reason
    assert not Contribution.objects.exists()


# ---------- crashes


def test_a_worker_that_dies_before_recording_leaves_nothing_and_another_does_it(square, monkeypatch):
    row = ask(square, lines("1;Een;;", "2;Twee;;", "3;Drie;;"))
    failing_once(monkeypatch, background_import, "record_contributions", SystemExit("killed"))
    with pytest.raises(SystemExit):
        run(row)
    row.refresh_from_db()
    assert (row.state, row.checked, row.total) == ("running", 3, 3)
    assert not Contribution.objects.exists()
    assert row.upload
    # Its claim holds until then.
    assert due_imports(NOW + LEASE - timedelta(seconds=1)) == []
    run(row, NOW + LEASE)
    assert (row.state, row.attempts, len(summaries())) == ("done", 2, 3)


def test_recording_and_the_result_are_stored_together_or_not(square, monkeypatch):
    row = ask(square, lines("1;Een;;", "2;Twee;;"))
    failing_once(monkeypatch, background_import, "_settle", OperationalError("gone"))
    with pytest.raises(OperationalError):
        run(row)
    row.refresh_from_db()
    assert (Contribution.objects.count(), Changeset.objects.count(), row.settled_at) == (0, 0, None)
    assert run(row, NOW + LEASE).counts["added"] == 2


@pytest.mark.parametrize("phase", ["_check", "record_contributions"])
def test_a_worker_that_lost_its_claim_records_nothing(square, monkeypatch, phase):
    row, real = ask(square, lines("1;Een;;", "2;Twee;;", "3;Drie;;")), background_import._check

    def claimed_by_another():
        ContributionImport.objects.update(claimed_by="other")

    def interrupted(*args):
        if phase == "_check":
            claimed_by_another()
            return real(*args)
        found = real(*args)
        claimed_by_another()
        return found

    monkeypatch.setattr(background_import, "_check", interrupted)
    run(row)
    assert (row.claimed_by, row.settled_at, summaries()) == ("other", None, [])


def test_a_failing_import_is_tried_again_later_and_then_refused(square, monkeypatch):
    row, at = ask(square, lines("1;Een;;")), NOW
    monkeypatch.setattr(background_import, "_check", lambda *_args: 1 / 0)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert row.settled_at is None
        run(row, at)
        assert row.attempts == attempt
        at += timedelta(hours=1)
    assert "bij ons iets mis" in row.reason
    assert (row.state, row.upload) == ("refused", None)


def test_an_import_that_kills_every_worker_is_refused(square):
    row = ask(square, lines("1;Een;;"))
    ContributionImport.objects.update(attempts=MAX_ATTEMPTS, claimed_until=NOW)
    assert run(row).state == "refused"


# ---------- undoing


@pytest.fixture
def recorded(square):
    """Return the changeset of an import of three rows."""
    return run(ask(square, lines("1;Een;;", "2;Twee;;", "3;Drie;;"))).changeset


def ask_undo(changeset, by=None):
    return request_undo(changeset, by or changeset.by, NOW)


def is_undone(changeset):
    changeset.refresh_from_db()
    assert (changeset.undone_at is None) == (Contribution.objects.count() == 3)
    return changeset.undone_at is not None


def test_a_long_undo_waits_for_a_worker_and_is_done_once(square, recorded, monkeypatch):
    coordinator = world.user("coordinator")
    row = ask_undo(recorded, coordinator)
    assert (row.state, row.by, row.upload, due_imports(NOW)) == ("waiting", coordinator, None, [row.pk])
    assert not is_undone(recorded)

    seen = []
    real = background_import.undo
    monkeypatch.setattr(
        background_import, "undo", lambda *args, **more: (seen.append(now_shown()), real(*args, **more))[1]
    )

    def now_shown():
        row.refresh_from_db()
        return row.state, row.checked, row.total

    run(row)
    # The progress shows that all rows were checked, before any is removed.
    assert seen == [("running", 3, 3)]
    assert (row.state, row.reason, is_undone(recorded)) == ("done", "", True)
    undoing = row.changeset
    assert (undoing.verb, undoing.by, undoing.trajectory) == ("undone", coordinator, square)
    assert len(undoing.row_changes) == 3
    run(row)
    assert Changeset.objects.count() == 2


def test_an_undo_that_is_asked_for_twice_is_one(recorded):
    first = ask_undo(recorded)
    assert ask_undo(recorded) == first
    run(first)
    with pytest.raises(CannotUndo, match="al eerder ongedaan"):
        ask_undo(Changeset.objects.get(pk=recorded.pk))
    with pytest.raises(CannotUndo, match="Dit is al ongedaan gemaakt"):
        ask_undo(first.changeset)
    assert due_imports(NOW) == []


def test_the_same_undo_at_the_same_moment_is_one(square, recorded, monkeypatch):
    first = ask_undo(recorded)
    answers = [None, first]
    monkeypatch.setattr("django.db.models.query.QuerySet.first", lambda _rows: answers.pop(0))
    assert ask_undo(recorded) == first
    assert answers == []


def test_an_undo_and_an_import_of_a_trajectory_wait_for_each_other(square, recorded):
    ask_undo(recorded)
    with pytest.raises(ValidationError, match="ongedaan gemaakt"):
        ask(square, lines("4;Vier;;"))
    ContributionImport.objects.filter(undoes=recorded).delete()
    ask(square, lines("4;Vier;;"))
    with pytest.raises(CannotUndo, match="loopt er al een import"):
        ask_undo(recorded)


def test_a_row_that_was_changed_after_the_question_stays_and_so_do_all(square, recorded):
    row = ask_undo(recorded)
    one = Contribution.objects.get(summary="Twee")
    one.response = "Dank u wel"
    one.save()
    run(row)
    assert (row.state, is_undone(recorded)) == ("refused", False)
    assert "Iemand heeft dit" in row.reason


def test_a_row_that_is_changed_after_it_was_checked_stays_and_so_do_all(square, recorded, monkeypatch):
    row, real = ask_undo(recorded), background_import.undo

    def change_then_undo(*args, **more):
        one = Contribution.objects.get(summary="Twee")
        one.response = "Dank u wel"
        one.save()
        return real(*args, **more)

    monkeypatch.setattr(background_import, "undo", change_then_undo)
    run(row)
    assert (row.checked, row.state, is_undone(recorded)) == (3, "refused", False)


def test_who_may_no_longer_undo_it_undoes_nothing(square, recorded):
    row = ask_undo(recorded)
    square.advisers.clear()
    run(row)
    assert (row.state, is_undone(recorded)) == ("refused", False)
    assert "niet meer ongedaan maken" in row.reason


def test_what_was_undone_in_the_meantime_is_not_undone_again(square, recorded):
    row = ask_undo(recorded)
    undo(recorded, recorded.by, rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS)
    run(row)
    assert (row.state, is_undone(recorded), Changeset.objects.count()) == ("refused", True, 2)
    assert "al eerder ongedaan" in row.reason


@pytest.mark.parametrize(
    ("name", "error"), [("undo", SystemExit("killed")), ("_settle", OperationalError("gone"))], ids=["before", "after"]
)
def test_a_worker_that_dies_leaves_nothing_undone_and_another_does_it(recorded, monkeypatch, name, error):
    row = ask_undo(recorded)
    failing_once(monkeypatch, background_import, name, error)
    with pytest.raises(type(error)):
        run(row)
    row.refresh_from_db()
    assert (row.state, is_undone(recorded), due_imports(NOW)) == ("running", False, [])
    run(row, NOW + LEASE)
    assert (row.state, row.attempts, is_undone(recorded)) == ("done", 2, True)


@pytest.mark.parametrize("phase", ["check_rows", "check_verb"])
def test_a_worker_that_lost_its_claim_undoes_nothing(recorded, monkeypatch, phase):
    row, real = ask_undo(recorded), getattr(background_import, phase)

    def interrupted(changeset):
        found = real(changeset)
        yield from found or ()
        ContributionImport.objects.filter(pk=row.pk).update(claimed_by="other")

    def interrupted_before(changeset):
        list(interrupted(changeset))

    monkeypatch.setattr(background_import, phase, interrupted if phase == "check_rows" else interrupted_before)
    run(row)
    assert (row.claimed_by, row.settled_at, is_undone(recorded)) == ("other", None, False)


def test_a_long_undo_takes_as_many_queries_for_fifty_rows_as_for_one(square):
    counts = []
    for first, size in ((0, 1), (100, 50)):
        rows = lines(*(f"{number};Idee {number};;" for number in range(first, first + size)))
        row = ask_undo(run(ask(square, rows)).changeset)
        with CaptureQueriesContext(connection) as queries:
            run(row)
        assert (row.state, row.total) == ("done", size)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# ---------- cost and tasks


def test_the_queries_depend_on_batches_and_not_on_rows(square, monkeypatch):
    monkeypatch.setattr(background_import, "BATCH_SIZE", 100)
    counts = []
    for first, size in ((0, 1), (100, 50)):
        row = ask(square, lines(*(f"{number};Idee {number};;" for number in range(first, first + size))))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run(row)
        assert row.counts["added"] == size
        counts.append(len(queries))
    # The second has something to compare with.
    assert counts[1] <= counts[0] + 2, counts


def test_undoing_many_rows_takes_as_many_queries_as_undoing_one(square):
    counts = []
    for first, size in ((0, 1), (100, 50)):
        changeset = run(
            ask(square, lines(*(f"{number};Idee {number};;" for number in range(first, first + size))))
        ).changeset
        with CaptureQueriesContext(connection) as queries:
            undo(changeset, square.advisers.get(), rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_task_imports_what_waits(square, monkeypatch):
    row = ask(square, lines("1;Meer bomen;;"))
    monkeypatch.setattr(tasks.import_sheet, "delay", tasks.import_sheet)
    tasks.import_waiting_sheets()
    row.refresh_from_db()
    assert row.state == "done"


def test_without_a_worker_all_that_waits_is_imported_one_after_another(square):
    other = world.trajectory("dijk")
    other.advisers.set(square.advisers.all())
    rows = [ask(square, lines("1;Meer bomen;;")), ask(other, lines("1;Een bank;;"))]

    run_due_imports(load_rulebooks(settings.RULEBOOK), lambda: NOW)

    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["done", "done"]
    assert [summary for _ref, summary in summaries()] == ["Meer bomen", "Een bank"]
