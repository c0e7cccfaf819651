"""A code of an authenticator app is valid once, also for two processes at the same moment."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection

from participation.web.accounts.second_factor import use_code
from tests import world
from tests.web.accounts.log_in_helpers import authenticator_code

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BASE = Path(__file__).parents[3]


def codes_of(user):
    """Return a code of the app, and a recovery code."""
    TOTP.activate(user, SECRET)
    return authenticator_code(SECRET), RecoveryCodes.activate(user).get_unused_codes()[0]


@pytest.mark.django_db
def test_a_code_is_accepted_once_and_no_earlier_one_after_it():
    user = world.user("adviser")
    now, recovery = codes_of(user)
    later = authenticator_code(SECRET, later=True)

    assert [bool(use_code(user, code)) for code in (later, later, now, recovery, recovery)] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert use_code(world.user("coordinator"), later) is None


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there the tests have one connection: see the next")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", [0, 1])
def test_of_six_concurrent_uses_of_a_code_one_succeeds(which):
    user = world.user("adviser")
    code = codes_of(user)[which]
    start, found = threading.Barrier(6), []

    def show():
        try:
            start.wait(10)
            found.append(use_code(user, code))
        finally:
            connection.close()

    threads = [threading.Thread(target=show) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(found) == 6
    assert sum(one is not None for one in found) == 1
    assert Authenticator.objects.filter(user=user).count() == 2


#: Six processes on one database file, started together.
SCRIPT = """
import os, sys, time, django
from django.conf import settings
settings.MIGRATION_MODULES = {app.rpartition(".")[2]: None for app in settings.INSTALLED_APPS}
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", run_syncdb=True, skip_checks=True, verbosity=0)
from participation.models import User
from participation.web.accounts.second_factor import use_code
from tests.web.accounts.test_codes_once import codes_of
user = User.objects.create_user("adviser", "adviser@example.org", role="adviser")
code = codes_of(user)[0]
connection.close()
go = time.monotonic() + 0.3
children = []
for _ in range(6):
    child = os.fork()
    if not child:
        while time.monotonic() < go:
            pass
        os._exit(0 if use_code(user, code) else 1)
    children.append(child)
print(sum(os.waitpid(child, 0)[1] == 0 for child in children))
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the threads above do this on PostgreSQL")
def test_of_six_processes_using_a_code_on_sqlite_one_succeeds(tmp_path):
    environment = {**os.environ, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=BASE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout.strip() == "1", done.stderr[-2000:]
