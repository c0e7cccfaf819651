"""Erasure: the words are nowhere any more, who recorded it and when is, and nothing brings them back."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebook import load
from participation.models import (
    Changeset,
    Commitment,
    Contribution,
    Erasure,
    EvaluationResponse,
    Motion,
    Obligation,
    Organisation,
    Step,
    Waiver,
)
from participation.models.texts import free_texts
from participation.services import jobs
from participation.services.assessment import reassess_one
from participation.services.changesets import CannotUndo, recording, undo
from participation.services.erasure import (
    LONGEST,
    NothingFound,
    Wanted,
    erasable,
    erase,
    erase_again,
    find,
    recorded_erasures,
)
from participation.services.erasure_reach import CHOSEN
from tests import world
from tests.canaries import CANARY, more_rows, places_in_database, plant_copies, plant_rows
from tests.web.rights_town import town

pytestmark = pytest.mark.django_db
NOW, TODAY = world.moment("2026-04-20 12:00"), date(2026, 4, 20)
DOOR = {"rulebook": load("leiden"), "today": TODAY, "now": NOW}
REASON = "Verzoek van een bewoner"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.RULEBOOK, settings.MEDIA_ROOT = "leiden", tmp_path


@pytest.fixture
def administrator():
    return world.user("administrator", name="opruimer")


@pytest.fixture
def spoken():
    """A contribution with a name in it, that somebody took out of it, and then put a telephone number in."""
    world.organisation()
    row = world.contribution(world.trajectory(), summary="Jan Jansen wil bomen", theme="Bomen")
    world.record(row, "2026-04-01 10:00", summary="Een bewoner wil bomen")
    world.record(row, "2026-04-02 10:00", summary="Een bewoner (06-12345678) wil bomen")
    return row


def wanted(row, *columns, words=""):
    return Wanted(row._meta.model_name, row.pk, columns or erasable(type(row)), words)


def versions(row, column="summary"):
    return list(row.history.order_by("history_id").values_list(column, flat=True))


def test_words_leave_every_version_and_who_and_when_stay(spoken, administrator):
    before = list(spoken.history.order_by("history_id").values_list("history_id", "history_date", "history_user"))
    done = erase(wanted(spoken, "summary", words="Jan Jansen"), (), REASON, administrator, **DOOR)

    assert versions(spoken)[:3] == ["[…] wil bomen", "Een bewoner wil bomen", "Een bewoner (06-12345678) wil bomen"]
    after = list(spoken.history.order_by("history_id").values_list("history_id", "history_date", "history_user"))
    assert after[:-1] == before
    assert after[-1][1:] == (NOW, administrator.pk)
    assert (done.rows, done.versions, done.by, done.at, done.scope) == (1, 1, administrator, NOW, "words")
    assert done.places == [["contribution", spoken.pk, ["summary"]]]
    assert (done.changeset.verb, done.changeset.about) == ("erased", "inbreng c1")
    assert "Jansen" not in str([list(Erasure.objects.values_list()), list(Changeset.objects.values_list())])


def test_a_whole_text_goes_and_that_something_was_said_stays(spoken, administrator):
    done = erase(wanted(spoken, "summary"), (), REASON, administrator, **DOOR)

    assert set(versions(spoken)) == {"[…]"}
    assert set(versions(spoken, "theme")) == {"Bomen"}
    assert (done.scope, done.versions) == ("text", 3)


def test_a_canary_in_every_text_of_every_table_is_nowhere_after_it(administrator):
    here = town()
    more_rows(here)
    plant_rows()
    plant_copies(here)
    world.remove(Waiver.objects.filter(trajectory=here.public.trajectory).get(), "2026-04-20 11:30")
    assert len(places_in_database()) > 90
    # One row of each thing that rows hang on: the others are found from there.
    trajectories = here.public.trajectory.contributions.get(ref="c1"), here.hidden.trajectory.steps.get()
    rows = [*trajectories, Motion.objects.get(), Commitment.objects.get(), *Organisation.objects.all()]
    for row in rows:
        asked = wanted(row, words=CANARY)
        others = [(place.table, place.pk) for place in find(asked).others]
        erase(asked, others, REASON, administrator, **DOOR)

    assert places_in_database() == []


def test_after_it_the_night_finds_nothing_that_differs(administrator):
    trajectory = world.trajectory()
    plan = world.plan(trajectory, world.RESIDENTS, room=f"Van {CANARY}", silent_interests=[CANARY, "nature"])
    plan.frameworks = [{"what": CANARY, "why": CANARY}]
    plan.save()
    step = world.step(trajectory, title=f"Avond bij {CANARY}")
    reassess_one(trajectory.pk, **{k: DOOR[k] for k in ("rulebook", "today", "now")})
    status = dict(Obligation.objects.values_list("pk", "met_on"))
    told = wanted(step, "title", words=CANARY)
    erase(told, [(place.table, place.pk) for place in find(told).others], REASON, administrator, **DOOR)
    run = jobs.run("reassess-all", TODAY, DOOR["rulebook"], NOW, lambda: NOW)

    assert run.counts.get("differences", len(run.differences)) == 0
    assert dict(Obligation.objects.values_list("pk", "met_on")) == status
    assert CANARY not in str(list(Obligation.objects.values_list("details", flat=True)))


def test_the_same_words_elsewhere_are_shown_and_go_where_that_is_said(spoken, administrator):
    other = world.contribution(spoken.trajectory, "c2", summary="Ook JAN  jansen kwam")
    gone = world.contribution(spoken.trajectory, "c3", summary="Jan Jansen was er")
    world.remove(gone, "2026-04-03 10:00")
    world.contribution(world.trajectory("elders"), summary="Jan Jansen elders")
    asked = wanted(spoken, "summary", words="Jan Jansen")
    found = find(asked)

    assert [(p.title, p.columns, p.versions, p.is_there) for p in found.others] == [
        ("inbreng c2", ("summary",), 1, True),
        ("inbreng c3", ("summary",), 2, False),
    ]
    erase(asked, [("contribution", found.others[1].pk)], REASON, administrator, **DOOR)
    assert Contribution.objects.get(pk=other.pk).summary == "Ook JAN  jansen kwam"
    assert set(Contribution.history.filter(ref="c3").values_list("summary", flat=True)) == {"[…] was er"}


def test_a_row_that_was_removed_is_cleaned_too_and_taking_that_back_brings_no_words(administrator):
    trajectory, adviser = world.trajectory(), world.user("adviser")
    row = world.scenario(trajectory, title="Plan van Jan Jansen")
    with recording(adviser, trajectory, "removed", about=row.title, **DOOR) as recorder:
        pk = row.pk
        recorder.remove(row)
    erase(Wanted("scenario", pk, ("title",), "Jan Jansen"), (), REASON, administrator, **DOOR)
    removed = Changeset.objects.get(verb="removed")
    assert removed.about == "Plan van […]"
    undo(removed, adviser, **DOOR)

    assert trajectory.scenarios.get().title == "Plan van […]"
    assert places_in_database("Jansen") == []


def test_neither_what_was_recorded_before_nor_the_erasure_itself_can_be_taken_back(spoken, administrator):
    adviser = world.user("adviser")
    with recording(adviser, spoken.trajectory, "changed", about="Bomen", **DOOR) as recorder:
        spoken.summary = "Jan Jansen zei het"
        recorder.save(spoken)
    done = erase(wanted(spoken, "summary", words="Jan Jansen"), (), REASON, administrator, **DOOR)

    for changeset in (recorder.changeset, done.changeset):
        with pytest.raises(CannotUndo):
            undo(changeset, adviser, **DOOR)


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
        ("J" * (LONGEST + 1), REASON, "words"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(spoken, administrator, words, reason, wrong):
    before = versions(spoken)
    with pytest.raises(ValidationError) as refused:
        erase(wanted(spoken, "summary", words=words), (), reason, administrator, **DOOR)

    assert list(refused.value.message_dict) == [wrong]
    assert versions(spoken) == before
    assert not Erasure.objects.exists()


def test_words_that_stand_nowhere_leave_everything_as_it_is(spoken, administrator):
    with pytest.raises(NothingFound):
        erase(wanted(spoken, "theme", words="Jan Jansen"), (), REASON, administrator, **DOOR)

    assert (Changeset.objects.count(), Erasure.objects.count(), len(versions(spoken))) == (0, 0, 3)


def test_what_has_no_history_is_cleaned_all_the_same(administrator):
    step = world.step(world.trajectory())
    answer = EvaluationResponse.objects.create(step=step, answered_on=TODAY, remark="Jan Jansen was goed")
    done = erase(wanted(answer, "remark", words="Jan Jansen"), (), REASON, administrator, **DOOR)

    answer.refresh_from_db()
    assert answer.remark == "[…] was goed"
    assert (done.changeset.verb, done.trajectory_id) == ("erased", step.trajectory_id)


def test_every_text_that_can_be_chosen_can_be_emptied_and_stays_what_it_may_be(administrator):
    here = town()
    more_rows(here)
    plant_rows()
    for model in (chosen.model for chosen in CHOSEN.values() if erasable(chosen.model)):
        row = model._base_manager.order_by("pk").first()
        erase(wanted(row), (), REASON, administrator, **DOOR)
        row = model._base_manager.get(pk=row.pk)

        assert not any(CANARY in str(getattr(row, name)) for name in erasable(model)), model
        # That something was said stays: rules ask for it.
        assert all(getattr(row, name) for name in free_texts(model) if not name.endswith("url")), model
        row.clean_fields(exclude=[field.name for field in model._meta.fields if field.is_relation])


def test_what_was_made_of_the_rows_is_made_anew(spoken, administrator, tmp_path, django_capture_on_commit_callbacks):
    kept = tmp_path / "open-data" / "2026-04-20-x-1.zip"
    kept.parent.mkdir()
    kept.write_bytes(b"PK")
    with django_capture_on_commit_callbacks(execute=True):
        erase(wanted(spoken, "summary"), (), REASON, administrator, **DOOR)

    assert tmp_path == django_settings.MEDIA_ROOT
    assert not kept.exists()


def test_after_a_restore_whole_texts_go_again_and_the_rest_is_told(spoken, administrator):
    step = world.step(spoken.trajectory, title="Bij Jan Jansen")
    erase(wanted(spoken, "summary"), (), REASON, administrator, **DOOR)
    erase(wanted(step, "title", words="Jan Jansen"), (), REASON, administrator, **DOOR)
    kept = recorded_erasures()
    assert "Jansen" not in str(kept)
    Erasure.objects.all().delete()
    Contribution.history.update(summary="Jan Jansen wil bomen")
    Step.history.update(title="Bij Jan Jansen")
    again = erase_again(kept, administrator, **DOOR)

    assert again == (1, (f"step {step.pk}: title",))
    assert set(versions(spoken)) == {"[…]"}
    assert erase_again(recorded_erasures(), administrator, **DOOR) == (0, ())
