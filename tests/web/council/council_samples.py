"""What the tests of the council's pages share."""

from __future__ import annotations

import re
from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import NeighbourhoodShape
from tests import world
from tests.web.html_helpers import get_html, overdue_obligation

PAGE = "/raad/"
#: For the page, whatever is chosen and however many trajectories there are.
MAX_QUERIES = 15


def text_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def queries_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        get_html(client, address)
    return len(queries)


def shape(slug, west=0, **columns):
    """Give the neighbourhood a square as its shape."""
    corners = [west, 0, west + 100, 0, west + 100, 100, west, 100, west, 0]
    place = world.neighbourhood(slug, **columns)
    NeighbourhoodShape.objects.create(neighbourhood=place, polygons=[[corners]], label_x=west + 50, label_y=50)
    return place


def decision(of, ref="besluit", day="2026-05-07", **columns):
    columns = {"kind": "decision", "title": ref, **columns}
    return world.step(of, ref, method="", audience=[], planned=world.on(day), **columns)


def held(of, ref, day="2026-03-20", **columns):
    """Create an activity that took place."""
    return world.step(of, ref, planned=world.on(day), done=world.on(day), **columns)


def full_trajectory(number, *places, **columns):
    """Create a trajectory with a row of each table that the council's page reads."""
    made = world.trajectory(f"traject-{number}", *places, **columns)
    for subject in range(5):
        overdue_obligation(made, subject=f"s{subject}")
    decision(made, body="raad-leiden")
    held(
        made,
        "avond",
        reach_total=30,
        reach_groups=[{"group": "renters", "count": 10}],
        reach_neighbourhoods=[{"slug": world.CENTRE, "count": 20}],
    )
    world.plan(made, target_groups=[{"group": "newcomers"}])
    world.waiver(made, rule="feedback-given", subject="s2", granted_on=date(2026, 4, 1))
    return made
