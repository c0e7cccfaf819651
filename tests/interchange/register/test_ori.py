"""Motions from council information systems: their ways of writing, and what is left out is told."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from participation.dossier.validate import problems_in
from participation.interchange.register.reading import read_register

POPOLO = {
    "id": "motie-1",
    "identifiers": [{"scheme": "griffie", "identifier": "M21.0098/04"}],
    "name": "Scenario's",
    "text": "<p>Leg altijd <b>meer</b> scenario's voor.</p><p>Ook een klein.</p>",
    "classification": "participatie",
    "date": "2021-11-04",
    "organization": {"name": "Gemeenteraad", "classification": "council"},
    "creator": {"name": "A. Jansen"},
    "result": "aangenomen",
    "vote_events": [
        {
            "start_date": "2021-11-11T20:15:00+01:00",
            "counts": [
                {"option": "yes", "value": "24"},
                {"option": "no", "value": 12},
                {"option": "absent", "value": 3},
            ],
            "votes": [{"voter": {"name": "B. de Boer"}, "option": "yes"}],
        }
    ],
}
EXPECTED = {
    "number": "M21.0098/04",
    "title": "Scenario's",
    "dictum": "Leg altijd meer scenario's voor.\nOok een klein.",
    "body": "council",
    "outcome": "adopted",
    "votes_for": 24,
    "votes_against": 12,
    "adopted_on": "2021-11-11",
}


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def read(document, name="moties.json"):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_register(name, content, "motions")


@pytest.mark.parametrize(
    ("wrapped", "location"),
    [
        ([POPOLO], "/0"),
        ({"motions": [POPOLO]}, "/motions/0"),
        ({"next": None, "results": [POPOLO]}, "/results/0"),
        ({"hits": {"total": 1, "hits": [{"_index": "ori_x", "_id": "7", "_source": POPOLO}]}}, "/hits/hits/0/_source"),
        ({"@context": {}, "@graph": [{**POPOLO, "@type": "opengov:Motion"}]}, "/@graph/0"),
        ({"response": {"data": {"items": [POPOLO]}}}, "/response/data/items/0"),
        ({**POPOLO, "@type": "Motion"}, "/"),
    ],
)
def test_motions_are_found_in_any_surrounding_structure(wrapped, location):
    found = read(wrapped)
    assert not found.problems
    assert found.document["motions"] == [EXPECTED]
    assert found.locations["motions"] == (location,)
    assert problems_in(found.document) == []


def test_personal_names_are_dropped():
    found = read([POPOLO])
    assert "Jansen" not in json.dumps(found)
    assert "Boer" not in json.dumps(found)
    assert any("Names of who submitted" in note for note in found.notes)
    assert any("classification (1×)" in note for note in found.notes)


def test_json_ld_of_open_raadsinformatie_is_parsed():
    motion = {
        "@id": "https://id.example.org/44477",
        "@type": "http://www.w3.org/ns/opengov#Motion",
        "http://schema.org/name": {"@value": "Motie M21.0098/04: Scenario's"},
        "schema:text": ["Leg scenario's voor."],
        "schema:publisher": {"@id": "https://id.example.org/raad"},
        "opengov:voteEvent": {
            "@type": "opengov:VoteEvent",
            "schema:startDate": "2021-11-11T20:15:00+01:00",
            "opengov:result": {"@id": "http://www.w3.org/ns/opengov#ResultPassed"},
            "opengov:count": [
                {"@type": "opengov:YesCount", "rdf:value": 24},
                {"@type": "opengov:NoCount", "rdf:value": 12},
            ],
        },
    }
    (found,) = read({"@graph": [motion]}).document["motions"]
    assert found == {**EXPECTED, "dictum": "Leg scenario's voor."}


def test_ori_2_of_vng_is_parsed():
    motion = {
        "url": "https://gemeente.example.org/informatieobjecten/a1",
        "id": "a1",
        "titel": "21.0098/04 Scenario's",
        "omschrijving": "Leg scenario's voor.",
        "informatieobjecttype": "motie",
        "motietype": "vreemd",
        "datumIngediend": "2021-11-11",
        "indieners": [{"naam": "A. Jansen"}],
        "agendapunten": [{"id": "x", "url": "https://gemeente.example.org/agendapunten/x"}],
        "stemming": {"resultaatMondelingeStemming": "voor", "stemmingstype": "hoofdelijk"},
    }
    promise = {"id": "t9", "informatieobjecttype": "toezegging", "titel": "Een gesprek", "datumIngediend": "2021-05-19"}
    other = {"id": "b2", "informatieobjecttype": "amendement", "titel": "Anders"}
    found = read({"results": [motion, promise, other]})
    assert not found.problems
    (parsed,) = found.document["motions"]
    assert (parsed["number"], parsed["title"], parsed["outcome"]) == ("21.0098/04", "Scenario's", "adopted")
    # The day on which it was handed in is not the day of the vote, and says so.
    assert parsed["adopted_on"] == {"from": "2021-11-11", "to": "2021-11-11", "precision": "approximate"}
    assert found.document["commitments"] == [{"number": "t9", "text": "Een gesprek", "made_on": "2021-05-19"}]
    notes = "\n".join(found.notes)
    assert "/results/0: the day of the vote is not in the file" in notes
    assert "/results/1: has no number" in notes
    assert "amendement (1×)" in notes
    assert "agendapunten (1×)" in notes
    assert "Jansen" not in notes


def test_a_submission_date_does_not_make_a_motion_adopted():
    (parsed,) = (found := read([{**POPOLO, "result": None, "vote_events": []}])).document["motions"]
    assert "adopted_on" not in parsed
    assert any("only the day of submitting" in note for note in found.notes)


def test_an_unknown_outcome_is_dropped_and_reported():
    found = read([{**POPOLO, "result": "The question was negatived"}])
    assert "outcome" not in found.document["motions"][0]
    assert any("“The question was negatived” is not known" in note for note in found.notes)


def test_individual_votes_are_counted_without_names():
    votes = [{"voter_id": f"p{n}", "option": "yes" if n < 5 else "no"} for n in range(8)]
    (parsed,) = read([{**POPOLO, "vote_events": [{"votes": votes}]}]).document["motions"]
    assert (parsed["votes_for"], parsed["votes_against"]) == (5, 3)


GROUPS = [{"option": "voor", "group_name": "Partij A"}, {"option": "tegen", "group_name": "Partij B"}]


@pytest.mark.parametrize(
    ("written", "notes"),
    [
        ({"tally": {"in_favour": 22, "against": 17}, "votes": [{"voter_id": 1, "option": "yes"}]}, "also has 1-0"),
        ({"tally": {"in_favour": 22, "against": 17}, "votes": GROUPS}, "also has 1-1"),
        ({"vote_events": [{"stemverhouding": "22-17", "votes": [{"voter": "x", "option": "no"}]}]}, "also has 0-1"),
        ({"vote_events": [{"votes": [{**GROUPS[0], "count": 22}, {**GROUPS[1], "count": 17}]}]}, ""),
        ({"result": "aangenomen met 22 stemmen voor en 17 tegen"}, ""),
        (
            {"result": "aangenomen (22-17)", "counts": [{"option": "yes", "value": 20}]},
            "20-0 is used as the result of the vote; the file also has 22-17",
        ),
        ({"votes_for": "22", "votes_against": 17, "result": "aangenomen (22-17)"}, ""),
    ],
)
def test_printed_totals_override_counted_votes_and_differences_are_noted(written, notes):
    found = read([{**POPOLO, "vote_events": [], **written}])
    (parsed,) = found.document["motions"]
    assert (parsed["votes_for"], parsed["votes_against"]) == ((20, 0) if "20-0" in notes else (22, 17))
    assert notes in "\n".join(found.notes)
    assert bool(notes) == ("also has" in "\n".join(found.notes))


def test_votes_of_groups_without_numbers_are_not_counted():
    (parsed,) = (found := read([{**POPOLO, "vote_events": [{"votes": GROUPS}]}])).document["motions"]
    assert "votes_for" not in parsed
    assert any("how many of each group" in note for note in found.notes)


def test_a_number_with_too_many_digits_is_no_vote_count():
    (parsed,) = read([{**POPOLO, "vote_events": [{"tally": {"voor": "9" * 5000, "tegen": 1}}]}]).document["motions"]
    assert "votes_for" not in parsed


@pytest.mark.parametrize(
    "field",
    [
        {"type": "Amendment"},
        {"classification": ["Motie", "Amendement"]},
        {"motion_type": "Subamendement"},
        {"motionType": {"name": "Amendement"}},
        {"@type": "http://www.w3.org/ns/opengov#Amendment"},
        {"categorie": "amendement"},
        {"name": "21.0098/12 Amendement Extra fietsenrek"},
        {"name": "Amendement: extra fietsenrek"},
        {"status": "Amendement aangehouden"},
        {"result": "Amendement aangenomen"},
    ],
)
def test_an_amendment_is_not_a_motion_whichever_field_shows_it(field):
    found = read({"items": [POPOLO, {**POPOLO, "type": "Motion", "id": "2", **field}]})
    assert len(found.document["motions"]) == 1
    assert "mendement (1×)" in found.notes[-1] or "mendment (1×)" in found.notes[-1]


def test_motions_about_amendments_and_mixed_lists_count_as_motions():
    for field in ({"name": "Motie over amendementen"}, {"classification": "Moties en amendementen"}):
        assert len(read([{**POPOLO, "type": "Motion", **field}]).document["motions"]) == 1


@pytest.mark.parametrize("where", ["result", "event"])
def test_an_unreadable_outcome_drops_its_date(where):
    unclear = "gelijke stemming - wordt opnieuw in stemming gebracht"
    event = {"start_date": "2021-11-11", **({"result": unclear} if where == "event" else {})}
    found = read([{**POPOLO, "result": unclear if where == "result" else None, "vote_events": [event]}])
    (parsed,) = found.document["motions"]
    assert not {"outcome", "adopted_on"} & parsed.keys()
    assert any("it would make this an adopted motion" in note for note in found.notes)


def test_the_follow_up_of_a_motion_gives_its_outcome_when_nothing_else_does():
    (parsed,) = read([{**POPOLO, "result": None, "status": "Motie verworpen"}]).document["motions"]
    assert parsed["outcome"] == "rejected"


def test_the_last_of_several_votes_counts():
    events = [
        {"start_date": "2021-12-02", "counts": [{"option": "yes", "value": 30}, {"option": "no", "value": 6}]},
        {"start_date": "2021-11-11", "counts": [{"option": "yes", "value": 18}, {"option": "no", "value": 18}]},
    ]
    found = read([{**POPOLO, "vote_events": events}])
    assert found.document["motions"][0]["votes_for"] == 30
    assert found.document["motions"][0]["adopted_on"] == "2021-12-02"
    assert any("more than once" in note for note in found.notes)


def test_votes_listed_next_to_the_motions_are_matched():
    document = {
        "motions": [{**POPOLO, "vote_events": None}],
        "vote_events": [
            {"motion_id": "motie-1", "start_date": "2021-11-11", "counts": [{"option": "yes", "value": 36}]}
        ],
    }
    (parsed,) = read(document).document["motions"]
    assert (parsed["votes_for"], parsed["votes_against"]) == (36, 0)


def test_identical_duplicates_are_merged_and_different_ones_are_both_reported():
    assert len(read([POPOLO, POPOLO]).document["motions"]) == 1
    (problem,) = read([POPOLO, {**POPOLO, "name": "Anders"}]).problems
    assert problem.location == "/1"
    assert "/0" in problem.reason


def deep(levels):
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("content", "location"),
    [
        (b"", "/"),
        (b"{'motions': []}", "line 1, column 2"),
        (b'{"motions": [\n{"number": 1},]}', "line 2, column 15"),
        (b'{"motions": [{"number": NaN}]}', "/motions/0/number"),
        (b'{"motions": [{"name": "a", "name": "b"}]}', "/motions/0/name"),
        ('{"motions": "é"}'.encode("cp1252"), "line 1"),
        ('{"motions": []}'.encode("utf-16"), "/"),
        (deep(100), "/"),
        (deep(100_000), "/"),
        (b'"motions"', "/"),
        (b"{}", "/"),
        (b"[]", "/"),
        (json.dumps({"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": 1}}}}}}}}}}).encode(), "/"),
        (b'{"motions": [1, "a"]}', "/motions/0"),
        (json.dumps([{"name": "Zonder nummer", "motietype": "vreemd"}]).encode(), "/0"),
        (json.dumps([{**POPOLO, "vote_events": [], "resolution_date": "ooit"}]).encode(), "/0/resolution_date"),
        (json.dumps({"results": [POPOLO] * 100_000}).encode(), "/"),
        (json.dumps({"register": 1, "motions": [{"title": "geen nummer"}]}).encode(), "/motions/0/number"),
    ],
)
def test_invalid_json_is_rejected_with_its_location_and_a_remedy(content, location):
    found = read(content)
    assert found.problems
    assert found.problems[0].location == location
    assert found.problems[0].reason
    assert found.problems[0].hint


def test_a_register_in_our_own_format_is_read_unchanged():
    register = {"register": 1, "motions": [{"number": "21.0098/04", "rules": ["feedback-given"]}], "commitments": []}
    assert read(register).document == register
