"""The lists, what all pages of what is tracked ask of the database, and whether anyone can use them."""

from __future__ import annotations

import re

import pytest

from tests import world
from tests.web.reading import PAGE, TODAY, Read, overdue, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


# ---------- lists


def test_a_list_tells_how_many_are_overdue(client):
    square = world.trajectory()
    overdue(square, subject="a")
    overdue(square, subject="b")
    overdue(square, subject="c", met_on=TODAY)
    overdue(world.trajectory("ander"))
    world.trajectory("leeg")

    lines = re.findall(r'<a href="(/trajecten/.+?)">.*?</p>\s*<p class="told">(.*?)</p>', shown(client, "/trajecten/"))

    assert lines == [
        ("/trajecten/ander/", "1 punt over de termijn"),
        ("/trajecten/leeg/", "Niets over de termijn"),
        (PAGE, "2 punten over de termijn"),
    ]


def test_a_long_list_is_read_in_parts(client):
    for number in range(51):
        world.trajectory(f"plein-{number:02}")
    first, second = (shown(client, f"/trajecten/?pagina={number}") for number in (1, 2))

    assert (first.count("/trajecten/plein-"), second.count("/trajecten/plein-")) == (50, 1)
    assert 'href="?pagina=2"' in first
    assert "Deel 2 van 2" in second
    assert "Deel 2 van 2" in shown(client, "/trajecten/?pagina=99")
    assert "Deel 1 van 2" in shown(client, "/trajecten/?pagina=x")


def test_a_list_without_rows_says_so(client):
    for address in ("/trajecten/", "/moties/", "/toezeggingen/"):
        assert "Hier staat nog niets." in shown(client, address)


# ---------- how much is asked of the database


@pytest.mark.parametrize("role", ["", "adviser", "coordinator"])
def test_fifty_obligations_ask_no_more_of_the_database_than_one(
    client, role, django_assert_num_queries, django_assert_max_num_queries
):
    square, motion, promise = world.trajectory(), world.motion(), world.commitment()
    if role:
        user = world.user(role, is_staff=True)
        square.advisers.add(user)
        client.force_login(user)
    for of, address in (
        ({"trajectory": square}, PAGE),
        ({"motion": motion}, "/moties/21.0098/04/"),
        ({"commitment": promise}, "/toezeggingen/T-1/"),
    ):
        world.obligation(**of)
        with django_assert_max_num_queries(12) as few:
            shown(client, address)
        for number in range(1, 50):
            world.obligation(**of, rule="feedback-given", subject=f"y{number}")
        for number in range(20):
            world.waiver(square, rule="feedback-given", subject=f"y{number}{of}"[:90])
        with django_assert_num_queries(len(few)):
            assert shown(client, address).count('class="what"') == 50


@pytest.mark.parametrize("address", ["/trajecten/", "/moties/", "/toezeggingen/"])
def test_a_longer_list_asks_no_more_of_the_database(
    client, address, django_assert_num_queries, django_assert_max_num_queries
):
    def grow(numbers):
        for number in numbers:
            overdue(world.trajectory(f"plein-{number}"))
            world.obligation(motion=world.motion(f"21.{number:04}"))
            world.obligation(commitment=world.commitment(f"T-{number}"))

    grow(range(1))
    with django_assert_max_num_queries(4) as few:
        shown(client, address)
    grow(range(1, 30))
    with django_assert_num_queries(len(few)):
        shown(client, address)


# ---------- for everyone


def test_each_page_can_be_read_without_script_by_ear_and_on_a_small_screen(client):
    square = overdue().trajectory
    overdue(square, subject="s2", met_on=TODAY)
    world.motion()
    world.commitment()

    for address in ("/trajecten/", PAGE, "/moties/", "/moties/21.0098/04/", "/toezeggingen/", "/toezeggingen/T-1/"):
        html = shown(client, address)
        ids = Read(html).ids
        assert len(ids) == len(set(ids)), address
        assert '<html lang="nl">' in html
        assert html.count("<h1") == html.count("<main") == 1
        assert "<script" not in html
        assert 'content="width=device-width, initial-scale=1"' in html
        labels = set(re.findall(r'aria-labelledby="(.+?)"', html))
        assert labels <= set(ids)


def test_what_looks_back_stands_at_the_end_of_the_list(client):
    world.trajectory("aardig", retrospective=True)
    world.trajectory("zeker")

    assert re.findall(r'/trajecten/([^/"]+)/"', shown(client, "/trajecten/")) == ["zeker", "aardig"]


def test_commitments_stand_in_the_order_in_which_people_count(client):
    for number in (10, 2, 1):
        world.commitment(f"T-{number}")

    assert re.findall(r'/toezeggingen/([^/"]+)/"', shown(client, "/toezeggingen/")) == ["T-1", "T-2", "T-10"]
