"""Authentication of the API, by an API key or by the session of the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from participation.models import ApiKey, Trajectory, User
from tests import world
from tests.api.client import PREFIX, ApiTestClient, status_and_detail

pytestmark = pytest.mark.django_db
LIST, SQUARE = "/trajectories", "/trajectories/voorbeeldplein"


@pytest.fixture(autouse=True)
def square():
    return world.trajectory(public=False)


def change(program, **headers):
    return program.patch(SQUARE, {"summary": "Iets"}, if_match="*", **headers)


def test_an_api_key_has_the_permissions_of_its_owner():
    assert ApiTestClient(world.user("coordinator")).get(SQUARE).status_code == 200
    assert ApiTestClient(world.user("association_member")).get(SQUARE).status_code == 404
    assert status_and_detail(change(ApiTestClient(world.user("adviser"))))[0] == 403
    assert ApiTestClient().get(SQUARE).status_code == 404


def test_without_a_key_public_data_is_readable_and_nothing_is_writable():
    assert ApiTestClient().get(LIST).json()["results"] == []
    response = ApiTestClient().post(LIST, {"title": "x"})
    assert status_and_detail(response)[0] == 401
    assert response["WWW-Authenticate"] == "Bearer"


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
def test_an_invalid_key_is_rejected_even_for_public_data(header):
    status, why = status_and_detail(ApiTestClient().get(LIST, authorization=header))
    assert status == 401
    assert why


@pytest.mark.parametrize("header", ["", "Basic dXNlcjpwYXNz", "Digest x", "x"])
def test_authorization_headers_that_are_not_bearer_are_ignored(header):
    assert ApiTestClient().get(LIST, authorization=header).status_code == 200


def test_the_error_does_not_reveal_why_a_key_is_invalid():
    user = world.user("coordinator")
    program = ApiTestClient(user)
    unknown = status_and_detail(ApiTestClient().get(LIST, authorization=f"Bearer leidraad_{'0' * 64}"))

    ApiKey.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    ran_out = status_and_detail(program.get(LIST))
    ApiKey.objects.update(expiry=timezone.now() + timedelta(days=1))
    assert program.get(LIST).status_code == 200
    User.objects.update(is_active=False)
    left = status_and_detail(program.get(LIST))

    assert unknown == ran_out == left
    assert unknown[0] == 401


def test_reading_with_an_expired_key_deletes_nothing_and_takes_few_queries(django_assert_num_queries):
    user = world.user("coordinator")
    program, other = ApiTestClient(user), ApiTestClient(user)
    ApiKey.objects.update(expiry=timezone.now() - timedelta(seconds=1))

    with django_assert_num_queries(1):
        program.get(LIST)
    other.get(LIST)

    assert ApiKey.objects.count() == 2


def test_a_key_with_another_last_character_is_rejected():
    program = ApiTestClient(world.user("coordinator"))
    key = program.headers["Authorization"]
    program.headers["Authorization"] = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert status_and_detail(program.get(LIST))[0] == 401


def test_only_the_hash_of_a_key_is_stored():
    key = ApiTestClient(world.user("coordinator")).headers["Authorization"].split()[1]
    row = ApiKey.objects.values().get()
    assert key.startswith("leidraad_")
    assert len(key) == len("leidraad_") + 64
    assert not [value for value in row.values() if key in str(value) or key[-20:] in str(value)]


# ---------- the session of the pages


def test_a_session_gives_read_access_according_to_the_user_role(client):
    client.force_login(world.user("coordinator"))
    assert client.get(PREFIX + SQUARE).status_code == 200


def test_a_cross_site_request_cannot_write_with_a_session():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.user("coordinator"))

    def change(**headers):
        return strict.patch(
            PREFIX + SQUARE, '{"summary": "Iets"}', "application/json", headers={"if-match": "*", **headers}
        )

    assert status_and_detail(change())[0] == 403
    assert Trajectory.objects.get().summary == ""
    strict.get("/over/")
    assert change(**{"x-csrftoken": strict.cookies["csrftoken"].value}).status_code == 200
    assert Trajectory.objects.get().summary == "Iets"


def test_requests_with_a_key_need_no_csrf_token():
    program = ApiTestClient(world.user("coordinator"))
    program.client = Client(enforce_csrf_checks=True)
    assert change(program).status_code == 200


def test_a_session_without_its_second_factor_is_rejected_with_a_reason(client, settings):
    settings.SECOND_FACTOR = True
    client.force_login(world.user("coordinator"))
    for path in (LIST, SQUARE):
        status, why = status_and_detail(client.get(PREFIX + path))
        assert (status, "tweede stap" in why) == (403, True)


def test_a_key_needs_no_second_factor(settings):
    settings.SECOND_FACTOR = True
    assert ApiTestClient(world.user("coordinator")).get(SQUARE).status_code == 200


def test_a_deactivated_user_has_no_session(client):
    client.force_login(world.user("coordinator"))
    User.objects.update(is_active=False)
    assert client.get(PREFIX + SQUARE).status_code == 404
