"""Obligations in the API: the same as on the pages, for any day and as known at any moment."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.compliance.vocabulary import STATUSES
from participation.models import Obligation, Waiver
from participation.selectors.obligations.status_expressions import filter_by_status, with_status
from participation.services.dossiers.dossiers import import_dossier, import_register
from tests import towns, world
from tests.api.client import ApiTestClient, errors_of
from tests.web.html_helpers import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
FIXTURES = Path(__file__).parents[2] / "fixtures"
#: The case without obligations.
TRAJECTORY_SLUG = "gesprekken-wijkverenigingen"
OBLIGATIONS_URL = "/trajectories/voorbeeldplein/obligations"


def read(address, caller=None, **headers):
    response = (caller or ApiTestClient()).get(address, **headers)
    assert response.status_code == 200, response.content
    return response.json()


def all_pages(address, caller=None):
    found, here = [], read(address, caller)
    while True:
        found += here["results"]
        if not here["next"]:
            return found
        here = read(here["next"], caller)


def test_the_api_the_page_and_check_compliance_agree_on_the_five_cases(client, capsys):
    """Load four dossiers, and motions and commitments."""
    now = world.moment("2026-04-20 09:00")
    import_register(json.loads((FIXTURES / "register.json").read_text()), load_rulebooks("leiden"), TODAY, now)
    slugs = [
        import_dossier(json.loads(case.read_text()), load_rulebooks("leiden"), TODAY, now).name
        for case in sorted((FIXTURES / "cases").glob("*.json"))
    ]
    call_command("check_compliance", "--on", "2026-04-20", "--format", "json")
    lines = json.loads(capsys.readouterr().out)

    assert len(slugs) == 4
    assert {slug for slug in slugs if any(line.get("trajectory") == slug for line in lines)} == {*slugs} - {
        TRAJECTORY_SLUG
    }
    for slug in slugs:
        own = [line for line in lines if line.get("trajectory") == slug]
        assert sorted(all_pages(f"/trajectories/{slug}/obligations?pageSize=7"), key=repr) == sorted(own, key=repr)
        page = json.loads(client.get(f"/trajecten/{slug}/traject.json").content)
        assert page["compliance"]["obligations"] == own
    for of in ("motion", "commitment"):
        rows = [line for record in all_pages(f"/{of}s") for line in record["obligations"]]
        own = [line for line in lines if of in line]
        assert own
        assert sorted(rows, key=repr) == sorted(own, key=repr)
    assert sorted(all_pages("/obligations"), key=repr) == sorted(lines, key=repr)


def test_as_of_another_day_gives_the_status_of_that_day(square):
    early, late = (
        {(line["rule"], line["subject"]): line["status"] for line in all_pages(f"{OBLIGATIONS_URL}?geldigOp={day}")}
        for day in ("2026-03-21", "2026-12-01")
    )

    assert early["feedback-given", "s1"] == "pending"
    assert late["feedback-given", "s1"] == "overdue"


def test_as_known_at_a_moment_uses_what_was_recorded_then(today):
    square = world.record(world.trajectory(), "2026-01-10 10:00")
    step = world.step(square, done=world.on("2026-03-20"))
    square.history.update(history_date=world.moment("2026-01-10 10:00"))
    step.history.update(history_date=world.moment("2026-03-25 10:00"))

    def rules(moment):
        return {line["rule"] for line in all_pages(f"{OBLIGATIONS_URL}?bekendOp={moment}")}

    assert "feedback-given" not in rules("2026-03-24")
    assert "feedback-given" in rules("2026-03-25T10:00:01Z")
    assert ApiTestClient().get(f"{OBLIGATIONS_URL}?bekendOp=2026-01-09").status_code == 404


def test_as_known_now_equals_what_is_stored(square):
    from django.utils import timezone

    stored = all_pages(OBLIGATIONS_URL)
    moment = timezone.now().isoformat().replace("+", "%2B")
    known = all_pages(f"{OBLIGATIONS_URL}?bekendOp={moment}&geldigOp=2026-04-20")
    assert known == sorted(stored, key=lambda line: (line["rule"], line["subject"] or ""))


@pytest.mark.parametrize("query", ["", "&bekendOp=2026-04-20"])
def test_the_obligations_of_a_trajectory_are_read_page_by_page_in_both_directions(square, query):
    square.history.update(history_date=world.moment("2026-04-01 10:00"))
    for rows in (square.steps, square.contributions):
        for row in rows.all():
            row.history.update(history_date=world.moment("2026-04-01 10:00"))
    whole = all_pages(f"{OBLIGATIONS_URL}?pageSize=500{query}")
    pages = [read(f"{OBLIGATIONS_URL}?pageSize=4{query}")]
    while pages[-1]["next"]:
        pages.append(read(pages[-1]["next"]))

    assert [line for page in pages for line in page["results"]] == whole
    assert len(pages) == -(-len(whole) // 4) > 2
    assert [len(page["results"]) for page in pages[:-1]] == [4] * (len(pages) - 1)
    back = read(pages[-1]["previous"])
    assert back["results"] == pages[-2]["results"]
    assert read(back["previous"])["results"] == pages[-3]["results"]
    assert read(back["next"])["results"] == pages[-1]["results"]


def test_filters_select_the_matching_rows(square):
    lines = all_pages(OBLIGATIONS_URL)
    for name in ("status", "rule", "basic", "strength", "subject"):
        value = next(line[name] for line in lines if line[name])
        found = all_pages(f"{OBLIGATIONS_URL}?{name}={value}")
        assert found == [line for line in lines if line[name] == value], name
        assert 0 < len(found) < len(lines)


def test_an_invalid_parameter_is_reported_by_name(square):
    assert set(errors_of(ApiTestClient().get(f"{OBLIGATIONS_URL}?status=laat&basic=x&motion=1"))) == {"motion"}
    assert set(errors_of(ApiTestClient().get(f"{OBLIGATIONS_URL}?status=laat&basic=x"))) == {"status", "basic"}
    assert set(errors_of(ApiTestClient().get(f"{OBLIGATIONS_URL}?status=laat&bekendOp=2026-04-20"))) == {"status"}
    word = b64encode(b"p=word").decode()
    assert set(errors_of(ApiTestClient().get(f"{OBLIGATIONS_URL}?cursor={word}&bekendOp=2026-04-20"))) == {"cursor"}
    assert set(
        errors_of(ApiTestClient().get("/obligations?dueBefore=2026-4-1&dueAfter=20260401&retrospective=nee"))
    ) == {
        "dueBefore",
        "dueAfter",
        "retrospective",
    }


def test_only_the_selected_fields_are_returned(square):
    found = all_pages(f"{OBLIGATIONS_URL}?fields=rule,due_on")
    assert {tuple(line) for line in found} == {("rule", "due_on")}


def test_the_response_is_in_the_requested_language(square):
    (dutch,) = all_pages(f"{OBLIGATIONS_URL}?rule=feedback-given&subject=s1")
    (english,) = read(f"{OBLIGATIONS_URL}?rule=feedback-given&subject=s1", Accept_Language="en")["results"]
    assert dutch["message"].startswith("Terugkoppeling")
    assert english["message"].startswith("Feedback")


def test_an_unchanged_list_gives_304(square):
    tag = ApiTestClient().get(OBLIGATIONS_URL).headers["ETag"]
    assert ApiTestClient().get(OBLIGATIONS_URL, If_None_Match=tag).status_code == 304
    assert ApiTestClient().get(f"{OBLIGATIONS_URL}?geldigOp=2027-01-01", If_None_Match=tag).status_code == 200


def test_obligations_of_private_trajectories_are_hidden_from_visitors_and_members(square):
    square.public = False
    square.save()
    auditor, member = (
        ApiTestClient(world.user("auditor")),
        ApiTestClient(world.user("association_member", world.RESIDENTS)),
    )

    for caller in (ApiTestClient(), member):
        assert caller.get(OBLIGATIONS_URL).status_code == 404
        assert all_pages("/obligations", caller) == []
    assert len(all_pages("/obligations?pageSize=3", auditor)) == len(all_pages(OBLIGATIONS_URL, auditor)) > 3


def test_all_obligations_are_returned_once_over_the_pages(square):
    world.obligation(motion=world.motion(), rule="motion-settled", subject="")
    world.obligation(commitment=world.commitment(), rule="commitment-kept", subject="")
    world.obligation(trajectory=world.trajectory("ouder", retrospective=True))
    found = all_pages("/obligations?pageSize=4")

    assert len(found) == Obligation.objects.open().count()
    assert len({(*line.values(),) for line in found}) == len(found)
    assert [line["commitment"] for line in all_pages("/obligations?commitment=T-1")] == ["T-1"]
    assert [line["motion"] for line in all_pages("/obligations?motion=M21.0098/4")] == ["21.0098/04"]
    assert [line["trajectory"] for line in all_pages("/obligations?retrospective=true")] == ["ouder"]
    assert len(all_pages("/obligations?retrospective=false")) == len(found) - 1
    assert {line["trajectory"] for line in all_pages("/obligations?trajectory=voorbeeldplein")} == {"voorbeeldplein"}
    assert all_pages("/obligations?trajectory=nergens") == []


def test_obligations_of_removed_rules_and_withdrawn_ones_are_excluded(square):
    before = len(all_pages("/obligations"))
    world.obligation(trajectory=square, rule="van-vroeger", subject="s9")
    world.obligation(trajectory=square, subject="s9", withdrawn_at=world.moment("2026-04-01 10:00"))
    assert len(all_pages("/obligations")) == len(all_pages(OBLIGATIONS_URL)) == before


def test_due_before_and_due_after_exclude_the_day_itself(square):
    def days(query):
        return {line["due_on"] for line in all_pages(f"/obligations?{query}")}

    assert days("dueAfter=2026-04-16&dueBefore=2026-04-18") == {"2026-04-17"}
    assert "2026-04-17" not in days("dueAfter=2026-04-17") | days("dueBefore=2026-04-17")


def test_the_status_prefilter_excludes_no_matching_row(square):
    """For every status on every day around its changes, the filter that uses an index agrees with the status."""
    Waiver.objects.create(
        trajectory=square, rule="feedback-given", reason="x", by="y", granted_on=date(2026, 4, 25), until=None
    )
    days = [TODAY + timedelta(days=n) for n in range(-60, 61, 3)]
    rows, seen = Obligation.objects.open(), set()
    for number, shift in enumerate((-20, 0, 5, 40)):
        world.obligation(
            trajectory=square,
            subject=f"x{number}",
            due_on=TODAY + timedelta(days=shift),
            strict_due_on=TODAY + timedelta(days=shift - 6),
            expected_on=TODAY + timedelta(days=shift + number),
            met_on=TODAY + timedelta(days=2 * shift) if number % 2 else None,
        )
    world.obligation(trajectory=square, subject="x9", due_on=None, strict_due_on=None)
    for day in days:
        whole = dict(with_status(rows, day).values_list("pk", "status"))
        for status in STATUSES:
            short = set(filter_by_status(rows, status, day).values_list("pk", flat=True))
            assert short == {pk for pk, found in whole.items() if found == status}, (status, day)
            seen |= {status} if short else set()
    assert seen == set(STATUSES)


def test_more_rows_take_no_more_queries(square):
    def count_queries(address):
        with CaptureQueriesContext(connection) as queries:
            assert ApiTestClient().get(address).status_code == 200
        return len(queries)

    addresses = (OBLIGATIONS_URL, "/obligations?pageSize=500", "/obligations?status=overdue")
    few = [count_queries(address) for address in addresses]
    other = world.trajectory("ander")
    for number in range(50):
        world.obligation(trajectory=square, subject=f"x{number}")
        world.obligation(trajectory=other, subject=f"x{number}")
        world.obligation(motion=world.motion(f"21.{number:04}"), rule="motion-settled", subject="")
    assert [count_queries(address) for address in addresses] == few
    assert max(few) <= 4


# ---------- several municipalities


@pytest.fixture
def two_towns(settings):
    settings.RULEBOOK = towns.TOWNS
    for town in ("leiden", "oegstgeest"):
        towns.trajectory(f"plein-{town}", town)


def test_each_town_is_judged_by_its_own_rule_of_the_same_name(two_towns):
    by_town = {
        town: {line["rule"]: line for line in all_pages(f"/trajectories/plein-{town}/obligations")}["feedback-given"]
        for town in ("leiden", "oegstgeest")
    }
    assert {town: (line["due_on"], line["strength"]) for town, line in by_town.items()} == {
        "leiden": ("2026-03-02", towns.LEIDEN.by_id["feedback-given"].strength),
        "oegstgeest": ("2026-03-30", "wish"),
    }
    assert by_town["oegstgeest"]["message"].startswith("Antwoord aan Oegstgeest over ")


def test_filters_look_at_the_rule_of_each_town(two_towns):
    def found(query):
        return {(line["trajectory"], line["rule"]) for line in all_pages(f"/obligations?{query}")}

    theirs = {("plein-oegstgeest", "feedback-given"), ("plein-oegstgeest", "neighbours-invited")}
    assert found("strength=wish&trajectory=plein-oegstgeest") == theirs
    assert found("municipality=oegstgeest") == theirs
    assert ("plein-leiden", "feedback-given") not in found("strength=wish")
    strength = towns.LEIDEN.by_id["feedback-given"].strength
    assert ("plein-leiden", "feedback-given") in found(f"strength={strength}")
    assert {slug for slug, _rule in found(f"strength={strength}")} == {"plein-leiden"}
    assert {slug for slug, rule in found("rule=feedback-given")} == {"plein-leiden", "plein-oegstgeest"}
    assert {slug for slug, _rule in found("basic=feedback")} == {"plein-leiden", "plein-oegstgeest"}


def test_the_list_without_a_filter_has_every_town(two_towns):
    assert {line["trajectory"] for line in all_pages("/obligations")} == {"plein-leiden", "plein-oegstgeest"}


def test_an_explanation_names_the_rulebook_and_leads_to_its_rule(two_towns):
    found = read("/trajectories/plein-oegstgeest/obligations/feedback-given?subject=s1")
    assert found["rulebook"] == {"name": "oegstgeest", "hash": towns.TOWN.hash}
    assert found["title"] == "Antwoord aan Oegstgeest"
    rule = read(found["rule_url"].partition("/api/v1")[2])
    assert (rule["rulebook"]["name"], rule["strength"]) == ("oegstgeest", "wish")


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_over_two_towns_takes_as_many_queries(two_towns, count, django_assert_max_num_queries):
    for number in range(count):
        of = world.trajectory(f"t{number}", municipality=("leiden", "oegstgeest")[number % 2])
        world.obligation(trajectory=of)
    with django_assert_max_num_queries(5):
        read("/obligations?strength=wish")
