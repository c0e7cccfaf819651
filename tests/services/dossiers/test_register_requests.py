"""Requests of the register and commitments that repeat: import, export, and linking to a trajectory."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.compliance import vocabulary
from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.errors import DossierError
from participation.dossier.validate import problems_in
from participation.models import (
    Commitment,
    CommitmentFulfilment,
    CounterSignal,
    Obligation,
    Organisation,
    Request,
    Trajectory,
)
from participation.selectors.dossiers.dossiers import dossier_document, register_document
from participation.services.dossiers.dossiers import import_dossier, import_register
from tests import world
from tests.dossier.example import register
from tests.dossiers import TEXTS, days, imprecise_dates, rolled_back, word

pytestmark = pytest.mark.django_db
RULEBOOKS, TODAY, NOW = load_rulebooks("leiden"), date(2026, 5, 1), world.moment("2026-05-01 10:00")
SQUARE = {"slug": "voorbeeldplein", "title": "Voorbeeldplein"}
WOO = {"number": "V-2026-12", "kind": "woo", "from": "wijk-a", "received_on": "2026-04-16"}


def record(*requests: dict[str, Any], replace: bool = False, **others: Any) -> Any:
    document = {"register": 1, "requests": list(requests), **others}
    return import_register(deepcopy(document), RULEBOOKS, TODAY, NOW, replace)


def record_dossier(replace: bool = False, **sections: Any) -> Any:
    document = {"dossier": 1, "trajectory": SQUARE, **sections}
    return import_dossier(deepcopy(document), RULEBOOKS, TODAY, NOW, replace)


def refusal(*requests: dict[str, Any], **others: Any) -> str:
    """Return the problems of this register, of which nothing may be stored."""
    before = register_document()
    with pytest.raises(DossierError) as refused:
        record(*requests, **others)
    assert register_document() == before
    return str(refused.value)


def open_obligations(**owner: Any) -> set[tuple[str, str]]:
    return set(Obligation.objects.open().filter(**owner).values_list("rule", "subject"))


# ---------- what comes in


def test_a_request_that_belongs_to_no_trajectory_is_judged_by_itself():
    record(WOO)

    request = Request.objects.get()
    assert (request.number, request.ref, request.trajectory, request.party) == (
        "V-2026-12",
        "V-2026-12",
        None,
        "wijk-a",
    )
    assert open_obligations(request=request) == {("woo-decided", "")}
    assert Obligation.objects.get().trigger_on == date(2026, 4, 16)


def test_an_organisation_that_is_not_known_is_added_with_its_slug_as_its_name():
    done = record(WOO, {**WOO, "number": "V-2026-13", "from": "residents"})

    assert done.added == 3
    assert list(Organisation.objects.values_list("slug", "name")) == [("wijk-a", "wijk-a")]


def test_only_who_may_add_an_organisation_does_so_with_a_request():
    auditor = world.user("auditor")
    with pytest.raises(DossierError) as refused:
        import_register({"register": 1, "requests": [WOO]}, RULEBOOKS, TODAY, NOW, by=auditor)

    assert "/requests/0/from" in str(refused.value)
    assert not Organisation.objects.exists()
    assert not Request.objects.exists()


def test_keys_that_are_left_out_stay_and_null_clears():
    record({**WOO, "summary": "Alle stukken", "committee": True})
    record({"number": "V-2026-12", "committee": None})

    request = Request.objects.get()
    assert (request.kind, request.summary, request.committee) == ("woo", "Alle stukken", None)
    record(WOO, replace=True)
    assert Request.objects.get().summary == ""


def test_a_suspension_and_a_repetition_come_back_as_they_were_written():
    world.organisation("buurt-eikenhof")
    import_register(register(), RULEBOOKS, TODAY, NOW)

    written = register_document()
    [request], [commitment] = written["requests"], written["commitments"]
    assert request["suspended"] == [{"from": "2026-04-20", "reason": "Derden gehoord"}]
    assert request["neighbourhoods"] == ["eikenhof"]
    assert commitment["repeats"] == {"every_months": 3, "first_due_on": "2021-08-19", "until": "2025-05-19"}
    assert commitment["fulfilments"] == [{"on": "2021-08-01", "text": "Gesprek over de wijken"}]
    done = import_register(deepcopy(written), RULEBOOKS, TODAY, NOW)
    assert (done.added, done.changed, done.removed) == (0, 0, 0)


def test_an_empty_list_that_was_written_is_not_one_that_is_absent():
    record({**WOO, "suspended": [], "neighbourhoods": []}, commitments=[{"number": "T-1", "fulfilments": []}])
    record({**WOO, "number": "V-2026-13"})

    first, second = register_document()["requests"]
    assert (first["suspended"], first["neighbourhoods"]) == ([], [])
    assert "suspended" not in second
    assert register_document()["commitments"] == [{"number": "T-1", "fulfilments": []}]


def test_the_empty_lists_of_register_and_dossier_stay_apart_for_one_request():
    record_dossier()
    record({**WOO, "neighbourhoods": [], "suspended": [], "trajectory": "voorbeeldplein"})
    record_dossier(requests=[{"ref": "V-2026-12", "summary": "Stukken"}])

    assert register_document()["requests"][0]["neighbourhoods"] == []
    assert dossier_document(Trajectory.objects.get())["requests"][0]["suspended"] == []


def test_two_fulfilments_that_are_alike_are_both_kept_and_not_added_again():
    talk = {"on": "2026-01-05", "text": "Gesprek"}
    repeats = {"every_months": 6, "first_due_on": "2026-01-31"}
    promise = {"number": "T-1", "made_on": "2025-06-01", "repeats": repeats, "fulfilments": [talk, talk]}
    record(commitments=[promise])
    record(commitments=[promise])

    assert CommitmentFulfilment.objects.count() == 2
    assert open_obligations(commitment=Commitment.objects.get()) >= {
        ("commitment-kept", "2026-01-31"),
        ("commitment-kept", "2026-07-31"),
    }


# ---------- what is refused, with the place and a remedy


@pytest.mark.parametrize(
    ("request_keys", "place", "remedy"),
    [
        ({"suspended": [{"from": "2026-04-20", "to": "2026-04-19"}]}, "/requests/0/suspended/0/to", "leave `to` out"),
        ({"suspended": [{"to": "2026-04-19"}]}, "/requests/0/suspended/0/from", "write the first day"),
        (
            {"suspended": [{"from": {"from": None, "to": None, "precision": "unknown"}}]},
            "/requests/0/suspended/0/from",
            "write the first day",
        ),
        ({"suspended": "ja"}, "/requests/0/suspended", "put it between [ and ]"),
        ({"suspended": [{"from": "gisteren"}]}, "/requests/0/suspended/0/from", "write YYYY-MM-DD"),
        ({"suspended": [{"from": "2026-04-20", "van": 1}]}, "/requests/0/suspended/0/van", "known here"),
        ({"agreed_until": "2026-04-01"}, "/requests/0/agreed_until", "check both dates"),
        ({"committee": "ja"}, "/requests/0/committee", "true or false"),
        ({"number": 12}, "/requests/0/number", "between double quotes"),
        ({"number": "nieuw"}, "/requests/0/number", "choose another"),
        ({"number": "a/../b"}, "/requests/0/number", "leave no part"),
        ({"number": "V/delen"}, "/requests/0/number", "add something"),
        ({"municipality": "Leiden"}, "/requests/0/municipality", "lower-case"),
        ({"neighbourhoods": ["De Kooi"]}, "/requests/0/neighbourhoods/0", "lower-case"),
        ({"trajectory": "nergens"}, "/requests/0/trajectory", "import its dossier first"),
        ({"kind": "wens"}, "/requests/0/kind", "One of:"),
        ({"ref": "r1"}, "/requests/0/ref", "known here"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place_and_a_remedy(request_keys, place, remedy):
    text = refusal({**WOO, **request_keys})

    assert f"{place}: " in text
    assert remedy in text


@pytest.mark.parametrize(
    ("repeats", "place", "remedy"),
    [
        ({"every_months": 0, "first_due_on": "2026-01-31"}, "every_months", "from 1 to 120"),
        ({"every_months": 121, "first_due_on": "2026-01-31"}, "every_months", "from 1 to 120"),
        ({"every_months": -6, "first_due_on": "2026-01-31"}, "every_months", "from 1 to 120"),
        ({"every_months": "zes", "first_due_on": "2026-01-31"}, "every_months", "without quotes"),
        ({"every_months": 6.5, "first_due_on": "2026-01-31"}, "every_months", "without a point"),
        ({"every_months": True, "first_due_on": "2026-01-31"}, "every_months", "without a point"),
        ({"every_months": 6}, "first_due_on", "write the first due date"),
        ({"first_due_on": "2026-01-31"}, "every_months", "write after how many months"),
        ({"every_months": 6, "first_due_on": "2026-01-31", "until": "2026-01-30"}, "until", "check both dates"),
        ({"every_months": 6, "first_due_on": {"precision": "unscheduled"}}, "first_due_on", "imprecise if need be"),
        (
            {"every_months": 6, "first_due_on": "2026-01-31", "until": {"precision": "unknown"}},
            "until",
            "leave it out if the commitment goes on",
        ),
    ],
)
def test_an_impossible_repetition_is_refused_with_its_place_and_a_remedy(repeats, place, remedy):
    text = refusal(commitments=[{"number": "T-1", "repeats": repeats}])

    assert f"/commitments/0/repeats/{place}: " in text
    assert remedy in text


def test_what_only_together_is_impossible_is_refused_and_nothing_is_stored():
    repeats = {"every_months": 6, "first_due_on": "2026-01-31", "until": "2026-12-31"}
    record(commitments=[{"number": "T-1", "repeats": repeats}])

    text = refusal(commitments=[{"number": "T-1", "repeats": {"every_months": 6, "first_due_on": "2027-06-30"}}])

    assert "/commitments/0/repeats/until: 2026-12-31 is before first_due_on" in text


def test_a_number_stands_in_the_file_once():
    assert "is the same number as that of /requests/0" in refusal(WOO, {**WOO, "number": " V-2026-12 "})


# ---------- linked to a trajectory


def test_a_request_that_is_linked_is_judged_with_its_trajectory_and_no_longer_by_itself():
    record_dossier()
    record(WOO)
    record({"number": "V-2026-12", "trajectory": "voorbeeldplein"})

    request, square = Request.objects.get(), Trajectory.objects.get()
    assert request.trajectory == square
    assert open_obligations(request=request) == set()
    assert ("woo-decided", "V-2026-12") in open_obligations(trajectory=square)
    assert register_document()["requests"][0]["trajectory"] == "voorbeeldplein"
    assert dossier_document(square)["requests"][0]["ref"] == "V-2026-12"


def test_a_request_that_is_taken_out_of_a_trajectory_is_judged_by_itself_again():
    record_dossier()
    record({**WOO, "trajectory": "voorbeeldplein"})
    record({"number": "V-2026-12", "trajectory": None})

    request, square = Request.objects.get(), Trajectory.objects.get()
    assert open_obligations(request=request) == {("woo-decided", "")}
    assert ("woo-decided", "V-2026-12") not in open_obligations(trajectory=square)


def test_dossier_and_register_together_come_back_in_another_installation():
    record_dossier()
    record({**WOO, "neighbourhoods": ["de-kooi"], "trajectory": "voorbeeldplein"})
    dossier, kept = dossier_document(Trajectory.objects.get()), register_document()

    def elsewhere() -> None:
        for rows in (Obligation, Request, Trajectory):
            rows.objects.all().delete() if rows is not Obligation else rows.objects.all()._raw_delete("default")
        import_dossier(deepcopy(dossier), RULEBOOKS, TODAY, NOW)
        assert Request.objects.get().number == ""
        import_register(deepcopy(kept), RULEBOOKS, TODAY, NOW)
        assert (dossier_document(Trajectory.objects.get()), register_document()) == (dossier, kept)

    # Transitions refer to obligations: these are only there to be deleted.
    connection.cursor().execute("DELETE FROM participation_transition")
    elsewhere()


def test_a_ref_that_something_else_in_the_trajectory_has_is_refused():
    record_dossier(steps=[{"ref": "V-2026-12", "kind": "activity"}])

    text = refusal({**WOO, "trajectory": "voorbeeldplein"})

    assert "/requests/0/trajectory: something else in trajectory 'voorbeeldplein' has the ref 'V-2026-12'" in text


def test_two_requests_cannot_get_the_same_ref_in_a_trajectory():
    record_dossier(requests=[{"ref": "V-2026-12"}])
    record(WOO)

    assert "has the ref 'V-2026-12'" in refusal({"number": "V-2026-12", "trajectory": "voorbeeldplein"})


def test_a_request_that_an_explanation_is_about_stays_in_its_trajectory():
    waiver = {
        "rule": "woo-decided",
        "subject": "V-2026-12",
        "reason": "Veel",
        "by": "college",
        "granted_on": "2026-05-01",
    }
    record_dossier()
    record({**WOO, "trajectory": "voorbeeldplein"})
    record_dossier(waivers=[waiver])

    text = refusal({"number": "V-2026-12", "trajectory": None})

    assert "/requests/0/trajectory: an explanation in trajectory 'voorbeeldplein' is about it" in text


def test_a_counter_signal_stays_in_its_trajectory():
    record_dossier()
    record({**WOO, "trajectory": "voorbeeldplein"})
    square, member = Trajectory.objects.get(), world.user("association_member", "wijk-a")
    CounterSignal.objects.create(
        trajectory=square,
        rule="feedback-given",
        status="met",
        on="2026-03-21",
        organisation=world.organisation("wijk-a"),
        made_by=member,
        request=Request.objects.get(),
    )

    assert "it is a counter-signal in trajectory" in refusal({"number": "V-2026-12", "trajectory": None})


def test_a_dossier_that_leaves_out_a_request_of_the_register_does_not_remove_it():
    record_dossier()
    record({**WOO, "trajectory": "voorbeeldplein"})

    with pytest.raises(DossierError) as refused:
        record_dossier(replace=True)

    assert "'V-2026-12' is left out, but it is a request of the register" in str(refused.value)
    assert Request.objects.count() == 1


# ---------- properties


@st.composite
def registers(draw):
    """Return a strategy for registers with requests and commitments that repeat."""
    requests = [draw(_request(n)) for n in range(draw(st.integers(0, 4)))]
    commitments = [draw(_commitment(n)) for n in range(draw(st.integers(0, 3)))]
    return {"register": 1, "motions": [], "commitments": commitments, **({"requests": requests} if requests else {})}


def _dated(draw) -> dict[str, Any]:
    first = draw(days)
    last = draw(st.none() | st.just((first + timedelta(days=draw(st.integers(0, 30)))).isoformat()))
    return {"from": first.isoformat(), **({"to": last} if last else {}), **draw(_optional(reason=TEXTS.filter(bool)))}


def known(value: Any) -> Any:
    """Return this value without nulls: these mean the same as keys that are left out."""
    if isinstance(value, dict):
        return {key: known(inner) for key, inner in value.items() if inner is not None}
    return [known(inner) for inner in value] if isinstance(value, list) else value


def _optional(**keys):
    return st.fixed_dictionaries({}, optional=keys)


@st.composite
def _request(draw, number):
    row = draw(
        _optional(
            kind=word(vocabulary.REQUEST_KINDS),
            **{"from": st.sampled_from(["wijk-a", "residents", "everyone"])},
            received_on=st.just("2024-12-31"),
            acknowledged_on=imprecise_dates(),
            extended_on=imprecise_dates(),
            extension_reason=TEXTS.filter(bool),
            agreed_until=imprecise_dates(),
            answered_on=imprecise_dates(),
            committee=st.booleans(),
            summary=TEXTS.filter(bool),
            answer=TEXTS.filter(bool),
            municipality=st.just("leiden"),
            neighbourhoods=st.sampled_from([[], ["de-kooi"], ["de-kooi", "merenwijk"]]),
            trajectory=st.just("voorbeeldplein"),
        )
    )
    if draw(st.booleans()):
        row["suspended"] = [_dated(draw) for _ in range(draw(st.integers(0, 3)))]
    return {"number": f"V-{number}", **row}


@st.composite
def _commitment(draw, number):
    fulfilment = st.fixed_dictionaries({"text": st.just("Gesprek")}, optional={"on": imprecise_dates()})
    row = draw(
        _optional(
            made_on=st.just("2024-06-01"),
            owner=st.just("wethouder"),
            municipality=st.just("leiden"),
            fulfilments=st.lists(fulfilment, max_size=4),
        )
    )
    if draw(st.booleans()):
        first = draw(days)
        until = (
            {"until": (first + timedelta(days=draw(st.integers(0, 900)))).isoformat()} if draw(st.booleans()) else {}
        )
        row["repeats"] = {"every_months": draw(st.integers(1, 120)), "first_due_on": first.isoformat(), **until}
    return {"number": f"T-{number}", **row}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(registers())
def test_importing_what_was_exported_gives_the_same_register(document):
    def body() -> None:
        record_dossier()
        import_register(deepcopy(document), RULEBOOKS, TODAY, NOW)
        written = register_document()
        assert known(written) == known(document)
        assert problems_in(written) == []
        done = import_register(deepcopy(written), RULEBOOKS, TODAY, NOW)
        assert (done.added, done.changed, done.removed) == (0, 0, 0)
        assert register_document() == written

    rolled_back(body)


def test_fifty_requests_take_no_more_queries_than_five_apart_from_bulk_writes():
    record_dossier()

    def queries(count: int, prefix: str) -> int:
        rows = [
            {**WOO, "number": f"{prefix}-{n}", **({"trajectory": "voorbeeldplein"} if n % 2 else {})}
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as captured:
            record(*rows)
        return len(captured)

    queries(5, "warm")
    assert queries(50, "vijftig") - queries(5, "vijf") <= 5
