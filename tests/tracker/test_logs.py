"""The contents of the logs, and that they contain no personal data."""

import json
import logging
import logging.config
import re
import smtplib
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.test import Client
from django.urls import get_resolver

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Follower, OutboundEmail, User
from participation.services.jobs import jobs
from participation.services.jobs.job_definitions import JOB_DEFINITIONS
from participation.services.mail import sender
from participation.timetable import JOBS_BY_NAME
from participation.web.trajectories import detail
from tests import world
from tests.smtp import smtp_server
from tracker import logs
from tracker.celery import app

#: A Wednesday morning in Amsterdam.
TODAY, NOW = date(2026, 3, 4), datetime(2026, 3, 4, 6, tzinfo=UTC)
NAME, ADDRESS, SECRET = "Wilhelmina Herkenbaar", "w.herkenbaar@voorbeeld.example", "geheim-Q7xZk2"


class Log:
    """Return the logged lines of JSON."""

    def __init__(self):
        self.stream = StringIO()

    @property
    def text(self):
        return self.stream.getvalue()

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def last(self):
        return self.lines[-1]


@pytest.fixture
def log():
    """Log as in production, into a text."""
    log = Log()
    config = logs.configuration(readable=False)
    config["handlers"]["stderr"]["stream"] = log.stream
    logging.config.dictConfig(config)
    yield log
    logging.config.dictConfig(settings.LOGGING)


ours = logging.getLogger("leidraad.jobs")


def test_a_log_record_is_one_json_line_with_time_level_logger_and_message(log):
    ours.info("part\ndone", extra={"job": "expire", "chunk": 12, "day": date(2026, 3, 2), "counts": {"deleted": 3}})

    assert log.text.count("\n") == 1
    time = log.last.pop("time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", time)
    assert {**log.last, "time": ""} == {
        "time": "",
        "level": "INFO",
        "logger": "leidraad.jobs",
        "message": "part\ndone",
        "job": "expire",
        "chunk": 12,
        "day": "2026-03-02",
        "counts": {"deleted": 3},
    }


def test_unlisted_fields_are_not_logged_and_some_only_in_a_safe_form(log):
    ours.info("made", extra={"user": NAME, "subject": NAME, "job": NAME, "counts": {"sent": 1, "to": ADDRESS}})

    assert NAME not in log.text
    assert ADDRESS not in log.text
    assert log.last["job"] == logs.REDACTED
    assert log.last["counts"] == {"sent": 1}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"mail to <{ADDRESS}> failed", "mail to <[mail]> failed"),
        ("mail to jan%40voorbeeld.example", "mail to [mail]"),
        (f"GET /volgen/{SECRET}/bevestigen/ HTTP/1.1", "GET /volgen/…/bevestigen/ HTTP/1.1"),
        ("GET /trajecten/?zoek=Herkenbaar HTTP/1.1", "GET /trajecten/?… HTTP/1.1"),
        ("redis://leidraad:geheim@redis:6379/0 lost", "redis://…@redis:6379/0 lost"),
        ("Invalid request from ip=203.0.113.7: no", "Invalid request from ip=[ip]: no"),
        ("from:203.0.113.7.", "from:[ip]."),
        ("from 2001:db8::7 and ::ffff:203.0.113.7", "from [ip] and [ip]"),
        ("Listening at: http://127.0.0.1:8000 and [::1]", "Listening at: http://127.0.0.1:8000 and [::1]"),
        ("celery@machine ready at 12:30:45, version 5.7.0", "celery@machine ready at 12:30:45, version 5.7.0"),
    ],
)
def test_emails_secrets_searches_and_ip_addresses_are_removed_from_messages(message, expected):
    assert logs.mask_personal_data(message) == expected


