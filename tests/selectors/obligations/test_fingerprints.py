"""A fingerprint differs where anything differs that an assessment rests on, and nowhere else."""

import re
from datetime import date, time

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from participation.compliance.obligations import ObligationValue
from participation.models import AssessmentFingerprint, DocumentShare, Obligation, Organisation, Transition, Waiver
from participation.models.fields import ImpreciseDateField
from participation.selectors.obligations import fingerprints
from participation.selectors.obligations.facts import TABLES_READ, facts_for
from participation.selectors.obligations.fingerprints import compare_fingerprints, digests
from participation.services.assessment import reassess, reassess_one
from tests import towns, world
from tests.selectors.in_full import in_full

TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 08:00")
FAR_BACK = date(2000, 1, 1)

pytestmark = pytest.mark.django_db


def everything():
    """Return an owner of each type with every fact filled in, by type."""
    square = in_full()
    world.waiver(square)
    motion = world.motion(due_on=world.on("2026-06-01"), settled_on=world.on("2026-06-01"), outcome="adopted")
    promise = world.commitment(
        due_on=world.on("2026-06-01"),
        fulfilled_on=world.on("2026-06-01"),
        repeats_every_months=6,
        repeats_first_due_on=world.on("2026-06-01"),
        repeats_until=world.on("2027-06-01"),
    )
    motion.reports.create(on=world.on("2026-04-01"), text="Loopt")
    promise.reports.create(on=world.on("2026-04-01"), text="Loopt")
    promise.fulfilments.create(on=world.on("2026-04-01"))
    copied = ("kind", "party", "extension_reason", "answer", "committee", "received_on", "acknowledged_on")
    copied += ("extended_on", "answered_on", "agreed_until", "suspended")
    asked = square.requests.get()
    request = world.request(None, "V-1", number="V-1", **{name: getattr(asked, name) for name in copied})
    owners = {"trajectory": square, "motion": motion, "commitment": promise, "request": request}
    for owner_type, owner in owners.items():
        reassess_one(owner_type, owner.pk, towns.RULEBOOKS, TODAY, NOW)
    return owners


def other_values(field):
    """Yield values to replace the one of a column with, the emptiest first."""
    if isinstance(field, models.ForeignKey):
        yield from field.related_model._default_manager.values_list("pk", flat=True)
        return
    if isinstance(field, models.BooleanField):
        yield from (True, False)
    elif isinstance(field, ImpreciseDateField):
        yield from (None, world.on("2031-02-03"))
    elif isinstance(field, models.DateField):
        yield from (None, FAR_BACK, date(2035, 1, 1))
    elif isinstance(field, models.JSONField):
        # PostgreSQL gives an empty list and an empty object the same hash.
        yield from (["iets"], {"iets": "anders"}, [], {})
    elif isinstance(field, models.TimeField):
        yield from (None, time(23, 59))
    elif isinstance(field, models.CharField | models.TextField):
        yield from ("", "anders")
        yield from (value for value, _label in field.choices or ())
    else:
        yield from (None, 9, 12)


def with_other_value(row, name):
    """Yield after each change of this column that the database accepts; the change is undone."""
    before = row.__class__._default_manager.values_list(name, flat=True).get(pk=row.pk)
    for value in other_values(row._meta.get_field(name)):
        if value == before:
            continue
        try:
            with transaction.atomic():
                row.__class__._default_manager.filter(pk=row.pk).update(**{name: value})
                yield value
                raise _Undone
        except IntegrityError:
            continue
        except _Undone:
            return


class _Undone(Exception):
    """Raised to roll back a change."""


def changeable_columns(owner_type):
    """Yield each column that is hashed, as a table and a name."""
    for table in fingerprints._hashed_tables(owner_type):
        for column in table.columns:
            name = column if isinstance(column, str) else column.get_source_expressions()[0].name
            name = name.partition("__")[0]
            # Of most rows the owner is their only parent: another one has another hash.
            if name != "id" and (name != table.owner or table.model is DocumentShare):
                yield table.model, name


