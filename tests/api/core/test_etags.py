"""Conditional requests: unchanged content is not sent again, and a change needs the current version."""

from __future__ import annotations

import pytest

from participation.models import Trajectory
from tests import world
from tests.api.client import ApiTestClient, errors_of, status_and_detail

pytestmark = pytest.mark.django_db
SQUARE = "/trajectories/voorbeeldplein"


@pytest.fixture
def program():
    world.trajectory()
    return ApiTestClient(world.user("coordinator"))


def change(program, summary="Iets", **headers):
    return program.patch(SQUARE, {"summary": summary}, **headers)


def etag(program, address=SQUARE):
    return program.get(address).headers["ETag"]


@pytest.mark.parametrize("given", ["{}", "W/{}", '"x", {}', '"x" , W/{}', "*", '{}, "y"'])
def test_an_unchanged_resource_gives_304(program, given):
    known = etag(program)
    for response in (
        program.get(SQUARE, if_none_match=given.format(known)),
        program.send("HEAD", SQUARE, if_none_match=given.format(known)),
    ):
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["ETag"] == known


@pytest.mark.parametrize("given", ['"x"', "", "zonder aanhalingstekens", '"{}', "W/"])
def test_another_etag_gives_the_full_response(program, given):
    response = program.get(SQUARE, if_none_match=given.format(etag(program).strip('"')))
    assert (response.status_code, response.json()["slug"]) == (200, "voorbeeldplein")


@pytest.mark.parametrize("address", [SQUARE, f"{SQUARE}?fields=title", f"{SQUARE}/dossier"])
def test_a_change_gives_another_etag(program, address):
    before = etag(program, address)
    assert etag(program, address) == before
    assert program.patch(SQUARE, {"title": "Anders"}, if_match="*").status_code == 200
    assert etag(program, address) != before


def test_a_field_selection_has_its_own_etag(program):
    assert etag(program) != etag(program, f"{SQUARE}?fields=title")


@pytest.mark.parametrize("address", [SQUARE, "/motions/21.0098"])
def test_what_was_read_with_some_fields_can_be_changed(program, address):
    world.motion("21.0098")
    read = etag(program, f"{address}?fields=title")
    assert program.get(f"{address}?fields=title", if_none_match=read).status_code == 304
    assert program.patch(address, {"title": "Anders"}, if_match=read).status_code == 200
    assert status_and_detail(program.patch(address, {"title": "Weer anders"}, if_match=read))[0] == 412


def test_an_update_requires_if_match(program):
    status, why = status_and_detail(change(program))
    assert (status, "If-Match" in why) == (428, True)
    assert list(errors_of(change(program), 428)) == ["If-Match"]
    assert Trajectory.objects.get().summary == ""


@pytest.mark.parametrize("given", ["{}", "*", '"x", {}', ' {} , "y"'])
def test_an_update_of_the_current_version_returns_the_new_etag(program, given):
    response = change(program, if_match=given.format(etag(program)))
    assert response.status_code == 200
    assert response.headers["ETag"] == etag(program)


@pytest.mark.parametrize("given", ['"x"', "W/{}", '"x", W/{}'])
def test_an_update_with_a_stale_or_weak_etag_is_rejected(program, given):
    assert status_and_detail(change(program, if_match=given.format(etag(program))))[0] == 412
    assert Trajectory.objects.get().summary == ""


@pytest.mark.parametrize("given", ["x", "974bf2cb", "W/", "'x'"])
def test_an_unquoted_etag_gives_a_specific_error(program, given):
    assert list(errors_of(change(program, if_match=given))) == ["If-Match"]


def test_the_first_of_two_concurrent_updates_wins(program):
    other = ApiTestClient(world.user("administrator"))
    read = etag(program)
    assert change(program, "Eerst", if_match=read).status_code == 200
    assert status_and_detail(change(other, "Later", if_match=read))[0] == 412
    assert Trajectory.objects.get().summary == "Eerst"


def test_each_reason_for_a_failed_condition_has_its_own_text(program):
    read = etag(program)
    stale = status_and_detail(change(program, if_match='"x"'))
    weak = status_and_detail(change(program, if_match=f"W/{read}"))
    exists = status_and_detail(
        program.put(f"{SQUARE}/dossier", {"trajectory": {"slug": "voorbeeldplein"}}, if_none_match="*")
    )
    assert (stale[0], "gewijzigd nadat u het las" in stale[1]) == (412, True)
    assert (weak[0], "zwakke ETag" in weak[1], "nadat u het las" in weak[1]) == (412, True, False)
    assert (exists[0], "bestaat al" in exists[1]) == (412, True)


@pytest.mark.parametrize("given", ['"x"', "*"])
@pytest.mark.parametrize("address", [f"{SQUARE}/plan", "/trajectories/nieuw-plein/dossier"])
def test_what_does_not_exist_is_only_created_with_if_none_match(program, address, given):
    """RFC 9110, 13.1.1: ``If-Match: *`` is false where there is nothing."""
    body = {"dossier": 1, "trajectory": {"slug": "nieuw-plein", "title": "Nieuw"}} if "dossier" in address else {}
    for status, headers in ((412, {"if_match": given}), (428, {})):
        assert status_and_detail(program.put(address, body, **headers)) == (
            status,
            "Dit bestaat nog niet. Stuur If-None-Match: * zonder If-Match om het te maken.",
        )
    assert Trajectory.objects.count() == 1
    assert program.put(address, body, if_none_match="*").status_code == 201


def test_permissions_are_checked_before_preconditions(program):
    assert status_and_detail(change(ApiTestClient(world.user("adviser"))))[0] == 403
    assert status_and_detail(change(ApiTestClient()))[0] == 401