def secret_addresses(patterns=None, before="/"):
    """Return every URL with a secret, filled in."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            yield from secret_addresses(pattern.url_patterns, before + str(pattern.pattern))
        elif {"token", "key"} & set(pattern.pattern.converters | pattern.pattern.regex.groupindex):
            route = re.sub(r"\(\?P<uidb36>.*?\)-\(\?P<key>.*?\)", f"1-{SECRET}", str(pattern.pattern).strip("^$"))
            yield before + re.sub(r"<\w+:(\w+)>", lambda found: SECRET if found[1] == "token" else "x", route)


def test_every_url_with_a_secret_is_masked():
    addresses = list(secret_addresses())

    assert len(addresses) >= 5
    assert [address for address in addresses if SECRET not in address] == []
    assert [address for address in addresses if SECRET in logs.mask_personal_data(f'"GET {address} HTTP/1.1"')] == []


# ---------- exceptions


def failing(error):
    try:
        wilhelmina = NAME  # noqa: F841 - what a traceback must not tell
        raise error
    except type(error):
        ours.exception("chunk failed")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError(f"{NAME} is no number"), "ValueError"),
        (KeyError(ADDRESS), "KeyError"),
        (IntegrityError(f"DETAIL: Failing row contains (7, {NAME})"), "django.db.utils.IntegrityError"),
        (FileNotFoundError(2, "No such file or directory", f"{NAME}.pdf"), "No such file or directory"),
        (smtplib.SMTPDataError(550, NAME.encode()), "smtplib.SMTPDataError: 550"),
        (smtplib.SMTPRecipientsRefused({ADDRESS: (550, NAME.encode())}), "smtplib.SMTPRecipientsRefused"),
        (
            OperationalError(f"connection to server failed\nDETAIL: {NAME}"),
            "django.db.utils.OperationalError: connection to server failed",
        ),
    ],
    ids=lambda given: type(given).__name__,
)
def test_an_exception_is_logged_by_type_and_location_without_its_text(log, error, expected):
    failing(error)

    assert log.last["exception"].endswith(expected)
    assert "test_logs.py" in log.last["exception"]
    assert "in failing" in log.last["exception"]
    assert not re.search(r"Wilhelmina Herkenbaar|w\.herkenbaar", log.text)


def test_the_cause_of_an_exception_is_logged_in_the_same_way(log):
    try:
        try:
            raise KeyError(ADDRESS)
        except KeyError as error:
            raise ValueError(NAME) from error
    except ValueError as error:
        ours.exception("chunk failed: %s", error)

    assert [line for line in log.last["exception"].splitlines() if not line.startswith(" ")] == [
        "KeyError",
        "then:",
        "ValueError",
    ]
    assert log.last["message"] == "chunk failed: ValueError"


@pytest.mark.django_db
def test_a_database_error_is_logged_without_the_row(log):
    world.user("adviser", name=NAME)
    try:
        with transaction.atomic():
            User.objects.create(username=NAME, email=ADDRESS, role="adviser")
    except IntegrityError:
        ours.exception("chunk failed")

    assert "IntegrityError" in log.last["exception"]
    assert NAME not in log.text


def test_a_failed_task_is_logged_without_arguments_and_exception_text(log):
    @app.task(name="tests.fails")
    def fails(address):
        raise ValueError(NAME)

    fails.apply(args=[ADDRESS])
    app.tasks.unregister("tests.fails")

    assert log.last["logger"] == "celery.app.trace"
    assert re.fullmatch(r"Task tests.fails\[[\w-]+\] raised unexpected: …", log.last["message"])
    assert log.last["exception"].endswith("ValueError")
    assert not re.search(r"Herkenbaar|herkenbaar", log.text)


def test_an_uncaught_exception_is_logged(log):
    try:
        raise ValueError(NAME)
    except ValueError as error:
        logs._uncaught(ValueError, error, error.__traceback__)

    assert (log.last["level"], log.last["message"]) == ("CRITICAL", "Uncaught exception")
    assert NAME not in log.text


# ---------- pages


@pytest.mark.django_db
def test_a_failed_page_is_logged_with_its_view_and_without_request_data(log, client, monkeypatch):
    trajectory = world.trajectory(slug="het-plein")
    client.raise_request_exception = False
    client.force_login(world.user("administrator", name=NAME))

    def fail(*_given, **_more):
        raise ValueError(f"{NAME} {ADDRESS}")

    monkeypatch.setattr(detail, "page", fail)
    visit = {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": NAME, "HTTP_REFERER": f"/volgen/{SECRET}/"}
    response = client.get(f"/trajecten/{trajectory.slug}/?zoek={ADDRESS}", **visit)

    assert response.status_code == 500
    assert log.last["message"] == "Internal Server Error: /trajecten/<slug:name>/"
    assert log.last["status"] == 500
    assert not re.search(rf"Herkenbaar|herkenbaar|{SECRET}|203\.0|het-plein", log.text)


@pytest.mark.django_db
def test_an_unknown_url_is_not_logged(log, client):
    client.get("/wilhelmina-herkenbaar/")
    follower = Follower.objects.create(
        email=ADDRESS,
        trajectory=world.trajectory(),
        frequency="weekly",
        language="nl",
        asked_at=world.moment("2026-03-01"),
    )
    client.get(f"/volgen/{follower.token}x/")

    assert [line["status"] for line in log.lines] == [404, 404]
    assert "herkenbaar" not in log.text
    assert follower.token not in log.text


TYPED = dict.fromkeys(
    ("zoek", "login", "password", "email", "summary", "title", "name", "reason", "words", "terug", "next"), NAME
)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["", "administrator"])
def test_no_typed_submitted_or_searched_text_appears_in_the_logs(log, role, settings, monkeypatch):
    settings.SECOND_FACTOR = False
    square = world.trajectory(slug="herkenbaar-plein", title=NAME)
    row = world.contribution(square, summary=NAME)
    client, strict = (
        Client(raise_request_exception=False),
        Client(raise_request_exception=False, enforce_csrf_checks=True),
    )
    if role:
        user = world.user(role, name=NAME, is_staff=True, is_superuser=True, first_name=NAME)
        client.force_login(user)
        strict.force_login(user)
    place, file = f"/trajecten/{square.slug}/", SimpleUploadedFile(f"{NAME}.csv", NAME.encode())
    pages = (
        *("/", "/trajecten/", place, f"{place}geschiedenis/", f"{place}inbreng/toevoegen/", "/inloggen/", "/mijn/"),
        *(
            f"{place}volgen/",
            "/moties/",
            "/api/v1/motions",
            "/api/v1/trajectories",
            f"/api/v1/trajectories/{square.slug}",
        ),
        *("/admin/", f"/admin/participation/erasure/erase/contribution/{row.pk}/", f"/{NAME}/", f"{place}{NAME}/"),
    )
    headers = {"user-agent": NAME, "referer": f"/{NAME}/", "x-forwarded-for": NAME, "accept-language": NAME}
    for page in pages:
        client.get(page, {**TYPED, NAME: NAME}, headers=headers)
        client.post(page, {**TYPED, "columns": NAME, "file": file}, headers=headers)
        client.post(page, f'{{"{NAME}": "{NAME}', "application/json", headers=headers)
        client.generic("PURGE", page, NAME.encode(), headers={**headers, "authorization": f"Bearer {NAME}"})
        strict.post(page, TYPED, headers=headers)

    assert {line["status"] for line in log.lines} >= {403, 404}
    assert not any(line.get("status", 0) >= 500 for line in log.lines), log.text
    assert not re.search("Wilhelmina|herkenbaar", log.text, re.IGNORECASE)


def test_an_invalid_host_header_is_logged_without_its_value(log, client):
    assert client.get("/over/", headers={"host": "herkenbaar.example"}).status_code == 400

    assert log.last.keys() == {"time", "level", "logger", "message", "status"}
    assert log.last["message"] == "django.core.exceptions.DisallowedHost"


# ---------- loggers of libraries


@pytest.mark.parametrize("name", ["celery.task", "gunicorn.error", "multiprocessing", "django.server", "elsewhere"])
def test_every_process_logs_each_record_once_in_our_format(log, name):
    logging.getLogger(name).warning("to %s", ADDRESS)

    assert [line["message"] for line in log.lines] == ["to [mail]"]


@pytest.mark.parametrize("name", ["gunicorn.access", "celery.worker.strategy", "celery.app.trace", "leidraad.debug"])
def test_access_logs_and_trivial_events_are_not_logged(log, name):
    level = logging.DEBUG if name == "leidraad.debug" else logging.INFO
    logging.getLogger(name).log(level, "GET /")

    assert log.text == ""


def test_in_development_text_is_logged_with_the_fields():
    record = ours.makeRecord("leidraad.jobs", logging.INFO, "", 1, "chunk %s", ("done",), None, extra={"chunk": 3})

    assert logs.Text().format(record).endswith("INFO leidraad.jobs: chunk done chunk=3")


# ---------- jobs


@pytest.mark.django_db(transaction=True)
def test_a_night_with_many_email_failures_logs_no_personal_data(log, settings, monkeypatch):
    rulebook = load_rulebooks("leiden")
    square = world.trajectory(slug="herkenbaar-plein", title=NAME)
    world.step(square)
    for number, role in enumerate(("adviser", "coordinator", "auditor")):
        world.user(role, name=f"herkenbaar{number}", first_name=NAME, report_frequency="daily")
    day = world.moment("2026-03-01")
    for number in range(2):
        address = f"volger{number}.{ADDRESS}"
        Follower.objects.create(email=address, trajectory=square, asked_at=day, confirmed_at=day)

    def fail(*_given):
        raise ValueError(f"{NAME} <{ADDRESS}>")

    monkeypatch.setitem(JOB_DEFINITIONS, "expire", JOB_DEFINITIONS["expire"]._replace(work=fail))
    for name in JOBS_BY_NAME:
        jobs.run(name, TODAY, rulebook, NOW, lambda: NOW)
    answers = ("recipient=550 5.1.1 <herkenbaar0@example.org> unknown", "end=450 later", "data=drop")
    assert OutboundEmail.objects.filter(state="waiting").count() >= len(answers) + 1
    with smtp_server(*answers, "end=drop") as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        sender.send_waiting(lambda: NOW)

    assert {line["logger"] for line in log.lines} >= {"leidraad.jobs", "leidraad.mail"}
    assert {line.get("job") for line in log.lines if line["message"] == "finished"} == JOBS_BY_NAME.keys() - {"expire"}
    assert "ValueError" in log.text
    assert not re.search(
        rf"Herkenbaar|herkenbaar|{'|'.join(Follower.objects.values_list('token', flat=True))}", log.text
    )