def test_every_column_of_every_fact_waiver_and_obligation_is_hashed():
    owners = everything()
    unseen, unchanged = [], []
    for owner_type, owner in owners.items():
        before = digests(owner_type, [owner.pk])
        for model, name in changeable_columns(owner_type):
            seen = [
                digests(owner_type, [owner.pk]) != before
                for row in model._default_manager.order_by("pk")
                if is_of(row, owner_type, owner)
                for _value in with_other_value(row, name)
            ]
            (unchanged if not seen else unseen if not any(seen) else []).append(f"{model.__name__}.{name}")
    assert unseen == []
    # That of a request of the register is its number, by a constraint.
    assert unchanged == ["Request.ref"], "no other value of these was tried"


def is_of(row, owner_type, owner):
    """Return whether this row is the owner's or belongs to it."""
    if row.__class__ is owner.__class__:
        return row.pk == owner.pk
    parent = getattr(row, "plan", None) or getattr(row, "document", None) or row
    return not hasattr(parent, f"{owner_type}_id") or getattr(parent, f"{owner_type}_id") == owner.pk


def test_every_table_that_an_assessment_reads_is_hashed():
    for owner_type, owner in everything().items():
        with CaptureQueriesContext(connection) as captured:
            reassess(owner_type, [owner.pk], towns.RULEBOOKS, TODAY, NOW)
        read = {name for query in captured for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
        hashed = {table.model._meta.db_table for table in fingerprints._hashed_tables(owner_type)}
        # The kinds of organisations are hashed by the parties of the facts; whether a waiver was withdrawn follows
        # from the waivers, and the log only receives what is found.
        others = {"participation_organisation", "participation_historicalwaiver", "participation_transition"}
        assert read - others <= hashed


def test_another_text_where_only_its_presence_matters_changes_nothing():
    square = everything()["trajectory"]
    before = digests("trajectory", [square.pk])
    square.requests.update(answer="Een ander antwoord")
    assert digests("trajectory", [square.pk]) == before
    square.requests.update(answer="")
    assert digests("trajectory", [square.pk]) != before


def test_rows_that_trade_values_or_are_added_or_deleted_change_the_hash():
    square = everything()["trajectory"]
    before = digests("trajectory", [square.pk])
    first, second = square.obligations.open().exclude(due_on=None).order_by("due_on")[:2]
    Obligation.objects.filter(pk=first.pk).update(due_on=second.due_on, strict_due_on=None)
    Obligation.objects.filter(pk=second.pk).update(due_on=first.due_on, strict_due_on=None)
    traded = digests("trajectory", [square.pk])
    Waiver.objects.all().delete()
    without = digests("trajectory", [square.pk])
    world.step(square, "nieuw")
    assert len({found[square.pk] for found in (before, traded, without, digests("trajectory", [square.pk]))}) == 4


def test_a_range_and_a_list_of_keys_give_the_same_hash_of_each_owner_apart():
    first, second = world.trajectory("a"), world.trajectory("b")
    world.step(first)
    both = digests("trajectory", range(first.pk, second.pk + 1))
    assert both == digests("trajectory", [second.pk, first.pk])
    assert both == digests("trajectory", [first.pk]) | digests("trajectory", [second.pk])
    world.step(second)
    assert digests("trajectory", [first.pk]) == {first.pk: both[first.pk]}
    assert digests("trajectory", []) == {}


def proven(times=2):
    """Assess all trajectories as the job does, and return how to compare them; the first time may find differences."""
    keys = sorted(towns.Trajectory.objects.values_list("pk", flat=True))
    for _time in range(times):
        reassess("trajectory", keys, towns.RULEBOOKS, TODAY, NOW, is_proof=True)

    def to_assess(today=TODAY, rulebooks=towns.RULEBOOKS):
        return compare_fingerprints("trajectory", keys[0], keys[-1] + 9, rulebooks, today).to_assess

    return to_assess


def test_only_an_owner_that_differs_from_its_fingerprint_is_to_be_assessed():
    square, _elsewhere = towns.trajectory("plein", "leiden"), towns.trajectory("elders", "leiden")
    to_assess = proven()
    assert to_assess() == []
    square.steps.update(cancelled=True)
    assert to_assess() == [square.pk]


def test_a_new_owner_is_assessed_and_a_deleted_one_is_not():
    towns.trajectory("plein", "leiden")
    gone = world.trajectory("weg")
    to_assess = proven()
    Transition.objects.filter(obligation__trajectory=gone)._raw_delete(gone._state.db)
    gone.obligations.all().delete()
    gone.delete()
    new = world.trajectory("nieuw")
    assert to_assess() == [new.pk]


def test_what_falls_due_is_assessed_on_that_day():
    square = towns.trajectory("plein", "leiden")
    world.step(square, "later", planned=world.on("2026-06-01"))
    to_assess = proven()
    day = square.obligations.open().exclude(next_change_on=None).earliest("next_change_on").next_change_on
    assert to_assess(day) == [square.pk]
    assert to_assess(date.fromordinal(day.toordinal() - 1)) == []


@pytest.mark.parametrize("column", ["kind", "municipality"])
def test_another_kind_or_town_of_an_organisation_differs_for_those_that_name_it(column):
    named, _other = towns.trajectory("plein", "leiden"), towns.trajectory("elders", "leiden")
    world.organisation("buren")
    named.steps.update(audience=["buren"])
    to_assess = proven()
    Organisation.objects.filter(slug="buren").update(**{column: {"kind": "council"}.get(column, "oegstgeest")})
    assert to_assess() == [named.pk]


def test_a_party_that_becomes_an_organisation_differs_for_those_that_name_it():
    named = towns.trajectory("plein", "leiden")
    named.steps.update(audience=["buren"])
    to_assess = proven()
    assert to_assess() == []
    world.organisation("buren")
    assert to_assess() == [named.pk]


def test_another_rulebook_in_one_town_differs_in_that_town_only():
    towns.trajectory("plein", "leiden")
    park = towns.trajectory("park", "oegstgeest")
    to_assess = proven()
    assert to_assess(rulebooks=towns.load_rulebooks("leiden")) == [park.pk]


def test_other_code_differs_everywhere(monkeypatch):
    square = towns.trajectory("plein", "leiden")
    to_assess = proven()
    monkeypatch.setattr(fingerprints, "code_digest", lambda: "other")
    assert to_assess() == [square.pk]


def test_the_code_that_counts_is_that_of_the_rules_and_of_the_reading(tmp_path, monkeypatch, settings):
    (tmp_path / "checks").mkdir()
    rule = tmp_path / "checks" / "rule.py"
    rule.write_text("1")
    real = {folder.name for folder in fingerprints._CODE_FOLDERS}
    monkeypatch.setattr(fingerprints, "_CODE_FOLDERS", (tmp_path,))
    found = [fingerprints.code_digest.__wrapped__() for _ in range(2)]
    rule.write_text("2")
    found.append(fingerprints.code_digest.__wrapped__())
    settings.CODE_VERSION = "9.9"
    found.append(fingerprints.code_digest.__wrapped__())
    assert real == {"compliance", "obligations"}
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_facts_changed_after_the_hash_was_taken_are_found_the_next_time(monkeypatch):
    square = towns.trajectory("plein", "leiden")
    read = fingerprints.digests

    def then_another_change(owner_type, keys):
        found = read(owner_type, keys)
        square.steps.update(title="Intussen")
        return found

    monkeypatch.setattr("participation.services.assessment.digests", then_another_change)
    assert proven(times=1)() == [square.pk]


def test_an_owner_with_differences_gets_no_fingerprint_until_it_was_found_right():
    square = towns.trajectory("plein", "leiden")
    square.obligations.filter(rule="feedback-given").update(due_on=date(2026, 5, 1), strict_due_on=None)
    assert proven(times=1)() == [square.pk]
    assert not AssessmentFingerprint.objects.exists()
    assert proven(times=1)() == []


def test_a_save_writes_no_fingerprint():
    towns.trajectory("plein", "leiden")
    assert not AssessmentFingerprint.objects.exists()


@pytest.mark.parametrize("count", [1, 50])
def test_comparing_takes_as_many_queries_for_fifty_as_for_one(count, django_assert_num_queries):
    for number in range(count):
        towns.recorded(world.trajectory(f"t{number}", municipality="leiden", commissioner="leiden"))
    to_assess = proven()
    # PostgreSQL hashes in one statement, after one about how to look up rows.
    hashing = len(list(fingerprints._hashed_tables("trajectory"))) if connection.vendor == "sqlite" else 2
    with django_assert_num_queries(4 + hashing):
        assert to_assess() == []


def test_the_columns_of_an_obligation_are_those_that_are_compared():
    table = list(fingerprints._hashed_tables("motion"))[-1]
    assert table.columns[1:] == ObligationValue._fields
    assert set(TABLES_READ) == {"trajectory", "motion", "commitment", "request"}
    assert list(facts_for([])) == []
