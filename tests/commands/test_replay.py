"""The command replay: which days it prints, with which statuses, and how long before the deadline."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from participation.compliance import wording
from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import evaluate
from participation.compliance.obligations import WaiverValue, status
from participation.compliance.rulebooks import load_rulebooks
from participation.selectors.obligations.replay import replay_facts
from participation.services.dossiers.dossiers import import_dossier
from tests import world

CASES = Path(settings.BASE_DIR) / "fixtures" / "cases"
STUDY = "onderzoek-participatie-leiden"
TODAY = date(2026, 11, 16)
RULEBOOKS = load_rulebooks("leiden")


def case(slug=STUDY):
    return json.loads((CASES / f"{slug}.json").read_text(encoding="utf-8"))


def walk(slug=STUDY, waivers=(), **days):
    return replay_facts("Een zaak", facts_of(case(slug)), RULEBOOKS.first, waivers, TODAY, **days)


def stored(slug=STUDY):
    import_dossier(case(slug), RULEBOOKS, TODAY, world.moment("2026-11-16 09:00"))


def replay_output(slug=STUDY, *options):
    out = StringIO()
    call_command("replay", slug, *options, rulebook="leiden", stdout=out, no_color=True)
    return out.getvalue()


def flag(replay, rule, subject=""):
    return next(t for t in replay.flags if t.obligation.identity == (rule, subject))


def test_the_flag_on_the_design_was_raised_thirteen_days_before_the_committee():
    found = flag(walk(), "affected-in-setup", "opzet-commissie")

    assert (found.on, found.after) == (date(2020, 11, 27), "overdue")
    assert found.deadline.day == date(2020, 12, 10)
    assert found.deadline.own
    assert found.days_until_deadline == 13


def test_the_flag_on_the_draft_is_measured_to_the_next_decision():
    found = flag(walk(), "equal-information", "concept")

    assert (found.on, found.after) == (date(2021, 5, 2), "possibly_overdue")
    assert (found.deadline.day, found.deadline.own) == (date(2021, 7, 1), False)


def test_a_flag_on_the_day_of_a_decision_precedes_it_by_zero_days():
    replay = walk("handreiking-samenwerken-in-de-stad")
    found = flag(replay, "scenarios-offered")

    assert found.on == found.deadline.day == date(2024, 2, 28)
    assert (found.deadline.own, found.days_until_deadline) == (True, 0)
    assert found not in (*replay.in_time, *replay.before_decision)


def test_after_the_last_decision_a_flag_has_no_deadline():
    facts = facts_of(
        {
            "trajectory": {"kind": "public_space", "started_on": "2026-01-05"},
            "steps": [
                {"ref": "raad", "kind": "decision", "stage": "adoption", "body": "council", "done": "2026-02-02"}
            ],
        }
    )
    found = flag(replay_facts("", facts, RULEBOOKS.first, (), TODAY), "trajectory-evaluated")

    assert found.on == date(2026, 5, 4)
    assert found.deadline is None
    assert found.days_until_deadline is None


@pytest.mark.parametrize("slug", sorted(path.stem for path in CASES.glob("*.json")))
def test_checking_only_turning_days_misses_no_transition(slug):
    waivers = (WaiverValue("feedback-given", "", date(2020, 10, 1), date(2021, 2, 1)),)
    first, last = date(2016, 12, 1), date(2018, 3, 1)
    if slug != "toekomstvisie-leidse-regio-fase-2":
        first, last = date(2020, 8, 1), date(2024, 10, 1)
    every_day = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    expected = {
        (
            day,
            *obligation.identity,
            status(obligation, day - timedelta(days=1), waivers),
            status(obligation, day, waivers),
        )
        for obligation in evaluate(facts_of(case(slug)), RULEBOOKS.first)
        for day in every_day
        if status(obligation, day, waivers) != status(obligation, day - timedelta(days=1), waivers)
    }

    found = walk(slug, waivers, first=first, last=last).transitions

    assert {(t.on, *t.obligation.identity, t.before, t.after) for t in found if t.before} == expected


def test_an_obligation_planned_too_late_is_flagged_on_the_first_day():
    found = flag(walk("toekomstvisie-leidse-regio-fase-2"), "results-in-time", "p-1703-verzending")

    assert (found.on, found.before, found.after) == (date(2017, 3, 14), "", "planned_late")
    assert found.days_until_deadline == 3


def test_a_flag_that_gets_worse_counts_once():
    flags = [t for t in walk().flags if t.obligation.identity == ("equal-information", "concept")]

    assert [t.after for t in flags] == ["possibly_overdue"]


def test_a_waiver_and_its_end_are_shown_prominently():
    waivers = (WaiverValue("affected-in-setup", "opzet-commissie", date(2020, 11, 20), date(2020, 12, 5)),)
    transitions = [
        t
        for t in walk(waivers=waivers).transitions
        if t.obligation.identity == ("affected-in-setup", "opzet-commissie")
    ]

    assert [(t.on, t.after) for t in transitions if not t.is_quiet] == [
        (date(2020, 11, 20), "explained"),
        (date(2020, 12, 6), "overdue"),
    ]


def test_the_replay_ends_today_unless_a_later_day_is_given():
    facts = facts_of(
        {
            "trajectory": {"kind": "public_space", "started_on": "2026-11-02"},
            "steps": [
                {"ref": "raad", "kind": "decision", "stage": "adoption", "body": "council", "planned": "2027-02-01"}
            ],
        }
    )

    assert replay_facts("", facts, RULEBOOKS.first, (), TODAY).last == TODAY
    later = replay_facts("", facts, RULEBOOKS.first, (), TODAY, last=date(2027, 6, 1))
    assert "trajectory-evaluated" in {t.obligation.rule for t in later.flags}


@pytest.mark.django_db
def test_the_command_prints_the_day_the_flag_and_its_source():
    stored()
    lines = replay_output().splitlines()
    at = lines.index("27 november 2020")

    assert lines[at + 1] == "  te laat · 13 dagen vóór 10 december 2020: Onderzoeksopzet in de commissie"
    assert "Onderzoeksopzet in de commissie" in lines[at + 2]
    assert lines[at + 3] == "    affected-in-setup · aanbeveling · " + RULEBOOKS.first.by_id["affected-in-setup"].source


@pytest.mark.django_db
def test_it_ends_with_the_number_of_flags_before_their_deadline():
    stored()
    found = walk()

    assert len(found.in_time) == 4
    assert f"Samen: {len(found.flags)} punten; 4 daarvan vóór de dag waar het om ging" in replay_output()
    assert "de vroegste 13 dagen van tevoren" in replay_output()


@pytest.mark.django_db
def test_upcoming_due_dates_are_printed_only_with_the_all_option():
    stored()
    soon = f"\n  {wording.label('statuses', 'due_soon', 'nl')}"

    assert soon not in replay_output()
    assert soon in replay_output(STUDY, "--all")


@pytest.mark.django_db
def test_a_party_is_shown_by_its_name():
    stored()

    assert "Betrokkenen bij een van de vier casussen" in replay_output()
    assert "wob-indieners-casus" not in replay_output()


@pytest.mark.django_db
def test_only_the_requested_days_are_printed():
    stored()
    found = replay_output(STUDY, "--from", "2020-12-01", "--to", "2020-12-10", "--language", "en")

    assert "From 1 December 2020 to 10 December 2020." in found
    assert "\n4 December 2020\n" in found
    assert "11 December 2020" not in found


@pytest.mark.django_db
def test_flags_that_exist_on_the_first_day_are_printed_there():
    stored()

    assert "al: te laat" in replay_output(STUDY, "--from", "2020-12-05", "--to", "2020-12-06")


@pytest.mark.django_db
def test_similar_flags_of_one_day_are_printed_once_with_a_count():
    stored("handreiking-samenwerken-in-de-stad")
    found = replay_output("handreiking-samenwerken-in-de-stad")

    assert found.count("contribution-answered") == 1
    assert "    6 keer: " in found


@pytest.mark.django_db
def test_a_case_without_obligations_is_reported():
    stored("gesprekken-wijkverenigingen")

    assert "geen dag waarop volgens dit regelboek iets kon veranderen" in replay_output("gesprekken-wijkverenigingen")


@pytest.mark.django_db
def test_an_unknown_name_gets_a_suggestion():
    stored()

    with pytest.raises(CommandError, match=STUDY) as refused:
        replay_output("onderzoek-participatie-leide")
    assert refused.value.returncode == 1


@pytest.mark.django_db
def test_an_end_before_the_start_is_rejected():
    with pytest.raises(CommandError, match="--from 2021-01-02 is after --to 2021-01-01"):
        replay_output(STUDY, "--from", "2021-01-02", "--to", "2021-01-01")
