"""The page for database errors: it keeps what was typed, and needs no database."""

import errno

import pytest
from django.db import OperationalError, connection
from django.test import Client

from participation.models import Trajectory
from participation.services.changes import changesets as editing
from tests import world

pytestmark = pytest.mark.django_db
STEP = {"kind": "activity", "method": "meeting", "title": "Avond <b>groen</b>", "planned": "20-3-2027"}


@pytest.fixture
def visitor():
    """A client that gets error pages, as a browser does."""
    return Client(raise_request_exception=False)


def away(*_args, **_named):
    raise OperationalError("could not connect to server: password of the database")


@pytest.mark.parametrize("address", ["/trajecten/", "/over/", "/trajecten/voorbeeldplein/", "/stad/"])
def test_without_a_database_pages_give_503_with_retry_after(visitor, monkeypatch, address):
    monkeypatch.setattr(connection, "cursor", away)
    response = visitor.get(address)

    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "no-store" in response["Cache-Control"]
    assert "Dit lukt nu even niet" in response.content.decode()
    assert "password" not in response.content.decode()


def test_the_api_gives_503_as_a_problem(visitor, monkeypatch):
    monkeypatch.setattr(connection, "cursor", away)
    response = visitor.get("/api/v1/trajectories")

    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert response.json()["status"] == 503


def test_submitted_input_is_in_the_error_page_to_be_sent_again(visitor, monkeypatch):
    square, adviser = world.trajectory(), world.user("adviser")
    square.advisers.add(adviser)
    visitor.force_login(adviser)
    monkeypatch.setattr(editing, "_save", away)
    response = visitor.post("/trajecten/voorbeeldplein/stappen/nieuw/", STEP)

    text = response.content.decode()
    assert response.status_code == 503
    assert '<textarea name="title" hidden>\nAvond &lt;b&gt;groen&lt;/b&gt;</textarea>' in text
    assert 'action="/trajecten/voorbeeldplein/stappen/nieuw/"' in text
    assert "csrfmiddlewaretoken" in text
    assert Trajectory.objects.get().steps.count() == 0


def test_a_password_is_never_in_the_error_page(visitor, monkeypatch):
    monkeypatch.setattr(connection, "cursor", away)
    response = visitor.post("/inloggen/", {"username": "adviser", "password": "geheim-woord"})

    assert response.status_code == 503
    assert "geheim-woord" not in response.content.decode()


def test_a_full_disk_gives_503_and_a_bug_gives_500(visitor, monkeypatch):
    def fails(error):
        def view(*_args, **_named):
            raise error

        return view

    square = world.trajectory()
    for error, status in ((OSError(errno.ENOSPC, "No space left on device"), 503), (ZeroDivisionError(), 500)):
        monkeypatch.setattr("participation.web.shared.permissions.get_visible_trajectory", fails(error))
        assert visitor.get(f"/trajecten/{square.slug}/").status_code == status
