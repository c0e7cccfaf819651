"""Earlier texts are visible to staff only, at every URL."""

from __future__ import annotations

import re

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import get_resolver, reverse

from participation.models import EvaluationResponse, Motion, Waiver
from participation.services.assessment import reassess_one
from tests import world
from tests.api.client import PREFIX
from tests.canaries import ADDRESSES, CANARY, add_missing_rows, plant_in_rows, response_files
from tests.web.html_helpers import get_html
from tests.web.permission_fixtures import QUERIES, permission_data, url_argument
from tests.web.permission_matrix import url_patterns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
#: On this day the texts contained the canary; on the next they were changed.
BEFORE = "2026-04-21"
#: Query parameters that give other output: a file, the state on that day, the rest of a history.
QUERY_STRINGS = ("", "bestand=csv", f"bekend={BEFORE}", f"bekendOp={BEFORE}", f"bekendOp={BEFORE}&search={CANARY}")
HISTORY = "/trajecten/voorbeeldplein/geschiedenis/"


@pytest.fixture
def changed_town(today, settings, monkeypatch, tmp_path):
    """Plant the canary in every text, change every text afterwards, and remove some rows."""
    settings.MEDIA_ROOT = tmp_path
    # Every URL is requested several times a minute.
    settings.RATE_LIMITS = {}
    for cache in caches.all():
        cache.clear()
    # The text of a PDF is compressed: the canary would not be found in it. An archive has the same text in other files.
    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", lambda _html: b"%PDF-")
    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", lambda html: html.encode())
    here = permission_data()
    add_missing_rows(here)
    trajectory = here.public.trajectory
    extra = world.step(trajectory, "s7", title="Weg")
    plant_in_rows(CANARY, f"{BEFORE} 10:00")
    reassess_one("trajectory", trajectory.pk, **write_arguments())
    world.remove(extra, f"{BEFORE} 23:00")
    given = world.waiver(trajectory, rule="plan-adopted", reason=CANARY)
    given.history.update(history_date=world.moment(f"{BEFORE} 11:00"))
    world.remove(given, f"{BEFORE} 23:00")
    plant_in_rows("Fluisterlaan", "2026-04-22 10:00")
    # These tables have no history.
    EvaluationResponse.objects.update(remark="Goed")
    reassess_one("trajectory", trajectory.pk, **write_arguments())
    assert CANARY in str(list(Motion.history.values_list("title", flat=True)))
    assert not Waiver.objects.filter(reason__contains=CANARY)
    return here


def write_arguments():
    from datetime import date

    from participation.compliance.rulebooks import load_rulebooks

    return {"rulebooks": load_rulebooks("leiden"), "today": date(2026, 4, 20), "now": world.moment("2026-04-20 12:00")}


def is_asked(path, name, query):
    """Whether an address is asked with this query string."""
    if query.startswith("bekendOp"):
        # These two repeat what one asks.
        return path.startswith(PREFIX) and not ("search" in query and name in ("api:docs", "api:try"))
    return not query or path.startswith(PREFIX) != query.startswith("be")


def everywhere(here, role, keys):
    """Return the places of the canary in the responses to this user, for every readable URL and query."""
    client, found, answered = Client(raise_request_exception=True), set(), 0
    if here.people[role]:
        client.force_login(here.people[role])
    for address in url_patterns(get_resolver()):
        if address.name.startswith(("admin:", "account_", "mfa_", "socialaccount", "logout", "openid", "metrics")):
            continue
        values = {name: url_argument(address.name, name).value(here.public, role) for name in address.arguments}
        path = reverse(address.name, kwargs=values)
        own = "&".join(f"{k}={v}" for k, v in QUERIES.get(address.name, lambda _place: {})(here.public).items())
        for query in QUERY_STRINGS:
            if not is_asked(path, address.name, query):
                continue
            response = client.get(f"{path}?{'&'.join(filter(None, (own, query)))}", headers=keys)
            if response.status_code != 200:
                continue
            answered += 1
            for name, text in response_files(response):
                if any(word in text.replace(f"search={CANARY}", "") for word in (CANARY, ADDRESSES[0])):
                    found.add(f"{address.name}{name}?{query}")
    assert answered > 60
    return found


def test_earlier_texts_are_read_by_staff_in_the_history_and_by_nobody_else(changed_town):
    """One test for all roles: what it needs takes longer to make than a role takes to try."""
    for role in ("visitor", "member (own)"):
        keys = {"Authorization": f"Bearer {changed_town.keys[role]}"} if role in changed_town.keys else {}
        assert everywhere(changed_town, role, keys) == set()

    keys = {"Authorization": f"Bearer {changed_town.keys['auditor']}"}
    found = everywhere(changed_town, "auditor", keys)
    history = {"trajectory_history?", "trajectory_history?bestand=csv", "trajectory_archive/openbaar/history.json?"}
    known = {f"api:{name}?bekendOp={BEFORE}" for name in ("dossier", "trajectory", "plan", "contributions", "motion")}
    assert {re.sub(r"archive/.*/", "archive/openbaar/", name) for name in found} >= known | history


def test_visitors_read_that_and_when_a_text_changed_and_its_dates(client):
    square = world.trajectory()
    row = world.contribution(square, summary=f"Bel {CANARY}", theme="Bomen")
    row.history.update(history_date=world.moment("2026-04-01 10:00"))
    world.record(row, "2026-04-02 10:00", summary="Bel ons", outcome="adopted", responded_on=world.on("2026-04-01"))
    html = get_html(client, HISTORY)

    assert CANARY not in html
    assert '<td data-label="Was">[tekst later gewijzigd]</td><td data-label="Werd">Bel ons</td>' in html
    assert "1 april 2026" in html
    assert "Bomen" in html


@pytest.mark.parametrize(
    ("setting", "role", "reads"), [(True, None, True), (False, None, False), (False, "auditor", True)]
)
def test_a_municipality_can_make_earlier_texts_public(client, settings, setting, role, reads):
    settings.PUBLIC_TEXT_HISTORY = setting
    row = world.contribution(world.trajectory(), summary=f"Bel {CANARY}")
    row.history.update(history_date=world.moment("2026-04-01 10:00"))
    world.record(row, "2026-04-02 10:00", summary="Bel ons")
    if role:
        client.force_login(world.user(role))

    assert (CANARY in get_html(client, HISTORY)) is reads
