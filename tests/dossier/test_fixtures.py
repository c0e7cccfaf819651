from pathlib import Path

import pytest

from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.dossier.parser import read_document
from participation.dossier.validate import problems_in

FIXTURES = Path(__file__).parents[2] / "fixtures"
#: Neighbourhoods and their shapes are lists of their own.
FILES = sorted(path for path in FIXTURES.rglob("*.json") if not path.name.startswith("neighbourhood"))


def test_there_are_fixtures_to_check() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_every_fixture_is_valid_and_gives_facts(path: Path) -> None:
    document = read_document(path.read_bytes())
    assert [str(problem) for problem in problems_in(document)] == []
    if "dossier" in document:
        assert facts_of(document).trajectory.slug == document["trajectory"]["slug"]
    for row in document.get("motions") or () if "register" in document else ():
        assert motion_of(row).number == row["number"]
    for row in document.get("commitments") or ():
        assert commitment_of(row).number == row["number"]
