"""The number of queries of the pages of a trajectory: the same for one row of each kind and for fifty."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.web.html_helpers import AGREEMENTS, INPUT, PAGE, PAGES, PLAN, TAKE_PART, get_html
from tests.web.trajectories.sample_trajectory import assess
from tests.web.trajectories.test_explained import add_counter_signal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
#: The maximum number of queries of each page, with those of the user. The page with the obligations reads the facts
#: too, and their histories.
MAX_QUERIES = {
    PAGE: 16,
    TAKE_PART: 14,
    INPUT: 20,
    PLAN: 20,
    AGREEMENTS: 42,
    f"{PAGE}zoeken/?zoek=avond": 20,
    f"{AGREEMENTS}?op=2026-04-01": 44,
    f"{INPUT}?uitkomst=open&van=mij": 21,
}
#: The same where every table is read.
MAX_OF_ALL = 60


def one_of_each(square, name):
    world.step(square, f"stap-{name}", title=f"Avond {name}", done=world.on("2026-03-20"))
    world.step(square, f"besluit-{name}", kind="decision", stage="proposal", method="", planned=world.on("2026-05-20"))
    world.contribution(square, f"inbreng-{name}", step=f"stap-{name}")
    paper = world.document(square, f"stuk-{name}", replaces="d1")
    paper.shares.create(party=world.RESIDENTS, on=world.on("2026-03-02"))
    paper.shares.create(party=world.SHOPS, on=world.on("2026-03-04"))
    world.request(square, f"verzoek-{name}")
    world.scenario(square, f"scenario-{name}", presented_on=world.on("2026-03-20"))
    world.waiver(square, rule="feedback-given", subject=f"stap-{name}")
    actor = world.organisation(f"partij-{name}", kind="residents_association")
    square.plan.actors.create(organisation=actor, part="participant", suggested_by=world.RESIDENTS)
    add_counter_signal(square, by=f"partij-{name}", ref=f"tegen-{name}", subject=f"stap-{name}")
    square.motions.add(world.motion(f"21.{name:0>4}"))


def queries_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        get_html(client, address)
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("who", ["visitor", "adviser", "association"])
def test_fifty_of_each_take_no_more_queries_than_one(client, square, who):
    if who == "adviser":
        user = world.user("adviser", is_staff=True)
        square.advisers.add(user)
        client.force_login(user)
    if who == "association":
        client.force_login(world.user("association_member", world.RESIDENTS))
    addresses = list(MAX_QUERIES)
    one_of_each(square, "1")
    assess(square, date(2026, 4, 20))
    few = [queries_of(client, address) for address in addresses]
    for number in range(2, 31):
        one_of_each(square, str(number))
    assess(square, date(2026, 4, 20))
    many = [queries_of(client, address) for address in addresses]

    for address, before, after in zip(addresses, few, many, strict=True):
        assert len(before) <= MAX_QUERIES[address], (address, len(before))
        # Fewer: the histories that are read are those of the facts behind the obligations that are explained in full.
        assert len(after) <= len(before), (address, sorted(set(after) - set(before))[:5])


def test_the_page_of_one_obligation_takes_a_fixed_number_of_queries(client, square):
    address = f"{PAGE}punt/?regel=feedback-given&over=s1"
    one_of_each(square, "1")
    assess(square, date(2026, 4, 20))
    few = queries_of(client, address)
    for number in range(2, 21):
        one_of_each(square, str(number))
    assess(square, date(2026, 4, 20))

    assert len(queries_of(client, address)) == len(few) <= MAX_OF_ALL


def test_as_known_on_another_day_takes_a_fixed_number_of_queries(client, square):
    addresses = [f"{address}?bekend=2026-04-20" for address in PAGES]
    for model in (type(square), *(type(row) for row in (square.plan, square.steps.first(), square.requests.first()))):
        model.history.update(history_date=world.moment("2026-04-01 10:00"))
    few = [len(queries_of(client, address)) for address in addresses]
    for number in range(1, 21):
        one_of_each(square, str(number))
    for model in (type(square), *(type(row) for row in (square.plan, square.steps.first(), square.requests.first()))):
        model.history.update(history_date=world.moment("2026-04-01 10:00"))

    for address, before in zip(addresses, few, strict=True):
        assert len(queries_of(client, address)) <= before + 3, address
