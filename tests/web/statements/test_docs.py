"""docs/privacy.md repeats the register of processing activities, made from the register itself."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from participation.web.statements.processing import ACTIVITIES

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def register():
    """Return the register as a table in English."""
    lines = ["| of whom | what | why | how long | tables |", "|---|---|---|---|---|"]
    with translation.override("en"):
        for activity in ACTIVITIES:
            shown = activity.in_words()
            tables = ", ".join(f"`{label.rpartition('.')[2]}`" for label in activity.tables)
            lines.append(f"| **{shown.title}** | {shown.what} | {shown.why} | {' '.join(shown.terms)} | {tables} |")
    return "\n".join(lines)


def test_the_table_in_the_document_is_the_register():
    table = DOCUMENT.partition("<!-- register -->\n")[2].partition("\n<!-- /register -->")[0]

    assert table == register(), "replace the table in docs/privacy.md by this one"


@pytest.mark.parametrize("theme", ["5. Organisational", "6. People", "7. Physical", "8. Technological"])
def test_the_measures_stand_by_the_themes_of_the_baseline(theme):
    assert f"## {theme}" in SECURITY


def test_every_control_of_the_baseline_is_named_once():
    """ISO 27002:2022 has 37 organisational, 8 people, 14 physical and 34 technological controls."""
    named = [tuple(map(int, number.split("."))) for number in re.findall(r"\b([5-8]\.\d+)(?![\d.])", SECURITY)]
    ranges = re.findall(r"\b([5-8])\.(\d+)–\1\.(\d+)\b", SECURITY)
    for theme, first, last in ranges:
        named += [(int(theme), number) for number in range(int(first) + 1, int(last))]

    every = [(theme, n) for theme, count in ((5, 37), (6, 8), (7, 14), (8, 34)) for n in range(1, count + 1)]
    assert sorted(named) == every
