"""Erasure: the words are gone everywhere, who recorded the text when is kept, and nothing restores the words."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebooks import load_rulebooks
from participation.models import (
    Changeset,
    Commitment,
    Contribution,
    Erasure,
    EvaluationResponse,
    Motion,
    Obligation,
    Organisation,
    Request,
    Step,
    Trajectory,
    Waiver,
)
from participation.models.columns import AddressField
from participation.models.texts import free_text_columns
from participation.services.assessment import reassess_one
from participation.services.changes.changesets import record_changeset
from participation.services.changes.undo import CannotUndo, undo
from participation.services.erasure.erasure import (
    MAX_WORDS_LENGTH,
    ErasureTarget,
    NothingFound,
    erasable_columns,
    erase,
    find_matches,
    recorded_erasures,
    repeat_erasures,
)
from participation.services.erasure.reach import ERASABLE_TABLES
from participation.services.jobs import jobs
from tests import world
from tests.canaries import CANARY, add_missing_rows, find_word, plant_in_copies, plant_in_rows
from tests.web.permission_fixtures import permission_data

pytestmark = pytest.mark.django_db
NOW, TODAY = world.moment("2026-04-20 12:00"), date(2026, 4, 20)
WRITE_ARGUMENTS = {"rulebooks": load_rulebooks("leiden"), "today": TODAY, "now": NOW}
REASON = "Verzoek van een bewoner"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.RULEBOOK, settings.MEDIA_ROOT = "leiden", tmp_path


@pytest.fixture
def administrator():
    return world.user("administrator", name="opruimer")


@pytest.fixture
def spoken():
    """Create a contribution with a name, which was removed, and then a telephone number, which is still in it."""
    world.organisation()
    row = world.contribution(world.trajectory(), summary="Jan Jansen wil bomen", theme="Bomen")
    world.record(row, "2026-04-01 10:00", summary="Een bewoner wil bomen")
    world.record(row, "2026-04-02 10:00", summary="Een bewoner (06-12345678) wil bomen")
    return row


def erasure_request_of(row, *columns, words=""):
    return ErasureTarget(row._meta.model_name, row.pk, columns or erasable_columns(type(row)), words)


def versions(row, column="summary"):
    return list(row.history.order_by("history_id").values_list(column, flat=True))


def test_words_are_erased_from_every_version_and_author_and_time_are_kept(spoken, administrator):
    before = list(spoken.history.order_by("history_id").values_list("history_id", "history_date", "history_user"))
    done = erase(
        erasure_request_of(spoken, "summary", words="Jan Jansen"), (), REASON, administrator, **WRITE_ARGUMENTS
    )

    assert versions(spoken)[:3] == ["[…] wil bomen", "Een bewoner wil bomen", "Een bewoner (06-12345678) wil bomen"]
    after = list(spoken.history.order_by("history_id").values_list("history_id", "history_date", "history_user"))
    assert after[:-1] == before
    assert after[-1][1:] == (NOW, administrator.pk)
    assert (done.rows, done.versions, done.by, done.at, done.scope) == (1, 1, administrator, NOW, "words")
    assert done.places == [["contribution", spoken.pk, ["summary"]]]
    assert (done.changeset.verb, done.changeset.about) == ("erased", "inbreng c1")
    assert "Jansen" not in str([list(Erasure.objects.values_list()), list(Changeset.objects.values_list())])


def test_a_whole_text_is_erased_and_its_existence_is_kept(spoken, administrator):
    done = erase(erasure_request_of(spoken, "summary"), (), REASON, administrator, **WRITE_ARGUMENTS)

    assert set(versions(spoken)) == {"[…]"}
    assert set(versions(spoken, "theme")) == {"Bomen"}
    assert (done.scope, done.versions) == ("text", 3)


def test_a_marker_text_in_every_column_is_gone_after_erasure(administrator):
    here = permission_data()
    add_missing_rows(here)
    plant_in_rows()
    plant_in_copies(here)
    world.remove(Waiver.objects.filter(trajectory=here.public.trajectory).get(), "2026-04-20 11:30")
    assert len(find_word()) > 90
    # One row of each table that rows refer to: the others are found from there.
    trajectories = here.public.trajectory.contributions.get(ref="c1"), here.hidden.trajectory.steps.get(ref="s1")
    register = Motion.objects.get(), Commitment.objects.get(), *Request.objects.in_register()
    rows = [*trajectories, *register, *Organisation.objects.all()]
    for row in rows:
        erasure_request = erasure_request_of(row, words=CANARY)
        others = [(place.table, place.pk) for place in find_matches(erasure_request).others]
        erase(erasure_request, others, REASON, administrator, **WRITE_ARGUMENTS)

    assert find_word() == []


def test_a_reassessment_after_an_erasure_finds_no_differences(administrator):
    trajectory = world.trajectory()
    plan = world.plan(trajectory, world.RESIDENTS, room=f"Van {CANARY}", silent_interests=[CANARY, "nature"])
    plan.frameworks = [{"what": CANARY, "why": CANARY}]
    plan.save()
    step = world.step(trajectory, title=f"Avond bij {CANARY}")
    reassess_one("trajectory", trajectory.pk, **{k: WRITE_ARGUMENTS[k] for k in ("rulebooks", "today", "now")})
    status = dict(Obligation.objects.values_list("pk", "met_on"))
    title_request = erasure_request_of(step, "title", words=CANARY)
    erase(
        title_request,
        [(place.table, place.pk) for place in find_matches(title_request).others],
        REASON,
        administrator,
        **WRITE_ARGUMENTS,
    )
    run = jobs.run("reassess-all", TODAY, WRITE_ARGUMENTS["rulebooks"], NOW, lambda: NOW)

    assert run.counts.get("differences", len(run.differences)) == 0
    assert dict(Obligation.objects.values_list("pk", "met_on")) == status
    assert CANARY not in str(list(Obligation.objects.values_list("details", flat=True)))


def test_other_occurrences_are_listed_and_erased_on_request(spoken, administrator):
    other = world.contribution(spoken.trajectory, "c2", summary="Ook JAN  jansen kwam")
    gone = world.contribution(spoken.trajectory, "c3", summary="Jan Jansen was er")
    world.remove(gone, "2026-04-03 10:00")
    world.contribution(world.trajectory("elders"), summary="Jan Jansen elders")
    erasure_request = erasure_request_of(spoken, "summary", words="Jan Jansen")
    found = find_matches(erasure_request)

    assert [(p.title, p.columns, p.versions, p.is_there) for p in found.others] == [
        ("inbreng c2", ("summary",), 1, True),
        ("inbreng c3", ("summary",), 2, False),
    ]
    erase(erasure_request, [("contribution", found.others[1].pk)], REASON, administrator, **WRITE_ARGUMENTS)
    assert Contribution.objects.get(pk=other.pk).summary == "Ook JAN  jansen kwam"
    assert set(Contribution.history.filter(ref="c3").values_list("summary", flat=True)) == {"[…] was er"}


def test_a_deleted_row_is_erased_and_undoing_its_deletion_restores_no_text(administrator):
    trajectory, adviser = world.trajectory(), world.user("adviser")
    row = world.scenario(trajectory, title="Plan van Jan Jansen")
    with record_changeset(adviser, trajectory, "removed", about=row.title, **WRITE_ARGUMENTS) as recorder:
        pk = row.pk
        recorder.remove(row)
    erase(ErasureTarget("scenario", pk, ("title",), "Jan Jansen"), (), REASON, administrator, **WRITE_ARGUMENTS)
    removed = Changeset.objects.get(verb="removed")
    assert removed.about == "Plan van […]"
    undo(removed, adviser, **WRITE_ARGUMENTS)

    assert trajectory.scenarios.get().title == "Plan van […]"
    assert find_word("Jansen") == []


def test_neither_an_erasure_nor_earlier_changesets_can_be_undone(spoken, administrator):
    adviser = world.user("adviser")
    with record_changeset(adviser, spoken.trajectory, "changed", about="Bomen", **WRITE_ARGUMENTS) as recorder:
        spoken.summary = "Jan Jansen zei het"
        recorder.save(spoken)
    done = erase(
        erasure_request_of(spoken, "summary", words="Jan Jansen"), (), REASON, administrator, **WRITE_ARGUMENTS
    )

    for changeset in (recorder.changeset, done.changeset):
        with pytest.raises(CannotUndo):
            undo(changeset, adviser, **WRITE_ARGUMENTS)


@pytest.mark.parametrize(
    ("words", "reason", "wrong"),
    [
        ("Jan Jansen", "", "reason"),
        ("Jan Jansen", "jan  JANSEN vroeg erom", "reason"),
        ("Jan Jansen", "De heer Jansen vroeg erom", "reason"),
        ("06-12345678", "Nummer 06 1234 5678", "reason"),
        ("", "Want er stond: bewoner wil bomen", "reason"),
        ("", "Nummer 0612345678", "reason"),
        ("J", REASON, "words"),
        ("J" * (MAX_WORDS_LENGTH + 1), REASON, "words"),
    ],
)
def test_an_invalid_erasure_is_rejected_and_changes_nothing(spoken, administrator, words, reason, wrong):
    before = versions(spoken)
    with pytest.raises(ValidationError) as refused:
        erase(erasure_request_of(spoken, "summary", words=words), (), reason, administrator, **WRITE_ARGUMENTS)

    assert list(refused.value.message_dict) == [wrong]
    assert versions(spoken) == before
    assert not Erasure.objects.exists()


def test_words_that_do_not_occur_change_nothing(spoken, administrator):
    with pytest.raises(NothingFound):
        erase(erasure_request_of(spoken, "theme", words="Jan Jansen"), (), REASON, administrator, **WRITE_ARGUMENTS)

    assert (Changeset.objects.count(), Erasure.objects.count(), len(versions(spoken))) == (0, 0, 3)


def test_models_without_history_are_erased(administrator):
    step = world.step(world.trajectory())
    answer = EvaluationResponse.objects.create(step=step, answered_on=TODAY, remark="Jan Jansen was goed")
    done = erase(erasure_request_of(answer, "remark", words="Jan Jansen"), (), REASON, administrator, **WRITE_ARGUMENTS)

    answer.refresh_from_db()
    assert answer.remark == "[…] was goed"
    assert (done.changeset.verb, done.trajectory_id) == ("erased", step.trajectory_id)


def test_every_selectable_text_can_be_erased_and_stays_valid(administrator):
    here = permission_data()
    add_missing_rows(here)
    plant_in_rows()
    # Every text is filled in, so that the reason of a decision to hold no participation needs its ground.
    Trajectory.objects.update(no_participation_ground="urgent")
    for model in (chosen.model for chosen in ERASABLE_TABLES.values() if erasable_columns(chosen.model)):
        row = model._base_manager.order_by("pk").first()
        erase(erasure_request_of(row), (), REASON, administrator, **WRITE_ARGUMENTS)
        row = model._base_manager.get(pk=row.pk)

        assert not any(CANARY in str(getattr(row, name)) for name in erasable_columns(model)), model
        # The row itself stays, because rules need it.
        texts = [name for name in free_text_columns(model) if not isinstance(model._meta.get_field(name), AddressField)]
        assert all(getattr(row, name) for name in texts), model
        row.clean_fields(exclude=[field.name for field in model._meta.fields if field.is_relation])


def test_derived_data_is_rebuilt(spoken, administrator, tmp_path, django_capture_on_commit_callbacks):
    kept = tmp_path / "open-data" / "2026-04-20-x-1.zip"
    kept.parent.mkdir()
    kept.write_bytes(b"PK")
    with django_capture_on_commit_callbacks(execute=True):
        erase(erasure_request_of(spoken, "summary"), (), REASON, administrator, **WRITE_ARGUMENTS)

    assert tmp_path == django_settings.MEDIA_ROOT
    assert not kept.exists()


def test_after_a_restore_whole_texts_are_erased_again_and_the_rest_reported(spoken, administrator):
    step = world.step(spoken.trajectory, title="Bij Jan Jansen")
    erase(erasure_request_of(spoken, "summary"), (), REASON, administrator, **WRITE_ARGUMENTS)
    erase(erasure_request_of(step, "title", words="Jan Jansen"), (), REASON, administrator, **WRITE_ARGUMENTS)
    kept = recorded_erasures()
    assert "Jansen" not in str(kept)
    Erasure.objects.all().delete()
    Contribution.history.update(summary="Jan Jansen wil bomen")
    Step.history.update(title="Bij Jan Jansen")
    again = repeat_erasures(kept, administrator, **WRITE_ARGUMENTS)

    assert again == (1, (f"step {step.pk}: title",))
    assert set(versions(spoken)) == {"[…]"}
    assert repeat_erasures(recorded_erasures(), administrator, **WRITE_ARGUMENTS) == (0, ())
