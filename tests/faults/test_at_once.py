"""Two that look at the same obligation at the same moment: the ledger gets one line."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from participation.compliance.rulebook import load
from participation.models import Trajectory, Transition
from participation.services import assessment
from participation.services.dossiers import import_dossier

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


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there one writer waits until the other is done")
def test_what_is_flagged_while_it_is_looked_at_is_noticed_once(meeting, monkeypatch):
    read = assessment.last_noticed

    def read_and_wait(keys):
        found = read(keys)
        monkeypatch.setattr(assessment, "last_noticed", read)
        elsewhere(lambda: assessment.flag_due(RULEBOOK, TODAY, NOW))
        return found

    monkeypatch.setattr(assessment, "last_noticed", read_and_wait)
    keys = list(Trajectory.objects.values_list("pk", flat=True))
    assessment.reassess("trajectory", keys, RULEBOOK, TODAY, NOW)
    late = Transition.objects.filter(on=TODAY, to_status="overdue", obligation__rule="feedback-given")
    assert late.count() == 1
