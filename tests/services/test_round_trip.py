"""A trajectory is exported as a dossier and imported again unchanged, after any edits of members and advisers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import StepFacts
from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.date_checks import NOT_BEFORE
from participation.dossier.validate import problems_in
from participation.interchange.sheets.reading import read_text
from participation.models import (
    Changeset,
    Contribution,
    Document,
    DocumentShare,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    Waiver,
)
from participation.selectors.changes.row_versions import actors_of, newest_versions
from participation.selectors.dossiers.dossiers import dossier_document, register_document
from participation.selectors.dossiers.field_mapping import (
    RECORD_TABLES,
    SECTION_TABLES,
    record_columns,
    record_fragments,
)
from participation.services.associations import evaluations, submissions
from participation.services.associations.counter_signals import ContradictedStatus, Statement, record_counter_signal
from participation.services.changes import changesets as editing
from participation.services.changes.changesets import version_of
from participation.services.changes.undo import CannotUndo, undo
from participation.services.contributions import outcomes as contributions
from participation.services.contributions.sheet_preview import (
    KNOWN_HEADINGS,
    Defaults,
    detect_columns,
    propose_contributions,
)
from participation.services.dossiers.dossiers import import_dossier, import_register
from participation.services.dossiers.trajectories import write_trajectory
from participation.services.dossiers.trajectory_items import write_part
from participation.services.register.register import add_dated_text, save_register_row
from participation.services.trajectories import assignment, planning
from tests import world
from tests.dossiers import rolled_back
from tests.files import uploaded_file as a_file

pytestmark = pytest.mark.django_db

RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 10:00")
MOMENT: Any = {"rulebooks": RULEBOOKS, "today": TODAY, "now": NOW}
LONG = "Een lange titel met “aanhalingstekens” & é. " * 7


class RoundTripData(NamedTuple):
    square: Trajectory
    chair: Any
    adviser: Any
    coordinator: Any

    @property
    def write_context(self) -> editing.WriteContext:
        return editing.WriteContext(self.adviser, **MOMENT)

    @property
    def residents(self) -> Organisation:
        return world.organisation(world.RESIDENTS)

    def new(self, model: type[models.Model], **columns: Any) -> Any:
        return model(trajectory=self.square, **columns)

    def save(self, row: Any, verb: str = "added") -> Changeset | None:
        return editing.save_part(row, self.write_context, verb=verb, about="iets")


@pytest.fixture
def town(settings, tmp_path) -> RoundTripData:
    settings.MEDIA_ROOT = tmp_path
    square = world.trajectory(contact_name="C. Person", contact_role="project_manager")
    adviser = world.user("adviser")
    square.advisers.set([adviser])
    for slug in (world.SHOPS, world.COUNCIL, world.OUTSIDER):
        world.organisation(slug)
    world.step(square, "s1", announced_on=world.on("2026-02-20"))
    world.step(square, "s2", kind="inspection", planned=world.on("2026-05-01"), closes=world.on("2026-06-11"))
    world.contribution(square)
    world.request(square)
    world.scenario(square, title=LONG[:300])
    world.document(square)
    return RoundTripData(square, world.user("association_member", world.RESIDENTS), adviser, world.user("coordinator"))


def suggest_new(town: RoundTripData) -> Changeset:
    party = Organisation(name="Vrienden van het Café", kind="residents_initiative")
    lakes = [world.neighbourhood(world.LAKES)]
    return submissions.suggest_party(town.chair, town.square, town.residents, party, lakes, **MOMENT)[1]


def suggest_known(town: RoundTripData) -> Changeset | None:
    try:
        shops = world.organisation(world.SHOPS)
        return submissions.suggest_party(town.chair, town.square, town.residents, shops, **MOMENT)[1]
    except submissions.AlreadyInPlan:
        return None


def decide_role(part: str) -> Callable[[RoundTripData], Changeset | None]:
    def decided(town: RoundTripData) -> Changeset | None:
        actor = PlanActor.objects.filter(plan__trajectory=town.square, part="").first()
        return submissions.decide_role(town.adviser, actor, part, version_of(actor), **MOMENT) if actor else None

    return decided


def submit_request(kind: str) -> Callable[[RoundTripData], Changeset]:
    return lambda town: submissions.submit_request(town.chair, town.square, town.residents, kind, "Mag dit?", **MOMENT)[
        1
    ]


def submit_reaction(town: RoundTripData, scenario: Scenario | None) -> Changeset:
    return submissions.submit_reaction(town.chair, town.square, town.residents, scenario, "Doen", **MOMENT)[1]


def submit_counter_signal(town: RoundTripData) -> Changeset:
    seen = ContradictedStatus("meeting-announced", "s1", "met", "Aankondiging van de avond")
    return record_counter_signal(town.chair, town.square, town.residents, seen, Statement("Niets gehoord"), **MOMENT)[1]


def answer_contribution(town: RoundTripData) -> Changeset | None:
    answers = [contributions.ContributionAnswer(row, "partly", "Deels") for row in Contribution.objects.all()]
    seen = newest_versions(Contribution, [answer.contribution.pk for answer in answers])
    day = ImpreciseDate.on(TODAY)
    return contributions.record_answers(town.adviser, town.square, answers, day, expected_versions=seen, **MOMENT)


def answer_request(town: RoundTripData) -> Changeset | None:
    row = Request.objects.filter(answered_on=None).first()
    if row:
        row.answer, row.answered_on, row.extension_reason = "Ja", ImpreciseDate.on(TODAY), "Drukte"
        row.extended_on = ImpreciseDate.on(TODAY)
    return town.save(row, "answered") if row else None


def import_sheet(town: RoundTripData) -> Changeset | None:
    text = "Van;Datum;Thema;Inbreng;Uitkomst;Antwoord\nWinkeliers;2026-03-18;Laden;Laden en lossen;Deels;Tot elf uur"
    sheet = read_text(text, KNOWN_HEADINGS)
    look = propose_contributions(sheet, detect_columns(sheet), town.square, Defaults(None, "residents", None), TODAY)
    rows = [one.contribution for one in look if not one.problems]
    return contributions.record_contributions(town.adviser, town.square, rows, **MOMENT)


def write_plan(town: RoundTripData) -> Changeset | None:
    plan = Plan.objects.filter(trajectory=town.square).first() or Plan(trajectory=town.square)
    plan.adopted_on, plan.frameworks, plan.joint_start = (
        world.between("2026-02-01", "2026-02-28"),
        [{"what": "x"}],
        False,
    )
    plan.silent_interests, plan.roles = ["natuur", LONG[:300].strip()], {"council": "Kaders"}
    plan.neighbouring_areas = [world.LAKES]
    actors = [*actors_of(plan), (world.COUNCIL, "decides", ""), (world.OUTSIDER, "informed", "residents")]
    return editing.save_plan(plan, dict.fromkeys(actors), town.write_context, verb="changed", about="plan")


def change_trajectory(town: RoundTripData) -> Changeset | None:
    row, square = Trajectory.objects.get(pk=town.square.pk), world.neighbourhood(world.LAKES)
    row.title, row.public, row.commissioner = LONG[:300].strip(), not row.public, world.COUNCIL
    row.source_stance, row.closed_on = "gemeente", ImpreciseDate(date(2026, 6, 1), date(2026, 6, 30), "month", "juni")
    links = {"neighbourhoods": [square.pk], "motions": [_motion().pk]}
    return editing.save_trajectory(row, town.write_context, verb="changed", links=links)


def _motion() -> Any:
    return apps.get_model("participation", "Motion").objects.first() or world.motion()


def reschedule(town: RoundTripData) -> Changeset | None:
    row = Step.objects.get(trajectory=town.square, ref="s2")
    new = [
        StepFacts("een", "activity", "meeting", "exploration", audience=("residents",), planned=ImpreciseDate.on(TODAY))
    ]
    moves, seen = {row.pk: date(2026, 9, 1)}, {row.pk: row.planned.to_text()}
    return planning.apply_schedule(
        town.square, town.write_context, moves=moves, seen=seen, decision=date(2026, 10, 1), steps=new
    )


def share(town: RoundTripData) -> Changeset | None:
    rows = Document.objects.filter(trajectory=town.square)
    return editing.share(
        town.square, rows, [world.RESIDENTS, "everyone"], ImpreciseDate.on(TODAY), town.write_context, about="stuk"
    )


def unshare(town: RoundTripData) -> Changeset | None:
    row = DocumentShare.objects.select_related("document__trajectory").first()
    return editing.unshare(row, town.write_context, about="stuk") if row else None


def add_document(town: RoundTripData) -> Changeset | None:
    row = town.new(Document, title=LONG[:300].strip(), version="0.2", replaces="d1", changes_marked=False, kind="final")
    file = a_file("stuk.pdf")
    shares = [(world.SHOPS, ImpreciseDate.on(TODAY)), (world.SHOPS, None)]
    return editing.save_document(row, town.write_context, verb="added", about="stuk", file=file, shares=shares)


def create_evaluation_links(town: RoundTripData) -> Changeset | None:
    links, entry = evaluations.make_links(town.chair, Step.objects.get(ref="s1"), 2, TODAY, **MOMENT)
    evaluations.store_response(links[0].token, {"fairness": 3, "heard": None, "informed": 10}, "Prima", TODAY)
    return entry


def assign_advisers(town: RoundTripData) -> Changeset | None:
    seen = set(town.square.advisers.values_list("pk", flat=True))
    return assignment.assign_advisers(
        editing.WriteContext(town.coordinator, **MOMENT), town.square, {town.coordinator.pk}, seen
    )


def add_step(town: RoundTripData) -> Changeset | None:
    row = town.new(
        Step, kind="activity", method="walk", title=LONG[:300].strip(), done=ImpreciseDate(None, None, "unknown")
    )
    row.audience, row.about, row.uses, row.documents = ["residents", world.SHOPS], ["c1"], ["d1"], ["d1"]
    row.starts_at, row.ends_at, row.score, row.body = time(19), time(20), Decimal("7.5"), "council"
    row.place_name, row.place_accessible, row.sign_up_url = "Buurthuis", False, "https://example.org/meedoen"
    row.reach_total, row.reach_groups = 40, [{"group": "children", "count": 0}]
    row.effect, row.room_kept, row.evaluated_by = "none", False, world.SHOPS
    return town.save(row)


def write_step_record(town: RoundTripData) -> Changeset | None:
    """Write a step with lists that are empty, as the API does."""
    step = {"kind": "activity", "audience": [], "about": [], "reach": {"groups": [], "note": "Niet geteld"}}
    write_part("steps", town.new(Step), step, town.write_context)
    return Changeset.objects.order_by("pk").last()


def write_trajectory_record(town: RoundTripData) -> Changeset | None:
    """Write what a trajectory is called elsewhere, as the API does; another name each time."""
    row = Trajectory.objects.get(pk=town.square.pk)
    record = {"external": [{"id": str(row.history.count())}], "contact": {"phone": "14 071"}, "instrument": "permit"}
    write_trajectory(row, record, town.write_context)
    return Changeset.objects.order_by("pk").last()


def add_waiver(town: RoundTripData) -> Changeset | None:
    row = town.new(Waiver, rule="scenarios-offered", reason="Eén plek", by="p" * 200, granted_on=TODAY)
    if Waiver.objects.filter(rule=row.rule, granted_on=TODAY).exists():
        return None
    return town.save(row, "explained")


ACTIONS: dict[str, Callable[[RoundTripData], Changeset | None]] = {
    **{f"ask: {kind}": submit_request(kind) for kind in submissions.REQUEST_KINDS},
    "react to the plan": lambda town: submit_reaction(town, None),
    "react to a scenario": lambda town: submit_reaction(town, Scenario.objects.first()),
    "suggest a party that is new": suggest_new,
    "decide that it takes part": decide_role("participant"),
    "suggest a party that is there": suggest_known,
    "take it off the list": decide_role(""),
    "say that it went otherwise": submit_counter_signal,
    "answer contributions": answer_contribution,
    "answer a request": answer_request,
    "record a sheet": import_sheet,
    "write the plan": write_plan,
    "change the trajectory": change_trajectory,
    "take a schedule over": reschedule,
    "share": share,
    "take a share back": unshare,
    "add a document with a file": add_document,
    "hand out evaluation forms": create_evaluation_links,
    "assign": assign_advisers,
    "add a step": add_step,
    "write a record of a step": write_step_record,
    "write a record of the trajectory": write_trajectory_record,
    "add a scenario": lambda town: town.save(
        town.new(Scenario, title="Autovrij", presented_on=ImpreciseDate.on(TODAY))
    ),
    "explain": add_waiver,
    "explain what a rulebook has lost": lambda town: _lost_rule(town),
}


def _lost_rule(town: RoundTripData) -> None:
    if not Waiver.objects.filter(rule="verdwenen-regel").exists():
        world.waiver(town.square, rule="verdwenen-regel")


def assert_round_trip(square: Trajectory) -> None:
    """Importing a dossier over its own trajectory changes nothing; importing it elsewhere gives the same."""
    out = dossier_document(square)
    assert problems_in(out) == []
    for replace in (False, True):
        done = import_dossier(out, RULEBOOKS, TODAY, NOW, replace=replace)
        assert (done.created, done.added, done.changed, done.removed, done.unapplied) == (False, 0, 0, 0, ())
    assert dossier_document(square) == out

    def elsewhere() -> None:
        for model in apps.get_app_config("participation").get_models():
            model._base_manager.all()._raw_delete("default")
        # Another installation has the same rulebook, without the removed rules of ours.
        there = {**out, "waivers": [row for row in out.get("waivers", ()) if row["rule"] in RULEBOOKS.first.by_id]}
        import_dossier(there, RULEBOOKS, TODAY, NOW)
        assert dossier_document(Trajectory.objects.get()) == there

    rolled_back(elsewhere)


def test_a_dossier_survives_export_and_import_after_every_action_and_its_undo(town):
    done = []
    for name, act in ACTIONS.items():
        entry = act(town)
        with translation.override("en"):
            assert_round_trip(town.square)
        done += [(name, entry)] if entry else []
    assert {name for name, _entry in done} >= ACTIONS.keys() - {"explain what a rulebook has lost"}
    taken_back = [name for name, entry in reversed(done) if _undone(entry)]
    assert len(taken_back) > len(done) * 0.75
    assert_round_trip(town.square)


def _undone(entry: Changeset) -> bool:
    try:
        undo(entry, entry.by, **MOMENT)
    except CannotUndo:
        # What was recorded after it was undone as well, which is a later change.
        return False
    return True


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=6), st.booleans())
def test_a_dossier_survives_export_and_import_after_any_sequence_of_actions(town, names, take_the_last_back):
    def body() -> None:
        entries = [entry for name in names if (entry := ACTIONS[name](town))]
        if take_the_last_back and entries:
            _undone(entries[-1])
        assert_round_trip(town.square)

    rolled_back(body)


def test_the_register_survives_export_and_import_after_manual_changes(town):
    write_context = editing.WriteContext(town.coordinator, **MOMENT)
    motion, promise = world.motion(), world.commitment()
    motion.title, motion.settled_on, motion.votes_for = "m" * 300, ImpreciseDate.on(TODAY), 20
    promise.text, promise.made_to = "Vaker overleg", ["raad"]
    for row in (motion, promise):
        save_register_row(row, write_context)
        add_dated_text(
            apps.get_model("participation", "ProgressReport")(
                **{row._meta.model_name: row}, on=ImpreciseDate.on(TODAY)
            ),
            write_context,
        )
    out = register_document()
    done = import_register(out, RULEBOOKS, TODAY, NOW)
    assert (done.added, done.changed, done.removed) == (0, 0, 0)
    assert register_document() == out


def columns_with_a_limit() -> list[tuple[Any, str, int]]:
    found = []
    for section in ("trajectory", "organisations", "plan", *SECTION_TABLES):
        for path, column in record_columns(section).items():
            parent, _slash, key = path.rpartition("/")
            fragments = record_fragments(section)
            if limit := (fragments[parent]["properties"] if parent else fragments)[key].get("maxLength"):
                found.append((RECORD_TABLES[section], column, limit))
    return found


@pytest.mark.parametrize(
    ("model", "column", "limit"),
    [
        *columns_with_a_limit(),
        (Trajectory, "title", 300),
        (Trajectory, "contact_email", 254),
        (Document, "url", 1000),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_text_too_long_for_a_dossier_is_rejected_in_the_form(model, column, limit):
    field = model._meta.get_field(column)
    text = "x" * limit
    if column in ("url", "place_online_url", "sign_up_url"):
        text = "https://x.nl/" + "x" * (limit - 13)
    if column == "contact_phone":
        text = "7" * limit
    if column != "contact_email":
        field.run_validators(text)
    with pytest.raises(ValidationError):
        field.run_validators(f"{text}x")


@pytest.mark.parametrize(
    ("section", "later", "earlier"), [(name, *pair) for name, pairs in NOT_BEFORE.items() for pair in pairs]
)
def test_dates_in_an_order_invalid_in_a_dossier_are_rejected_in_the_form(town, section, later, earlier):
    rows = {"trajectory": lambda: town.square, "motions": _motion, "commitments": world.commitment}
    row = rows[section]() if section in rows else SECTION_TABLES[section](trajectory=town.square)
    plain = section == "waivers"
    setattr(row, earlier, TODAY if plain else ImpreciseDate.on(TODAY))
    setattr(row, later, date(2026, 4, 19) if plain else world.on("2026-04-19"))
    with pytest.raises(ValidationError) as refused:
        row.full_clean(exclude={f.name for f in row._meta.fields} - {later, earlier})
    assert refused.value.message_dict
