"""What holds for every address: what may be sent, what is asked, and how it is told what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as some

from participation.api.core.parsers import StrictJSONParser
from participation.api.core.problems import ConflictProblem, ValidationProblem
from participation.models import Trajectory
from tests import world
from tests.api.calling import PREFIX, Caller, told, wrong
from tests.api.described import described, operations

pytestmark = pytest.mark.django_db
LIST, SQUARE = "/trajectories", "/trajectories/voorbeeldplein"
JSON = "application/json"


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def program(square):
    return Caller(world.user("coordinator"))


# ---------- bodies


def put_in(program, data, kind=JSON):
    return program.send("PATCH", SQUARE, data, kind, if_match="*")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "#"),
        (b" \n", "#"),
        (b"{", "#"),
        (b'{"summary": "x",}', "#"),
        (b"{'summary': 'x'}", "#"),
        (b'{"summary": NaN}', "#/summary"),
        (b'{"summary": [Infinity]}', "#/summary/0"),
        (b'{"summary": 1e999}', "#/summary"),
        (b'{"summary": ' + b"9" * 5000 + b"}", "#"),
        (b'{"summary": "a", "summary": "b"}', "#/summary"),
        (b'{"contact": {"role": null, "role": null}}', "#/contact/role"),
        (b'{"summary": "\\ud800"}', "#/summary"),
        (b'{"summary": "a\\u0000b"}', "#/summary"),
        (b'{"\\ud800": 1}', "#"),
        (b'{"a/b~": "\\udfff"}', "#/a~1b~0"),
        (b'{"\\u0000": 1}', "#"),
        (b'{"summary": "\xff"}', "#"),
        ('{"summary": "x"}'.encode("utf-16"), "#"),
        (b"[" * 100_000, "#"),
        (b'{"summary": ' + b"[" * 50 + b"]" * 50 + b"}", "#"),
        (b"[]", "#"),
        (b'"tekst"', "#"),
        (b"null", "#"),
        (b"1", "#"),
        (b'{"summary": 1}', "#/summary"),
        (b'{"sumary": "x"}', "#/sumary"),
        (b"%PDF-1.7", "#"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_sound_json_is_told_at_its_place_and_nothing_is_stored(program, data, place):
    assert place in wrong(put_in(program, data))
    assert Trajectory.objects.get().summary == ""


def test_where_the_text_breaks_off_is_told_by_line_and_column(program):
    [why] = wrong(put_in(program, b'{"summary":\n  "x",}')).values()
    assert "line 2, column" in why


def test_text_of_any_script_comes_through(program):
    text = "Één plein – 日本 \U0001f333"
    assert put_in(program, json.dumps({"summary": text}).encode()).json()["summary"] == text
    assert put_in(program, json.dumps({"summary": text}, ensure_ascii=False).encode()).json()["summary"] == text
    assert put_in(program, b"\xef\xbb\xbf" + b'{"summary": "x"}').json()["summary"] == "x"


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "json"],
)
def test_what_is_no_json_is_refused_as_such(program, kind):
    status, _why = told(put_in(program, b'{"summary": "x"}', kind))
    assert status == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json; charset=bz2_codec"]
)
def test_json_is_read_as_utf8_whatever_else_it_is_called(program, kind):
    assert put_in(program, '{"summary": "é"}'.encode(), kind).json()["summary"] == "é"


def test_what_is_too_large_is_refused_before_it_is_read(program, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    fits = json.dumps({"summary": "x" * 900})
    assert put_in(program, fits).status_code == 200
    status, why = told(put_in(program, json.dumps({"summary": "x" * 1_000})))
    assert (status, "0.0 MB" in why) == (413, True)


def test_what_is_larger_than_it_was_told_to_be_is_read_no_further(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    stream = BytesIO(b" " * 10_000)

    class Request:
        META = {"CONTENT_LENGTH": ""}

    with pytest.raises(ConflictProblem):
        StrictJSONParser().parse(stream, JSON, {"request": Request()})
    assert stream.tell() == 1_001


# ---------- what is asked


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("fields=slug,titel", ["fields"]),
        ("fields=", ["fields"]),
        ("fields=slug&fields=title", ["fields"]),
        ("velden=slug", ["velden"]),
        ("Kind=housing", ["Kind"]),
        ("kind=&x=1&pageSize=0", ["x"]),
        ("kind=huis&status=weg", ["kind", "status"]),
        ("retrospective=misschien", ["retrospective"]),
        ("format=xml", ["format"]),
        ("geldigOp=2026-03-20", ["geldigOp"]),
    ],
)
def test_what_there_is_not_is_refused_by_its_name(square, query, names):
    assert list(wrong(Caller().get(f"{LIST}?{query}"))) == names


def test_a_slip_of_the_pen_gets_a_hint(square):
    assert "Bedoelt u “openForInput”?" in wrong(Caller().get(f"{LIST}?openForInpt=true"))["openForInpt"]
    assert "Bedoelt u “slug”?" in wrong(Caller().get(f"{LIST}?fields=slgu"))["fields"]
    assert "bekendOp" in wrong(Caller().get(f"{SQUARE}?x=1"))["x"]


def test_a_write_takes_no_parameters(program):
    assert list(wrong(program.patch(f"{SQUARE}?fields=slug", {}, if_match="*"))) == ["fields"]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-04-20",
        "2026-04-20T10:00:00Z",
        "2026-04-20T12:00:00+02:00",
        "2026-04-20T12:00:00%2B02:00",
        "2026-04-20T12:00",
        "2026-04-22",
    ],
)
def test_a_moment_is_written_in_the_usual_ways_and_today_is_as_of_now(moment):
    with time_machine.travel(datetime(2026, 4, 22, 10, 0, tzinfo=UTC), tick=False):
        world.record(Trajectory(slug="voorbeeldplein", title="Plein"), "2026-04-01 10:00")
        assert Caller().get(f"{SQUARE}?bekendOp={moment}").status_code == 200


@pytest.mark.parametrize(
    "moment",
    [
        "2026-04-23",
        "2026-04-22T10:00:01Z",
        "1899-12-31",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "nu",
        "",
        "2026-02-30",
        "20 april",
        "2026-04-20 10:00 extra",
    ],
)
def test_a_moment_that_is_none_or_has_not_come_is_refused(square, moment):
    with time_machine.travel(datetime(2026, 4, 22, 10, 0, tzinfo=UTC), tick=False):
        assert list(wrong(Caller().get(f"{SQUARE}?bekendOp={quote(moment)}"))) == ["bekendOp"]


def asked_with():
    """Every list with each of its parameters, and one that it does not have."""
    for found in operations(described()):
        if found.method == "get" and "{" not in found.path:
            names = [told["name"] for told in found.told.get("parameters", ()) if told["in"] == "query"]
            yield from ((found.path, name) for name in [*names, "x"])


ODD = [
    *"\0\n\ud7ff\ufffd'\"%_\\;&=,٣",
    "-1",
    "0",
    "9" * 30,
    "1e5",
    "NaN",
    "2026-02-30",
    "null",
    "true",
    "../..",
    "{}",
    "[]",
]


@given(
    one=some.deferred(lambda: some.sampled_from(list(asked_with()))),
    text=some.sampled_from(ODD) | some.text(max_size=40),
)
@settings(max_examples=150)
def test_any_text_in_any_parameter_is_answered_or_refused(one, text):
    address, name = one
    answer = Caller().get(f"{address}?{quote(name)}={quote(text.encode('utf-8', 'replace'))}")
    assert answer.status_code == 200 or name in wrong(answer)


@given(text=some.text(min_size=1, max_size=40), end=some.sampled_from(["", "/steps", "/steps/s1", "/dossier", "/plan"]))
def test_any_text_in_an_address_is_not_there(text, end):
    answer = Caller().get(f"{LIST}/{quote(text.encode('utf-8', 'replace'), safe='')}{end}")
    assert told(answer)[0] == 404


@given(data=some.binary(max_size=60) | some.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_as_a_body_are_refused_in_words(data):
    class Request:
        META = {"CONTENT_LENGTH": str(len(data))}

    try:
        found = StrictJSONParser().parse(BytesIO(data), JSON, {"request": Request()})
    except ValidationProblem:
        return
    assert found == json.loads(data.decode("utf-8-sig"))


# ---------- what is told


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/niets", 404),
        ("GET", "/trajectories/", 404),
        ("GET", "/trajectories/voorbeeldplein/", 404),
        ("GET", "/trajectories/a%00b", 404),
        ("GET", "/trajectories/voorbeeldplein/steps/a%00b", 404),
        ("GET", "/trajectories/voorbeeldplein/waivers/99999999999999999999999", 404),
        ("GET", "/trajectories/voorbeeldplein/waivers/x", 404),
        ("DELETE", SQUARE, 405),
        ("PUT", SQUARE, 405),
        ("POST", SQUARE, 405),
        ("PATCH", LIST, 405),
        ("TRACE", LIST, 405),
    ],
)
def test_what_is_not_there_or_not_possible_is_a_problem_too(program, method, path, status):
    answer = program.send(method, path)
    assert told(answer)[0] == status
    assert answer.headers["API-Version"]
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_what_nobody_foresaw_is_a_problem_without_its_details(square, monkeypatch):
    monkeypatch.setattr("participation.api.trajectories.trajectory_records", lambda *_args: 1 / 0)
    caller = Caller()
    caller.client = Client(raise_request_exception=False)
    status, why = told(caller.get(SQUARE))
    assert (status, why) == (500, "Er ging hier iets mis. Het is genoteerd. Probeer het later opnieuw.")


def test_a_problem_is_told_in_the_language_that_was_asked_for(square):
    assert told(Caller().get(f"{LIST}/weg"))[1] == "Hier is niets, of niets dat u mag zien."
    assert (
        told(Caller().get(f"{LIST}/weg", accept_language="en"))[1]
        == "There is nothing here, or nothing that you may see."
    )


def test_another_form_than_json_is_not_given(square):
    assert told(Caller().get(SQUARE, accept="text/html"))[0] == 406
    assert Caller().get(SQUARE, accept="text/html, */*;q=0.1").status_code == 200


def test_an_address_that_goes_nowhere_says_where_the_description_is(square):
    assert "/api/v1/docs" in told(Caller().get("/niets"))[1]


def test_head_is_get_without_its_body(square):
    full = Caller().get(SQUARE)
    head = Caller().send("HEAD", SQUARE)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(full.content))


def test_options_tells_which_methods_there_are_and_nothing_else(square):
    answer = Caller().send("OPTIONS", SQUARE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS"


# ---------- headers


def test_every_answer_says_its_version_and_is_kept_by_nobody_else(square, program):
    for answer in (Caller().get(SQUARE), Caller().get("/niets"), program.get(SQUARE), program.post(LIST, {})):
        assert answer.headers["API-Version"] == "1.0.0"
        assert answer.headers["Cache-Control"] == "no-store"
        assert {"Authorization", "Cookie", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_public_may_be_read_by_a_script_on_any_site(square):
    for answer in (Caller().get(LIST), Caller().get(f"{LIST}/weg"), Caller().get("/openapi.json")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_what_is_answered_to_somebody_may_be_read_by_no_other_site(program, client):
    client.force_login(world.user("administrator"))
    for answer in (
        program.get(LIST),
        client.get(f"{PREFIX}{LIST}"),
        Caller().get(LIST, authorization="Bearer x"),
        Caller().post(LIST, {}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_browser_that_asks_beforehand_hears_that_one_may_read_and_nothing_more(square, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Caller().send(
            "OPTIONS",
            SQUARE,
            origin="https://elders.example.org",
            access_control_request_method="GET",
            access_control_request_headers="if-none-match",
        )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "if-none-match" in allowed
    assert "authorization" not in allowed


def test_pages_are_no_part_of_this(client):
    answer = client.get("/over/")
    assert "API-Version" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "API-Version" not in client.get("/api/v1x").headers
