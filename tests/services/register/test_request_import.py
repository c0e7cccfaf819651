"""Importing lists of requests, and of commitments that repeat: nothing is emptied, and what was linked stays linked."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.errors import DossierError
from participation.interchange.register.reading import read_register
from participation.models import Changeset, Commitment, Obligation, Organisation, Request
from participation.selectors.changes.history import changeset_views, history_rows
from participation.services.changes.changesets import WriteContext
from participation.services.changes.undo import CannotUndo, undo
from participation.services.register.register_import import import_rows, proposals
from tests import world

pytestmark = pytest.mark.django_db
RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 11, 16), world.moment("2026-11-16 10:00")
HEADINGS = "Nummer;Soort;Van;Ontvangen op;Opgeschort vanaf;Opgeschort tot en met;Reden opschorting;Samenvatting"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), RULEBOOKS, TODAY, NOW)


def listed(*lines, section="requests"):
    return read_register("lijst.csv", "\n".join(lines).encode(), section)


def in_json(*requests):
    return read_register("register.json", json.dumps({"register": 1, "requests": requests}).encode(), "motions")


def reasons(read):
    return "\n".join(f"{problem.location}: {problem.reason} {problem.hint}" for problem in proposals(read).problems)


def open_rules(**owner):
    return set(Obligation.objects.open().filter(**owner).values_list("rule", flat=True))


def test_a_list_of_requests_is_imported_with_history_changesets_and_obligations(write_context):
    read = listed(
        HEADINGS,
        "V-12;Woo-verzoek;wijk-a;16-4-2026;20-4-2026;24-4-2026;Derden gehoord;Alle stukken",
        "V-13;klacht;bewoners;1-5-2026;;;;Te laat antwoord",
    )
    found = proposals(read)
    assert found.problems == ()
    assert found.notes == ("These organisations are not known yet, and are added: wijk-a.",)

    done = import_rows(read, write_context)

    assert (done.added, done.changed) == (2, 0)
    first, second = Request.objects.order_by("number")
    assert (first.kind, first.party, first.received_on) == ("woo", "wijk-a", world.on("2026-04-16"))
    assert first.suspended == [{"from": "2026-04-20", "to": "2026-04-24", "reason": "Derden gehoord"}]
    assert (second.kind, second.party) == ("complaint", "residents")
    assert Organisation.objects.get().name == "wijk-a"
    assert open_rules(request=first) == {"woo-decided"}
    assert first.history.get().history_user == write_context.by
    assert {entry.request for entry in Changeset.objects.all()} == {first, second}


def test_importing_the_same_list_again_changes_nothing(write_context):
    read = listed(HEADINGS, "V-12;woo;wijk-a;16-4-2026;20-4-2026;;Derden gehoord;Alle stukken")
    import_rows(read, write_context)
    before = Request.history.count()

    again = proposals(read)

    assert (again.new, again.changed, again.same) == ([], [], 1)
    import_rows(read, write_context)
    assert Request.history.count() == before


def test_an_empty_cell_clears_nothing_and_an_end_replaces_the_suspension_that_lasts(write_context):
    import_rows(listed(HEADINGS, "V-12;woo;;16-4-2026;20-4-2026;;Derden gehoord;Stukken"), write_context)
    import_rows(listed(HEADINGS, "V-12;;;;20-4-2026;24-4-2026;;"), write_context)

    request = Request.objects.get()
    assert (request.kind, request.summary) == ("woo", "Stukken")
    assert request.suspended == [{"from": "2026-04-20", "to": "2026-04-24", "reason": "Derden gehoord"}]


def test_a_request_is_linked_and_a_list_without_a_trajectory_leaves_it_linked(write_context):
    square = world.trajectory()
    import_rows(listed("Nummer;Soort;Ontvangen op", "V-12;woo;16-4-2026"), write_context)
    import_rows(listed("Nummer;Traject", "V-12;voorbeeldplein"), write_context)
    request = Request.objects.get()
    assert (request.trajectory, open_rules(request=request)) == (square, set())
    assert "woo-decided" in open_rules(trajectory=square)
    assert Changeset.objects.order_by("-pk").first().trajectory == square

    import_rows(listed("Nummer;Samenvatting", "V-12;Stukken"), write_context)

    assert Request.objects.get().trajectory == square


def test_undoing_the_link_makes_the_request_stand_alone_again(write_context):
    square = world.trajectory()
    import_rows(listed("Nummer;Soort;Ontvangen op", "V-12;woo;16-4-2026"), write_context)
    import_rows(listed("Nummer;Traject", "V-12;voorbeeldplein"), write_context)
    linked = Changeset.objects.get(trajectory=square)

    undo(linked, write_context.by, rulebooks=RULEBOOKS, today=TODAY, now=NOW)

    request = Request.objects.get()
    assert (request.trajectory, open_rules(request=request)) == (None, {"woo-decided"})
    assert "woo-decided" not in open_rules(trajectory=square)
    with pytest.raises(CannotUndo):
        undo(linked, write_context.by, rulebooks=RULEBOOKS, today=TODAY, now=NOW)


def test_a_request_of_a_dossier_gets_the_number_that_the_register_gives_it(write_context):
    square = world.trajectory()
    row = world.request(square, "V-12", party="")
    import_rows(in_json({"number": "V-12", "trajectory": "voorbeeldplein"}), write_context)

    row.refresh_from_db()
    assert (row.number, row.ref, row.trajectory) == ("V-12", "V-12", square)
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("V-12;wens;;;;;;", "row 2, Soort: “wens” is not a word for this. Write: "),
        ("V-12;;Wijk A;;;;;", "row 2, Van: “Wijk A” is not a name as it stands in addresses."),
        ("V-12;;;ooit;;;;", "row 2, Ontvangen op: “ooit” cannot be read as a day."),
        ("V-12;;;;20-4-2026;19-4-2026;;", "This is no suspension."),
        ("V-12;;;;;19-4-2026;;", "This is no suspension."),
        (";woo;;;;;;", "row 2, Nummer: The number is missing."),
    ],
)
def test_an_impossible_cell_is_refused_with_its_place(cells, reason):
    assert reason in reasons(listed(HEADINGS, cells))


def test_a_trajectory_that_does_not_exist_is_refused_and_nothing_is_stored(write_context):
    read = listed("Nummer;Traject", "V-12;nergens")

    with pytest.raises(DossierError):
        import_rows(read, write_context)

    assert "row 2: This does not fit the register: there is no trajectory 'nergens'" in reasons(read)
    assert not Request.objects.exists()


def test_dates_in_the_wrong_order_are_refused():
    read = listed("Nummer;Ontvangen op;Beantwoord op", "V-12;16-4-2026;15-4-2026")

    assert "The day under “Beantwoord op” lies before that under “Ontvangen op”." in reasons(read)


def test_a_list_of_commitments_says_how_they_repeat(write_context):
    headings = (
        "Nummer;Toezegging;Datum;Elke zoveel maanden;Eerste keer uiterlijk;Herhalen tot en met;Laatst nagekomen op"
    )
    read = listed(headings, "T-1;Gesprek;1-6-2025;6;31-1-2026;31-12-2030;5-1-2026", section="commitments")
    import_rows(read, write_context)
    import_rows(read, write_context)

    promise = Commitment.objects.get()
    assert (promise.repeats_every_months, promise.repeats_first_due_on) == (6, world.on("2026-01-31"))
    assert promise.repeats_until == world.on("2030-12-31")
    assert promise.fulfilments.get().on == world.on("2026-01-05")
    subjects = (
        Obligation.objects.open().filter(commitment=promise, rule="commitment-kept").values_list("subject", "met_on")
    )
    assert sorted(subjects) == [("2026-01-31", date(2026, 1, 5)), ("2026-07-31", None)]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("T-1;0;31-1-2026;", "“0” is not a number of months."),
        ("T-1;zes;31-1-2026;", "“zes” is not a number of months."),
        ("T-1;6;;", "It is not clear how this repeats."),
        ("T-1;;31-1-2026;", "It is not clear how this repeats."),
        ("T-1;6;31-1-2026;30-1-2026", "“Repeats until” (30 January 2026) is before “First due on” (31 January 2026)."),
    ],
)
def test_an_impossible_repetition_in_a_list_is_refused(cells, reason):
    headings = "Nummer;Elke zoveel maanden;Eerste keer uiterlijk;Herhalen tot en met"

    assert reason in reasons(listed(headings, cells, section="commitments"))


def test_fifty_requests_take_hardly_more_queries_than_five(write_context):
    world.trajectory()

    def queries(count, prefix):
        lines = [f"{prefix}-{n};woo;wijk-a;{'voorbeeldplein' if n % 2 else ''}" for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            import_rows(listed("Nummer;Soort;Van;Traject", *lines), write_context)
        return len(captured)

    queries(5, "warm")
    assert queries(50, "vijftig") - queries(5, "vijf") <= 5


def test_the_history_of_the_trajectory_begins_with_the_link(write_context):
    square = world.trajectory()
    row = world.register_request("V-12", summary="Van mij alleen", party="wijk-a")
    world.record(row, "2026-11-16 11:00", trajectory=square, summary="Alle stukken", party="residents")

    lines = [line for block in changeset_views(square.pk, history_rows(square.pk)) for line in block.lines]
    [line] = [line for line in lines if line.table == "request"]

    values = {change.column: (change.before, change.after) for change in line.changes}
    assert (values["summary"], values["party"]) == ((None, "Alle stukken"), (None, "residents"))
    assert "Van mij alleen" not in str(lines)
    assert "wijk-a" not in str(lines)
