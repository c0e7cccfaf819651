"""Two that look at the same obligation, or write the same dossier, at the same moment: each is done once or refused."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from participation.compliance.rulebook import load
from participation.models import Motion, Neighbourhood, Organisation, Trajectory, Transition
from participation.services import assessment
from participation.services.dossiers.dossiers import import_dossier
from tests import world
from tests.api.client import Caller

pytestmark = pytest.mark.django_db(transaction=True)

RULEBOOK = load("leiden")
EARLIER, RECORDED = date(2026, 3, 10), datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY, NOW = date(2026, 4, 8), datetime(2026, 4, 8, 6, tzinfo=UTC)


@pytest.fixture
def meeting():
    """A meeting of which feedback is late today."""
    document = {
        "dossier": 1,
        "trajectory": {"slug": "plein", "title": "Plein"},
        "steps": [{"ref": "avond", "kind": "activity", "method": "meeting", "done": EARLIER.isoformat()}],
    }
    import_dossier(document, RULEBOOK, EARLIER, RECORDED)
    assessment.flag_due(RULEBOOK, date(2026, 4, 7), RECORDED)


def elsewhere(work):
    """Do this over another connection, to the end."""

    def go():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=go)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


one_writer = pytest.mark.skipif(connection.vendor == "sqlite", reason="there one writer waits until the other is done")


@one_writer
def test_concurrent_flagging_records_a_transition_once(meeting, monkeypatch):
    read = assessment.last_logged_statuses

    def read_and_wait(keys):
        found = read(keys)
        monkeypatch.setattr(assessment, "last_logged_statuses", read)
        elsewhere(lambda: assessment.flag_due(RULEBOOK, TODAY, NOW))
        return found

    monkeypatch.setattr(assessment, "last_logged_statuses", read_and_wait)
    keys = list(Trajectory.objects.values_list("pk", flat=True))
    assessment.reassess("trajectory", keys, RULEBOOK, TODAY, NOW)
    late = Transition.objects.filter(on=TODAY, to_status="overdue", obligation__rule="feedback-given")
    assert late.count() == 1


def at_once(calls):
    """Do all of these at the same moment, each over a connection of its own, and return their answers."""
    begin, answers = threading.Barrier(len(calls)), []

    def go(call):
        try:
            begin.wait(20)
            answers.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert len(answers) == len(calls)
    return answers


def naming(slug, names):
    """A dossier that names organisations, neighbourhoods and motions, in this order."""
    return {
        "dossier": 1,
        "trajectory": {"slug": slug, "title": slug, "neighbourhoods": [f"buurt-{name}" for name in names]},
        "organisations": [{"slug": f"partij-{name}", "name": f"Partij {name}"} for name in names],
        "motions": [f"motie {name}" for name in names],
        "steps": [{"ref": "s1", "kind": "activity", "audience": [f"partij-{names[0]}"]}],
    }


@pytest.fixture
def caller():
    return Caller(world.user("administrator", is_staff=True, is_superuser=True))


@one_writer
def test_one_of_six_concurrent_imports_of_a_dossier_succeeds(caller):
    body = naming("plein", "abc")
    calls = [lambda: caller.put("/trajectories/plein/dossier", body, If_None_Match="*") for _ in range(6)]
    statuses = sorted(response.status_code for response in at_once(calls))
    assert statuses == [201, *[412] * 5]
    square = Trajectory.objects.get()
    assert (square.history.count(), square.steps.count(), square.motions.count()) == (1, 1, 3)


@one_writer
@pytest.mark.parametrize(
    ("key", "model"), [("organisations", Organisation), ("neighbourhoods", Neighbourhood), ("motions", Motion)]
)
def test_concurrent_imports_of_dossiers_with_the_same_new_rows_succeed(caller, key, model):
    names = [f"{number:02}" for number in range(30)]

    def put(index):
        # Each kind by itself: who waits at the first kind never comes to cross another at the second.
        whole = naming(f"plein-{index}", names if index % 2 else names[::-1])
        body = {"dossier": 1, "trajectory": {"slug": f"plein-{index}", "title": "Plein"}}
        of = body["trajectory"] if key == "neighbourhoods" else body
        of[key] = whole["trajectory"][key] if key == "neighbourhoods" else whole[key]
        return caller.put(f"/trajectories/plein-{index}/dossier", body, If_None_Match="*")

    answers = at_once([lambda index=index: put(index) for index in range(4)])
    assert [response.status_code for response in answers] == [201] * 4, [response.content for response in answers]
    # Of each there is one line in the history: who came second took the row of the first.
    assert (model.objects.count(), model.history.count()) == (30, 30)


@one_writer
def test_a_deadlock_is_resolved_as_a_conflict_that_can_be_retried(caller, monkeypatch):
    """What no order prevents, the database ends: that is a conflict, and no fault of this machine."""
    from participation.services.dossiers import dossiers

    world.organisation("partij-a")
    world.organisation("partij-b")
    both = threading.Barrier(2)
    store = dossiers.store_shared

    def crosswise(document, signed):
        first, second = ("a", "b") if document["trajectory"]["slug"] == "een" else ("b", "a")
        Organisation.objects.filter(slug=f"partij-{first}").update(name=first)
        both.wait(20)
        Organisation.objects.filter(slug=f"partij-{second}").update(name=second)
        return store(document, signed)

    monkeypatch.setattr(dossiers, "store_shared", crosswise)

    def put(slug):
        body = {"dossier": 1, "trajectory": {"slug": slug, "title": slug}}
        return caller.put(f"/trajectories/{slug}/dossier", body, If_None_Match="*")

    answers = at_once([lambda: put("een"), lambda: put("twee")])
    assert sorted(response.status_code for response in answers) == [201, 409]
    (refused,) = (response for response in answers if response.status_code == 409)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 409
    assert Trajectory.objects.count() == 1
