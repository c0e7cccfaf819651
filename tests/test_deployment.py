"""The installation files agree with the code: commands, options, settings and paths. No container is started."""

import inspect
import json
import os
import re
import runpy
import shlex
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from celery.bin.beat import beat
from celery.bin.celery import celery
from celery.bin.control import inspect as ask
from celery.bin.worker import worker
from django.core.management import get_commands, load_command_class
from django.urls import reverse
from gunicorn.config import Config

from participation.presentation.alerts import alarm_text
from participation.timetable import EVERY_DAY, JOBS, MONDAY, OTHER_WORKING_DAYS, SUNDAY
from participation.web.shared.health import MetricsCollector
from tests.servers import free_port

ROOT = Path(__file__).parents[1]
MANUAL = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMPOSE_TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNITS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "systemd").iterdir()}
OURS = ("migrate", "web", "worker", "beat")

#: Variables of gunicorn, of Compose, of Python and of the shell.
NOT_OURS = {"WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"}
TO_COMPOSE = {"POSTGRES_PASSWORD", "WEB_ADDRESS"}
TO_PYTHON = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def settings_read():
    """Return the names of all variables that the settings read."""
    texts = ((ROOT / name).read_text(encoding="utf-8") for name in ("tracker/settings.py", "gunicorn.conf.py"))
    return {name for text in texts for name in re.findall(r'\bsetting\(\s*"(\w+)"', text)}


def steps(word):
    """Return the instructions of this name in the Dockerfile, each on one line."""
    return re.findall(rf"^{word} (.+)$", re.sub(r"\\\n *", " ", DOCKERFILE), re.MULTILINE)


# ---------- settings


def test_the_manual_documents_exactly_the_existing_settings():
    table = MANUAL.partition("## Settings")[2].partition("\n## ")[0]

    assert len(settings_read()) > 20
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == settings_read()


def test_environment_variables_of_developers_do_not_affect_the_checks():
    clean = (ROOT / "Makefile").read_text(encoding="utf-8").partition("CLEAN_ENV :=")[2].partition("\nPYTEST")[0]

    assert settings_read() - {"DEBUG", "WEB_THREADS"} <= set(re.findall(r"-u (\w+)", clean))


@pytest.mark.parametrize("name", ["compose.yaml", "Dockerfile", "operations.md"])
def test_every_configured_variable_is_used(name):
    match name:
        case "compose.yaml":
            declared = {name for service in OURS for name in COMPOSE["services"][service]["environment"]}
            declared |= set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE_TEXT))
        case "Dockerfile":
            declared = {name for step in steps("ENV") for name in re.findall(r"(\w+)=", step)}
        case _:
            declared = set(re.findall(r"^ *([A-Z]+_[A-Z_]+)=…?", MANUAL.partition("## Backup")[0], re.MULTILINE))

    assert declared
    assert declared <= settings_read() | NOT_OURS | TO_COMPOSE | TO_PYTHON


def test_required_compose_variables_are_documented_and_have_no_default():
    required = set(re.findall(r"\$\{(\w+):\?", COMPOSE_TEXT))
    example = re.findall(r"```\n(.*?)```", MANUAL.partition("Docker Compose")[2], re.DOTALL)[0]

    assert required == {"SECRET_KEY", "BASE_URL", "POSTGRES_PASSWORD"}
    assert required <= set(re.findall(r"(\w+)=", example))
    assert re.findall(r"\$\{\w*(?:PASSWORD|SECRET|TOKEN)\w*:?-", COMPOSE_TEXT) == []


# ---------- commands


def commands():
    """Yield every command that an installation file runs, with its location."""
    yield from (pytest.param(json.loads(step), id=f"Dockerfile {step}") for step in steps("CMD"))
    for name in OURS:
        if "command" in COMPOSE["services"][name]:
            yield pytest.param(COMPOSE["services"][name]["command"], id=f"compose {name}")
    for name, text in UNITS.items():
        for line in re.findall(r"^ExecStart=/opt/leidraad/\.venv/bin/(.+)$", text, re.MULTILINE):
            yield pytest.param(shlex.split(line), id=name)
    for line in sorted(set(re.findall(r"(?:python manage\.py|leidraad leidraad) [a-z_][^\n`|)]*", MANUAL))):
        yield pytest.param(shlex.split(line.replace("leidraad leidraad", "python manage.py")), id=f"manual: {line}")


