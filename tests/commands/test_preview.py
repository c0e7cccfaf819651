"""The command that shows what a proposed rulebook would judge otherwise than the one in use."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.models import Obligation, Transition
from tests import world

pytestmark = pytest.mark.django_db
PROPOSAL = """\
rulebook: leiden-2027
municipality: leiden
extends: leiden
title: {nl: Voorstel, en: Proposal}
adjust:
  - id: feedback-given
    versions:
      - {from: 2021-05-19, until: 2026-12-31, term: 28 days}
      - {from: 2027-01-01, term: 56 days}
"""


@pytest.fixture
def file(tmp_path):
    world.step(world.trajectory(municipality="leiden"), "s1", planned=None, done=world.on("2026-02-02"))
    found = tmp_path / "voorstel.yaml"
    found.write_text(PROPOSAL, encoding="utf-8")
    return found


def run(file, *arguments):
    output = StringIO()
    call_command("preview", str(file), "--on", "2026-03-10", *arguments, stdout=output)
    return output.getvalue()


def test_the_effect_is_printed_per_rule_and_per_trajectory(file):
    printed = run(file)
    assert "1 rules differ between leiden and" in printed
    assert "te laat: 1 -> 0" in printed
    assert "voorbeeldplein [s1] feedback-given: te laat (2026-03-02) -> op komst (2026-03-30)" in printed


def test_what_only_gets_another_last_day_is_counted_apart(file):
    world.step(world.trajectory("aanloop", municipality="leiden"), "s1", planned=None, done=world.on("2026-03-05"))
    printed = run(file)
    counted = "1 another status; 1 another last day only, with the same status"
    assert f"[feedback-given]: {counted}" in printed
    assert f"2 obligations are judged otherwise: {counted}." in printed


def test_with_dates_as_written_the_past_keeps_its_terms(file):
    assert "0 obligations are judged otherwise." in run(file, "--as-dated")


def test_a_rulebook_that_judges_the_same_says_so(file):
    file.write_text(PROPOSAL.partition("adjust:")[0], encoding="utf-8")
    assert "no rule differs" in run(file)


def test_a_file_with_mistakes_is_refused_with_their_places(file):
    file.write_text(PROPOSAL.replace("56 days", "soon"), encoding="utf-8")
    with pytest.raises(CommandError, match="is not a term") as refused:
        run(file)
    assert refused.value.returncode == 1


def test_nothing_is_written(file):
    run(file)
    assert not Obligation.objects.exists()
    assert not Transition.objects.exists()
