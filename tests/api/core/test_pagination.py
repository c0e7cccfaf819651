"""Pagination of long lists: rows that are added meanwhile cause no duplicates and no gaps."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest

from participation.models import Trajectory
from tests import world
from tests.api.client import ApiTestClient, errors_of

pytestmark = pytest.mark.django_db
NAMES = [f"t{number:02}" for number in range(25)]


@pytest.fixture
def town():
    Trajectory.objects.bulk_create(Trajectory(slug=name, title=name) for name in NAMES)


def page(address="/trajectories?pageSize=7"):
    response = ApiTestClient().get(address)
    assert response.status_code == 200, response.content
    return response.json()


def slugs(found):
    return [record["slug"] for record in found["results"]]


def path(link):
    parts = urlsplit(link)
    return f"{parts.path.removeprefix('/api/v1')}?{parts.query}"


def test_paging_forward_and_back_returns_every_row_once(town):
    pages = [page()]
    while pages[-1]["next"]:
        pages.append(page(path(pages[-1]["next"])))
    assert [len(slugs(one)) for one in pages] == [7, 7, 7, 4]
    assert [slug for one in pages for slug in slugs(one)] == NAMES
    assert pages[0]["previous"] is None

    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(page(path(back[-1]["previous"])))
    assert [slug for one in reversed(back) for slug in slugs(one)] == NAMES


def test_rows_added_while_paging_cause_no_duplicates_and_no_gaps(town):
    found, here, number = [], page(), 0
    while True:
        found += slugs(here)
        Trajectory.objects.create(slug=f"a{number}", title="ervoor")
        Trajectory.objects.create(slug=f"z{number}", title="erna")
        number += 1
        if not here["next"] or number > 12:
            break
        here = page(path(here["next"]))
    assert len(found) == len(set(found))
    assert [slug for slug in found if slug in NAMES] == NAMES
    assert found == sorted(found)


def test_rows_removed_while_paging_cause_no_gaps(town):
    here = page()
    Trajectory.objects.filter(slug__in=[*NAMES[:4], NAMES[6]]).delete()
    assert slugs(page(path(here["next"]))) == NAMES[7:14]


def test_trajectory_items_are_paged_in_the_order_of_recording():
    square = world.trajectory()
    refs = [f"s{number}" for number in range(9, 0, -1)]
    for ref in refs:
        world.step(square, ref)
    here = page("/trajectories/voorbeeldplein/steps?pageSize=4")
    found = [step["ref"] for step in here["results"]]
    while here["next"]:
        here = page(path(here["next"]))
        found += [step["ref"] for step in here["results"]]
    assert found == refs


def test_the_link_to_the_next_page_keeps_the_query(town):
    Trajectory.objects.filter(slug__gte="t10").update(kind="housing")
    here = page("/trajectories?kind=housing&fields=slug&pageSize=7")
    assert parse_qs(urlsplit(here["next"]).query).keys() == {"cursor", "kind", "fields", "pageSize"}
    there = page(path(here["next"]))
    assert slugs(here) + slugs(there) == NAMES[10:24]
    assert set(there["results"][0]) == {"slug"}


def test_an_empty_list_is_a_valid_page():
    assert page() == {"next": None, "previous": None, "results": []}


@pytest.mark.parametrize("size", [1, 500])
def test_the_page_size_may_be_anything_within_the_documented_limits(town, size):
    assert len(slugs(page(f"/trajectories?pageSize={size}"))) == min(size, 25)


@pytest.mark.parametrize(
    "size", ["0", "501", "-1", "", "7.0", "zeven", "\u0667", "000000500999", "9" * 5000, "1e2", " 7"]
)
def test_a_page_size_outside_the_limits_is_rejected(size):
    assert list(errors_of(ApiTestClient().get(f"/trajectories?pageSize={size}"))) == ["pageSize"]


def encoded(text):
    return b64encode(text.encode()).decode().replace("=", "%3D").replace("+", "%2B")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%00", "\u00e9", "a" * 5000, encoded("p=%00"), encoded("o=x"), encoded("r=x"), encoded("o=-1"), "===="],
)
def test_an_unknown_cursor_is_rejected_or_starts_somewhere(cursor):
    world.step(world.trajectory())
    for address in ("/trajectories", "/trajectories/voorbeeldplein/steps"):
        response = ApiTestClient().get(f"{address}?cursor={cursor}")
        assert response.status_code == 200 or list(errors_of(response)) == ["cursor"]


@pytest.mark.parametrize("place", ["t01", "%00", "9" * 30, "1.5", "\u0661", ""])
def test_a_cursor_of_another_list_is_rejected_where_it_does_not_fit(place):
    world.step(world.trajectory())
    response = ApiTestClient().get(f"/trajectories/voorbeeldplein/steps?cursor={encoded(f'p={place}')}")
    assert response.status_code == 200 or list(errors_of(response)) == ["cursor"]
    if place == "t01":
        assert list(errors_of(response)) == ["cursor"]
