"""Drafts of answers: kept for one user, never overwritten unseen, and gone once they are recorded."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.models import AnswerDraft, Changeset, Contribution
from participation.selectors.answer_drafts import DraftContent, OwnAnswer, content_of, draft_of, pending_answers
from participation.selectors.contributions import open_contributions
from participation.services.contributions.answer_drafts import (
    StaleDraft,
    discard_draft,
    draft_version,
    record_draft,
    save_draft,
)
from participation.services.contributions.outcomes import StaleContributions
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-04-02T09:00")
DAY = world.on("2026-04-02")
JOINT = DraftContent("adopted", "Dat doen we")


@pytest.fixture
def square():
    square = world.trajectory()
    for number in (1, 2, 3):
        world.contribution(square, f"c{number}", party="residents", summary=f"Idee {number}")
    return square


@pytest.fixture
def adviser(square):
    return world.user("adviser")


def save(adviser, square, typed, refs=("c1", "c2", "c3"), version=None, now=NOW, **more):
    expected = draft_version(draft_of(adviser, square)) if version is None else version
    return save_draft(adviser, square, typed, refs, expected_version=expected, now=now, **more)


def versions(*rows):
    return {row.pk: row.history.latest("history_id").history_id for row in rows}


def record(adviser, square, content, expected=None, day=DAY):
    rows = list(Contribution.objects.filter(trajectory=square).order_by("pk"))
    answers = pending_answers(content, rows)
    seen = versions(*(each.contribution for each in answers)) if expected is None else expected
    arguments = {"rulebooks": load_rulebooks(settings.RULEBOOK), "today": date(2026, 4, 2), "now": NOW}
    return record_draft(adviser, square, content, answers, day, expected_versions=seen, **arguments)


# ---------- keeping


def test_a_draft_is_of_one_user_and_one_trajectory(square, adviser):
    save(adviser, square, JOINT)

    assert content_of(draft_of(adviser, square)) == JOINT
    assert draft_of(world.user("coordinator"), square) is None
    assert draft_of(adviser, world.trajectory("elders")) is None


def test_rows_of_other_pages_stay_as_they_were(square, adviser):
    save(adviser, square, DraftContent(rows={"c1": OwnAnswer(True), "c2": OwnAnswer(False, "partly", "Half")}))
    save(adviser, square, DraftContent(rows={"c3": OwnAnswer(True)}), refs=("c2", "c3"))

    assert content_of(draft_of(adviser, square)).rows == {"c1": OwnAnswer(True), "c3": OwnAnswer(True)}


def test_nothing_typed_leaves_no_draft_and_an_emptied_one_is_deleted(square, adviser):
    assert save(adviser, square, DraftContent()) is None
    save(adviser, square, JOINT)
    assert save(adviser, square, DraftContent()) is None
    assert not AnswerDraft.objects.exists()


def test_saving_the_same_again_keeps_the_moment(square, adviser):
    save(adviser, square, JOINT)

    assert save(adviser, square, JOINT, now=NOW + timedelta(days=1)).saved_at == NOW


def test_a_change_is_applied_to_the_whole_draft(square, adviser):
    def tick_all(content):
        return content.with_ticks(["c1", "c2", "c3"], True)

    draft = save(adviser, square, JOINT, refs=("c1",), change=tick_all)

    assert content_of(draft).ticked == {"c1", "c2", "c3"}


@pytest.mark.parametrize(
    ("typed", "lost"),
    [
        (DraftContent(response="Anders"), [("", "Dat doen we"), ("c1", "Van mij")]),
        (DraftContent(response="Dat\r\ndoen  we", rows={"c1": OwnAnswer(True, "", "Van mij")}), []),
        (JOINT._replace(rows={"c1": OwnAnswer(False, "", "Toch anders")}), [("c1", "Van mij")]),
    ],
)
def test_text_of_another_window_is_not_overwritten_unseen(square, adviser, typed, lost):
    before = JOINT._replace(rows={"c1": OwnAnswer(False, "partly", "Van mij")})
    save(adviser, square, before)
    typed = typed._replace(rows={"c1": OwnAnswer(), **typed.rows})
    if not lost:
        assert save(adviser, square, typed, refs=("c1",), version="earlier") is not None
        return
    with pytest.raises(StaleDraft) as raised:
        save(adviser, square, typed, refs=("c1",), version="earlier")

    assert raised.value.texts == lost
    assert content_of(draft_of(adviser, square)) == before
    save(adviser, square, typed, refs=("c1",), version=draft_version(raised.value.draft))
    assert content_of(draft_of(adviser, square)).response == typed.response


def test_a_draft_saved_at_the_same_moment_elsewhere_is_found_on_the_second_attempt(square, adviser, monkeypatch):
    save(adviser, square, DraftContent(response="Eerder"))
    # As a concurrent transaction sees it: not there when it looks, and there when it inserts.
    reads, lock = [AnswerDraft.objects.none()], AnswerDraft.objects.select_for_update
    monkeypatch.setattr(AnswerDraft.objects, "select_for_update", lambda: reads.pop() if reads else lock())

    with pytest.raises(StaleDraft):
        save(adviser, square, DraftContent(response="Later"), version="")

    assert reads == []
    assert AnswerDraft.objects.get().response == "Eerder"


def test_a_discarded_draft_is_gone_and_that_of_others_stays(square, adviser):
    other = world.user("coordinator")
    for user in (adviser, other):
        save(user, square, JOINT)

    assert discard_draft(adviser, square)
    assert not discard_draft(adviser, square)
    assert AnswerDraft.objects.get().user == other


def test_what_erasing_made_of_a_draft_is_still_a_draft(square, adviser):
    rows = {"c1": {"ticked": True, "outcome": "[…]", "response": 3}, "c2": "x", "c3": {"[…]": True}}
    AnswerDraft.objects.create(user=adviser, trajectory=square, rows=rows, saved_at=NOW)
    assert content_of(draft_of(adviser, square)).rows == {"c1": OwnAnswer(True, "", "3")}

    AnswerDraft.objects.update(rows=["x"])
    assert content_of(draft_of(adviser, square)).rows == {}


# ---------- the answers that it gives


def test_an_own_part_comes_before_that_of_the_joint_answer(square):
    rows = {
        "c1": OwnAnswer(True),
        "c2": OwnAnswer(True, "partly", ""),
        "c3": OwnAnswer(False, "", "Half"),
    }
    found = pending_answers(JOINT._replace(rows=rows), Contribution.objects.order_by("pk"))

    assert [(each.contribution.ref, each.outcome, each.response) for each in found] == [
        ("c1", "adopted", "Dat doen we"),
        ("c2", "partly", "Dat doen we"),
        ("c3", "", "Half"),
    ]
    assert [(each.joint, each.is_complete) for each in found] == [(True, True), (True, True), (False, False)]


# ---------- recording


def test_recording_is_one_changeset_and_ends_the_draft(square, adviser):
    content = JOINT._replace(rows={"c1": OwnAnswer(True), "c3": OwnAnswer(False, "partly", "Half")})
    save(adviser, square, content)

    changeset = record(adviser, square, content)

    assert Changeset.objects.get() == changeset
    assert [list(row) for row in Contribution.objects.order_by("ref").values_list("outcome", "response")] == [
        ["adopted", "Dat doen we"],
        ["", ""],
        ["partly", "Half"],
    ]
    assert not AnswerDraft.objects.exists()


def test_what_was_not_recorded_stays_in_the_draft(square, adviser):
    content = JOINT._replace(rows={"c1": OwnAnswer(False, "partly", "Half")})
    save(adviser, square, content)

    record(adviser, square, content)

    assert content_of(draft_of(adviser, square)) == JOINT


def test_a_tick_on_what_was_answered_meanwhile_does_not_stay_in_the_draft(square, adviser):
    content = JOINT._replace(rows={"c1": OwnAnswer(True), "c2": OwnAnswer(True), "c3": OwnAnswer(True, "", "Van mij")})
    save(adviser, square, content)
    answers = pending_answers(content, Contribution.objects.filter(ref="c1"))
    arguments = {"rulebooks": load_rulebooks(settings.RULEBOOK), "today": date(2026, 4, 2), "now": NOW}
    seen = versions(answers[0].contribution)

    record_draft(adviser, square, content, answers, DAY, expected_versions=seen, **arguments)

    assert content_of(draft_of(adviser, square)) == DraftContent(rows={"c3": OwnAnswer(True, "", "Van mij")})


def test_what_was_typed_after_the_check_stays_in_the_draft(square, adviser):
    content = JOINT._replace(rows={"c1": OwnAnswer(True)})
    later = DraftContent("partly", "Toch anders", rows={"c1": OwnAnswer(False, "partly", "Nieuw")})
    save(adviser, square, later)

    record(adviser, square, content)

    assert content_of(draft_of(adviser, square)) == later


def test_a_contribution_that_changed_since_it_was_shown_is_refused_and_the_draft_kept(square, adviser):
    content = JOINT._replace(rows={"c1": OwnAnswer(True), "c2": OwnAnswer(True)})
    save(adviser, square, content)
    first, second = Contribution.objects.filter(ref__in=("c1", "c2")).order_by("ref")
    seen = versions(first, second)
    world.record(first, "2026-04-01 12:00", outcome="partly", response="Van een ander")

    with pytest.raises(StaleContributions) as raised:
        record(adviser, square, content, seen)

    assert raised.value.keys == [first.pk]
    assert not Changeset.objects.exists()
    assert content_of(draft_of(adviser, square)) == content
    assert Contribution.objects.get(ref="c2").outcome == ""


def test_an_invalid_day_is_refused_and_the_draft_kept(square, adviser):
    content = JOINT._replace(rows={"c1": OwnAnswer(True)})
    save(adviser, square, content)

    with pytest.raises(ValidationError):
        record(adviser, square, content, day=world.on("2026-03-01"))

    assert not Changeset.objects.exists()
    assert draft_of(adviser, square) is not None


def test_fifty_answers_take_hardly_more_queries_than_two():
    adviser, counts = world.user("adviser"), []
    for size in (2, 50):
        square = world.trajectory(f"plein-{size}")
        for number in range(size):
            world.contribution(square, f"c{number}", party="residents")
        content = JOINT._replace(rows={f"c{number}": OwnAnswer(True) for number in range(size)})
        save(adviser, square, content)
        rows = list(Contribution.objects.filter(trajectory=square))
        seen = versions(*rows)
        with CaptureQueriesContext(connection) as captured:
            record(adviser, square, content, seen)
        counts.append(len(captured))

    # SQLite limits the parameters of a statement: fifty rows may take two statements, never fifty.
    assert counts[1] <= counts[0] + 2


# ---------- reading what is open


def open_of(square, **more):
    return open_contributions(square, load_rulebooks(settings.RULEBOOK).first, date(2026, 4, 2), "nl", **more)


def test_open_contributions_are_read_with_their_version_and_bounded(square):
    read = open_of(square, limit=2)

    assert (read.total, len(read.rows)) == (3, 2)
    assert {row.contribution.pk: row.version for row in read.rows} == versions(*(row.contribution for row in read.rows))


def test_themes_that_differ_in_case_or_spaces_are_one(square):
    for ref, theme in {"c1": "Openbaar  groen", "c2": "openbaar groen ", "c3": "Bomen"}.items():
        Contribution.objects.filter(ref=ref).update(theme=theme)

    assert [(group.key, group.title, group.total) for group in open_of(square).themes] == [
        ("bomen", "Bomen", 1),
        ("openbaar groen", "Openbaar  groen", 2),
    ]


def test_pages_hold_every_contribution_once(square):
    for number in range(4, 12):
        world.contribution(square, f"c{number}", theme=f"Thema {number % 3}")
    read = open_of(square)

    shown = [row for number in (1, 2, 3) for theme in read.page(number, 4) for row in theme.rows]

    assert shown == read.rows
    assert [read.page_of(row.contribution.ref, 4) for row in shown] == [1] * 4 + [2] * 4 + [3] * 3
