"""Who was reached, on everything that is public: no number under five, and no total that tells it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.open_data.metadata import export
from participation.services.assessment import reassess_one
from tests import world
from tests.web.html_helpers import PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
#: A total that stands nowhere else; with it 3 young people could be found.
TOTAL, EARLIER = 9173, 9172
EXACT = [
    {"group": "children", "count": 9100},
    {"group": "older_people", "count": 70},
    {"group": "young_people", "count": 3},
]
PUBLISHED = [*EXACT[:2], {"group": "young_people", "count": None}]
STEP = "/api/v1/trajectories/voorbeeldplein/steps/s9"
DOSSIER = "/api/v1/trajectories/voorbeeldplein/dossier"


@pytest.fixture
def counted(square):
    """Return a meeting of which the numbers were recorded, and corrected a day later."""
    world.record(square, "2026-03-01 10:00")
    step = world.step(square, "s9", done=world.on("2026-03-20"))
    world.record(step, "2026-04-01 10:00", reach_total=EARLIER, reach_groups=[*EXACT[:2], {**EXACT[2], "count": 2}])
    world.record(step, "2026-04-02 10:00", reach_total=TOTAL, reach_groups=EXACT)
    reassess_one("trajectory", square.pk, load_rulebooks("leiden"), date(2026, 4, 20), world.moment("2026-04-20 09:00"))
    return step


def in_full(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize(
    "address",
    [
        *(f"{PAGE}{page}" for page in ("", "plan/", "inbreng/", "afspraken/", "geschiedenis/", "traject.json")),
        f"{PAGE}plan/?bekend=2026-04-01",
        f"{PAGE}geschiedenis/?alles=1",
        STEP,
        f"{STEP}?bekendOp=2026-04-01T12:00:00Z",
        DOSSIER,
        f"{DOSSIER}?bekendOp=2026-04-01T12:00:00Z",
        "/api/v1/trajectories/voorbeeldplein/steps",
        "/api/v1/trajectories/voorbeeldplein/obligations/reach-recorded?subject=s9",
    ],
)
def test_no_page_or_answer_for_everyone_tells_the_total(client, counted, address):
    response = client.get(address)
    assert response.status_code == 200, address
    text = in_full(response).decode()
    assert [number for number in (TOTAL, EARLIER) if str(number) in text] == []


def test_the_page_says_fewer_than_five_and_a_range(client, counted):
    text = client.get(f"{PAGE}plan/").content.decode()
    assert "9172 tot en met 9174 mensen" not in text  # one hidden number is 1 to 4
    assert "9171 tot en met 9174 mensen" in text
    assert "minder dan vijf jongeren" in text


def test_data_has_null_for_the_public_and_numbers_for_staff(client, counted):
    def reach():
        documents = json.loads(client.get(DOSSIER).content), json.loads(client.get(f"{PAGE}traject.json").content)
        steps = [next(row for row in one["steps"] if row["ref"] == "s9") for one in documents]
        return [row["reach"] for row in (json.loads(client.get(STEP).content), *steps)]

    assert reach() == [
        {"total": None, "groups": PUBLISHED, "neighbourhoods": [], "note": None},
        *([{"groups": [*EXACT[:2], {"group": "young_people"}]}] * 2),
    ]
    client.force_login(world.user("adviser"))
    assert [one["total"] for one in reach()] == [TOTAL] * 3
    assert [one["groups"] for one in reach()] == [EXACT] * 3


def test_open_data_and_the_archive_have_no_total(client, counted, tmp_path):
    export(tmp_path, date(2026, 4, 20), load_rulebooks("leiden"), "gemeente Leiden")
    lines = [json.loads(line) for line in (tmp_path / "json" / "steps.jsonl").read_text("utf-8").splitlines()]
    row = next(row for row in lines if row["ref"] == "s9")
    assert (row["reach_total"], row["reach_groups"]) == (None, PUBLISHED)
    assert str(TOTAL) not in (tmp_path / "csv" / "steps.csv").read_text("utf-8")
    archive = zipfile.ZipFile(io.BytesIO(in_full(client.get(f"{PAGE}archief.zip"))))
    for name in archive.namelist():
        if name.endswith((".json", ".html")):
            text = archive.read(name).decode()
            assert [number for number in (TOTAL, EARLIER) if str(number) in text] == [], name
