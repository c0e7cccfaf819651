"""Database constraints refuse invalid values, whichever way they are written."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import ProtectedError, TextField, Value

from participation import models
from participation.models.columns import WordField
from participation.models.fields import ImpreciseDateField
from tests import world

pytestmark = pytest.mark.django_db

BACKWARDS = Value("2026-03-20/2026-03-01|range|", output_field=TextField())
WRITTEN_BY_PEOPLE = [m for m in vars(models).values() if isinstance(m, type) and hasattr(m, "history")]


def refused(row, **columns):
    """Return whether the database refuses these values, without any check in Python."""
    try:
        with transaction.atomic():
            type(row)._base_manager.filter(pk=row.pk).update(**columns)
    except (IntegrityError, DataError):
        return True
    return False


@pytest.fixture
def square():
    return world.trajectory()


@pytest.mark.parametrize("columns", [
    {"slug": None},
    {"started_on": world.on("2026-02-02"), "closed_on": world.on("2026-02-01")},
])  # fmt: skip
def test_a_trajectory_without_a_slug_or_closed_before_its_start_is_rejected(square, columns):
    assert refused(square, **columns)


def test_a_trajectory_may_close_in_the_month_of_its_start(square):
    february = world.between("2026-02-01", "2026-02-28", "month")

    assert not refused(square, started_on=world.on("2026-02-20"), closed_on=february)


def test_two_trajectories_with_one_slug_are_rejected(square):
    with pytest.raises(IntegrityError):
        models.Trajectory.objects.create(slug=square.slug, title="Nog een plein")


@pytest.mark.parametrize("columns", [
    {"score": 0},
    {"score": 11},
    {"starts_at": time(21, 0), "ends_at": time(19, 30)},
    {"starts_at": time(20, 0), "ends_at": time(20, 0)},
    {"starts_at": time(11, 0), "ends_at": time(1, 0)},
    {"planned": world.on("2026-03-20"), "closes": world.on("2026-03-19")},
    {"done": world.on("2026-03-20"), "closes": world.on("2026-03-19")},
])  # fmt: skip
def test_an_inconsistent_step_is_rejected(square, columns):
    assert refused(world.step(square), **columns)


@pytest.mark.parametrize("columns", [
    {"score": 1},
    {"score": 10},
    {"score": None},
    {"starts_at": time(19, 30), "ends_at": None},
    {"starts_at": time(23, 0), "ends_at": time(1, 0)},
    {"planned": world.on("2026-03-20"), "closes": world.on("2026-03-20")},
    {"planned": world.between("2026-03-20", "2026-03-27"), "closes": world.on("2026-03-21")},
    {"planned": None, "closes": world.on("2026-03-01")},
    {"method": "", "phase": ""},
])  # fmt: skip
def test_a_consistent_step_is_accepted(square, columns):
    assert not refused(world.step(square), **columns)


def test_a_ref_is_unique_within_its_trajectory(square):
    world.step(square, "s1")
    world.step(world.trajectory("ander-plein"), "s1")

    with pytest.raises(IntegrityError):
        world.step(square, "s1")


@pytest.fixture
def one_of_each(square):
    """Return a row of every table that people edit, by model."""
    rows = [
        *(square, world.plan(square, world.RESIDENTS), world.scenario(square), world.step(square)),
        *(world.document(square), world.contribution(square), world.request(square), world.waiver(square)),
        *(world.motion(), world.commitment(), world.organisation(), world.neighbourhood()),
        world.user("association_member", world.RESIDENTS),
    ]
    plan, document, concern, motion, party, member = rows[1], rows[4], rows[6], rows[8], rows[10], rows[-1]
    columns = {"rule": "joint-start", "status": "met", "on": "2026-03-25", "organisation": party, "made_by": member}
    rows.append(models.CounterSignal.objects.create(trajectory=square, request=concern, **columns))
    rows.append(models.Webhook.objects.create(name="Dorpskrant", url="https://example.org/", secret="geheim"))
    rows += [plan.actors.get(), document.shares.create(party="residents"), motion.reports.create()]
    rows.append(rows[9].fulfilments.create())
    return {type(row): row for row in [*rows, models.Membership.objects.get()]}


def test_the_database_rejects_an_end_before_the_start_in_every_date_column(one_of_each):
    taken = []
    for model, row in one_of_each.items():
        columns = [field.name for field in model._meta.fields if isinstance(field, ImpreciseDateField)]
        taken += [(model, column) for column in columns if not refused(row, **{column: BACKWARDS})]

    assert one_of_each.keys() >= {*WRITTEN_BY_PEOPLE}
    assert taken == []


def test_the_database_rejects_an_unknown_choice_in_every_column(one_of_each):
    taken = []
    for model, row in one_of_each.items():
        columns = [field.name for field in model._meta.fields if isinstance(field, WordField)]
        taken += [(model, column) for column in columns if not refused(row, **{column: "no-such-word"})]

    assert taken == []


def test_a_document_that_replaces_itself_is_rejected(square):
    assert refused(world.document(square, "d1"), replaces="d1")


def test_a_cbs_code_of_a_neighbourhood_is_well_formed_and_unique():
    centre, lakes = world.neighbourhood(cbs_code="WK054601"), world.neighbourhood(world.LAKES)

    assert refused(centre, cbs_code="GM0546")
    assert refused(centre, cbs_code="BU054601")
    assert refused(lakes, cbs_code="WK054601")
    assert not refused(lakes, cbs_code="BU05460102")
    for code in ("WK0363AA", "BU0363AA01"):
        assert not refused(lakes, cbs_code=code)
    for code in ("WK0363aa", "BU0363AA0", "BU03AA0001", "WK0363AA\n"):
        assert refused(lakes, cbs_code=code)
    assert not refused(centre, cbs_code="")


@pytest.mark.parametrize("columns", [
    {"reason": ""},
    {"reason": "   "},
    {"by": ""},
    {"until": date(2026, 2, 28)},
])  # fmt: skip
def test_a_waiver_needs_a_reason_and_a_name_and_cannot_end_before_it_begins(square, columns):
    assert refused(world.waiver(square), **columns)


def test_a_waiver_may_last_one_day(square):
    assert not refused(world.waiver(square), until=date(2026, 3, 1))


def test_a_report_belongs_to_one_motion_or_one_commitment():
    report = world.motion().reports.create(on=world.on("2022-02-01"))

    assert refused(report, motion=None)
    assert refused(report, commitment=world.commitment())


def test_an_obligation_has_exactly_one_owner(square):
    obligation = world.obligation(trajectory=square)

    assert refused(obligation, trajectory=None)
    assert refused(obligation, motion=world.motion())


@pytest.mark.parametrize("owner", ["trajectory", "motion", "commitment"])
def test_an_obligation_is_unique_until_it_is_withdrawn(owner, square):
    of = {"trajectory": square, "motion": world.motion(), "commitment": world.commitment()}[owner]
    first = world.obligation(**{owner: of})

    with pytest.raises(IntegrityError), transaction.atomic():
        world.obligation(**{owner: of})
    models.Obligation.objects.filter(pk=first.pk).update(withdrawn_at=world.moment("2026-03-21 09:00"))

    assert world.obligation(**{owner: of}).pk != first.pk


def test_the_strict_due_date_is_not_after_the_lenient_one(square):
    obligation = world.obligation(trajectory=square)

    assert refused(obligation, strict_due_on=date(2026, 4, 18))
    assert not refused(obligation, strict_due_on=date(2026, 4, 16))


def test_accounts_cannot_share_an_email_address():
    world.user("auditor")

    with pytest.raises(IntegrityError):
        models.User.objects.create_user("someone", "Auditor@Example.org")


def test_the_language_of_a_user_must_be_supported():
    assert refused(world.user("adviser"), language="fr")


def test_a_recipient_gets_one_daily_and_one_weekly_digest():
    delivery = {
        "recipient": world.user("adviser"),
        "day": date(2026, 3, 23),
        "language": "nl",
        "created_at": world.moment("2026-03-23 06:00"),
    }
    first = models.DigestDelivery.objects.create(**delivery)
    models.DigestDelivery.objects.create(**delivery, period="daily")

    assert refused(first, period="hourly")
    with pytest.raises(IntegrityError):
        models.DigestDelivery.objects.create(**delivery)


def test_a_trajectory_with_items_cannot_be_deleted(square):
    world.step(square)

    with pytest.raises(ProtectedError):
        square.delete()


@pytest.mark.parametrize("column", ["fairness", "heard", "informed"])
def test_an_evaluation_answer_is_from_1_to_10(square, column):
    answer = world.step(square).responses.create(answered_on=date(2026, 3, 21), fairness=8)

    assert refused(answer, **{column: 11})
    assert refused(answer, **{column: 0})


def test_a_violated_constraint_gives_a_readable_message(square):
    step = models.Step(trajectory=square, ref="s9", starts_at=time(21, 0), ends_at=time(20, 0))

    with pytest.raises(ValidationError) as raised:
        step.full_clean()

    assert "step_ends_after_it_starts" not in str(raised.value)
    assert raised.value.messages
