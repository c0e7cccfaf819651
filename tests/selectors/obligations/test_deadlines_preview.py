"""Which terms start with a submission, according to the rules in force."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from participation.compliance.calendar import Term
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Contribution, Request
from participation.selectors.obligations.deadlines_preview import (
    answer_deadline,
    preview_contribution_deadlines,
    preview_request_deadlines,
)
from participation.services.associations.submissions import REQUEST_KINDS, submit_reaction, submit_request
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 25)


def rulebook():
    return load_rulebooks(settings.RULEBOOK).first


def test_each_kind_has_a_follow_up_and_a_term():
    found = preview_request_deadlines(world.trajectory(), REQUEST_KINDS, rulebook(), TODAY)

    follow_ups = {kind: [(f.rule.id, f.term) for f in following] for kind, following in found.items()}
    assert follow_ups == {
        "concern": [("concern-answered", Term(10, "working_days"))],
        "information": [("information-answered", Term(28))],
        "initiative": [("initiative-acknowledged", Term(14)), ("initiative-answered", Term(56))],
        "right_to_challenge": [("initiative-acknowledged", Term(14)), ("initiative-answered", Term(56))],
        "complaint": [("complaint-handled", Term(6, "weeks"))],
    }
    assert found["concern"][0].due_on == date(2026, 4, 10)


def test_a_rule_not_yet_in_force_gives_no_deadline():
    found = preview_request_deadlines(world.trajectory(), ["initiative"], rulebook(), date(2023, 12, 19))
    assert found == {"initiative": []}


def test_the_previewed_deadline_equals_the_resulting_obligation():
    square, chair = world.trajectory(), world.user("association_member", world.RESIDENTS)
    world.step(square, "s9", kind="decision", stage="proposal", planned=world.on("2026-04-20"))
    write_arguments = {
        "rulebooks": load_rulebooks(settings.RULEBOOK),
        "today": TODAY,
        "now": world.moment("2026-03-25T12:00"),
    }
    follow_ups = preview_request_deadlines(square, REQUEST_KINDS, rulebook(), TODAY)
    reacting = preview_contribution_deadlines(square, rulebook(), TODAY)
    assert not Request.objects.exists()
    assert not Contribution.objects.exists()

    for kind in REQUEST_KINDS:
        request, _entry = submit_request(chair, square, world.organisation(), kind, "?", **write_arguments)
        last = answer_deadline(square, request.ref, rulebook())
        assert (last.rule, last.due_on) == (follow_ups[kind][-1].rule, follow_ups[kind][-1].due_on)
    reaction, _entry = submit_reaction(chair, square, world.organisation(), None, "Te smal", **write_arguments)

    last = answer_deadline(square, reaction.ref, rulebook())
    assert [f.due_on for f in reacting] == [last.due_on] == [date(2026, 4, 13)]
    # It depends on the decision, so a number of days would be wrong.
    assert reacting[0].term is None


def test_without_a_rule_there_is_no_deadline():
    assert answer_deadline(world.trajectory(), "r1", rulebook()) is None