def options_of(command):
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("command", list(commands()))
def test_every_documented_command_exists_with_its_options(command):
    program, *rest = command
    given = {word.partition("=")[0] for word in rest if word.startswith("-")}
    match program:
        case "gunicorn":
            Config().parser().parse_args(rest)
        case "celery":
            name = next(word for word in rest if word in ("worker", "beat"))
            assert given <= options_of(celery) | options_of({"worker": worker, "beat": beat}[name])
            assert rest[:2] == ["-A", "tracker"]
        case "python" if rest[0] == "manage.py":
            application = get_commands()[rest[1]]
            parser = load_command_class(application, rest[1]).create_parser("manage.py", rest[1])
            parser.parse_args(rest[2:])
        case _:
            pytest.fail(f"Nobody knows {program}.")


def test_the_worker_health_check_uses_a_valid_celery_command():
    words = shlex.split(COMPOSE["services"]["worker"]["healthcheck"]["test"][1])

    assert words[:5] == ["celery", "-A", "tracker", "inspect", "ping"]
    assert {word for word in words if word.startswith("--")} <= options_of(ask)


def test_the_web_server_reads_the_configuration_file_in_the_repository():
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize(("given", "elsewhere"), [({}, False), ({"WEB_BIND": "0.0.0.0"}, True)])  # noqa: S104 not bound to
def test_the_web_server_listens_on_localhost_by_default(given, elsewhere):
    """127.0.0.2 stands for every other address: a server on all addresses listens there too."""
    port = free_port()
    environment = {**os.environ, "BEHIND_PROXY": "1", "PORT": str(port), **given}
    environment.pop("GUNICORN_CMD_ARGS", None)
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        # It logs this once it listens; the page itself is not requested.
        assert server.stderr is not None
        assert any("Listening at" in line for line in server.stderr)
        with socket.create_connection(("127.0.0.1", port), 5):
            pass
        answered = True
        try:
            socket.create_connection(("127.0.0.2", port), 5).close()
        except ConnectionRefusedError:
            answered = False
        assert answered is elsewhere
    finally:
        server.kill()
        server.communicate()


@pytest.mark.parametrize(
    ("name", "value"), [("WEB_BIND", "elsewhere"), ("WEB_BIND", "127.0.0.1:80"), ("PORT", "70000")]
)
def test_an_invalid_bind_address_is_rejected_at_startup(name, value):
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config"],
        cwd=ROOT,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert f"The environment variable {name} must be" in done.stderr


def test_the_manual_documents_the_actual_timetable():
    table = MANUAL.partition("| job | when")[2].partition("\n\n")[0]
    documented = re.findall(r"^\| `([\w-]+)` \| (.+?) (\d\d:\d\d) \|", table, re.MULTILINE)

    days = {EVERY_DAY: "every day", MONDAY: "Monday", SUNDAY: "Sunday", OTHER_WORKING_DAYS: "Tuesday to Friday"}
    assert documented == [(job.name, days[job.weekdays], f"{job.at:%H:%M}") for job in JOBS]


@pytest.mark.django_db
def test_the_manual_documents_every_metric():
    documented = set(re.findall(r"`(leidraad_\w+)", MANUAL))

    assert documented == {metric.name for metric in MetricsCollector(datetime(2026, 3, 4, 6, tzinfo=UTC)).collect()}


def test_the_manual_has_a_remedy_for_every_alarm():
    table = MANUAL.partition("| alarm |")[2].partition("\n\n")[0]

    assert set(re.findall(r"^\| \*\*(\w+)\*\*", table, re.MULTILINE)) == set(
        re.findall(r'^ +"(\w+)": _\w+,$', inspect.getsource(alarm_text), re.MULTILINE)
    )


# ---------- the image


def test_every_file_copied_into_the_image_exists_and_is_not_ignored():
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    sources = [source for step in steps("COPY") if not step.startswith("--from") for source in shlex.split(step)[:-1]]

    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if not any(Path(source).is_relative_to(line) for line in let_through)] == []
    assert "pyproject.toml" in sources, "settings read the version from it"


def test_files_copied_between_build_stages_exist():
    stages = {step.split(" AS ")[1] for step in steps("FROM") if " AS " in step}
    taken = [re.match(r"--from=(\w+) (\S+)", step) for step in steps("COPY") if step.startswith("--from")]

    assert {match[1] for match in taken} == stages
    assert [match[2] for match in taken if f" {match[2]}" not in " ".join(steps("RUN"))] == []


