"""Runs calls at the same moment, or to their end, over database connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

TIMEOUT_SECONDS = 60


def run_concurrently(*calls: Callable[[], Any]) -> list[Any]:
    """Start these calls at the same moment, each in a thread, and return their results in order."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(20)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, timeout=TIMEOUT_SECONDS))


def run_in_thread(call: Callable[[], Any]) -> Any:
    """Run a call over another connection, and return its result."""
    return run_concurrently(call)[0]
