"""The demonstration: how it shifts dates, what it prints, and when it refuses to run."""

import email
import email.policy
import json
import os
import re
import socket
import subprocess
import sys
from copy import deepcopy
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.rulebooks import load_rulebooks
from participation.demo import overview, seed
from participation.demo.dates import FIXTURES_DATE, days_to_shift, dossier_as_of, shift_dates
from participation.demo.messages import MESSAGES
from participation.dossier.validate import problems_in
from participation.models import Obligation, Trajectory, Transition, User
from participation.services.exports.cached_files import folder_lock
from participation.services.jobs import jobs
from tests import world

BASE = Path(settings.BASE_DIR)
INVENTED = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((BASE / "fixtures" / "demo").glob("*.json"))
}
DOCUMENT = {
    "dossier": 1,
    "trajectory": {"slug": "s", "title": "2026-11-16", "started_on": "2026-11-09", "closed_on": "2026-11-13"},
    "documents": [
        {"ref": "v1", "dated_on": "2026-11-02", "shared": [{"with": "everyone", "on": "2026-11-12"}]},
        {"ref": "v2", "dated_on": "2026-11-12", "replaces": "v1", "title": "Tweede"},
    ],
    "steps": [
        {
            "ref": "avond",
            "planned": "2026-11-12",
            "done": {"from": "2026-11-12", "to": "2026-11-13", "precision": "range", "text": "2026-11-12 of zo"},
            "closes": "2026-11-30",
            "about": ["c1"],
            "documents": ["v1", "v2"],
            "note": "2026-11-12",
        }
    ],
    "contributions": [
        {"ref": "c1", "from": "wijk-a", "received_on": "2026-11-12", "outcome": "adopted"},
        {
            "ref": "c2",
            "from": "wijk-a",
            "received_on": "2026-11-01",
            "outcome": "partly",
            "response": "Ja",
            "responded_on": "2026-11-12",
        },
    ],
    "waivers": [{"rule": "joint-start", "granted_on": "2026-11-12", "until": "2026-12-31"}],
}


@pytest.fixture
def _quick(settings, monkeypatch):
    """Use the database of the test, and restore the settings."""
    settings.BASE_URL = "http://localhost:8000"
    settings.DEMO = True
    settings.RULEBOOK = "leiden"
    settings.MEDIA_ROOT = settings.MEDIA_ROOT
    monkeypatch.setenv("DATABASE_URL", "sqlite:///the-one-of-the-test")


def demo(folder, *options):
    out = StringIO()
    call_command("demo", "--no-server", "--output", str(folder), *options, stdout=out, stderr=StringIO(), no_color=True)
    return out.getvalue()


def filled(today):
    now = world.moment(f"{today} 08:00")
    seed.fill(load_rulebooks("leiden"), today, now, lambda stage, done, total: None)
    return now


# ---------------------------------------------------------------- shifting dates


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_the_fixtures_shift_by_whole_weeks_to_the_current_week(today):
    moved = FIXTURES_DATE + timedelta(days=days_to_shift(today))

    assert days_to_shift(today) % 7 == 0
    assert moved.weekday() == 0
    assert timedelta(0) <= today - moved < timedelta(days=7)


def test_every_date_shifts_but_no_text_that_looks_like_a_date():
    moved = shift_dates(DOCUMENT, 7)

    assert moved["trajectory"] == {
        "slug": "s",
        "title": "2026-11-16",
        "started_on": "2026-11-16",
        "closed_on": "2026-11-20",
    }
    assert moved["documents"][0]["shared"] == [{"with": "everyone", "on": "2026-11-19"}]
    assert moved["steps"][0]["done"] == {
        "from": "2026-11-19",
        "to": "2026-11-20",
        "precision": "range",
        "text": "2026-11-12 of zo",
    }
    assert moved["steps"][0]["note"] == "2026-11-12"
    assert moved["contributions"][0]["from"] == "wijk-a"
    assert moved["waivers"][0]["until"] == "2027-01-07"


