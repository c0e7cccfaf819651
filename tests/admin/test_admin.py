"""The administration pages: nothing is deleted, invalid values are refused, and each save is assessed."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from participation import models
from participation.admin import base
from tests import world

pytestmark = pytest.mark.django_db

MACHINE = (
    models.Obligation,
    models.Transition,
    models.JobRun,
    models.JobChunk,
    models.OutboundEmail,
    models.Bounce,
    models.PausedAddress,
    models.DigestDelivery,
    models.Reminder,
    models.CounterSignal,
    models.Changeset,
    models.EvaluationLink,
    models.Upload,
    models.WebhookDelivery,
    models.ComparedMunicipality,
    models.Erasure,
)
#: Tables without an admin page: their rows are private, or of no use by themselves.
NOWHERE = (
    models.AnswerDraft,
    models.AssessmentFingerprint,
    # Shown on a page of its own, to who may edit the trajectory.
    models.ContributionImport,
    models.EvaluationCount,
    models.EvaluationResponse,
    models.Follower,
    models.IdempotencyRecord,
    # A command imports these from files of Statistics Netherlands.
    models.NeighbourhoodShape,
    models.Postcode,
    models.RateCount,
    models.Submission,
    models.WriteProbe,
)
#: Tables whose rows users add on their own pages, and an administrator may delete.
ROW_OWNER_MODELS = (models.ApiKey,)
TABLES = [
    model
    for model in vars(models).values()
    if isinstance(model, type) and hasattr(model, "_meta") and model not in NOWHERE
]
EDITABLE_MODELS = [model for model in TABLES if model not in (*MACHINE, *ROW_OWNER_MODELS)]


@pytest.fixture(autouse=True)
def assessed(monkeypatch):
    """Return the calls to the assessment, which does not run."""
    assessed_rows = []
    monkeypatch.setattr(base, "load_rulebooks", lambda names: f"rulebooks {names}")
    monkeypatch.setattr(base, "reassess_one", lambda owner_type, pk, *rest: assessed_rows.append((owner_type, pk)))
    return assessed_rows


@pytest.fixture
def administrator_client(client):
    client.force_login(world.user("administrator", is_staff=True, is_superuser=True))
    return client


def log_in(client, role, *tables):
    """Log in a user whom Django allows to view and change these tables. The admin classes decide which rows."""
    someone = world.user(role, is_staff=True)
    names = [model._meta.model_name for model in tables]
    someone.user_permissions.set(Permission.objects.filter(content_type__model__in=names))
    client.force_login(someone)
    return someone


def page(model, what, *args):
    return reverse(f"admin:participation_{model._meta.model_name}_{what}", args=args)


def one_of_each():
    square = world.trajectory()
    plan = world.plan(square, world.RESIDENTS)
    evening = world.step(square)
    draft = world.document(square)
    obligation = world.obligation(trajectory=square)
    motion, promise = world.motion(), world.commitment()
    member = world.user("association_member", world.RESIDENTS)
    moment = world.moment("2026-03-23 06:00")
    brief = models.Upload.objects.create(
        file="uploads/x", name="brief.pdf", media_type="application/pdf", size=8, uploaded_at=moment, uploaded_by=member
    )
    concern = world.request(square)
    signal = models.CounterSignal.objects.create(
        trajectory=square,
        rule="feedback-given",
        status="met",
        on="2026-03-21",
        organisation=world.organisation(),
        made_by=member,
        request=concern,
        evidence_file=brief,
    )
    rows = [
        *(
            square,
            plan,
            plan.actors.get(),
            evening,
            draft,
            draft.shares.create(party="residents"),
            obligation,
        ),
        *(world.contribution(square), concern, world.scenario(square), world.waiver(square)),
        *(world.transition(obligation), motion, promise, promise.fulfilments.create(), motion.reports.create(), member),
        *(member.memberships.get(), world.neighbourhood(), world.organisation()),
        *(brief, signal, evening.evaluation_links.create(made_on="2026-03-21")),
        models.Changeset.objects.create(trajectory=square, by=member, at=moment, verb="added"),
        models.Erasure.objects.create(trajectory=square, by=member, at=moment, reason="Verzoek", scope="words"),
        (run := models.JobRun.objects.create(kind="reassess-all", day="2026-03-23", started_at=moment)),
        models.JobChunk.objects.create(run=run, of="trajectory", first=1, last=9),
        models.DigestDelivery.objects.create(recipient=member, day="2026-03-23", created_at=moment),
        (
            mail := models.OutboundEmail.objects.create(
                key="alarm-1", kind="alarm", created_at=moment, not_before=moment
            )
        ),
        models.Bounce.objects.create(key="1", email="a@example.org", message=mail, permanent=True, at=moment),
        models.PausedAddress.objects.create(email="a@example.org", paused_at=moment),
        models.ApiKey.objects.create(member, name="planning")[0],
        (hook := models.Webhook.objects.create(name="Dorpskrant", url="https://example.org/", secret="whsec_geheim")),
        hook.deliveries.create(key="1-1-1", body="{}", created_at=moment, not_before=moment),
        mail.reminders.create(obligation=obligation, recipient=member, due_on="2026-03-23"),
        models.ComparedMunicipality.objects.create(
            slug="utrecht", name="Utrecht", public_key="x", last_year=2025, content="{}", received_at=moment
        ),
    ]
    return {type(row): row for row in rows}


def test_every_model_has_admin_pages(administrator_client):
    rows = one_of_each()

    assert rows.keys() == {*TABLES}
    for model, row in rows.items():
        for address in (page(model, "changelist") + "?q=a", page(model, "change", row.pk)):
            assert administrator_client.get(address).status_code == 200, address
        assert administrator_client.get(page(model, "add")).status_code == (
            403 if model in (*MACHINE, *ROW_OWNER_MODELS) else 200
        ), model


@pytest.mark.parametrize("model", [m for m in TABLES if hasattr(m, "history")], ids=lambda m: m.__name__)
def test_every_model_edited_by_people_has_a_history_page(administrator_client, model):
    row = one_of_each()[model]

    assert administrator_client.get(page(model, "history", row.pk)).status_code == 200


def test_only_memberships_api_keys_and_webhooks_can_be_deleted(administrator_client):
    deleted = {
        model
        for model, row in one_of_each().items()
        if administrator_client.get(page(model, "delete", row.pk)).status_code != 403
    }

    assert deleted == {models.Membership, models.Webhook, *ROW_OWNER_MODELS}
    assert all("delete_selected" not in admin.site._registry[m].get_actions(administrator_request()) for m in MACHINE)


def administrator_request():
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = models.User.objects.get(role="administrator")
    return request


@pytest.mark.parametrize("model", MACHINE, ids=lambda model: model.__name__)
def test_models_written_by_the_system_are_read_only(administrator_client, model):
    row = one_of_each()[model]

    assert administrator_client.post(page(model, "change", row.pk), {"rule": "mine"}).status_code == 403


def step_form(square, **typed):
    evening = {
        "trajectory": square.pk,
        "ref": "s9",
        "kind": "activity",
        "planned": "2026-03-20",
        "starts_at": "19:30",
        "audience": "residents",
    }
    return {**evening, **typed}


def test_saving_a_step_records_the_user_and_assesses_its_trajectory(administrator_client, assessed):
    square = world.trajectory()
    world.organisation(world.RESIDENTS)

    response = administrator_client.post(page(models.Step, "add"), step_form(square, audience="residents\nwijk-a"))

    step = models.Step.objects.get()
    assert response.status_code == 302
    assert (step.ref, step.planned, step.audience) == ("s9", world.on("2026-03-20"), ["residents", "wijk-a"])
    assert step.history.get().history_user.role == "administrator"
    assert assessed == [("trajectory", square.pk)]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("about", "nergens"),
        ("audience", "wijk-b"),
        ("planned", "20 maart"),
        ("kind", "party"),
        ("score", "11"),
        # From 19:30 this would end the next day, which is too long.
        ("ends_at", "19:00"),
        ("ref", ""),
    ],
)
def test_an_invalid_step_is_rejected_with_a_field_error(administrator_client, assessed, field, typed):
    response = administrator_client.post(page(models.Step, "add"), step_form(world.trajectory(), **{field: typed}))

    assert set(response.context["adminform"].form.errors) == {field}
    assert not models.Step.objects.exists()
    assert assessed == []


def test_ref_and_trajectory_cannot_be_changed(administrator_client):
    square, street = world.trajectory(), world.trajectory("straat")
    evening = world.step(square)

    administrator_client.post(
        page(models.Step, "change", evening.pk), step_form(street, ref="other", note="Het regende")
    )
    evening.refresh_from_db()

    assert (evening.trajectory, evening.ref, evening.note) == (square, "s1", "Het regende")


def test_inline_rows_of_a_document_are_saved_before_the_assessment(administrator_client, assessed, monkeypatch):
    square = world.trajectory()
    seen = []
    monkeypatch.setattr(base, "reassess_one", lambda *_: seen.append(models.DocumentShare.objects.count()))
    shares = {"shares-TOTAL_FORMS": 1, "shares-INITIAL_FORMS": 0, "shares-0-party": "residents"}

    administrator_client.post(page(models.Document, "add"), {"trajectory": square.pk, "ref": "d1", **shares})

    assert seen == [1]


def test_filters_fields_in_tables_and_titles_have_short_names(administrator_client):
    long = models.Organisation.objects.create(slug="elders", name="Vereniging met een lange naam " * 4, municipality="")
    world.organisation(world.RESIDENTS)

    filters = administrator_client.get(page(models.Organisation, "changelist")).content.decode()
    form = administrator_client.get(page(models.Document, "add")).content.decode()
    change = administrator_client.get(page(models.Organisation, "change", long.pk)).content.decode()

    assert re.findall(r'<a href="\?municipality=[^"]*">\s*(.*?)\s*</a>', filters) == ["-", "leiden"]
    fields = re.findall(r'<[a-z]+[^>]*name="shares-__prefix__-[^>]*>', form)
    assert [field for field in fields if "hidden" not in field and "aria-label=" not in field] == []
    assert len(re.findall("<title>(.*)</title>", change)[0]) <= 70


def test_saving_a_progress_report_assesses_its_motion(administrator_client, assessed):
    motion = world.motion()

    administrator_client.post(
        page(models.ProgressReport, "add"), {"motion": motion.pk, "on": "2022-02-01", "text": "Voortgang"}
    )

    assert assessed == [("motion", motion.pk)]


def test_saving_a_fulfilment_assesses_its_commitment(administrator_client, assessed):
    promise = world.commitment()

    administrator_client.post(
        page(models.CommitmentFulfilment, "add"), {"commitment": promise.pk, "on": "2022-02-01", "text": "Gesproken"}
    )

    assert assessed == [("commitment", promise.pk)]


def test_a_lone_request_is_for_who_sees_everything_and_changed_by_editors(client, assessed):
    request = world.register_request(party="")
    here = page(models.Request, "change", request.pk)
    log_in(client, "association_member", models.Request)
    assert client.get(here).status_code == 302
    log_in(client, "adviser", models.Request)
    assert client.get(here).status_code == 200
    assert client.post(here, {"kind": "complaint", "suspended": "[]"}).status_code == 403
    log_in(client, "coordinator", models.Request)

    response = client.post(here, {"kind": "complaint", "suspended": '[{"from": "2026-04-20"}]'})

    assert response.status_code == 302
    request.refresh_from_db()
    assert (request.kind, request.suspended) == ("complaint", [{"from": "2026-04-20"}])
    assert assessed == [("request", request.pk)]


def test_a_request_in_the_administration_needs_a_trajectory_or_a_number(administrator_client, assessed):
    response = administrator_client.post(page(models.Request, "add"), {"ref": "r1", "suspended": "[]"})
    assert "Kies het traject, of geef het verzoek een nummer." in str(response.context["adminform"].form.errors)

    wrong = '[{"from": "2026-04-20", "to": "2026-04-19"}]'
    response = administrator_client.post(
        page(models.Request, "add"), {"ref": "V-1", "number": "V-1", "suspended": wrong}
    )

    assert set(response.context["adminform"].form.errors) == {"suspended"}
    assert not models.Request.objects.exists()


def test_an_earlier_version_can_be_viewed_but_not_restored(administrator_client):
    evening = world.step(world.trajectory())
    evening.note = "Het regende"
    evening.save()
    version = page(models.Step, "simple_history", evening.pk, evening.history.earliest().pk)

    assert administrator_client.get(version).status_code == 200
    assert administrator_client.post(version, step_form(evening.trajectory)).status_code == 403
    evening.refresh_from_db()
    assert evening.note == "Het regende"


class TestWhoMayDoWhat:
    @pytest.fixture
    def square(self):
        return world.trajectory("plein", public=False)

    @pytest.fixture
    def street(self):
        return world.trajectory("straat", public=False)

    def test_an_adviser_changes_assigned_trajectories_and_views_the_others(self, client, square, street):
        adviser = log_in(client, "adviser", models.Step, models.Trajectory)
        square.advisers.add(adviser)
        mine, theirs = world.step(square), world.step(street)

        assert client.get(page(models.Step, "change", theirs.pk)).status_code == 200
        assert client.post(page(models.Step, "change", mine.pk), step_form(square)).status_code == 302
        assert client.post(page(models.Step, "change", theirs.pk), step_form(street)).status_code == 403
        assert client.post(page(models.Trajectory, "change", street.pk), {"title": "Mijn"}).status_code == 403

    def test_an_adviser_cannot_add_items_to_unassigned_trajectories(self, client, square, street, assessed):
        square.advisers.add(log_in(client, "adviser", models.Step))

        refused = client.post(page(models.Step, "add"), step_form(street))
        taken = client.post(page(models.Step, "add"), step_form(square))

        assert set(refused.context["adminform"].form.errors) == {"trajectory"}
        assert taken.status_code == 302
        assert assessed == [("trajectory", square.pk)]

    def test_an_auditor_cannot_change_anything(self, client, square):
        log_in(client, "auditor", models.Step)
        evening = world.step(square)

        assert client.get(page(models.Step, "change", evening.pk)).status_code == 200
        assert client.post(page(models.Step, "change", evening.pk), step_form(square)).status_code == 403

    @pytest.mark.parametrize("model", [models.Trajectory, models.Step, models.Obligation, models.Transition])
    def test_an_outsider_finds_no_rows_of_private_trajectories(self, client, model, square):
        rows = {models.Trajectory: square, models.Step: world.step(square)}
        rows[models.Obligation] = world.obligation(trajectory=square)
        rows[models.Transition] = world.transition(rows[models.Obligation])
        log_in(client, "association_member", model)

        assert client.get(page(model, "changelist")).context["cl"].result_count == 0
        assert client.get(page(model, "change", rows[model].pk)).status_code == 302  # "it does not exist"

    @pytest.mark.parametrize(("role", "divides"), [("adviser", False), ("coordinator", True)])
    def test_only_coordinators_of_all_trajectories_assign_advisers(self, client, square, role, divides):
        user = log_in(client, role, models.Trajectory)
        square.advisers.add(user)
        form = client.get(page(models.Trajectory, "change", square.pk)).context["adminform"].form
        assert ("advisers" in form.fields) == divides

    @pytest.mark.parametrize(("role", "adds"), [("adviser", True), ("auditor", False), ("association_member", False)])
    def test_adding_a_trajectory_needs_the_same_permission_as_on_the_website(self, client, role, adds):
        log_in(client, role, models.Trajectory)
        assert client.get(page(models.Trajectory, "add")).status_code == (200 if adds else 403)


def test_admin_search_limits_the_number_of_words(client):
    searched = {model: page for model, page in admin.site._registry.items() if page.search_fields}
    unbounded = [model.__name__ for model, page in searched.items() if not isinstance(page, base.BoundedSearch)]
    assert set(unbounded) <= {"Group", "Site"}

    world.trajectory(title="Café")
    world.neighbourhood("kade", name="Ééndenkade")
    log_in(client, "administrator", models.Trajectory, models.Neighbourhood)
    much = "+".join(f"w{n}" for n in range(600))
    html = client.get(f"{page(models.Trajectory, 'changelist')}?q={much}").content.decode()
    assert "Only the first ones were used." in html or "Alleen de eerste zijn gebruikt" in html
    assert "Café" in client.get(f"{page(models.Trajectory, 'changelist')}?q=CAF%C3%89").content.decode()
    assert "Ééndenkade" in client.get(f"{page(models.Neighbourhood, 'changelist')}?q=eenden").content.decode()
