import json
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from participation.compliance.rulebooks import load_rulebooks
from participation.management import base
from participation.models import Step
from participation.services.dossiers.dossiers import import_dossier, import_register
from tests import towns

pytestmark = pytest.mark.django_db

FIXTURES = Path(__file__).parents[2] / "fixtures"
KEYS = [
    "rule",
    "basic",
    "strength",
    "subject",
    "status",
    "due_on",
    "strict_due_on",
    "expected_on",
    "met_on",
    "days_late",
    "message",
    "remedy",
    "source",
    "retrospective",
]
SQUARE = {
    "dossier": 1,
    "trajectory": {"slug": "plein", "title": "Plein", "status": "active"},
    "steps": [{"ref": "avond", "kind": "activity", "done": "2026-03-20", "audience": ["residents"]}],
}


def import_document(document, at="2026-03-21T09:00"):
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return import_dossier(document, load_rulebooks("leiden"), now.date(), now)


def check(*arguments, **options):
    out = StringIO()
    call_command("check_compliance", *arguments, stdout=out, **options)
    return out.getvalue()


def lines(*arguments, **options):
    return json.loads(check(*arguments, "--format", "json", **options))


@pytest.fixture
def case_a():
    import_document(json.loads((FIXTURES / "cases" / "onderzoek-participatie-leiden.json").read_text(encoding="utf-8")))


def test_a_line_has_the_keys_of_the_documented_format(case_a):
    for line in lines("--on", "2021-07-28"):
        assert list(line) == ["trajectory", *KEYS]


def test_an_obligation_met_later_is_not_met_yet(case_a):
    def wob(day):
        return next(line for line in lines("--on", day) if line["rule"] == "wob-decided")

    before, after = wob("2021-09-20"), wob("2021-09-21")
    assert (before["status"], before["met_on"], before["days_late"]) == ("overdue", None, None)
    assert (after["status"], after["met_on"], after["days_late"]) == ("met_late", "2021-09-21", 56)


def test_the_order_is_stable_by_name_rule_and_subject(case_a):
    import_document(SQUARE)
    found = lines("--on", "2026-06-01")
    assert found == lines("--on", "2026-06-01")
    order = [(line["trajectory"], line["rule"], line["subject"] or "") for line in found]
    assert order == sorted(order)


def test_motions_and_commitments_are_listed_with_the_trajectories():
    register = json.loads((FIXTURES / "register.json").read_text(encoding="utf-8"))
    import_register(register, load_rulebooks("leiden"), date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC))
    names = [next(iter(line)) for line in lines("--on", "2026-03-02")]
    assert {"motion", "commitment"} <= set(names)
    assert names == sorted(names, key=["trajectory", "motion", "commitment"].index)


def test_a_request_that_belongs_to_no_trajectory_is_named_by_its_number():
    import_document(SQUARE)
    asked = {"kind": "woo", "received_on": "2026-03-25"}
    linked = {"number": "V-2", "trajectory": "plein", **asked}
    register = {"register": 1, "requests": [{"number": "V-1", **asked}, linked]}
    import_register(register, load_rulebooks("leiden"), date(2026, 4, 1), datetime(2026, 4, 1, tzinfo=UTC))

    found = [line for line in lines("--on", "2026-05-01") if line["rule"] == "woo-decided"]

    assert [(*next(iter(line.items())), line["subject"]) for line in found] == [
        ("trajectory", "plein", "V-2"),
        ("request", "V-1", None),
    ]
    assert list(found[1]) == ["request", *KEYS]
    assert {line["due_on"] for line in found} == {"2026-04-22"}
    assert "V-1" in check("--on", "2026-05-01")
    # A request that is judged with its trajectory has no lines of its own, not even of rules that do not apply.
    assert {line["request"] for line in lines("--on", "2026-05-01", "--all") if "request" in line} == {"V-1"}


def test_obligations_that_do_not_apply_are_listed_only_on_request(case_a):
    few, all_lines = lines("--on", "2021-07-28"), lines("--on", "2021-07-28", "--all")
    assert "not_applicable" not in {line["status"] for line in few}
    extra = [line for line in all_lines if line["status"] == "not_applicable"]
    assert "scenarios-offered" in {line["rule"] for line in extra}
    assert len(all_lines) == len(few) + len(extra)


