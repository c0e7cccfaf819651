"""A snapshot reads one moment, and leaves the connection usable."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection, transaction

from participation.models import Trajectory
from participation.selectors.snapshot import snapshot
from tests import world

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(slug):
    """Record a trajectory over another connection."""

    def record():
        try:
            world.trajectory(slug)
        finally:
            connection.close()

    thread = Thread(target=record)
    thread.start()
    thread.join()


def test_a_snapshot_does_not_see_concurrent_changes():
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("the connections to a database in memory are one")
    world.trajectory("plein")
    with snapshot():
        assert Trajectory.objects.count() == 1
        elsewhere("park")
        assert Trajectory.objects.count() == 1
    assert Trajectory.objects.count() == 2


def test_writing_works_after_a_snapshot_even_a_failed_one():
    with snapshot():
        assert not Trajectory.objects.exists()
    with pytest.raises(Trajectory.DoesNotExist), snapshot():
        Trajectory.objects.get()
    with transaction.atomic():
        world.trajectory("plein")
    assert Trajectory.objects.count() == 1


def test_within_a_transaction_a_snapshot_sees_its_changes():
    with transaction.atomic():
        world.trajectory("plein")
        with snapshot():
            assert Trajectory.objects.count() == 1