@given(st.sampled_from(sorted(INVENTED)), st.integers(-100, 100))
def test_shifting_there_and_back_changes_nothing(name, weeks):
    document, before = INVENTED[name], deepcopy(INVENTED[name])

    assert shift_dates(shift_dates(document, 7 * weeks), -7 * weeks) == before
    assert document == before


def test_a_date_without_bounds_stays_unbounded():
    assert shift_dates({"planned": {"from": None, "to": None, "precision": "unscheduled"}}, 7)["planned"] == {
        "from": None,
        "to": None,
        "precision": "unscheduled",
    }


def test_later_events_are_unknown_earlier_but_planned_events_are_known():
    known = dossier_as_of(DOCUMENT, date(2026, 11, 11))

    assert known["trajectory"] == {
        "slug": "s",
        "title": "2026-11-16",
        "started_on": "2026-11-09",
        "status": "active",
    }
    assert known["documents"] == [{"ref": "v1", "dated_on": "2026-11-02", "shared": []}]
    assert known["steps"] == [
        {
            "ref": "avond",
            "planned": "2026-11-12",
            "closes": "2026-11-30",
            "about": [],
            "documents": ["v1"],
            "note": "2026-11-12",
        }
    ]
    assert known["contributions"] == [{"ref": "c2", "from": "wijk-a", "received_on": "2026-11-01"}]
    assert known["waivers"] == []


def test_events_of_the_day_itself_are_known_that_evening():
    known = dossier_as_of(DOCUMENT, date(2026, 11, 12))

    assert [document["ref"] for document in known["documents"]] == ["v1", "v2"]
    assert known["documents"][0]["shared"]
    assert known["steps"][0]["done"]
    assert known["contributions"][1]["response"] == "Ja"


@pytest.mark.parametrize("name", sorted(INVENTED))
def test_a_dossier_is_valid_on_each_evening_and_complete_on_the_last(name):
    evenings = [FIXTURES_DATE - timedelta(days=n) for n in range(14)]

    assert dossier_as_of(INVENTED[name], FIXTURES_DATE) == INVENTED[name]
    for evening in evenings:
        assert problems_in(dossier_as_of(INVENTED[name], evening)) == []


# ---------------------------------------------------------------- loading


@pytest.mark.django_db
@pytest.mark.parametrize("today", [date(2026, 11, 16), date(2027, 2, 28)], ids=["monday", "sunday"])
def test_on_any_weekday_something_is_new_and_something_resolved(today):
    now = filled(today)
    slugs = [seed.slug_of(document) for document in seed.invented(today)]

    changed = overview.changes(slugs, now - timedelta(days=7))

    assert changed.new > 3
    assert changed.resolved > 3


@pytest.mark.django_db
def test_the_transition_log_is_written_per_night_and_needs_no_correction():
    today = date(2026, 11, 18)
    now = filled(today)
    days = set(Transition.objects.values_list("on", flat=True))

    assert min(days) == today - timedelta(days=8)
    assert len(days) > 5
    counts = jobs.run("reassess-full", today, load_rulebooks("leiden"), now, lambda: now).counts
    assert {name for name, count in counts.items() if count} == {"assessed"}


@pytest.mark.django_db
def test_a_second_run_in_the_week_keeps_changes_of_visitors():
    filled(date(2026, 11, 16))
    ledger = Transition.objects.count()
    Trajectory.objects.filter(slug="speelplek-molenwerf-voorbeeld").update(summary="Van een bezoeker")

    filled(date(2026, 11, 16))

    assert Trajectory.objects.get(slug="speelplek-molenwerf-voorbeeld").summary == "Van een bezoeker"
    assert Transition.objects.count() == ledger


@pytest.mark.django_db
def test_in_another_week_fictional_cases_shift_and_real_cases_do_not():
    filled(date(2026, 11, 16))
    filled(date(2026, 11, 24))
    started = dict(Trajectory.objects.values_list("slug", "started_on"))

    assert started["parkeerplan-singelrand-voorbeeld"] == world.on("2026-03-09")
    assert started["onderzoek-participatie-leiden"] == world.on("2020-09-17")


