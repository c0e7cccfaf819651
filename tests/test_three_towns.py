"""Three installations on one machine, each with its own database, rulebook and key, publish and read one another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils.html import strip_tags

ROOT = Path(__file__).resolve().parent.parent
#: The rulebook of each, and in how many trajectories the Woo request was decided on time, and late.
TOWNS = {"Leiden": ("leiden", 30, 10), "Amsterdam": ("amsterdam", 10, 15), "Zeist": ("basis", 45, 2)}


def run(folder: Path, town: str, *steps: str) -> str:
    """Run these steps in the installation of a town; return what it printed, or why the last step failed."""
    environment = {
        **os.environ,
        "DEBUG": "1",
        "DATABASE_URL": f"sqlite:///{folder / town}.sqlite3",
        "MUNICIPALITY": town,
        "RULEBOOK": TOWNS[town][0],
        "BASE_URL": f"https://{town.lower()}.example",
        "COMPARISON_KEY": str(folder / f"{town}.key"),
    }
    command = [sys.executable, "-m", "tests.town_process", *steps]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


@pytest.fixture(scope="module")
def installations(tmp_path_factory):
    """Return the folder of three towns that have published, and the fingerprint of each."""
    folder = tmp_path_factory.mktemp("towns")
    first, *others = TOWNS
    assert run(folder, first, "migrate --verbosity 0") == ""
    for town in others:
        shutil.copy(folder / f"{first}.sqlite3", folder / f"{town}.sqlite3")
    fingerprints = {}
    for town, (_rulebook, in_time, late) in TOWNS.items():
        key, made = folder / f"{town}.key", folder / f"{town}.json"
        steps = (f"comparison new-key {key}", f"judge in_time {in_time}", f"judge late {late}", "comparison publish")
        printed = run(folder, town, *steps, f"save {made}")
        assert "Published the totals of 2025" in printed, printed
        fingerprints[town] = re.findall(r"^    ([0-9a-f ]+)$", printed, re.MULTILINE)[-1]
    return folder, fingerprints


def test_each_reads_the_others_and_shows_the_same_range(installations):
    folder, fingerprints = installations
    for town in TOWNS:
        reads = [
            f"comparison read {other.lower()} {folder / other}.json --confirm '{fingerprints[other]}'"
            for other in TOWNS
            if other != town
        ]
        printed = run(folder, town, *reads, f"page {folder / town}.html")
        assert printed.count("It has the totals of 2025") == 2, printed
    pages = {town: " ".join(strip_tags((folder / f"{town}.html").read_text()).split()) for town in TOWNS}
    # Of each up to four trajectories are hidden: 30 of 40 to 44, 10 of 25 to 29, and 45 of 45 to 49.
    assert "tussen 34% en 100% 68% tot 75% 3" in pages["Leiden"]
    assert "tussen 34% en 100% 34% tot 40% 3" in pages["Amsterdam"]
    assert "tussen 34% en 100% 92% tot 100% 3" in pages["Zeist"]


def test_an_altered_document_is_refused(installations):
    folder, _fingerprints = installations
    altered = folder / "altered.json"
    altered.write_bytes((folder / "Leiden.json").read_bytes().replace(b"Leiden", b"Leidem"))
    assert "altered after it was signed" in run(folder, "Zeist", f"comparison read leiden {altered}")
