"""Which terms start when something is handed in, as the rules in force count them."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from participation.compliance.calendar import Term
from participation.compliance.rulebook import load
from participation.models import Contribution, Request
from participation.selectors.deadlines_preview import answer_due, what_follows, what_follows_reacting
from participation.services.submissions import ASKED, ask, react
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 25)


def rulebook():
    return load(settings.RULEBOOK)


def test_each_kind_says_what_follows_and_within_which_term():
    found = what_follows(world.trajectory(), ASKED, rulebook(), TODAY)

    told = {kind: [(f.rule.id, f.term) for f in following] for kind, following in found.items()}
    assert told == {
        "concern": [("concern-answered", Term(10, "working_days"))],
        "information": [("information-answered", Term(28))],
        "initiative": [("initiative-acknowledged", Term(14)), ("initiative-answered", Term(56))],
        "right_to_challenge": [("initiative-acknowledged", Term(14)), ("initiative-answered", Term(56))],
        "complaint": [("complaint-handled", Term(6, "weeks"))],
    }
    assert found["concern"][0].due_on == date(2026, 4, 10)


def test_before_a_rule_counts_nothing_follows_from_it():
    found = what_follows(world.trajectory(), ["initiative"], rulebook(), date(2023, 12, 19))
    assert found == {"initiative": []}


def test_what_is_told_beforehand_is_what_is_owed_afterwards():
    square, chair = world.trajectory(), world.user("association_member", world.RESIDENTS)
    world.step(square, "s9", kind="decision", stage="proposal", planned=world.on("2026-04-20"))
    door = {"rulebook": rulebook(), "today": TODAY, "now": world.moment("2026-03-25T12:00")}
    told = what_follows(square, ASKED, rulebook(), TODAY)
    reacting = what_follows_reacting(square, rulebook(), TODAY)
    assert not Request.objects.exists()
    assert not Contribution.objects.exists()

    for kind in ASKED:
        asked, _entry = ask(chair, square, world.organisation(), kind, "?", **door)
        last = answer_due(square, asked.ref, rulebook())
        assert (last.rule, last.due_on) == (told[kind][-1].rule, told[kind][-1].due_on)
    reaction, _entry = react(chair, square, world.organisation(), None, "Te smal", **door)

    last = answer_due(square, reaction.ref, rulebook())
    assert [f.due_on for f in reacting] == [last.due_on] == [date(2026, 4, 13)]
    # It hangs on the decision, so no number of days would say it.
    assert reacting[0].term is None


def test_without_a_rule_no_day_is_due():
    assert answer_due(world.trajectory(), "r1", rulebook()) is None
