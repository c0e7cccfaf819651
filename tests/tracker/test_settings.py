"""What the environment may say, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).parents[2]
SET_HERE = ("DEBUG", "DEMO", "SECRET_KEY", "DATABASE_URL", "BASE_URL", "REDIS_URL", "BEHIND_PROXY")
CLEAN = {k: v for k, v in os.environ.items() if k not in SET_HERE and not k.startswith("OIDC_")}


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
        ("CONTACT_EMAIL", "beheer"),
        ("OIDC_SERVER_URL", "http://inloggen.example.org"),
        ("OIDC_EMAIL_DOMAINS", ",example.org"),
    ],
)
def test_an_odd_value_is_refused_with_the_name_of_its_variable_and_not_its_value(name, value):
    done = python("import django; django.setup()", **{name: value})
    assert f"The environment variable {name} must be" in done.stderr
    assert value not in done.stderr.splitlines()[-1]


def test_two_processes_without_a_secret_do_not_share_one():
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    assert python(code).stdout != python(code).stdout


def told(expression, **environment):
    done = python(f"from tracker import settings; print(({expression}))", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


REAL = {"SECRET_KEY": "x" * 60, "BASE_URL": "https://leidraad.example.org"}
OIDC = {"OIDC_SERVER_URL": "https://in.example.org/realms/gemeente", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}


@pytest.mark.parametrize("missing", OIDC)
def test_half_a_server_for_staff_is_refused(missing):
    done = python("import tracker.settings", **{name: value for name, value in OIDC.items() if name != missing})

    assert "go together: set all or none" in done.stderr


def test_tokens_need_a_server_that_gives_them():
    done = python("import tracker.settings", OIDC_API_AUDIENCE="leidraad-api")

    assert "OIDC_API_AUDIENCE needs OIDC_SERVER_URL" in done.stderr
    assert told("settings.OIDC_API_AUDIENCE", **OIDC, OIDC_API_AUDIENCE="leidraad-api") == "leidraad-api"


def test_where_staff_log_in_at_their_own_server_the_button_may_lead_there_and_nowhere_else():
    allowed = "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][1:]"

    assert told(allowed, **REAL) == "[]"
    assert told(allowed, **REAL, **OIDC) == "['https://in.example.org']"
    assert told("settings.SOCIALACCOUNT_PROVIDERS['openid_connect']['OAUTH_PKCE_ENABLED']", **OIDC) == "True"


def test_by_https_a_cookie_comes_from_this_host_only():
    names = "settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME"
    secure = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.LANGUAGE_COOKIE_SECURE"

    assert told(names, **REAL) == "('__Host-sessionid', '__Host-csrftoken', '__Host-language')"
    assert told(secure, **REAL) == "(True, True, True)"
    assert told(names, DEMO="1") == "('sessionid', 'csrftoken', 'language')"


@pytest.mark.parametrize(("environment", "asked"), [({}, "True"), ({"DEMO": "1"}, "False"), ({"DEBUG": "1"}, "False")])
def test_a_second_factor_is_asked_everywhere_but_on_ones_own_machine(environment, asked):
    assert told("settings.SECOND_FACTOR", **environment) == asked


def test_the_address_of_a_visitor_is_the_proxys_word_only_behind_a_proxy():
    count = "getattr(settings, 'ALLAUTH_TRUSTED_PROXY_COUNT', 0)"

    assert told(count, **REAL) == "0"
    assert told(count, **REAL, BEHIND_PROXY="1") == "1"


def test_with_redis_all_processes_count_together():
    backend = "settings.CACHES['default']['BACKEND'].rpartition('.')[2]"

    assert told(backend) == "LocMemCache"
    assert told(backend, REDIS_URL="redis://localhost:6379/0") == "RedisCache"
