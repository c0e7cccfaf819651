"""The environment variables that settings accept, and those that they refuse."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).parents[2]
SET_HERE = ("DEBUG", "DEMO", "SECRET_KEY", "DATABASE_URL", "BASE_URL", "REDIS_URL", "BEHIND_PROXY")
CLEAN = {k: v for k, v in os.environ.items() if k not in SET_HERE and not k.startswith("OIDC_")}


def python(code, **environment):
    """Run code in a process of its own, because settings are read once."""
    command = [sys.executable, "-c", code]
    given = {**CLEAN, "DJANGO_SETTINGS_MODULE": "tracker.settings", **environment}
    return subprocess.run(command, cwd=BASE, env=given, capture_output=True, text=True, check=False)


def test_a_management_command_needs_no_secret_key():
    done = python("import django; django.setup()")
    assert done.returncode == 0, done.stderr


def test_serving_pages_needs_a_secret_key():
    done = python("import tracker.wsgi")
    assert "To serve pages the environment variable SECRET_KEY must be set" in done.stderr


@pytest.mark.parametrize("environment", [{"SECRET_KEY": "x" * 60}, {"DEMO": "1"}, {"DEBUG": "1"}], ids=str)
def test_with_a_secret_key_or_in_development_pages_are_served(environment):
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
        ("BASE_MAP_URL", "http://kaart.example.org/wms?bbox={bbox}&width={width}&height={height}"),
        ("BASE_MAP_URL", "https://kaart.example.org/wms?width={width}&height={height}"),
        ("OIDC_EMAIL_DOMAINS", ",example.org"),
    ],
)
def test_an_invalid_value_is_rejected_with_the_variable_name_and_not_its_value(name, value):
    done = python("import django; django.setup()", **{name: value})
    assert f"The environment variable {name} must be" in done.stderr
    assert value not in done.stderr.splitlines()[-1]


def test_two_processes_without_a_secret_key_do_not_share_one():
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    assert python(code).stdout != python(code).stdout


def evaluate(expression, **environment):
    done = python(f"from tracker import settings; print(({expression}))", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


REAL = {"SECRET_KEY": "x" * 60, "BASE_URL": "https://leidraad.example.org"}
OIDC = {"OIDC_SERVER_URL": "https://in.example.org/realms/gemeente", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}


@pytest.mark.parametrize("missing", OIDC)
def test_an_incomplete_oidc_configuration_is_rejected(missing):
    done = python("import tracker.settings", **{name: value for name, value in OIDC.items() if name != missing})

    assert "go together: set all or none" in done.stderr


def test_api_tokens_need_an_oidc_server():
    done = python("import tracker.settings", OIDC_API_AUDIENCE="leidraad-api")

    assert "OIDC_API_AUDIENCE needs OIDC_SERVER_URL" in done.stderr
    assert evaluate("settings.OIDC_API_AUDIENCE", **OIDC, OIDC_API_AUDIENCE="leidraad-api") == "leidraad-api"


def test_with_oidc_login_forms_may_submit_only_to_its_server():
    allowed = "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][1:]"

    assert evaluate(allowed, **REAL) == "[]"
    assert evaluate(allowed, **REAL, **OIDC) == "['https://in.example.org']"
    assert evaluate("settings.SOCIALACCOUNT_PROVIDERS['openid_connect']['OAUTH_PKCE_ENABLED']", **OIDC) == "True"


def test_images_of_another_server_are_allowed_only_for_the_base_map():
    allowed = "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'][1:]"
    url = "https://kaart.example.org:8443/wms?bbox={bbox}&width={width}&height={height}"
    assert evaluate(allowed, **REAL) == "[]"
    assert evaluate(allowed, **REAL, BASE_MAP_URL=url) == "['https://kaart.example.org:8443']"


def test_under_https_cookies_have_the_host_prefix():
    names = "settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME"
    secure = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.LANGUAGE_COOKIE_SECURE"

    assert evaluate(names, **REAL) == "('__Host-sessionid', '__Host-csrftoken', '__Host-language')"
    assert evaluate(secure, **REAL) == "(True, True, True)"
    assert evaluate(names, DEMO="1") == "('sessionid', 'csrftoken', 'language')"


@pytest.mark.parametrize(
    ("environment", "required"), [({}, "True"), ({"DEMO": "1"}, "False"), ({"DEBUG": "1"}, "False")]
)
def test_a_second_factor_is_required_except_in_development(environment, required):
    assert evaluate("settings.SECOND_FACTOR", **environment) == required


def test_the_forwarded_client_address_is_used_only_behind_a_proxy():
    count = "getattr(settings, 'ALLAUTH_TRUSTED_PROXY_COUNT', 0)"

    assert evaluate(count, **REAL) == "0"
    assert evaluate(count, **REAL, BEHIND_PROXY="1") == "1"


def test_with_redis_all_processes_share_counters():
    backend = "settings.CACHES['default']['BACKEND'].rpartition('.')[2]"

    assert evaluate(backend) == "LocMemCache"
    assert evaluate(backend, REDIS_URL="redis://localhost:6379/0") == "RedisCache"


@pytest.mark.parametrize(
    ("environment", "rulebook"),
    [({}, "basis"), ({"DEBUG": "1"}, "basis"), ({"DEMO": "1"}, "leiden"), ({"RULEBOOK": "leiden,nl"}, "leiden,nl")],
    ids=str,
)
def test_the_promises_of_leiden_are_the_default_of_the_demonstration_alone(environment, rulebook):
    done = python("from django.conf import settings; print(settings.RULEBOOK)", **{"RULEBOOK": "", **environment})
    assert done.stdout.strip() == rulebook, done.stderr


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", "-c jit=off"),
        ("?sslmode=require", "-c jit=off"),
        ("?options=-c%20jit%3Don", "-c jit=off -c jit=on"),
        ("?options=", ""),
    ],
)
def test_postgresql_compiles_no_queries_unless_the_address_says_otherwise(query, options):
    url = f"postgres://leidraad@localhost/leidraad{query}"

    assert evaluate("settings.DATABASES['default']['OPTIONS']['options']", DATABASE_URL=url) == options
