"""Rules for every URL of the API: bodies, query parameters, problem responses and headers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
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
from tests.api.client import PREFIX, ApiTestClient, errors_of, status_and_detail
from tests.api.openapi import openapi_document, operations

pytestmark = pytest.mark.django_db
LIST, SQUARE = "/trajectories", "/trajectories/voorbeeldplein"
JSON = "application/json"


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def program(square):
    return ApiTestClient(world.user("coordinator"))


# ---------- bodies


def patch_body(program, data, kind=JSON):
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
def test_malformed_json_is_reported_with_its_location_and_nothing_is_stored(program, data, place):
    assert place in errors_of(patch_body(program, data))
    assert Trajectory.objects.get().summary == ""


def test_truncated_json_is_reported_by_line_and_column(program):
    [why] = errors_of(patch_body(program, b'{"summary":\n  "x",}')).values()
    assert "regel 2, teken" in why


def test_text_in_any_script_is_preserved(program):
    text = "Één plein – 日本 \U0001f333"
    assert patch_body(program, json.dumps({"summary": text}).encode()).json()["summary"] == text
    assert patch_body(program, json.dumps({"summary": text}, ensure_ascii=False).encode()).json()["summary"] == text
    assert patch_body(program, b"\xef\xbb\xbf" + b'{"summary": "x"}').json()["summary"] == "x"


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "json"],
)
def test_a_body_that_is_not_json_gives_415(program, kind):
    status, _why = status_and_detail(patch_body(program, b'{"summary": "x"}', kind))
    assert status == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json; charset=bz2_codec"]
)
def test_json_is_decoded_as_utf8_whatever_the_declared_charset(program, kind):
    assert patch_body(program, '{"summary": "é"}'.encode(), kind).json()["summary"] == "é"


def test_a_body_that_is_too_large_is_rejected_before_it_is_read(program, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    fits = json.dumps({"summary": "x" * 900})
    assert patch_body(program, fits).status_code == 200
    status, why = status_and_detail(patch_body(program, json.dumps({"summary": "x" * 1_000})))
    assert (status, "0,0 MB" in why) == (413, True)


def test_the_limit_of_a_body_is_written_as_in_the_language_of_the_response(program, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 512 * 1024
    body = json.dumps({"summary": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    assert "hoogstens 2,5 MB" in status_and_detail(patch_body(program, body))[1]
    english = program.send("PATCH", SQUARE, body, JSON, If_Match="*", Accept_Language="en")
    assert "at most 2.5 MB" in status_and_detail(english)[1]


def test_a_body_longer_than_its_content_length_is_not_read_further(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    stream = BytesIO(b" " * 10_000)

    request = SimpleNamespace(META={"CONTENT_LENGTH": ""})

    with pytest.raises(ConflictProblem):
        StrictJSONParser().parse(stream, JSON, {"request": request})
    assert stream.tell() == 1_001


# ---------- query parameters


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("fields=slug,titel", ["fields"]),
        ("fields=", ["fields"]),
        ("fields=slug&fields=titel", ["fields"]),
        ("pageSize=1&pageSize=2", ["pageSize"]),
        ("velden=slug", ["velden"]),
        ("Kind=housing", ["Kind"]),
        ("kind=&x=1&pageSize=0", ["x"]),
        ("kind=huis&status=weg", ["kind", "status"]),
        ("retrospective=misschien", ["retrospective"]),
        ("format=xml", ["format"]),
        ("geldigOp=2026-03-20", ["geldigOp"]),
    ],
)
def test_unknown_fields_and_parameters_are_rejected_by_name(square, query, names):
    assert list(errors_of(ApiTestClient().get(f"{LIST}?{query}"))) == names


def test_a_misspelled_name_gets_a_suggestion(square):
    assert "Bedoelt u “openForInput”?" in errors_of(ApiTestClient().get(f"{LIST}?openForInpt=true"))["openForInpt"]
    assert "Bedoelt u “slug”?" in errors_of(ApiTestClient().get(f"{LIST}?fields=slgu"))["fields"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("page", "Volg van pagina naar pagina de URL in `next`"),
        ("offset", "Volg van pagina naar pagina de URL in `next`"),
        ("limit", "Gebruik `pageSize`"),
        ("per_page", "Gebruik `pageSize`"),
        ("page_size", "Bedoelt u “pageSize”?"),
        ("sort", "De volgorde van een lijst staat vast"),
        ("orderBy", "De volgorde van een lijst staat vast"),
        ("q", "Gebruik `search`"),
        # A poor likeness is no guess.
        ("source", "Kies uit: "),
    ],
)
def test_a_usual_name_in_other_apis_is_answered_with_what_there_is_here(square, name, expected):
    assert expected in errors_of(ApiTestClient().get(f"{LIST}?{name}=2"))[name]


def test_where_there_are_no_parameters_the_remedy_is_to_leave_one_out(program):
    errors = errors_of(program.send("PATCH", f"{SQUARE}?page=2", b"{}", JSON, If_Match="*"))
    assert errors == {"page": "Deze parameter bestaat niet. Hier zijn er geen: laat deze weg."}


@pytest.mark.parametrize(
    ("method", "headers", "kind", "expected"),
    [
        ("DELETE", {}, "", (405, "Dat kan niet op dit adres. Gebruik een van deze: GET, PATCH, HEAD, OPTIONS.")),
        ("GET", {"Accept": "text/csv"}, "", (406, "`Accept: application/json`")),
        ("PATCH", {"If_Match": "*"}, "text/csv", (415, "`Content-Type: application/json`")),
    ],
)
def test_what_an_address_cannot_do_is_refused_with_a_remedy(program, method, headers, kind, expected):
    status, why = status_and_detail(program.send(method, SQUARE, b"x", kind, **headers))
    assert (status, expected[1] in why) == (expected[0], True)
    assert "bekendOp" in errors_of(ApiTestClient().get(f"{SQUARE}?x=1"))["x"]


def test_query_parameters_are_rejected_on_writes(program):
    assert list(errors_of(program.patch(f"{SQUARE}?fields=slug", {}, if_match="*"))) == ["fields"]


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
def test_a_timestamp_takes_the_usual_formats_and_today_means_now(moment):
    with time_machine.travel(datetime(2026, 4, 22, 10, 0, tzinfo=UTC), tick=False):
        world.record(Trajectory(slug="voorbeeldplein", title="Plein"), "2026-04-01 10:00")
        assert ApiTestClient().get(f"{SQUARE}?bekendOp={moment}").status_code == 200


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
def test_an_invalid_or_future_timestamp_is_rejected(square, moment):
    with time_machine.travel(datetime(2026, 4, 22, 10, 0, tzinfo=UTC), tick=False):
        assert list(errors_of(ApiTestClient().get(f"{SQUARE}?bekendOp={quote(moment)}"))) == ["bekendOp"]


def query_parameters():
    """Yield every list with each of its parameters, and with an unknown one."""
    for found in operations(openapi_document()):
        if found.method == "get" and "{" not in found.path:
            names = [
                parameter["name"] for parameter in found.definition.get("parameters", ()) if parameter["in"] == "query"
            ]
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
    one=some.deferred(lambda: some.sampled_from(list(query_parameters()))),
    text=some.sampled_from(ODD) | some.text(max_size=40),
)
@settings(max_examples=150)
def test_any_text_in_any_parameter_is_accepted_or_rejected_without_a_crash(one, text):
    address, name = one
    response = ApiTestClient().get(f"{address}?{quote(name)}={quote(text.encode('utf-8', 'replace'))}")
    assert response.status_code == 200 or name in errors_of(response)


@given(text=some.text(min_size=1, max_size=40), end=some.sampled_from(["", "/steps", "/steps/s1", "/dossier", "/plan"]))
def test_any_text_in_a_path_gives_404(text, end):
    response = ApiTestClient().get(f"{LIST}/{quote(text.encode('utf-8', 'replace'), safe='')}{end}")
    assert status_and_detail(response)[0] == 404


@given(data=some.binary(max_size=60) | some.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_as_a_body_are_rejected_with_a_problem(data):
    request = SimpleNamespace(META={"CONTENT_LENGTH": str(len(data))})

    try:
        found = StrictJSONParser().parse(BytesIO(data), JSON, {"request": request})
    except ValidationProblem:
        return
    assert found == json.loads(data.decode("utf-8-sig"))


# ---------- problem responses


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
def test_unknown_urls_and_methods_give_a_problem_response(program, method, path, status):
    response = program.send(method, path)
    assert status_and_detail(response)[0] == status
    assert response.headers["API-Version"]
    if status == 405:
        assert "GET" in response.headers["Allow"]


def test_an_unexpected_error_gives_a_problem_without_details(square, monkeypatch):
    monkeypatch.setattr("participation.api.trajectories.trajectory_records", lambda *_args: 1 / 0)
    caller = ApiTestClient()
    caller.client = Client(raise_request_exception=False)
    status, why = status_and_detail(caller.get(SQUARE))
    assert (status, why) == (500, "Er ging iets mis op de server. De fout is vastgelegd. Probeer het later opnieuw.")


def test_a_problem_is_written_in_the_requested_language(square):
    assert status_and_detail(ApiTestClient().get(f"{LIST}/weg"))[1] == "Dit bestaat niet, of u mag het niet zien."
    assert (
        status_and_detail(ApiTestClient().get(f"{LIST}/weg", accept_language="en"))[1]
        == "It does not exist, or you may not see it."
    )


def test_other_media_types_than_json_give_406(square):
    assert status_and_detail(ApiTestClient().get(SQUARE, accept="text/html"))[0] == 406
    assert ApiTestClient().get(SQUARE, accept="text/html, */*;q=0.1").status_code == 200


def test_an_unknown_url_points_to_the_api_description(square):
    assert "/api/v1/docs" in status_and_detail(ApiTestClient().get("/niets"))[1]


def test_head_is_get_without_a_body(square):
    full = ApiTestClient().get(SQUARE)
    head = ApiTestClient().send("HEAD", SQUARE)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(full.content))


def test_options_lists_the_allowed_methods_and_nothing_else(square):
    response = ApiTestClient().send("OPTIONS", SQUARE)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS"


# ---------- headers


def test_public_data_with_an_etag_may_be_stored_and_are_asked_for_again_each_time(square, program):
    read = ApiTestClient().get(SQUARE)
    again = ApiTestClient().get(SQUARE, if_none_match=read.headers["ETag"])

    assert (read.status_code, again.status_code) == (200, 304)
    assert [response.headers["Cache-Control"] for response in (read, again)] == ["no-cache", "no-cache"]
    assert program.get(SQUARE).headers["ETag"]
    assert program.get(SQUARE).headers["Cache-Control"] == "no-store"


def test_every_response_has_the_api_version_and_is_not_cached_publicly(square, program):
    for response in (
        ApiTestClient().get(LIST),
        ApiTestClient().get("/niets"),
        program.get(SQUARE),
        program.post(LIST, {}),
    ):
        assert response.headers["API-Version"] == "1.0.0"
        assert response.headers["Cache-Control"] == "no-store"
        assert {"Authorization", "Cookie", "Accept-Language"} <= set(response.headers["Vary"].split(", "))
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_public_data_can_be_read_by_scripts_of_any_origin(square):
    for response in (
        ApiTestClient().get(LIST),
        ApiTestClient().get(f"{LIST}/weg"),
        ApiTestClient().get("/openapi.json"),
    ):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in response.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_authenticated_responses_have_no_cors_headers(program, client):
    client.force_login(world.user("administrator"))
    for response in (
        program.get(LIST),
        client.get(f"{PREFIX}{LIST}"),
        ApiTestClient().get(LIST, authorization="Bearer x"),
        ApiTestClient().post(LIST, {}),
    ):
        assert "Access-Control-Allow-Origin" not in response.headers


def test_a_cors_preflight_allows_only_reading(square, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = ApiTestClient().send(
            "OPTIONS",
            SQUARE,
            origin="https://elders.example.org",
            access_control_request_method="GET",
            access_control_request_headers="if-none-match",
        )
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert "if-none-match" in allowed
    assert "authorization" not in allowed


def test_html_pages_have_no_api_headers(client):
    response = client.get("/over/")
    assert "API-Version" not in response.headers
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "API-Version" not in client.get("/api/v1x").headers


def test_fields_may_be_repeated_or_written_with_commas(square):
    client = ApiTestClient()
    for query in ("fields=slug&fields=title", "fields=slug,title", "fields=slug,title&fields=slug"):
        assert client.get(f"{SQUARE}?{query}").json().keys() == {"slug", "title"}
    refused = client.get(f"{SQUARE}?fields=slug&fields=onbekend")
    assert refused.status_code == 400
