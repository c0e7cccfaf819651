"""Every figure of a report is computed again from its lines, and one altered line is caught."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.archive.verify import NoArchiveError
from participation.interchange.yearly_report.check import check_report
from participation.models import Commitment, Motion
from participation.selectors.statistics.yearly import FigureKey, yearly_figures, years_until
from participation.services.dossiers.dossiers import import_dossier
from tests import world
from tests.cases.test_figures import FIXTURES
from tests.interchange.archive.archives import archive

from .reports import NOW, RULEBOOKS, TODAY, YEAR, contents, due, repacked, report_bytes, town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_pdf(monkeypatch):
    monkeypatch.setattr("participation.interchange.yearly_report.writer.pdf_of", lambda _html: b"%PDF-")


def check(tmp_path, content):
    path = tmp_path / "report.zip"
    path.write_bytes(content)
    return check_report(path)


def figure(part, scope, year, group, name):
    return yearly_figures(RULEBOOKS, years_until(YEAR, TODAY)).get(FigureKey(part, scope, year, group, name), 0)


def test_the_figures_are_those_counted_by_hand():
    town()
    feedback = {
        name: figure("due", "promised", 2025, "feedback", name) for name in ("in_time", "late", "explained", "overdue")
    }
    # In time: t2 and t3. Late: done in August, due in July. Explained: waived. Overdue on 31 December: one of
    # September, one done in January, and one of which the strict day had passed. One due that very day is not late yet.
    assert feedback == {"in_time": 2, "late": 1, "explained": 1, "overdue": 3}
    assert figure("undated", "promised", 2025, "feedback", "unknown") == 1
    assert figure("due", "wished", 2025, "resources", "overdue") == 1
    assert figure("due", "retrospective", 2021, "feedback", "overdue") == 1
    assert [figure("contributions", "", 2025, "", state) for state in ("adopted", "partly", "open")] == [1, 0, 4]
    assert figure("contributions", "", 2024, "", "open") == 3
    assert figure("ages", "", 2025, "", "over") == 1
    assert [figure("fairness", "", 2025, "", name) for name in ("number", "sum", "lowest")] == [2, Decimal("13.5"), 6]
    assert [figure("motions", "", year, "", "settled") for year in (2024, 2025)] == [0, 1]
    assert [figure("commitments", "", year, "", "open") for year in (2024, 2025)] == [1, 1]
    # In 2025 people met in Noord on 1 May, with young people last on 1 February 2023, and with the elderly never.
    spoken = {"Noord": ("districts", 1, 20250501, 0), "young_people": ("groups", 0, 20230201, 0)}
    for group, (kind, *numbers) in spoken.items():
        names = ("activities", "last_day", "never")
        assert [figure(f"coverage_{kind}", "", 2025, group, name) for name in names] == numbers
    assert figure("coverage_groups", "", 2025, "older_people", "never") == 1


def test_every_figure_is_confirmed_from_the_lines(tmp_path):
    town()
    found = check(tmp_path, report_bytes())
    assert found.is_confirmed
    assert found.figures > 40
    assert {part for part, *_rest in _keys(tmp_path)} == {
        *("due", "undated", "levels", "districts", "trajectories", "contributions", "senders", "ages", "effects"),
        *("contribution_districts", "room", "fairness", "motions", "commitments"),
        *("coverage_districts", "coverage_groups"),
    }


def _keys(tmp_path):
    lines = contents((tmp_path / "report.zip").read_bytes())["figures.csv"].decode().splitlines()
    return [line.split(",") for line in lines[1:]]


def test_the_figures_of_the_real_cases_are_confirmed(tmp_path):
    for path in sorted(FIXTURES.glob("*.json")):
        import_dossier(json.loads(path.read_text(encoding="utf-8")), RULEBOOKS, TODAY, NOW)
    assert Motion.objects.exists() or Commitment.objects.exists()
    for year in (2018, 2021, 2026):
        assert check(tmp_path, report_bytes(year=year)).is_confirmed


def test_several_municipalities_are_each_judged_by_their_own_rules(tmp_path):
    rulebooks = load_rulebooks("leiden,amsterdam")
    for slug, municipality in (("hier", "leiden"), ("daar", "amsterdam")):
        of = world.trajectory(slug, municipality=municipality)
        for rule in sorted({rule.id for book in rulebooks for rule in book.rules})[:40]:
            due(of, "2025-05-01", rule, rule=rule)
    found = check(tmp_path, report_bytes(rulebooks=rulebooks))
    assert found.is_confirmed
    assert found.figures > 5


ALTERATIONS = [
    ("obligations.csv", b"noordplein,feedback-given,t2,2025-05-01,2025-05-01,,2025-05-01", b"2025-05-02"),
    ("waivers.csv", b"voorbeeldplein,contribution-answered,,2025-09-01,2025-12-31", b"2025-12-30"),
    ("contributions.csv", b"noordplein,c1,residents_association,2025-03-20,adopted,1,2025-04-10", b"2026-04-10"),
    ("decisions.csv", b"noordplein,b1,2025-04-01,some,1", b"0"),
    ("evaluations.csv", b"voorbeeldplein,e2,2025-06-01,6.0", b"6.1"),
    ("motions.csv", b"21.0098/04,adopted,2021-11-11,2024-06-01,2025-06-01", b"2026-06-01"),
    ("commitments.csv", b"T-1,2021-05-19,2025-02-01", b"2026-02-01"),
    ("coverage.csv", b"district,Noord,noordplein,e1,2025-05-01", b"2024-05-01"),
    ("trajectories.csv", b"noordplein,leiden,consult,0,active,,Noord", b"Zuid"),
    ("figures.csv", b"due,promised,2025,feedback,overdue,3", b"2"),
]


@pytest.mark.parametrize(("name", "line", "end"), ALTERATIONS, ids=[name for name, _line, _end in ALTERATIONS])
def test_one_altered_line_is_caught_even_with_new_checksums(tmp_path, name, line, end):
    town()
    content = report_bytes()
    text = contents(content)[name]
    assert line + b"\n" in text
    altered = text.replace(line + b"\n", line[: -len(line.rpartition(b",")[2])] + end + b"\n")
    found = check(tmp_path, repacked(content, name, altered))
    assert found.archive.findings == ()
    assert found.differences
    assert not found.is_confirmed


def test_a_removed_line_is_caught(tmp_path):
    town()
    content = report_bytes()
    text = contents(content)["obligations.csv"]
    altered = b"".join(line for line in text.splitlines(keepends=True) if b",overdue," not in line)
    [difference] = [
        one
        for one in check(tmp_path, repacked(content, "obligations.csv", altered)).differences
        if one.key.part == "due"
    ]
    assert difference.key == FigureKey("due", "promised", 2025, "feedback", "overdue")
    assert (difference.reported, difference.computed) == (3, 2)


def test_an_altered_rule_is_caught(tmp_path):
    town()
    content = report_bytes()
    [rulebook] = json.loads(contents(content)["rulebooks.json"])
    for rule in rulebook["rules"]:
        if rule["id"] == "support-offered":
            rule["strength"] = "law"
    found = check(tmp_path, repacked(content, "rulebooks.json", json.dumps([rulebook]).encode()))
    assert {one.key.scope for one in found.differences} == {"promised", "wished"}


def test_a_line_that_cannot_be_read_is_named(tmp_path):
    town()
    content = report_bytes()
    for name, before, after, reason in (
        ("obligations.csv", b"2025-09-01", b"2025-13-01", "obligations.csv, line"),
        ("obligations.csv", b"voorbeeldplein", b"onbekend", "'onbekend'"),
        ("evaluations.csv", b"6.0", b"zes", "evaluations.csv, line"),
        ("obligations.csv", b"feedback-given", b"\xff", "obligations.csv"),
        ("report.json", b'"year": 2025', b'"jaar": 2025', "report.json"),
        ("report.json", b"{", b"", "report.json"),
        ("rulebooks.json", b"[", b"5", "rulebooks.json"),
        ("figures.csv", b"2025", b"MMXXV", "figures.csv, line"),
    ):
        altered = contents(content)[name].replace(before, after, 1)
        found = check(tmp_path, repacked(content, name, altered))
        assert reason in found.problem, (name, found.problem)
        assert not found.is_confirmed


def test_a_zip_that_is_no_report_is_refused(tmp_path):
    with pytest.raises(NoArchiveError):
        check(tmp_path, archive(world.trajectory()))


def test_nothing_of_what_is_not_public_is_in_a_report():
    town()
    found = contents(report_bytes())
    assert not [name for name, text in found.items() if b"geheim" in text or b"secret" in text]


def test_no_texts_of_people_are_in_the_lines():
    town()
    found = contents(report_bytes())
    for words in (b"Meer bomen", b"Omdat het past", b"plek voor het plein"):
        assert not [name for name, text in found.items() if words in text]


def test_reports_of_the_same_moment_are_the_same_bytes():
    town()
    assert report_bytes() == report_bytes()


def test_a_year_that_is_not_over_ends_today(tmp_path):
    town()
    assert years_until(2026, TODAY)[-1].on == date(2026, 4, 20)
    assert check(tmp_path, report_bytes(year=2026)).is_confirmed


def test_an_empty_town_has_a_report(tmp_path):
    assert check(tmp_path, report_bytes()).is_confirmed
