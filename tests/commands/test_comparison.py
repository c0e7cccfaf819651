"""The command comparison: keys, publishing, reading from a file and from an address."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from participation.interchange.comparison.document import MAX_BYTES
from participation.interchange.comparison.signing import read_key
from participation.models import ComparedMunicipality
from participation.services.comparison import own_content
from tests.comparisons import comparison, fingerprint_of, judged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings, tmp_path, monkeypatch, time_machine):
    time_machine.move_to("2026-02-02 09:00")
    settings.RULEBOOK, settings.MUNICIPALITY, settings.BASE_URL = "leiden", "gemeente Leiden", "https://leiden.example"
    settings.COMPARISON_KEY = None
    monkeypatch.chdir(tmp_path)


def run(*arguments):
    out = StringIO()
    try:
        call_command("comparison", *map(str, arguments), stdout=out)
    except CommandError as error:
        return out.getvalue(), error
    return out.getvalue(), None


@pytest.fixture
def private_key(settings, tmp_path):
    """Return the file of a new key, which is set."""
    run("new-key", "key.json")
    settings.COMPARISON_KEY = tmp_path / "key.json"
    return settings.COMPARISON_KEY


def test_a_new_key_is_written_once_with_its_fingerprint(tmp_path):
    out, error = run("new-key", "key.json")
    assert error is None
    assert f"COMPARISON_KEY={tmp_path / 'key.json'}" in out
    assert read_key(tmp_path / "key.json")
    _out, error = run("new-key", "key.json")
    assert "exists already" in str(error)
    _out, error = run("new-key", "nowhere/key.json")
    assert "No such file" in str(error)


def test_without_a_key_publishing_is_off():
    judged(6, "in_time")
    _out, error = run("publish")
    assert "switched off" in str(error)
    assert "new-key FILE" in str(error)


def test_publishing_prints_what_is_published_and_the_fingerprint(private_key, client):
    judged(6, "in_time")
    address = reverse("comparison_document")
    assert client.get(address).status_code == 404
    out, error = run("publish", "--dry-run")
    assert error is None
    assert "Nothing was published" in out
    assert own_content() is None
    out, _error = run("publish")
    assert "2025  woo-decided: 6 to 10 trajectories: late under 5" in out
    assert "Published the totals of 2025. Number of rules: 1." in out
    assert "stay as they are" in run("publish")[0]
    response = client.get(address)
    assert response.content.decode() == own_content()
    assert response["Content-Type"] == "application/json"
    assert client.get(address, headers={"if-none-match": response["ETag"]}).status_code == 304


def test_the_document_is_not_served_once_publishing_is_off(private_key, client, settings):
    judged(6, "in_time")
    run("publish")
    settings.COMPARISON_KEY = None
    assert client.get(reverse("comparison_document")).status_code == 404


def test_a_key_that_cannot_be_read_is_named(settings, tmp_path):
    settings.COMPARISON_KEY = tmp_path / "none.json"
    _out, error = run("publish")
    assert "none.json: the key cannot be read" in str(error)


def test_a_municipality_is_read_from_a_file_listed_and_forgotten(tmp_path):
    (tmp_path / "utrecht.json").write_bytes(comparison())
    assert "none yet" in run("list")[0]
    _out, error = run("read", "utrecht", "utrecht.json")
    assert fingerprint_of(1) in str(error)
    assert error.returncode == 1
    out, error = run("read", "utrecht", "utrecht.json", "--confirm", fingerprint_of(1))
    assert error is None
    assert out == "gemeente Utrecht: read. It has the totals of 2025.\n"
    assert "nothing is new" in run("read", "utrecht", "utrecht.json")[0]
    assert run("list")[0] == f"utrecht  gemeente Utrecht: up to 2025\n    {fingerprint_of(1)}\n"
    assert "confirm its key anew" in run("forget", "utrecht")[0]
    assert "not known here" in str(run("forget", "utrecht")[1])


def test_a_file_that_is_missing_or_too_large_is_refused(tmp_path):
    assert "none.json: No such file" in str(run("read", "utrecht", "none.json")[1])
    (tmp_path / "large.json").write_bytes(b" " * (MAX_BYTES * 2))
    assert "larger than" in str(run("read", "utrecht", "large.json")[1])


def test_what_is_read_from_an_address_inside_our_network_is_refused(settings):
    settings.DEBUG = settings.DEMO = False
    for address in ("http://utrecht.example/", "https://127.0.0.1/", "https://10.0.0.1/x", "file:///etc/passwd"):
        _out, error = run("read", "utrecht", address)
        assert error.returncode == 1
    assert not ComparedMunicipality.objects.exists()
