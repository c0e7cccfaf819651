"""The file with what a municipality says in its statements: read as shown, and refused with place and remedy."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.tracker.test_settings import python
from tracker.statements import Statements, load

MANUAL = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
#: The file that the manual shows.
(EXAMPLE,) = re.findall(r"```yaml statements\n(.*?)```", MANUAL, re.DOTALL)


def load_text(text, tmp_path):
    path = tmp_path / "statements.yaml"
    path.write_text(text, encoding="utf-8")
    return load(str(path))


def changed(*replacements):
    text = EXAMPLE
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def without(key):
    """Return the example without this key of the accessibility statement, with what belongs to it."""
    text = re.sub(rf"^  {key}:.*\n(?:    .*\n)*", "", EXAMPLE, flags=re.MULTILINE)
    assert text != EXAMPLE
    return text


def test_the_file_in_the_manual_is_read_and_fills_in_everything(tmp_path):
    statements = load_text(EXAMPLE, tmp_path)

    assert statements.accessibility.status == "B"
    assert statements.accessibility.tests[0].tested_on == date(2026, 8, 14)
    assert statements.accessibility.deviations[0].cause.en
    assert None not in vars(statements.privacy).values()


def test_an_empty_file_says_nothing(tmp_path):
    assert load_text("", tmp_path) == Statements()


def test_a_text_in_one_language_is_dutch(tmp_path):
    statements = load_text("privacy: {controller: het college van Onze Stad}", tmp_path)

    assert (statements.privacy.controller.nl, statements.privacy.controller.en) == ("het college van Onze Stad", "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("accesibility: {}", "accesibility: there is no such key; there are accessibility, privacy"),
        ("[]", "the file: must have keys: accessibility, privacy"),
        ("privacy: {officer: fg}", "privacy.officer: must be an e-mail address"),
        ("privacy: {controller: {en: the executive}}", "privacy.controller.nl: is missing"),
        ("privacy: {controller: 3}", "privacy.controller: must have keys: nl, en"),
        ("privacy: {backups: ''}", "privacy.backups.nl: must be a text"),
        ("privacy: {processors: een}", "privacy.processors: must be a list"),
        ("privacy: {processors: [{name: Een}]}", "privacy.processors[0].task: is missing"),
        ("privacy: [", "cannot be read"),
        (without("signed_on"), "accessibility.signed_on: is missing"),
        (without("tests"), "accessibility.tests: status B needs a full test"),
        (without("deviations"), "accessibility.deviations: status B names each"),
        (changed(("status: B", "status: A")), "accessibility.deviations: with status A there are none"),
        (changed(("status: B", "status: C")), "accessibility.next_test_on: status C needs a test"),
        (changed(("status: B", "status: E")), "accessibility.status: is E; write one of A, B, C, D"),
        (
            changed(("signed_on: 2026-09-01", "signed_on: 2026-08-01")),
            "accessibility.tests: that of 2026-08-14 is later",
        ),
        (changed(("signed_on: 2026-09-01", "signed_on: soon")), "accessibility.signed_on: must be a day like"),
        (changed(('report: "https', 'report: "ftp')), "accessibility.tests[0].report: must be an address like"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_remedy(text, problem, tmp_path):
    with pytest.raises(ImproperlyConfigured) as error:
        load_text(text, tmp_path)

    assert problem in str(error.value)
    assert str(tmp_path / "statements.yaml") in str(error.value)


def test_a_missing_file_stops_the_start():
    done = python("import django; django.setup()", STATEMENTS="nowhere/statements.yaml")

    assert "STATEMENTS: " in done.stderr
    assert "nowhere/statements.yaml cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("status", "day", "shown"),
    [
        # The test was on 14 August 2026: it counts for three years.
        ("B", date(2029, 8, 13), "B"),
        ("B", date(2029, 8, 14), "D"),
        ("D", date(2035, 1, 1), "D"),
    ],
)
def test_a_status_ends_when_its_test_is_three_years_old(status, day, shown, tmp_path):
    statement = load_text(changed(("status: B", f"status: {status}")), tmp_path).accessibility

    assert statement.status_on(day) == shown


@pytest.mark.parametrize(("day", "shown"), [(date(2027, 3, 2), "C"), (date(2027, 3, 3), "D")])
def test_status_c_lasts_half_a_year_after_signing(day, shown, tmp_path):
    text = changed(("status: B", "status: C\n  next_test_on: 2027-02-01"))

    assert load_text(text, tmp_path).accessibility.status_on(day) == shown
