"""What a stranger can read says nothing about counts of one to four: everything public stays the same if they differ.

Two worlds are compared that differ in those counts only, and in the totals that follow from them. Where every page,
file and mail is the same in both, no count can be read, nor be found by subtracting one published number from another:
of one step, of several, or of a later version from an earlier one. That in every such pair of worlds each count may be
another is tried on every reach in ``tests/compliance/test_reach.py``.

Whole pages and files are compared for a few written worlds. For worlds that Hypothesis draws, it is what they are made
of: the selectors and sections that read a reach. A PDF is compared by the HTML it is made of.
"""

from __future__ import annotations

import itertools
import json
import re
from datetime import date
from typing import NamedTuple

import pytest
from django.core.cache import caches
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from participation.compliance.reach import published_reach
from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.open_data.datasets import DATASETS
from participation.interchange.open_data.metadata import export
from participation.interchange.yearly_report.data import ReportRequest
from participation.interchange.yearly_report.writer import write_report
from participation.models import Follower, OutboundEmail, Step, Trajectory
from participation.selectors.council_places import council_places, missed_since, reach_by_place
from participation.selectors.dossiers.dossiers import published_dossier
from participation.selectors.published_reach import COLUMNS
from participation.selectors.statistics.coverage import coverage, coverage_lines
from participation.services.assessment import reassess_one
from participation.services.mail.notifications import make_notifications
from tests import world
from tests.canaries import response_files, unpacked
from tests.shapes import drawn
from tests.web.council.council_samples import decision
from tests.web.html_helpers import PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 09:00")
GROUPS, PLACES = ("children", "young_people", "older_people"), (world.CENTRE, world.LAKES)
API = "/api/v1/trajectories/voorbeeldplein"
EARLIER = "2026-04-01T12:00:00Z"
#: Pages whose parts have no selector of their own.
WITH_REACH = (*(f"{PAGE}plan/", f"{PAGE}geschiedenis/?bestand=csv", f"{API}/obligations/reach-recorded?subject=s1"),)
ADDRESSES = (
    *WITH_REACH,
    *(f"{PAGE}{page}" for page in ("", "meedoen/", "inbreng/", "afspraken/", "geschiedenis/?alles=1", "archief.zip")),
    *(f"{PAGE}{page}" for page in ("plan/?bekend=2026-04-01", "traject.json")),
    *(f"{PAGE}{page}" for page in ("raadsstuk/", "raadsstuk.pdf", "punt/?regel=reach-recorded&over=s1")),
    f"{PAGE}punt/?regel=reach-recorded&over=s1&bekend=2026-04-02",
    *(f"{PAGE}{page}" for page in ("andere-regels/", "stappen/s1/evaluatie/resultaten/", "agenda.ics", "nieuws.atom")),
    *(f"/stad/{page}" for page in ("", "verloop/", "dagen/", "spreiding/", "invloed/", "vergelijken/", "stappen/")),
    *("/stad/bereik/", "/stad/bereik/?bestand=csv&lijst=groepen", "/stad/jaarverslag/2026/"),
    *("/raad/", "/raad/?kaart=bereik", "/raad/?kaart=activiteiten", "/raadsvergaderingen/2026-05-07/"),
    *("/raadsvergaderingen/2026-05-07/raadsstukken.pdf", "/kaart/", "/wijken/"),
    *(f"/wijken/{world.CENTRE}/{page}" for page in ("", "gevraagd/", "nieuws.atom")),
    *(f"{API}{path}" for path in ("", "/dossier", f"/dossier?bekendOp={EARLIER}", "/steps", "/obligations")),
    *(f"{API}/steps/s1", f"{API}/steps/s1?bekendOp={EARLIER}", "/api/v1/statistics", "/api/v1/neighbourhoods"),
)


class Reach(NamedTuple):
    """Who was reached by a step: the total, and the counts by group and neighbourhood; None is not counted."""

    total: int | None
    groups: tuple[int | None, ...] = ()
    places: tuple[int | None, ...] = ()

    @property
    def columns(self):
        rows = [{"group": key, "count": count} for key, count in zip(GROUPS, self.groups, strict=False)]
        places = [{"slug": key, "count": count} for key, count in zip(PLACES, self.places, strict=False)]
        return {"reach_total": self.total, "reach_groups": rows, "reach_neighbourhoods": places}

    @property
    def published(self):
        return published_reach(*self.columns.values())


