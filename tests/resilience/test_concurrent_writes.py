"""Concurrent assessments of an obligation and imports of a dossier each take effect once, or give a conflict."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Motion, Neighbourhood, Organisation, Trajectory, Transition
from participation.services import assessment
from participation.services.dossiers.dossiers import import_dossier
from tests import world
from tests.api.client import ApiTestClient
from tests.resilience.concurrency import run_concurrently, run_in_thread

pytestmark = pytest.mark.django_db(transaction=True)

RULEBOOKS = load_rulebooks("leiden")
EARLIER, RECORDED = date(2026, 3, 10), datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY, NOW = date(2026, 4, 8), datetime(2026, 4, 8, 6, tzinfo=UTC)


@pytest.fixture
def meeting():
    """Import a meeting whose feedback is late today."""
    document = {
        "dossier": 1,
        "trajectory": {"slug": "plein", "title": "Plein"},
        "steps": [{"ref": "avond", "kind": "activity", "method": "meeting", "done": EARLIER.isoformat()}],
    }
    import_dossier(document, RULEBOOKS, EARLIER, RECORDED)
    assessment.flag_due(RULEBOOKS, date(2026, 4, 7), RECORDED)


not_sqlite = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer at a time")


@not_sqlite
def test_concurrent_flagging_records_a_transition_once(meeting, monkeypatch):
    read = assessment.last_logged_statuses

    def read_and_wait(keys):
        found = read(keys)
        monkeypatch.setattr(assessment, "last_logged_statuses", read)
        run_in_thread(lambda: assessment.flag_due(RULEBOOKS, TODAY, NOW))
        return found

    monkeypatch.setattr(assessment, "last_logged_statuses", read_and_wait)
    keys = list(Trajectory.objects.values_list("pk", flat=True))
    assessment.reassess("trajectory", keys, RULEBOOKS, TODAY, NOW)
    late = Transition.objects.filter(on=TODAY, to_status="overdue", obligation__rule="feedback-given")
    assert late.count() == 1


def dossier_with(slug, names):
    """Return a dossier with organisations, neighbourhoods and motions, in this order."""
    return {
        "dossier": 1,
        "trajectory": {"slug": slug, "title": slug, "neighbourhoods": [f"buurt-{name}" for name in names]},
        "organisations": [{"slug": f"partij-{name}", "name": f"Partij {name}"} for name in names],
        "motions": [f"motie {name}" for name in names],
        "steps": [{"ref": "s1", "kind": "activity", "audience": [f"partij-{names[0]}"]}],
    }


@pytest.fixture
def caller():
    return ApiTestClient(world.user("administrator", is_staff=True, is_superuser=True))


@not_sqlite
def test_one_of_six_concurrent_imports_of_a_dossier_succeeds(caller):
    body = dossier_with("plein", "abc")
    calls = [lambda: caller.put("/trajectories/plein/dossier", body, If_None_Match="*") for _ in range(6)]
    statuses = sorted(response.status_code for response in run_concurrently(*calls))
    assert statuses == [201, *[412] * 5]
    square = Trajectory.objects.get()
    assert (square.history.count(), square.steps.count(), square.motions.count()) == (1, 1, 3)


@not_sqlite
@pytest.mark.parametrize(
    ("key", "model"), [("organisations", Organisation), ("neighbourhoods", Neighbourhood), ("motions", Motion)]
)
def test_concurrent_imports_of_dossiers_with_the_same_new_rows_succeed(caller, key, model):
    names = [f"{number:02}" for number in range(30)]

    def put(index):
        # One kind of row in each test: a wait for the first kind would keep the imports from colliding on the second.
        whole = dossier_with(f"plein-{index}", names if index % 2 else names[::-1])
        body = {"dossier": 1, "trajectory": {"slug": f"plein-{index}", "title": "Plein"}}
        of = body["trajectory"] if key == "neighbourhoods" else body
        of[key] = whole["trajectory"][key] if key == "neighbourhoods" else whole[key]
        return caller.put(f"/trajectories/plein-{index}/dossier", body, If_None_Match="*")

    answers = run_concurrently(*(lambda index=index: put(index) for index in range(4)))
    assert [response.status_code for response in answers] == [201] * 4, [response.content for response in answers]
    # One history row each: the later import uses the row of the earlier one.
    assert (model.objects.count(), model.history.count()) == (30, 30)


@not_sqlite
def test_a_deadlock_is_resolved_as_a_conflict_that_can_be_retried(caller, monkeypatch):
    """No lock order prevents this deadlock; the database aborts one of the two, which is a conflict and no error."""
    from participation.services.dossiers import dossiers

    world.organisation("partij-a")
    world.organisation("partij-b")
    both = threading.Barrier(2)
    store = dossiers.store_shared

    def update_in_opposite_order(document, signed):
        first, second = ("a", "b") if document["trajectory"]["slug"] == "een" else ("b", "a")
        Organisation.objects.filter(slug=f"partij-{first}").update(name=first)
        both.wait(20)
        Organisation.objects.filter(slug=f"partij-{second}").update(name=second)
        return store(document, signed)

    monkeypatch.setattr(dossiers, "store_shared", update_in_opposite_order)

    def put(slug):
        body = {"dossier": 1, "trajectory": {"slug": slug, "title": slug}}
        return caller.put(f"/trajectories/{slug}/dossier", body, If_None_Match="*")

    answers = run_concurrently(lambda: put("een"), lambda: put("twee"))
    assert sorted(response.status_code for response in answers) == [201, 409]
    (refused,) = (response for response in answers if response.status_code == 409)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 409
    assert Trajectory.objects.count() == 1