def test_the_check_can_run_as_known_at_a_moment():
    import_document(SQUARE, "2026-03-21T09:00")
    import_document(
        {
            **SQUARE,
            "steps": [{"ref": "terug", "kind": "feedback", "about": ["avond"], "done": "2026-04-01"}],
        },
        "2026-05-10T09:00",
    )

    def feedback(*options):
        found = lines("--on", "2026-05-01", *options)
        return next(line["status"] for line in found if line["rule"] == "feedback-given")

    # On the first of May it had been done, but it was recorded on the tenth only.
    assert feedback() == "met"
    assert feedback("--known-at", "2026-05-01") == "overdue"
    assert feedback("--known-at", "2026-05-10T12:00") == "met"
    assert lines("--on", "2026-05-01", "--known-at", "2026-03-01") == []


def test_the_check_writes_nothing(case_a, django_assert_num_queries):
    before = Step.history.count()
    check("--on", "2026-05-01")
    assert Step.history.count() == before


def test_the_number_of_queries_does_not_grow_with_the_trajectories(django_assert_max_num_queries):
    for number in range(12):
        import_document({**SQUARE, "trajectory": {**SQUARE["trajectory"], "slug": f"plein-{number}"}})
    with django_assert_max_num_queries(18):
        check("--on", "2026-05-01")


def test_the_exit_code_fails_only_on_request(case_a):
    check("--on", "2020-09-01", "--fail-on", "met_late")
    with pytest.raises(CommandError) as failed:
        check("--on", "2021-07-28", "--fail-on", "overdue,possibly_overdue")
    assert failed.value.returncode == base.FOUND


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fail-on", "overdu"], "did you mean 'overdue'?"),
        (["plain"], "did you mean 'plein'?"),
        (["--rulebook", "lieden"], "there is no such rulebook"),
        (["--on", "17/5"], "write it like 2026-03-20"),
        (["--on", "2021-02-30"], "not a day in the calendar"),
        (["--known-at", "gisteren"], "write it like 2026-03-20 or 2026-03-20T14:00"),
    ],
)
def test_errors_are_reported_with_a_remedy(arguments, message):
    import_document(SQUARE)
    with pytest.raises(CommandError) as refused:
        check(*arguments)
    assert message in str(refused.value)


def test_the_text_gives_the_obligation_due_date_source_and_remedy(case_a):
    text = check("onderzoek-participatie-leiden", "--on", "2020-11-27")
    assert "onderzoek-participatie-leiden (terugkijkend)" in text
    assert "te laat: Contact met bewoners of ondernemers" in text
    assert "uiterlijk 26 november 2020, niet gedaan, voor zover bekend" in text
    assert "affected-in-setup · aanbeveling · 003" in text
    assert "Spreek bewoners of ondernemers over de opzet" in text


def test_another_language_has_the_same_content(case_a):
    assert "overdue: Contact with residents" in check("--on", "2020-11-27", "--language", "en")


def test_another_rulebook_uses_its_own_rules(case_a):
    found = {line["rule"] for line in lines("--on", "2021-07-28", "--rulebook", "nl")}
    assert found == {"wob-decided", "complaint-handled"}


# ---------- several municipalities


def due_days(*options):
    out = StringIO()
    call_command("check_compliance", "--on", "2026-04-20", "--format", "json", *options, stdout=out)
    return {
        line["trajectory"]: (line["due_on"], line["strength"])
        for line in json.loads(out.getvalue())
        if line["rule"] == "feedback-given"
    }


def test_each_town_is_judged_by_its_own_rulebook_and_all_by_one_that_is_named(settings):
    settings.RULEBOOK = towns.TOWNS
    for town in ("leiden", "oegstgeest"):
        towns.trajectory(town, town)
    own = {rulebook.name: rulebook.by_id["feedback-given"].strength for rulebook in towns.RULEBOOKS}
    ours, theirs = ("2026-03-02", own["leiden"]), ("2026-03-30", own["oegstgeest"])
    assert due_days() == {"leiden": ours, "oegstgeest": theirs}
    assert due_days("--rulebook", "leiden") == {"leiden": ours, "oegstgeest": ours}
    assert due_days("--rulebook", towns.OEGSTGEEST) == {"leiden": theirs, "oegstgeest": theirs}


def test_rulebooks_that_do_not_go_together_are_refused():
    with pytest.raises(CommandError, match="the rulebook 'leiden' is named twice"):
        call_command("check_compliance", "--rulebook", "leiden,leiden")