class Recorded(NamedTuple):
    """A step as it was recorded first, and as it is now."""

    earlier: Reach
    now: Reach


def is_small(count):
    return count is not None and 0 < count < 5


def other_reach(reach):
    """Return one that reads the same, with other counts where these are not published; itself if there is none."""
    shown, numbers = reach.published, itertools.cycle(range(1, 5))

    def changed(rows, counts):
        hidden = {row.key for row in rows if row.is_small or row.is_left_out}
        keys = GROUPS if rows is shown.groups else PLACES
        return tuple(
            next(numbers) if key in hidden and is_small(count) else count
            for key, count in zip(keys, counts, strict=False)
        )

    for _attempt in range(8):
        groups, places = changed(shown.groups, reach.groups), changed(shown.neighbourhoods, reach.places)
        totals = {reach.total, *(range(1, 50) if shown.total is None and reach.total is not None else ())}
        for total in sorted(totals, key=lambda one: (one == reach.total, one or 0)):
            found = Reach(total, groups, places)
            if found != reach and found.published == shown:
                return found
    return reach


def other_world(recorded):
    """Return the same step in the other world: what was the same in both versions stays so."""
    now = other_reach(recorded.now)
    total = now.total if recorded.earlier.total == recorded.now.total else recorded.earlier.total
    lists = {
        name: getattr(now if getattr(recorded.earlier, name) == getattr(recorded.now, name) else recorded.earlier, name)
        for name in ("groups", "places")
    }
    return Recorded(Reach(total, **lists), now)


@st.composite
def reaches(draw):
    counts = st.none() | st.integers(0, 9)
    groups = tuple(draw(st.lists(counts, max_size=3)))
    places = tuple(draw(st.lists(counts, max_size=2)))
    sums = [sum(count or 0 for count in rows) for rows in (groups, places)]
    return Reach(draw(st.sampled_from([None, *sums]) | st.integers(0, 30)), groups, places)


@st.composite
def recorded_steps(draw):
    now = draw(reaches())
    return Recorded(draw(st.sampled_from([now, Reach(None), Reach(now.total), now._replace(total=None)])), now)


#: The total was published before the groups were counted, and three people follow from both.
TOTAL_FIRST = Recorded(Reach(23), Reach(23, (20, 3)))
GROUPS_FIRST = Recorded(Reach(None, (20, 3)), Reach(23, (20, 3)))
#: The groups and the neighbourhoods are of the same people: the sum of one tells what the other hides.
SAME_PEOPLE = Recorded(Reach(None), Reach(30, (20, 10), (27, 3)))
OF_FEW = Recorded(Reach(3, (2, 1)), Reach(3, (2, 1), (3, 0)))
#: Of four people: the coverage names each group, so that the total would tell their counts.
ONE_OF_EACH = Recorded(Reach(3), Reach(3, (1, 1, 1)))


def write(steps, world_of):
    """Write these versions over those that there are, as if they had been recorded then."""
    for step, recorded in zip(steps, world_of, strict=True):
        first, second = step.history.order_by("history_date")
        for row, reach in ((first, recorded.earlier), (second, recorded.now)):
            step.history.filter(history_id=row.history_id).update(**reach.columns)
        Step.objects.filter(pk=step.pk).update(**recorded.now.columns)
    reassess_one("trajectory", steps[0].trajectory_id, load_rulebooks("leiden"), TODAY, NOW)


def all_that_is_public(client, folder):
    """Return every answer, file and mail for who is not logged in, by name."""
    for cache in caches.all():
        cache.clear()
    found = answers(client, ADDRESSES)
    folder.mkdir(exist_ok=True)
    export(folder, TODAY, load_rulebooks("leiden"), "gemeente Leiden")
    # Not by its page, which keeps the file that it made.
    with (folder / "report.zip").open("wb+") as file:
        write_report(file, ReportRequest(2026, load_rulebooks("leiden"), TODAY, NOW))
    for path in folder.rglob("*"):
        if path.is_file():
            found |= {f"{path.name}{name}": text for name, text in unpacked("", path.read_bytes())}
    OutboundEmail.objects.all().delete()
    Follower.objects.update(notified_until=world.moment("2026-03-31 09:00"))
    make_notifications(list(Follower.objects.values_list("pk", flat=True)), load_rulebooks("leiden"), TODAY, NOW)
    found |= {f"mail {mail.to}": f"{mail.subject}{mail.text}{mail.html}" for mail in OutboundEmail.objects.all()}
    assert any(name.startswith("mail") for name in found)
    assert {"report.pdf", "overview.pdf"} <= {name.rsplit("/", 1)[-1] for name in found}
    return found


