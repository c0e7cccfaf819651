"""Undoing an import of motions and commitments: everything is as it was before, and later work is never lost."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.open_data.writer import write_folder
from participation.models import Changeset, Commitment, Motion, Obligation, ProgressReport, Request, Transition
from participation.selectors.mail.digest_lines import digest_flags
from participation.services.assessment import reassess_register
from participation.services.changes.changesets import WriteContext
from participation.services.changes.undo import CannotUndo, undo_import
from participation.services.register.register import add_dated_text
from participation.services.register.register_import import import_rows, proposals
from tests import world
from tests.services.register.test_register_import import listed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
TODAY = date(2026, 4, 20)
NOW, LATER = world.moment("2026-04-20 10:00"), world.moment("2026-04-20 11:00")
MOTIONS = ("Nummer;Titel;Datum;Uitslag;Afdoen voor;Stand van zaken;Datum stand van zaken",)
LIST = (
    *MOTIONS,
    "21.0093;Groen;11-11-2021;aangenomen;1-7-2022;Begonnen;2-2-2022",
    "21.0094;Rust;11-11-2021;aangenomen;1-7-2022;;",
    "21.0098/04;Andere titel;11-11-2021;aangenomen;1-7-2022;Nieuws;2-2-2023",
)
PUBLISHED = (
    *("/moties/", "/moties/21.0093/", "/moties/21.0098/04/", "/toezeggingen/", "/initiatieven/", "/", "/stad/"),
    *("/moties/?download=csv", "/raad/", "/regels/", "/sitemap-motions.xml"),
    *("/api/v1/motions", "/api/v1/motions/21.0093", "/api/v1/motions/21.0098%2F04", "/api/v1/obligations"),
    *("/api/v1/transitions", "/api/v1/statistics"),
    # As it was recorded while the import stood.
    *("/api/v1/motions?bekendOp=2026-04-20T10:30:00Z", "/api/v1/motions/21.0093?bekendOp=2026-04-20T10:30:00Z"),
)


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), load_rulebooks("leiden"), TODAY, NOW)


@pytest.fixture(autouse=True)
def town():
    """Make a town with a motion that the list changes, and one of its own."""
    square = world.trajectory()
    world.motion("21.0098/04", adopted_on=world.on("2021-11-11"), due_on=world.on("2022-06-01"))
    square.motions.add(world.motion("21.0001"))
    world.commitment()
    reassess_register(load_rulebooks("leiden"), TODAY, world.moment("2026-04-19 10:00"))


def published(client, folder, name):
    """Return all that is published: pages, downloads, API, open data and the flags of the weekly digest."""
    client.logout()
    found = {}
    for address in PUBLISHED:
        response = client.get(address)
        body = b"".join(response) if response.streaming else response.content
        # What differs between any two requests.
        text = re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"', "", body.decode())
        found[address] = (response.status_code, text)
    (folder / name).mkdir()
    write_folder(folder / name, TODAY, load_rulebooks("leiden"))
    files = [path for path in (folder / name).rglob("*") if path.is_file()]
    found |= {str(path.relative_to(folder / name)): path.read_bytes() for path in files}
    flags = digest_flags(None, True, load_rulebooks("leiden"), TODAY, world.moment("2026-04-20 09:00"), LATER)
    return {**found, "digest": flags}


#: What tells of changes: of a motion that was changed and changed back there were some.
LOGS = ("transitions", "bekendOp", "digest")


@pytest.mark.parametrize("changed", [False, True])
def test_an_import_that_is_undone_leaves_nothing_published(client, write_context, tmp_path, changed):
    before = published(client, tmp_path, "before")
    done = import_rows(listed(*LIST[: 4 if changed else 3]), write_context)
    during = published(client, tmp_path, "during")
    assert during["/moties/21.0093/"][0] == 200
    assert {"/moties/", "/api/v1/motions", "/api/v1/transitions", "csv/transitions.csv", "digest"} <= {
        name for name in before if during[name] != before[name]
    }
    undo_import(done.changesets[0], write_context.by, **{**write_context.arguments, "now": LATER})
    after = published(client, tmp_path, "after")
    differing = {name for name in before if after[name] != before[name]}
    assert not [name for name in differing if not changed or not any(log in name for log in LOGS)]
    assert not Obligation.objects.open().filter(motion__removed_at__isnull=False).exists()
    assert Transition.objects.filter(to_status="withdrawn", obligation__motion__number="21.0093").exists()


def test_an_undone_list_can_be_imported_again(write_context):
    done = import_rows(listed(*LIST), write_context)
    first = Motion.objects.get(number="21.0093")
    assert undo_import(done.changesets[0], write_context.by, **write_context.arguments) == 3
    assert list(Motion.objects.values_list("number", "title")) == [
        ("21.0001", "Scenario's"),
        ("21.0098/04", "Scenario's"),
    ]
    assert not ProgressReport.objects.exists()
    again = import_rows(listed(*LIST), write_context)
    assert (again.added, again.changed, again.reports) == (2, 1, 2)
    second = Motion.objects.get(number="21.0093")
    assert second.pk != first.pk
    assert Obligation.objects.open().filter(motion=second).exists()
    assert not Obligation.objects.open().filter(motion=first).exists()
    assert [line.history_type for line in Motion.history.filter(id=first.pk).order_by("history_id")] == ["+", "-"]
    with pytest.raises(CannotUndo):
        undo_import(done.changesets[0], write_context.by, **write_context.arguments)


def test_what_was_recorded_since_is_named_and_nothing_is_undone(write_context):
    done = import_rows(listed(*LIST), write_context)
    text = ProgressReport(motion=Motion.objects.get(number="21.0093"), text="Geplant", on=world.on("2026-04-01"))
    add_dated_text(text, write_context)
    world.trajectory("park").motions.add(Motion.objects.get(number="21.0094"))
    world.record(Motion.objects.get(number="21.0098/04"), "2026-04-20 10:30", owner="Team wijken")
    with pytest.raises(CannotUndo) as refused:
        undo_import(done.changesets[0], write_context.by, **write_context.arguments)
    assert all(number in str(refused.value) for number in ("21.0093", "21.0094", "21.0098/04"))
    assert Motion.objects.count() == 4
    assert not Changeset.objects.filter(undone_at__isnull=False).exists()


def test_commitments_and_requests_are_undone_too(write_context):
    done = import_rows(listed("Nummer;Toezegging", "T-8;Praten", "T-9;Bouwen", section="commitments"), write_context)
    undo_import(done.changesets[0], write_context.by, **write_context.arguments)
    assert list(Commitment.objects.values_list("number", flat=True)) == ["T-1"]
    lines = ("Nummer;Soort;Ontvangen op;Traject", "V-1;woo;1-4-2026;", "V-2;woo;1-4-2026;voorbeeldplein")
    for _time in range(2):
        done = import_rows(listed(*lines, section="requests"), write_context)
        assert Request.objects.count() == 2
        undo_import(done.changesets[0], write_context.by, **write_context.arguments)
        assert not Request.objects.exists()
    assert proposals(listed(*lines, section="requests")).problems == ()


def test_undoing_fifty_rows_takes_as_many_queries_as_undoing_two(write_context):
    def count_queries(numbers):
        done = import_rows(listed(*MOTIONS, *(f"23.{n:04};Titel;11-11-2021;;;Nieuws;" for n in numbers)), write_context)
        with CaptureQueriesContext(connection) as found:
            undo_import(done.changesets[0], write_context.by, **write_context.arguments)
        return len(found)

    # SQLite inserts few rows at once: some more for the history and the changesets.
    assert count_queries(range(100, 150)) <= count_queries(range(2)) + 8


def test_the_page_of_the_import_shows_what_is_undone_and_undoes_it(client, write_context):
    client.force_login(write_context.by)
    content = SimpleUploadedFile("lijst.csv", "\n".join(LIST).encode())
    html = client.post("/moties/importeren/", {"section": "motions", "file": content}).content.decode()
    form = html.partition('name="carried"')[2].partition("</form>")[0]
    fields = {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in ("shown", "do")}
    fields |= {"carried": re.match(r' value="([^"]*)"', form)[1]}
    fields |= {name: re.findall(rf'name="{name}" value="([^"]*)"', form) for name in ("offered", "take")}
    html = client.post("/moties/importeren/", fields, follow=True).content.decode()
    undo = re.search(r"/ongedaan/\d+/\?samen=1", html)[0]
    page = client.get("/moties/importeren/").content.decode()
    assert undo in page
    assert "3 regels op " in page
    page = client.get(undo).content.decode()
    assert "21.0093 Groen" in page
    assert "hele lijst" in page
    world.record(Motion.objects.get(number="21.0093"), "2026-04-20 10:30", owner="Team wijken")
    blocked = client.get(undo).content.decode()
    assert "<li>21.0093 Groen</li>" in blocked.partition("Dit kan niet ongedaan")[2]
    assert 'type="submit">Ongedaan maken' not in blocked
    client.post(undo)
    assert Motion.objects.count() == 4
    Motion.objects.get(number="21.0093").history.latest("history_id").delete()
    assert client.post(undo)["Location"] == "/moties/"
    assert Motion.objects.count() == 2
    assert undo not in client.get("/moties/importeren/").content.decode()


def test_an_added_motion_is_undone_alone(client, write_context):
    import_rows(listed(*MOTIONS, "21.0095;Alleen;;;;;"), write_context)
    changeset = Motion.objects.get(number="21.0095").changesets.get()
    client.force_login(write_context.by)
    assert client.post(f"/ongedaan/{changeset.pk}/")["Location"] == "/moties/"
    assert not Motion.objects.filter(number="21.0095").exists()