def test_the_image_runs_unprivileged_and_has_a_health_check():
    assert steps("USER") == ["10001:10001"]
    assert DOCKERFILE.rindex("\nUSER ") > DOCKERFILE.rindex("\nRUN ")
    assert steps("VOLUME") == ["/data"]
    (check,) = steps("HEALTHCHECK")
    (port,) = steps("EXPOSE")
    assert f"http://127.0.0.1:{port}{reverse('healthz')}" in json.loads(check.partition("CMD ")[2])[2]
    assert steps("CMD") == ['["gunicorn"]']
    # Inside a container only: outside it Compose publishes the port on this machine only.
    assert "WEB_BIND=0.0.0.0" in DOCKERFILE
    assert COMPOSE["services"]["web"]["ports"] == [f"${{WEB_ADDRESS:-127.0.0.1:{port}}}:{port}"]


def test_every_package_in_the_image_is_pinned_by_hash():
    installs = [step for step in steps("RUN") if re.search(r"pip install|npm (?:ci|i|install)\b", step)]

    assert len(installs) == 2
    assert [step for step in installs if "--require-hashes" not in step and "npm ci" not in step] == []


# ---------- compose


def test_the_compose_file_conforms_to_the_specification(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", list(COMPOSE["services"]))
def test_every_container_has_minimal_privileges_and_a_health_check(name):
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert name == "web" or "healthcheck" in service
    assert ("ports" in service) == (name == "web")
    assert "container_name" not in service, "then there can be only one"


def test_application_containers_start_after_the_migrations():
    waits = {name: COMPOSE["services"][name]["depends_on"] for name in OURS}

    assert set(waits["migrate"]) == {"database", "redis"}
    for name in ("web", "worker", "beat"):
        assert waits[name]["migrate"] == {"condition": "service_completed_successfully"}
        assert waits[name]["database"] == {"condition": "service_healthy"}


def test_database_and_redis_are_not_reachable_from_outside():
    for name in ("database", "redis"):
        assert COMPOSE["services"][name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


# ---------- systemd


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_every_systemd_unit_runs_unprivileged_and_writes_only_its_own_folder(name):
    declared = dict(re.findall(r"^(\w+)=(.*)$", UNITS[name], re.MULTILINE))

    assert declared["User"] == "leidraad"
    assert declared["EnvironmentFile"] == "/etc/leidraad/environment"
    assert declared["WorkingDirectory"] == "/opt/leidraad"
    assert (declared["ProtectSystem"], declared["StateDirectory"]) == ("strict", "leidraad")
    assert declared["NoNewPrivileges"] == "yes"
    assert declared["CapabilityBoundingSet"] == ""


def test_the_manual_documents_exactly_the_existing_systemd_units():
    named = set(re.findall(r"leidraad-(?:web|worker|beat|work|check(?:\.timer)?)\b", MANUAL))

    assert {name.removesuffix(".service") for name in UNITS} <= named | {"leidraad-check"}
    assert {"leidraad-check.timer", "leidraad-check.service"} <= set(UNITS)


def test_every_file_referenced_by_the_manual_exists():
    for target in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", MANUAL):
        assert (ROOT / "docs" / target).exists(), target


# ---------- the proxy


def test_the_proxy_of_the_manual_has_the_limits_and_timeouts_of_the_application():
    from participation.admin import neighbourhoods_import
    from participation.dossier import parser
    from participation.interchange.sheets.reading import MAX_LONG_BYTES
    from participation.services.uploads import MAX_UPLOAD_BYTES

    proxy = MANUAL.partition("For nginx:")[2].partition("\n\nThen set")[0]
    seconds = {name: int(value) for name, value in re.findall(r"(\w+_timeout) (\d+)s;", proxy)}
    gunicorn = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    largest = max(neighbourhoods_import._MAX_UPLOAD_BYTES, parser.MAX_BYTES, MAX_UPLOAD_BYTES, MAX_LONG_BYTES)

    assert largest < int(re.search(r"client_max_body_size (\d+)m;", proxy)[1]) << 20 < 1.2 * largest
    assert seconds["keepalive_timeout"] < gunicorn["keepalive"]
    assert gunicorn["timeout"] < seconds["proxy_read_timeout"] <= seconds["proxy_send_timeout"]
