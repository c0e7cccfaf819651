"""Who asks: by a key, or by the session of the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from participation.models import ApiKey, Trajectory, User
from tests import world
from tests.api.calling import PREFIX, Caller, told

pytestmark = pytest.mark.django_db
LIST, SQUARE = "/trajectories", "/trajectories/voorbeeldplein"


@pytest.fixture(autouse=True)
def square():
    return world.trajectory(public=False)


def change(program, **headers):
    return program.patch(SQUARE, {"summary": "Iets"}, if_match="*", **headers)


def test_a_program_may_what_the_person_may_who_made_its_key():
    assert Caller(world.user("coordinator")).get(SQUARE).status_code == 200
    assert Caller(world.user("association_member")).get(SQUARE).status_code == 404
    assert told(change(Caller(world.user("adviser"))))[0] == 403
    assert Caller().get(SQUARE).status_code == 404


def test_without_a_key_one_reads_what_is_public_and_writes_nothing():
    assert Caller().get(LIST).json()["results"] == []
    answer = Caller().post(LIST, {"title": "x"})
    assert told(answer)[0] == 401
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer een twee",
        "bearer onbekend",
        "Bearer sleutel\u00e9",
        "Bearer " + "x" * 9_000,
        "Bearer " + "x" * 100_000,
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer \x00",
    ],
    ids=lambda header: header[:20],
)
def test_an_odd_key_is_refused_though_what_is_public_is_for_everyone(header):
    status, why = told(Caller().get(LIST, authorization=header))
    assert status == 401
    assert why


@pytest.mark.parametrize("header", ["", "Basic dXNlcjpwYXNz", "Digest x", "x"])
def test_what_is_no_bearer_is_for_a_proxy_and_not_for_us(header):
    assert Caller().get(LIST, authorization=header).status_code == 200


def test_it_is_not_told_whether_a_key_ran_out_or_its_person_left_or_it_never_was():
    user = world.user("coordinator")
    program = Caller(user)
    unknown = told(Caller().get(LIST, authorization=f"Bearer leidraad_{'0' * 64}"))

    ApiKey.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    ran_out = told(program.get(LIST))
    ApiKey.objects.update(expiry=timezone.now() + timedelta(days=1))
    assert program.get(LIST).status_code == 200
    User.objects.update(is_active=False)
    left = told(program.get(LIST))

    assert unknown == ran_out == left
    assert unknown[0] == 401


def test_reading_with_a_key_that_ran_out_removes_nothing_and_asks_little(django_assert_num_queries):
    user = world.user("coordinator")
    program, other = Caller(user), Caller(user)
    ApiKey.objects.update(expiry=timezone.now() - timedelta(seconds=1))

    with django_assert_num_queries(1):
        program.get(LIST)
    other.get(LIST)

    assert ApiKey.objects.count() == 2


def test_another_end_of_the_same_key_does_not_fit():
    program = Caller(world.user("coordinator"))
    key = program.headers["Authorization"]
    program.headers["Authorization"] = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert told(program.get(LIST))[0] == 401


def test_of_a_key_only_its_checksum_is_kept():
    key = Caller(world.user("coordinator")).headers["Authorization"].split()[1]
    row = ApiKey.objects.values().get()
    assert key.startswith("leidraad_")
    assert len(key) == len("leidraad_") + 64
    assert not [value for value in row.values() if key in str(value) or key[-20:] in str(value)]


# ---------- the session of the pages


def test_whoever_is_logged_in_reads_what_they_may(client):
    client.force_login(world.user("coordinator"))
    assert client.get(PREFIX + SQUARE).status_code == 200


def test_by_a_session_nothing_is_written_for_another_site():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.user("coordinator"))

    def change(**headers):
        return strict.patch(
            PREFIX + SQUARE, '{"summary": "Iets"}', "application/json", headers={"if-match": "*", **headers}
        )

    assert told(change())[0] == 403
    assert Trajectory.objects.get().summary == ""
    strict.get("/over/")
    assert change(**{"x-csrftoken": strict.cookies["csrftoken"].value}).status_code == 200
    assert Trajectory.objects.get().summary == "Iets"


def test_a_key_needs_no_token_against_forgery_for_no_browser_sends_it_by_itself():
    program = Caller(world.user("coordinator"))
    program.client = Client(enforce_csrf_checks=True)
    assert change(program).status_code == 200


def test_a_session_without_its_second_factor_opens_nothing_and_is_told_so(client, settings):
    settings.SECOND_FACTOR = True
    client.force_login(world.user("coordinator"))
    for path in (LIST, SQUARE):
        status, why = told(client.get(PREFIX + path))
        assert (status, "tweede stap" in why) == (403, True)


def test_a_key_was_made_behind_the_second_factor_and_asks_for_none(settings):
    settings.SECOND_FACTOR = True
    assert Caller(world.user("coordinator")).get(SQUARE).status_code == 200


def test_who_was_made_inactive_has_no_session_any_more(client):
    client.force_login(world.user("coordinator"))
    User.objects.update(is_active=False)
    assert client.get(PREFIX + SQUARE).status_code == 404