# ---------------------------------------------------------------- output


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_it_prints_the_flags_in_the_real_cases_and_the_events_they_preceded(tmp_path):
    printed = demo(tmp_path)
    output = " ".join(printed.split())

    assert "27 november 2020 · te laat · 13 dagen vóór 10 december 2020" in output
    assert "Conceptrapport over participatie" in output
    assert "Gedaan op 21 september 2021, 56 dagen te laat" in output
    assert "11 keer: Een eigenaar" in output
    assert "Dit had geholpen: " in output
    assert "Parkeer- en fietsplan Singelrand (voorbeeld)" in output
    assert "\x1b" not in printed
    assert len(printed.splitlines()) < 120


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_each_demo_login_works_and_lands_on_its_own_page(tmp_path, client):
    people = re.findall(r"^ +(\S+@example\.org) +(\S+)", demo(tmp_path), re.MULTILINE)
    seen = {}
    for address, password in people:
        client.post("/inloggen/", {"username": address, "password": password})
        seen[address] = client.get("/", follow=True).content.decode()
        client.post("/uitloggen/")

    assert len(people) == 5
    assert len(set(seen.values())) == 5
    auditors = seen["rekenkamer@example.org"]
    assert "Hoe de stad het doet" in auditors
    assert all("Parkeer- en fietsplan Singelrand" in shown for shown in seen.values() if shown != auditors)
    assert "Speelplek Molenwerf" not in seen["adviseur@example.org"]
    assert not [who for who, shown in seen.items() if 'href="/admin/"' in shown]
    assert "Speelplek Molenwerf" not in seen["vereniging@example.org"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_a_rerun_gives_the_same_data_with_new_passwords(tmp_path):
    first, second = demo(tmp_path), demo(tmp_path)
    secret = r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}"

    assert re.sub(secret, "*", first) == re.sub(secret, "*", second)
    assert not set(re.findall(secret, first)) & set(re.findall(secret, second))
    assert User.objects.count() == 5


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_the_emails_can_be_opened(tmp_path):
    demo(tmp_path)
    mails = sorted(path.name for path in (tmp_path / "mails").iterdir())
    message = email.message_from_bytes((tmp_path / "mails" / "adviseur.eml").read_bytes())

    assert mails == sorted(
        f"{who}.{ending}"
        for who in ("adviseur", "coordinator", "vereniging", "rekenkamer")
        for ending in ("eml", "html")
    )
    assert message["To"] == "adviseur@example.org"
    assert "Singelrand" in (tmp_path / "mails" / "adviseur.html").read_text(encoding="utf-8")


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_the_emails_of_a_normal_week_are_short_with_law_first(tmp_path):
    demo(tmp_path)
    for who in ("adviseur", "coordinator", "rekenkamer", "vereniging"):
        message = email.message_from_bytes(
            (tmp_path / "mails" / f"{who}.eml").read_bytes(), policy=email.policy.default
        )
        text = message.get_body(("plain",)).get_content()
        words = [word for word in re.sub(r"https?://\S+", "", text).split() if re.search(r"\w", word)]

        assert 100 < len(words) < 500
        first = message["Subject"].partition(": ")[2].partition(", ")[0]
        number, _space, name = first.partition(" ")
        assert f"\n{name[0].upper()}{name[1:]} ({number})\n" in text
        assert who == "vereniging" or name == "uit wet of verordening"


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_links_in_the_emails_use_the_port_of_the_server(tmp_path):
    demo(tmp_path, "--port", "8765")

    assert "http://localhost:8765/" in (tmp_path / "mails" / "coordinator.html").read_text(encoding="utf-8")


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_uploads_and_open_data_of_two_demos_stay_apart(tmp_path):
    for folder, port in (("one", "8117"), ("two", "8765")):
        demo(tmp_path / folder, "--port", port)

    for folder, port, other in (("one", "8117", "8765"), ("two", "8765", "8117")):
        [dump] = (tmp_path / folder / "media" / "open-data").glob("*.zip")
        with ZipFile(dump) as parts:
            text = b"".join(parts.read(name) for name in parts.namelist())
        assert f"localhost:{port}/".encode() in text
        assert f"localhost:{other}".encode() not in text
    # The second run is on the same database: the files were stored in the first.
    assert len(list((tmp_path / "one" / "media" / "uploads").iterdir())) == 4


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_a_folder_for_uploads_that_is_set_is_used(tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "mine"
    monkeypatch.setenv("MEDIA_ROOT", str(tmp_path / "mine"))

    output = demo(tmp_path / "out")

    assert list((tmp_path / "mine" / "open-data").glob("*.zip"))
    assert not (tmp_path / "out" / "media").exists()
    assert "export" not in output


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_mails_on_the_console_are_printed_to_be_read_and_others_are_sent_on(tmp_path, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    demo(tmp_path)
    assert settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    demo(tmp_path)
    assert settings.EMAIL_BACKEND == "participation.demo.printed_mail.EmailBackend"


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_the_demo_is_available_in_english(tmp_path):
    output = demo(tmp_path, "--language", "en")

    assert "27 November 2020 · overdue · 13 days before 10 December 2020" in output
    assert "This would have helped: " in output
    assert set(User.objects.values_list("language", flat=True)) == {"en"}


def test_each_sentence_exists_in_both_languages_with_the_same_placeholders():
    for name, sentence in MESSAGES.items():
        gaps = {language: set(re.findall(r"\{(\w+)\}", sentence[language])) for language in ("nl", "en")}
        assert gaps["nl"] == gaps["en"], name


# ---------------------------------------------------------------- refusals


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_a_database_with_other_data_is_not_touched(tmp_path):
    world.trajectory("echt-traject")

    with pytest.raises(CommandError, match="it is not used") as refused:
        demo(tmp_path)

    assert refused.value.returncode == 1
    assert list(Trajectory.objects.values_list("slug", flat=True)) == ["echt-traject"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_a_database_with_another_account_is_not_touched(tmp_path):
    world.user("administrator")

    with pytest.raises(CommandError, match="it is not used"):
        demo(tmp_path)
    assert not Trajectory.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_only_the_own_demo_database_is_deleted(tmp_path):
    with pytest.raises(CommandError, match="--fresh"):
        demo(tmp_path, "--fresh")


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_another_demo_that_is_being_prepared_in_the_folder_is_reported(tmp_path):
    with folder_lock(tmp_path), pytest.raises(CommandError, match=r"another demonstration .* --output FOLDER"):
        demo(tmp_path)

    assert not Trajectory.objects.exists()
    assert "3. Verder kijken" in demo(tmp_path)


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_a_port_in_use_is_reported_first(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} cannot be used .* --port {port + 1}"):
            call_command("demo", "--port", str(port), "--output", str(tmp_path / "new"), stderr=StringIO())

    assert not (tmp_path / "new").exists()
    assert not Obligation.objects.exists()


@pytest.mark.usefixtures("_quick")
def test_no_server_is_started_with_production_settings(tmp_path, settings):
    settings.SECURE_SSL_REDIRECT = True

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo", "--output", str(tmp_path), stderr=StringIO())


@pytest.mark.django_db
@pytest.mark.usefixtures("_quick")
def test_an_unwritable_folder_is_reported(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match=r"cannot be written to .* --output FOLDER"):
        demo(tmp_path / "file")


def test_by_default_it_uses_its_own_database_file_and_no_other(tmp_path):
    usual = BASE / "db.sqlite3"
    before = usual.stat().st_mtime_ns if usual.exists() else None
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DEBUG", "SECRET_KEY")}
    command = [sys.executable, str(BASE / "manage.py"), "demo", "--no-server", "--output", "here"]

    done = subprocess.run(
        command, cwd=tmp_path, env={**environment, "DEMO": "1"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    [made] = (tmp_path / "here").glob("leidraad-*.sqlite3")
    assert f"    export DATABASE_URL=sqlite:///{made}\n" in done.stdout
    assert f"    export MEDIA_ROOT={made.parent / 'media'}\n" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert (usual.stat().st_mtime_ns if usual.exists() else None) == before
