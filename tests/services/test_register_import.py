"""Motions and commitments from a file: they fill and change, never make emptier, all or nothing, and once only."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from participation.compliance.rulebook import load
from participation.dossier.errors import DossierError
from participation.exchange import lists
from participation.exchange.register.reading import read_register
from participation.exchange.tables import as_csv, write_xlsx
from participation.models import Changeset, Commitment, Motion, Obligation, ProgressReport
from participation.selectors import register
from participation.services import changesets
from participation.services.editing import StaleVersion, WriteContext
from participation.services.register import save_tracked
from participation.services.register_import import proposals, take_in
from participation.web.register.states import STATES
from tests import world

pytestmark = pytest.mark.django_db
RULEBOOK = load("leiden")
TODAY, NOW = date(2026, 11, 16), world.moment("2026-11-16 10:00")


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def door():
    return WriteContext(world.user("coordinator"), RULEBOOK, TODAY, NOW)


def listed(*lines, section="motions"):
    return read_register("lijst.csv", "\n".join(lines).encode(), section)


def test_a_list_is_taken_in_with_history_entries_and_obligations(door):
    read = listed(
        "Nummer;Titel;Datum;Uitslag;Afdoen voor;Stand van zaken;Datum stand van zaken",
        "M21.0098/04;Scenario's;11-11-2021;aangenomen;1-7-2022;Begonnen;2-2-2022",
        "21.0093;Groen;11-11-2021;verworpen;;;",
    )
    done = take_in(read, door)
    assert (done.added, done.changed, done.reports) == (2, 0, 1)
    motion = Motion.objects.get(number="21.0098/04")
    assert (motion.printed_as, motion.title, motion.outcome) == ("M21.0098/04", "Scenario's", "adopted")
    assert motion.due_on == world.on("2022-07-01")
    assert motion.history.get().history_user == door.by
    assert motion.history.get().history_date == NOW
    assert motion.reports.get().text == "Begonnen"
    assert Obligation.objects.filter(motion=motion, withdrawn_at=None).exists()
    assert [(entry.verb, entry.about) for entry in Changeset.objects.order_by("pk")] == [
        ("added", "motion 21.0098/04"),
        ("added", "motion 21.0093"),
    ]


def test_what_was_changed_can_be_taken_back_one_by_one(door):
    world.motion("21.0098/04", title="Van ons")
    read = listed("Nummer;Titel;Stand van zaken", "21.0098/04;Van de griffie;Begonnen", "21.0093;Groen;")
    take_in(read, door)
    changed = Motion.objects.get(number="21.0098/04").changesets.get()
    changesets.undo(changed, door.by, rulebook=RULEBOOK, today=TODAY, now=NOW)
    assert Motion.objects.get(number="21.0098/04").title == "Van ons"
    assert not ProgressReport.objects.exists()
    # A motion that was added has its entry: as with one added by hand, that cannot be taken back.
    with pytest.raises(changesets.CannotUndo):
        changesets.undo(
            Motion.objects.get(number="21.0093").changesets.get(), door.by, rulebook=RULEBOOK, today=TODAY, now=NOW
        )


def test_the_same_list_twice_changes_nothing(door):
    lines = (
        "Nummer;Titel;Stemmen;Datum;Stand van zaken;Datum stand van zaken",
        "M21.0098/04;Scenario's;24-12;medio november 2021;Begonnen;2-2-2022",
    )
    take_in(listed(*lines), door)
    before = Motion.history.count(), ProgressReport.history.count(), Changeset.objects.count()
    again = proposals(listed(*lines))
    assert (again.new, again.changed, again.same) == ([], [], 1)
    take_in(listed(*lines), door)
    assert (Motion.history.count(), ProgressReport.history.count(), Changeset.objects.count()) == before


def test_a_list_fills_and_changes_and_tells_the_old_and_the_new():
    world.motion("21.0098/04", title="Scenario's", owner="", due_on=world.on("2026-03-20"))
    found = proposals(listed("Nummer;Titel;Eigenaar;Uiterlijk", "0021/0098/4;Scenario's;Team wijken;1-4-2026"))
    (row,) = found.changed
    assert [(d.column, d.old, d.new) for d in row.differences] == [
        ("also_printed_as", [], ["0021/0098/4"]),
        ("owner", "", "Team wijken"),
        ("due_on", world.on("2026-03-20"), world.on("2026-04-01")),
    ]


def test_what_a_person_recorded_never_becomes_emptier_or_vaguer(door):
    motion = world.motion(
        "21.0098/04", title="Scenario's", owner="Team wijken", due_on=world.on("2026-03-20"), votes_for=24
    )
    read = listed(
        "Nummer;Titel;Eigenaar;Uiterlijk;Datum;Stemmen voor;Stemmen tegen",
        "21.0098/04;;-;maart 2026;2021;;",
        "21.0093;;;onbekend;;;",
    )
    found = proposals(read)
    assert [row.row.number for row in found.rows if row.changes] == ["21.0093"]
    take_in(read, door)
    motion.refresh_from_db()
    assert (motion.title, motion.owner, motion.due_on) == ("Scenario's", "Team wijken", world.on("2026-03-20"))
    assert motion.adopted_on == world.on("2021-11-11")


def test_an_exact_day_takes_the_place_of_a_vague_one():
    world.motion("21.0098/04", adopted_on=world.between("2021-01-01", "2021-12-31", "year", "2021"))
    (row,) = proposals(listed("Nummer;Datum", "21.0098/04;11-11-2021")).changed
    assert row.differences[0].new == world.on("2021-11-11")


def test_a_motion_is_found_under_another_number_that_it_was_printed_with():
    world.motion("21.0098/04", also_printed_as=["RV 21.0098"])
    found = proposals(listed("Nummer;Titel", "RV 21.0098;Scenario's"))
    assert found.same == 1
    twice = proposals(listed("Nummer;Titel", "RV 21.0098;Scenario's", "21.0098/04;Scenario's"))
    (problem,) = twice.problems
    assert problem.place == "row 3"
    assert "row 2" in problem.reason


def test_a_number_that_stands_in_the_list_twice_is_told_once_also_where_it_is_known():
    world.motion("21.0098/04")
    (problem,) = proposals(listed("Nummer", "21.0098/04", "M21.0098/04")).problems
    assert problem.place == "row 3"


def test_a_report_is_added_once_by_its_day_and_text(door):
    motion = world.motion("21.0098/04")
    motion.reports.create(on=world.on("2022-02-02"), text="Begonnen")
    head = "Nummer;Stand van zaken;Datum stand van zaken"
    take_in(listed(head, "21.0098/04;Begonnen;2-2-2022"), door)
    assert motion.reports.count() == 1
    take_in(listed(head, "21.0098/04;Begonnen;3-3-2022"), door)
    assert motion.reports.count() == 2


def test_promises_are_taken_in_likewise(door):
    world.commitment("T-1", made_to=["council"])
    read = listed(
        "Nummer;Toezegging;Toegezegd aan;Nagekomen op",
        "T-1;Een gesprek;wijkverenigingen;1-7-2022",
        "T-2;Een brief;;",
        section="commitments",
    )
    done = take_in(read, door)
    assert (done.added, done.changed) == (1, 1)
    assert Commitment.objects.get(number="T-1").made_to == ["council", "wijkverenigingen"]
    assert Commitment.objects.get(number="T-1").fulfilled_on == world.on("2022-07-01")


@pytest.mark.parametrize("number", ["nieuw", "importeren", "21.0098/wijzigen"])
def test_a_number_that_cannot_be_an_address_is_refused(door, number):
    read = listed("Nummer", "21.0098/04", number)
    with pytest.raises(DossierError) as refused:
        take_in(read, door)
    assert refused.value.problems[0].place == "row 3"
    assert not Motion.objects.exists()


def test_one_wrong_row_keeps_all_of_a_list_out(door):
    with pytest.raises(DossierError) as refused:
        take_in(listed("Nummer;Datum", "21.0098/04;11-11-2021", "21.0093;ooit"), door)
    assert "row 3, Datum" in str(refused.value)
    assert not Motion.objects.exists()
    assert not Changeset.objects.exists()


def test_nothing_is_recorded_where_the_register_is_no_longer_what_was_shown(door):
    motion = world.motion("21.0098/04", owner="")
    read = listed("Nummer;Eigenaar", "21.0098/04;Team wijken", "21.0093;Team groen")
    shown = proposals(read).fingerprint
    motion.owner = "Team centrum"
    save_tracked(motion, door)
    with pytest.raises(StaleVersion):
        take_in(read, door, shown=shown)
    assert list(Motion.objects.values_list("owner", flat=True)) == ["Team centrum"]


def test_what_is_left_out_stays_as_it_was(door):
    world.motion("21.0098/04", owner="Team centrum")
    read = listed("Nummer;Eigenaar", "21.0098/04;Team wijken", "21.0093;Team groen")
    found = proposals(read)
    take_in(read, door, shown=found.fingerprint, left_out={found.changed[0].key})
    assert set(Motion.objects.values_list("number", "owner")) == {
        ("21.0098/04", "Team centrum"),
        ("21.0093", "Team groen"),
    }


def test_an_import_of_nobody_has_history_and_no_entry(door):
    take_in(listed("Nummer", "21.0098/04"), door, by_nobody=True)
    assert Motion.history.get().history_user is None
    assert not Changeset.objects.exists()


def queries(door, numbers, start):
    lines = [f"22.{n:04};Motie {n};aangenomen;11-11-2021;Begonnen {n}" for n in numbers]
    read = listed("Nummer;Titel;Uitslag;Datum;Stand van zaken", *lines)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        take_in(read, door, shown=proposals(read).fingerprint)
    assert Motion.objects.count() == start + len(lines)
    return len(asked)


def test_fifty_rows_ask_no_more_queries_than_one(door):
    one = queries(door, [1], 0)
    # SQLite takes at most 999 values in one go: fifty motions of twenty columns, and their history, are two inserts.
    assert queries(door, range(100, 150), 1) <= one + 2
    assert one < 30


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_list_that_leidraad_wrote_itself_changes_nothing(language, door):
    world.motion(
        "21.0098/04",
        printed_as="M21.0098/04",
        dictum="=Meer scenario's",
        votes_for=24,
        votes_against=12,
        owner="Team wijken",
        due_on=world.between("2022-06-11", "2022-06-20", "month_part", "Medio juni"),
        settled_on=world.on("2024-05-16"),
        also_printed_as=["0021/0098/4"],
    )
    world.motion("21.0093", outcome="deferred", adopted_on=None)
    world.commitment("T-1", text="Een gesprek", made_to=["council", "wijken"], made_by="college")
    reader = lists.ListReader(RULEBOOK, TODAY, language)
    with translation.override(language):
        for section, rows, table in (
            ("motions", register.motions(TODAY), lists.motions),
            ("commitments", register.commitments(TODAY), lists.commitments),
        ):
            for name, write in (("lijst.csv", csv_of), ("lijst.xlsx", xlsx_of)):
                found = proposals(read_register(name, write(table(rows, STATES, reader)), section))
                assert found.problems == ()
                assert [row.differences for row in found.rows if row.changes] == []
                assert found.same == len(rows)


def csv_of(table):
    return b"".join(as_csv(table))


def xlsx_of(table):
    file = BytesIO()
    write_xlsx(table, file)
    return file.getvalue()