def answers(client, addresses):
    found = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        found |= {f"{address}{name}": _without_noise(text) for name, text in response_files(response)}
    return found


def rows_of_open_data():
    publish = next(kind.publish for kind in DATASETS if kind.name == "steps")
    for total, *lists in Step.objects.order_by("pk").values_list(*COLUMNS):
        row = dict(zip(COLUMNS, (total, *map(json.dumps, lists)), strict=True))
        publish(row)
        yield row


def all_figures(client, trajectory):
    """Return what the pages, files and mails are made of, as far as it is made of a reach."""
    public = Trajectory.objects.visible_to(None)
    since = date(2025, 4, 20)
    places = council_places(public, public, since, TODAY)
    return {
        **answers(client, WITH_REACH),
        "dossier": published_dossier(trajectory, None),
        "dossier as known earlier": published_dossier(trajectory, None, world.moment("2026-04-01 12:00")),
        "coverage": coverage(public, since, TODAY),
        "lines of the coverage": list(coverage_lines(public, TODAY)),
        "reach by neighbourhood": reach_by_place(public, since, TODAY),
        "who was missed": missed_since(places, public, since, TODAY),
        "open data": list(rows_of_open_data()),
        "obligations": list(
            trajectory.obligations.order_by("rule", "subject").values_list("rule", "subject", "met_on")
        ),
    }


def _without_noise(text):
    """Return a text without what differs at every request."""
    return re.sub(r'name="(csrfmiddlewaretoken|idempotency_key)" value="[^"]*"|nonce="[^"]*"', "", text)


@pytest.fixture
def steps(monkeypatch):
    """Return five activities of one trajectory, each recorded twice, with all that is made of them."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    for module in ("archive.writer", "council_pack", "yearly_report.writer"):
        monkeypatch.setattr(f"participation.interchange.{module}.pdf_of", lambda html: html.encode())
    drawn(world.CENTRE, name="Binnenstad-Noord")
    square = world.trajectory("voorbeeldplein", *PLACES)
    plan = world.plan(square, target_groups=[{"group": group} for group in GROUPS[:2]])
    for row in (square, plan, decision(square, body="council")):
        row.history.update(history_date=world.moment("2026-03-01 10:00"))
    found = [world.step(square, ref, done=world.on("2026-03-20")) for ref in ("s1", "s2", "s3", "s4", "s5")]
    for step in found:
        step.history.update(history_date=world.moment("2026-04-01 10:00"))
        world.record(step, "2026-04-02 10:00", reach_note="Geteld")
    follows = {"asked_at": NOW, "confirmed_at": NOW, "frequency": "daily"}
    Follower.objects.create(email="volger@example.org", trajectory=square, **follows)
    return found


def differences(one, other):
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


def test_everything_public_is_the_same_whatever_counts_under_five_are(client, steps, tmp_path):
    recorded = [TOTAL_FIRST, GROUPS_FIRST, SAME_PEOPLE, OF_FEW, ONE_OF_EACH]
    others = [other_world(one) for one in recorded]
    assert all(one.now != other.now for one, other in zip(recorded, others, strict=True))
    write(steps, recorded)
    one = all_that_is_public(client, tmp_path / "one")
    write(steps, others)
    assert differences(one, all_that_is_public(client, tmp_path / "other")) == []


def test_every_figure_of_reach_is_the_same_whatever_counts_under_five_are(client, steps):
    # Without shrinking, which takes minutes.
    @settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(st.lists(recorded_steps(), min_size=5, max_size=5))
    def same_in_both_worlds(recorded):
        write(steps, recorded)
        one = all_figures(client, steps[0].trajectory)
        write(steps, [other_world(each) for each in recorded])
        assert differences(one, all_figures(client, steps[0].trajectory)) == []

    same_in_both_worlds()


@given(recorded_steps())
def test_the_other_world_differs_only_in_what_is_not_published(recorded):
    other = other_world(recorded)
    assert other.now.published == recorded.now.published
