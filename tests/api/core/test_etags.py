"""Versions: what one has is not sent again, and what one changes must still be what one read."""

from __future__ import annotations

import pytest

from participation.models import Trajectory
from tests import world
from tests.api.calling import Caller, told, wrong

pytestmark = pytest.mark.django_db
SQUARE = "/trajectories/voorbeeldplein"


@pytest.fixture
def program():
    world.trajectory()
    return Caller(world.user("coordinator"))


def change(program, summary="Iets", **headers):
    return program.patch(SQUARE, {"summary": summary}, **headers)


def etag(program, address=SQUARE):
    return program.get(address).headers["ETag"]


@pytest.mark.parametrize("given", ["{}", "W/{}", '"x", {}', '"x" , W/{}', "*", '{}, "y"'])
def test_what_one_has_already_is_not_sent_again(program, given):
    known = etag(program)
    for answer in (
        program.get(SQUARE, if_none_match=given.format(known)),
        program.send("HEAD", SQUARE, if_none_match=given.format(known)),
    ):
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == known


@pytest.mark.parametrize("given", ['"x"', "", "zonder aanhalingstekens", '"{}', "W/"])
def test_what_one_does_not_have_is_sent(program, given):
    answer = program.get(SQUARE, if_none_match=given.format(etag(program).strip('"')))
    assert (answer.status_code, answer.json()["slug"]) == (200, "voorbeeldplein")


@pytest.mark.parametrize("address", [SQUARE, f"{SQUARE}?fields=title", f"{SQUARE}/dossier"])
def test_a_change_makes_another_version(program, address):
    before = etag(program, address)
    assert etag(program, address) == before
    assert program.patch(SQUARE, {"title": "Anders"}, if_match="*").status_code == 200
    assert etag(program, address) != before


def test_what_was_chosen_has_a_version_of_its_own(program):
    assert etag(program) != etag(program, f"{SQUARE}?fields=title")
    known = etag(program, f"{SQUARE}?fields=title")
    change(program, if_match="*")
    assert program.get(f"{SQUARE}?fields=title", if_none_match=known).status_code == 304


def test_a_change_says_of_which_version(program):
    status, why = told(change(program))
    assert (status, "If-Match" in why) == (428, True)
    assert list(wrong(change(program), 428)) == ["If-Match"]
    assert Trajectory.objects.get().summary == ""


@pytest.mark.parametrize("given", ["{}", "*", '"x", {}', ' {} , "y"'])
def test_a_change_of_the_version_that_is_there_is_made_and_told(program, given):
    answer = change(program, if_match=given.format(etag(program)))
    assert answer.status_code == 200
    assert answer.headers["ETag"] == etag(program)


@pytest.mark.parametrize("given", ['"x"', "W/{}", '"x", W/{}'])
def test_a_change_of_another_version_is_not_made_nor_of_one_that_only_looks_like_it(program, given):
    assert told(change(program, if_match=given.format(etag(program))))[0] == 412
    assert Trajectory.objects.get().summary == ""


@pytest.mark.parametrize("given", ["x", "974bf2cb", "W/", "'x'"])
def test_a_version_without_its_quotes_is_told_as_such(program, given):
    assert list(wrong(change(program, if_match=given))) == ["If-Match"]


def test_of_two_who_read_the_same_the_first_wins(program):
    other = Caller(world.user("administrator"))
    read = etag(program)
    assert change(program, "Eerst", if_match=read).status_code == 200
    assert told(change(other, "Later", if_match=read))[0] == 412
    assert Trajectory.objects.get().summary == "Eerst"


def test_somebody_who_may_not_change_it_hears_that_first(program):
    assert told(change(Caller(world.user("adviser"))))[0] == 403
    assert told(change(Caller()))[0] == 401
