"""Permissions of associations: hidden pages do not exist, forbidden actions are refused."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.urls import reverse

from participation.compliance.rulebooks import load_rulebooks
from participation.models import EvaluationLink, PlanActor, Request
from participation.services.assessment import reassess_one
from tests import world
from tests.web.associations.association_helpers import log_in_adviser, log_in_member, make_square
from tests.web.html_helpers import TODAY

pytestmark = pytest.mark.django_db

FORMS = ["counter_signal_add", "request_submit", "plan_react", "actor_suggest"]
LINKS = ["evaluation_links", "evaluation_sheet"]
DECIDE = ["actor_decide"]


def page_urls(of):
    """Return the URLs of a trajectory's forms, all of which exist."""
    plan = world.plan(of)
    actor = PlanActor.objects.create(plan=plan, organisation=world.organisation(world.SHOPS))
    world.step(of, "s1", announced_on=world.on("2026-02-20"), title="Bewonersavond")
    reassess_one("trajectory", of.pk, load_rulebooks(settings.RULEBOOK), TODAY, world.moment("2026-04-20T08:00"))
    query = {"counter_signal_add": "?rule=meeting-announced&subject=s1", "request_submit": "?kind=concern"}
    found = {name: reverse(name, args=[of.slug]) + query.get(name, "") for name in FORMS}
    found |= {name: reverse(name, args=[of.slug, "s1"]) for name in [*LINKS, "evaluation_results"]}
    return found | {"actor_decide": reverse("actor_decide", args=[of.slug, actor.pk])}


def statuses(client, found):
    return {name: client.get(address).status_code for name, address in found.items()}


def test_a_visitor_is_asked_to_log_in_but_may_read_results(client):
    found = page_urls(world.trajectory())
    for name in [*FORMS, *LINKS, *DECIDE]:
        response = client.get(found[name])
        assert response.status_code == 302, name
        assert response.headers["Location"].startswith("/inloggen/?next=/trajecten/"), name
    assert client.get(found["evaluation_results"]).status_code == 200


def test_a_member_may_open_every_page_except_role_decisions(client):
    found = page_urls(world.trajectory())
    log_in_member(client)
    assert statuses(client, found) == {name: 403 if name in DECIDE else 200 for name in found}


def test_a_member_of_a_party_in_the_plan_has_access_from_another_neighbourhood(client):
    of = world.trajectory()
    found = page_urls(of)
    PlanActor.objects.create(plan=of.plan, organisation=world.organisation(world.OUTSIDER), part="participant")
    log_in_member(client, world.OUTSIDER)
    assert statuses(client, found) == {name: 403 if name in DECIDE else 200 for name in found}


@pytest.mark.parametrize("who", ["outsider", "auditor", "another adviser", "who speaks for nobody"])
def test_other_users_may_read_results_only(client, who):
    found = page_urls(world.trajectory())
    if who == "outsider":
        log_in_member(client, world.OUTSIDER)
    elif who == "another adviser":
        log_in_adviser(client)
    else:
        client.force_login(world.user("auditor" if who == "auditor" else "association_member"))
    assert statuses(client, found) == {name: 200 if name == "evaluation_results" else 403 for name in found}


def test_an_adviser_distributes_forms_and_decides_roles_but_does_not_submit(client):
    of = world.trajectory()
    found = page_urls(of)
    log_in_adviser(client, of)
    assert statuses(client, found) == {name: 403 if name in FORMS else 200 for name in found}


@pytest.mark.parametrize("who", ["visitor", "member", "outsider"])
def test_private_trajectories_give_404(client, who):
    found = page_urls(world.trajectory(public=False))
    if who != "visitor":
        log_in_member(client, world.RESIDENTS if who == "member" else world.OUTSIDER)
        assert set(statuses(client, found).values()) == {404}
    assert client.get(found["evaluation_results"]).status_code == 404


@pytest.mark.parametrize("name", FORMS)
def test_unauthorised_submissions_are_rejected(client, name):
    found = page_urls(world.trajectory())
    given = {"words": "Hm", "seen": "met", "new_name": "Nieuw", "about": ""}
    for who in ("auditor", "adviser"):
        client.force_login(world.user(who))
        assert client.post(found[name], given).status_code == 403
    assert not Request.objects.exists()
    assert PlanActor.objects.count() == 1


def test_unauthorised_users_cannot_create_or_revoke_links(client):
    of = world.trajectory()
    found = page_urls(of)
    EvaluationLink.objects.create(step=of.steps.get(), made_on=TODAY)
    log_in_member(client)
    assert client.post(found["evaluation_links"], {"withdraw": "1"}).status_code == 403
    client.force_login(world.user("auditor"))
    assert client.post(found["evaluation_links"], {"how_many": 1, "handed_out_on": TODAY}).status_code == 403
    assert EvaluationLink.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "tegengeluid/",
        "tegengeluid/?rule=meeting-announced",
        "tegengeluid/?rule=meeting-announced&subject=s9",
        "tegengeluid/?rule=no-such-rule&subject=s1",
        "tegengeluid/?rule=meeting-announced&subject=%00",
        "reactie/?scenario=sc9",
        "partijen/0/",
        "stappen/s9/evaluatie/",
        "stappen/s9/evaluatie/vel/",
        "stappen/s9/evaluatie/resultaten/",
        "stappen/s2/evaluatie/",
        "stappen/s3/evaluatie/resultaten/",
    ],
)
def test_unknown_objects_give_404(client, address):
    of = world.trajectory()
    page_urls(of)
    world.step(of, "s2", kind="decision", method="")
    world.step(of, "s3", cancelled=True)
    client.force_login(world.user("coordinator"))
    if address.startswith(("tegengeluid", "reactie")):
        log_in_member(client)
    assert client.get(f"/trajecten/voorbeeldplein/{address}").status_code == 404


def test_a_party_of_another_plan_gives_404(client):
    page_urls(world.trajectory())
    world.trajectory("brug")
    actor = PlanActor.objects.get()
    client.force_login(world.user("coordinator"))
    assert client.get(reverse("actor_decide", args=["brug", actor.pk])).status_code == 404


def test_fifty_rows_take_as_many_queries_as_one(client, django_assert_max_num_queries):
    of = make_square()
    found = {name: reverse(name, args=[of.slug]) for name in ("plan_react", "actor_suggest", "request_submit")}
    found |= {name: reverse(name, args=[of.slug, "s1"]) for name in (*LINKS, "evaluation_results")}
    world.plan(of)
    log_in_member(client)
    client.get(found["plan_react"])

    def counts():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        made = {}
        for name, address in found.items():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            made[name] = len(captured)
        return made

    world.scenario(of, "sc0")
    PlanActor.objects.create(plan=of.plan, organisation=world.organisation("party-0"))
    of.steps.get().responses.create(answered_on=TODAY, heard=3)
    one = counts()
    for number in range(1, 50):
        world.scenario(of, f"sc{number}")
        PlanActor.objects.create(plan=of.plan, organisation=world.organisation(f"party-{number}"))
        of.steps.get().responses.create(answered_on=TODAY, heard=3, remark=f"Opmerking {number}")
        EvaluationLink.objects.create(step=of.steps.get(), made_on=TODAY)
    assert counts() == one
    assert max(one.values()) <= 25
