"""Importing motions and commitments: columns are filled or changed, never emptied; all or nothing, and only once."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.errors import DossierError
from participation.interchange import lists
from participation.interchange.register.reading import read_register
from participation.interchange.tables import as_csv, write_xlsx
from participation.models import Changeset, Commitment, Motion, Obligation, ProgressReport
from participation.selectors import register
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.changes.undo import undo
from participation.services.register.register import save_register_row
from participation.services.register.register_import import import_rows, proposals
from participation.web.register.states import STATES
from tests import world

pytestmark = pytest.mark.django_db
RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 11, 16), world.moment("2026-11-16 10:00")


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), RULEBOOKS, TODAY, NOW)


def listed(*lines, section="motions"):
    return read_register("lijst.csv", "\n".join(lines).encode(), section)


def test_a_list_is_imported_with_history_changesets_and_obligations(write_context):
    read = listed(
        "Nummer;Titel;Datum;Uitslag;Afdoen voor;Stand van zaken;Datum stand van zaken",
        "M21.0098/04;Scenario's;11-11-2021;aangenomen;1-7-2022;Begonnen;2-2-2022",
        "21.0093;Groen;11-11-2021;verworpen;;;",
    )
    done = import_rows(read, write_context)
    assert (done.added, done.changed, done.reports) == (2, 0, 1)
    motion = Motion.objects.get(number="21.0098/04")
    assert (motion.printed_as, motion.title, motion.outcome) == ("M21.0098/04", "Scenario's", "adopted")
    assert motion.due_on == world.on("2022-07-01")
    assert motion.history.get().history_user == write_context.by
    assert motion.history.get().history_date == NOW
    assert motion.reports.get().text == "Begonnen"
    assert Obligation.objects.filter(motion=motion, withdrawn_at=None).exists()
    assert [(entry.verb, entry.about) for entry in Changeset.objects.order_by("pk")] == [
        ("added", "motion 21.0098/04"),
        ("added", "motion 21.0093"),
    ]


def test_imported_changes_can_be_undone_one_by_one(write_context):
    # So that the primary key of the report is not that of its motion.
    world.motion("19.0001"), world.motion("19.0002")
    world.motion("21.0098/04", title="Van ons")
    read = listed("Nummer;Titel;Stand van zaken", "21.0098/04;Van de griffie;Begonnen", "21.0093;Groen;")
    import_rows(read, write_context)
    changed = Motion.objects.get(number="21.0098/04").changesets.get()
    undo(changed, write_context.by, **write_context.arguments)
    assert Motion.objects.get(number="21.0098/04").title == "Van ons"
    assert not ProgressReport.objects.exists()
    undo(Motion.objects.get(number="21.0093").changesets.get(), write_context.by, **write_context.arguments)
    assert not Motion.objects.filter(number="21.0093").exists()


def test_importing_the_same_list_twice_changes_nothing(write_context):
    lines = (
        "Nummer;Titel;Stemmen;Datum;Stand van zaken;Datum stand van zaken",
        "M21.0098/04;Scenario's;24-12;medio november 2021;Begonnen;2-2-2022",
    )
    import_rows(listed(*lines), write_context)
    before = Motion.history.count(), ProgressReport.history.count(), Changeset.objects.count()
    again = proposals(listed(*lines))
    assert (again.new, again.changed, again.same) == ([], [], 1)
    import_rows(listed(*lines), write_context)
    assert (Motion.history.count(), ProgressReport.history.count(), Changeset.objects.count()) == before


def test_an_import_shows_old_and_new_values_of_changed_fields():
    world.motion("21.0098/04", title="Scenario's", owner="", due_on=world.on("2026-03-20"))
    found = proposals(listed("Nummer;Titel;Eigenaar;Uiterlijk", "0021/0098/4;Scenario's;Team wijken;1-4-2026"))
    (row,) = found.changed
    assert [(d.column, d.old, d.new) for d in row.differences] == [
        ("also_printed_as", [], ["0021/0098/4"]),
        ("owner", "", "Team wijken"),
        ("due_on", world.on("2026-03-20"), world.on("2026-04-01")),
    ]


def test_a_recorded_value_is_never_replaced_by_an_empty_or_vaguer_one(write_context):
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
    import_rows(read, write_context)
    motion.refresh_from_db()
    assert (motion.title, motion.owner, motion.due_on) == ("Scenario's", "Team wijken", world.on("2026-03-20"))
    assert motion.adopted_on == world.on("2021-11-11")


def test_an_exact_date_replaces_an_imprecise_one():
    world.motion("21.0098/04", adopted_on=world.between("2021-01-01", "2021-12-31", "year", "2021"))
    (row,) = proposals(listed("Nummer;Datum", "21.0098/04;11-11-2021")).changed
    assert row.differences[0].new == world.on("2021-11-11")


def test_a_motion_is_matched_by_every_notation_of_its_number():
    world.motion("21.0098/04", also_printed_as=["RV 21.0098"])
    found = proposals(listed("Nummer;Titel", "RV 21.0098;Scenario's"))
    assert found.same == 1
    twice = proposals(listed("Nummer;Titel", "RV 21.0098;Scenario's", "21.0098/04;Scenario's"))
    (problem,) = twice.problems
    assert problem.location == "row 3"
    assert "row 2" in problem.reason


def test_a_duplicate_number_in_the_list_is_reported_once_also_when_known():
    world.motion("21.0098/04")
    (problem,) = proposals(listed("Nummer", "21.0098/04", "M21.0098/04")).problems
    assert problem.location == "row 3"


def test_a_report_with_the_same_day_and_text_is_added_once(write_context):
    motion = world.motion("21.0098/04")
    motion.reports.create(on=world.on("2022-02-02"), text="Begonnen")
    head = "Nummer;Stand van zaken;Datum stand van zaken"
    import_rows(listed(head, "21.0098/04;Begonnen;2-2-2022"), write_context)
    assert motion.reports.count() == 1
    import_rows(listed(head, "21.0098/04;Begonnen;3-3-2022"), write_context)
    assert motion.reports.count() == 2


def test_commitments_are_imported_in_the_same_way(write_context):
    world.commitment("T-1", made_to=["council"])
    read = listed(
        "Nummer;Toezegging;Toegezegd aan;Nagekomen op",
        "T-1;Een gesprek;wijkverenigingen;1-7-2022",
        "T-2;Een brief;;",
        section="commitments",
    )
    done = import_rows(read, write_context)
    assert (done.added, done.changed) == (1, 1)
    assert Commitment.objects.get(number="T-1").made_to == ["council", "wijkverenigingen"]
    assert Commitment.objects.get(number="T-1").fulfilled_on == world.on("2022-07-01")


@pytest.mark.parametrize("number", ["nieuw", "importeren", "21.0098/wijzigen"])
def test_a_number_that_cannot_be_part_of_a_url_is_rejected(write_context, number):
    read = listed("Nummer", "21.0098/04", number)
    with pytest.raises(DossierError) as refused:
        import_rows(read, write_context)
    assert refused.value.problems[0].location == "row 3"
    assert not Motion.objects.exists()


def test_one_invalid_row_rejects_the_whole_list(write_context):
    with pytest.raises(DossierError) as refused:
        import_rows(listed("Nummer;Datum", "21.0098/04;11-11-2021", "21.0093;ooit"), write_context)
    assert "row 3, Datum" in str(refused.value)
    assert not Motion.objects.exists()
    assert not Changeset.objects.exists()


def test_an_import_is_rejected_when_the_register_changed_after_the_preview(write_context):
    motion = world.motion("21.0098/04", owner="")
    read = listed("Nummer;Eigenaar", "21.0098/04;Team wijken", "21.0093;Team groen")
    expected_fingerprint = proposals(read).fingerprint
    motion.owner = "Team centrum"
    save_register_row(motion, write_context)
    with pytest.raises(StaleVersion):
        import_rows(read, write_context, expected_fingerprint=expected_fingerprint)
    assert list(Motion.objects.values_list("owner", flat=True)) == ["Team centrum"]


def test_deselected_changes_are_not_imported(write_context):
    world.motion("21.0098/04", owner="Team centrum")
    read = listed("Nummer;Eigenaar", "21.0098/04;Team wijken", "21.0093;Team groen")
    found = proposals(read)
    import_rows(read, write_context, expected_fingerprint=found.fingerprint, left_out={found.changed[0].key})
    assert set(Motion.objects.values_list("number", "owner")) == {
        ("21.0098/04", "Team centrum"),
        ("21.0093", "Team groen"),
    }


def test_an_import_without_a_user_has_history_but_no_changeset(write_context):
    import_rows(listed("Nummer", "21.0098/04"), write_context, as_system=True)
    assert Motion.history.get().history_user is None
    assert not Changeset.objects.exists()


def queries(write_context, numbers, start):
    lines = [f"22.{n:04};Motie {n};aangenomen;11-11-2021;Begonnen {n}" for n in numbers]
    read = listed("Nummer;Titel;Uitslag;Datum;Stand van zaken", *lines)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        import_rows(read, write_context, expected_fingerprint=proposals(read).fingerprint)
    assert Motion.objects.count() == start + len(lines)
    return len(captured)


def test_fifty_rows_take_no_more_queries_than_one(write_context):
    one = queries(write_context, [1], 0)
    # SQLite takes at most 999 values at once: fifty motions of twenty columns, with history, are two inserts. One more
    # says that all of them are of one import.
    assert queries(write_context, range(100, 150), 1) <= one + 3
    assert one < 30


@pytest.mark.parametrize("language", ["nl", "en"])
def test_importing_an_exported_list_changes_nothing(language, write_context):
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
    reader = lists.ListReader(RULEBOOKS, TODAY, language)
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


@pytest.mark.parametrize(("language", "council"), [("nl", "gemeenteraad"), ("en", "municipal council")])
def test_a_list_of_commitments_names_the_council_in_words(language, council):
    world.commitment("T-1", made_to=["council", "wijken"])
    with translation.override(language):
        table = lists.commitments(register.commitments(TODAY), STATES, lists.ListReader(RULEBOOKS, TODAY, language))
        assert f"{council}; wijken" in csv_of(table).decode()


def csv_of(table):
    return b"".join(as_csv(table))


def xlsx_of(table):
    file = BytesIO()
    write_xlsx(table, file)
    return file.getvalue()
