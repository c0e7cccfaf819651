"""What the environment may say, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).parents[2]
CLEAN = {k: v for k, v in os.environ.items() if k not in ("DEBUG", "DEMO", "SECRET_KEY", "DATABASE_URL", "BASE_URL")}


def python(code, **environment):
    """Run this in a process of its own: settings are read once."""
    command = [sys.executable, "-c", code]
    given = {**CLEAN, "DJANGO_SETTINGS_MODULE": "tracker.settings", **environment}
    return subprocess.run(command, cwd=BASE, env=given, capture_output=True, text=True, check=False)


def test_a_command_needs_no_secret():
    done = python("import django; django.setup()")
    assert done.returncode == 0, done.stderr


def test_whoever_serves_pages_does():
    done = python("import tracker.wsgi")
    assert "To serve pages the environment variable SECRET_KEY must be set" in done.stderr


@pytest.mark.parametrize("environment", [{"SECRET_KEY": "x" * 60}, {"DEMO": "1"}, {"DEBUG": "1"}], ids=str)
def test_with_a_secret_or_for_oneself_pages_are_served(environment):
    assert python("import tracker.wsgi, tracker.asgi", **environment).returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("DATABASE_URL", "mysql://root@localhost/x"),
        ("BASE_URL", "leidraad.voorbeeldstad.nl"),
        ("REDIS_URL", "elders:6379"),
        ("EMAIL_URL", "mail.example.nl"),
        ("ALLOWED_HOSTS", "a.example,,b.example"),
    ],
)
def test_an_odd_value_is_refused_with_the_name_of_its_variable_and_not_its_value(name, value):
    done = python("import django; django.setup()", **{name: value})
    assert f"The environment variable {name} must be" in done.stderr
    assert value not in done.stderr.splitlines()[-1]


def test_two_processes_without_a_secret_do_not_share_one():
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    assert python(code).stdout != python(code).stdout
