import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.dossier import parser
from participation.dossier.errors import DossierError, Problem
from participation.dossier.parser import MAX_DEPTH, read_document
from tests.dossier.example import dossier, mini


def parse_error(data: bytes) -> Problem:
    with pytest.raises(DossierError) as caught:
        read_document(data)
    (problem,) = caught.value.problems
    return problem


def as_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def test_a_document_is_parsed_unchanged() -> None:
    assert read_document(as_json(dossier())) == dossier()


def test_a_utf8_byte_order_mark_is_accepted() -> None:
    assert read_document(b"\xef\xbb\xbf" + as_json(mini())) == mini()


def test_a_register_is_parsed() -> None:
    assert read_document(b'{"register": 1}') == {"register": 1}


def test_a_document_that_is_too_large_is_rejected_before_parsing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parser, "MAX_BYTES", 1024 * 1024)
    problem = parse_error(b"[" * (1024 * 1024 * 3 // 2))
    assert "1.5 MB" in problem.reason
    assert "at most 1 MB" in problem.reason
    assert problem.hint


def test_a_document_of_exactly_the_maximum_size_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_json(mini())
    monkeypatch.setattr(parser, "MAX_BYTES", len(data))
    assert read_document(data) == mini()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_and_utf32_are_rejected_by_name(encoding: str) -> None:
    problem = parse_error('{"dossier": 1}'.encode(encoding))
    assert "UTF-16" in problem.reason or "UTF-32" in problem.reason
    assert "save it as UTF-8" in problem.hint


def test_latin_1_is_rejected_with_its_line_and_character() -> None:
    problem = parse_error('{"dossier": 1,\n"note": "coördinatie"}'.encode("latin-1"))
    assert problem.location == "line 2"
    assert "Latin-1" in problem.reason
    assert "'ö'" in problem.reason
    assert "save it as UTF-8" in problem.hint


def test_the_line_number_is_right_after_a_byte_order_mark() -> None:
    assert parse_error(b'\xef\xbb\xbf{\n\n"\xeb": 1}').location == "line 3"


@pytest.mark.parametrize(("start", "name"), [(b"PK\x03\x04", "ZIP"), (b"%PDF-1.7", "PDF"), (b"\x1f\x8b\x08", "gzip")])
def test_binary_data_is_rejected_as_such(start: bytes, name: str) -> None:
    assert name in parse_error(start).reason


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_reported_as_empty(data: bytes) -> None:
    assert "empty" in parse_error(data).reason


@given(st.integers(1, len(as_json(dossier())) - 1))
def test_a_document_truncated_anywhere_is_rejected_with_its_location(length: int) -> None:
    problem = parse_error(as_json(dossier())[:length])
    assert problem.location.startswith("line 1")
    assert problem.hint


def test_a_truncated_file_is_reported_as_such() -> None:
    problem = parse_error(b'{"dossier": 1, "steps": [1, 2')
    assert problem.location == "line 1, column 30"
    assert "ends before the document does" in problem.reason


@pytest.mark.parametrize(
    ("data", "location", "expected"),
    [
        (b'{"dossier": 1,}', "line 1, column 15", "a key between double quotes"),
        (b'{"dossier" 1}', "line 1, column 12", "a colon"),
        (b'{"dossier": 1\n "a": 2}', "line 2, column 2", "a comma"),
        (b'{"dossier": 1,\n "a": waar}', "line 2, column 7", "a value"),
        (b'{"dossier": 1, "a": "x\ny"}', "line 1, column 23", "line break"),
        (b'{"dossier": 1} {}', "line 1, column 16", "has ended"),
    ],
)
def test_invalid_json_is_reported_with_its_location_and_what_was_expected(
    data: bytes, location: str, expected: str
) -> None:
    problem = parse_error(data)
    assert problem.location == location
    assert expected in problem.reason
    assert problem.hint


@pytest.mark.parametrize("quote", ["'", "\u201c"])
def test_single_and_curly_quotes_are_pointed_out(quote: str) -> None:
    assert quote in parse_error(f"{{{quote}dossier{quote}: 1}}".encode()).hint


def test_a_duplicate_key_is_rejected_with_its_location() -> None:
    problem = parse_error(b'{"dossier": 1, "steps": [{}, {"title": "a", "title": "b"}]}')
    assert problem.location == "/steps/1/title"
    assert "twice" in problem.reason


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_rejected_with_their_location(written: str) -> None:
    problem = parse_error(f'{{"dossier": 1, "steps": [{{"score": {written}}}]}}'.encode())
    assert problem.location == "/steps/0/score"
    assert written in problem.reason


def test_a_number_of_thousands_of_digits_is_rejected() -> None:
    assert "digits" in parse_error(b'{"dossier": ' + b"9" * 5000 + b"}").reason


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 200_000])
def test_very_deep_nesting_is_rejected_without_a_recursion_error(depth: int) -> None:
    inner = depth - 1
    assert "deep" in parse_error(b'{"dossier": ' + b"[" * inner + b"]" * inner + b"}").reason


def test_nesting_up_to_the_limit_is_accepted() -> None:
    inner = MAX_DEPTH - 1
    assert read_document(b'{"dossier": 1, "a": ' + b"[" * inner + b"]" * inner + b"}")


@pytest.mark.parametrize("data", [b"[]", b'"dossier"', b"1", b"null"])
def test_a_document_that_is_not_an_object_is_rejected(data: bytes) -> None:
    assert "object" in parse_error(data).reason


@pytest.mark.parametrize("version", ["2", "0", '"1"', "true", "null", "[]", "1.5"])
def test_an_unknown_version_is_rejected_with_the_known_ones(version: str) -> None:
    problem = parse_error(f'{{"dossier": {version}}}'.encode())
    assert problem.location == "/dossier"
    assert "known versions: 1" in problem.hint


def test_a_misspelled_version_key_gets_a_suggestion() -> None:
    assert "'dosier'" in parse_error(b'{"dosier": 1}').hint
    assert '"dossier": 1' in parse_error(b"{}").hint


def test_a_document_cannot_be_both_dossier_and_register() -> None:
    assert "both" in parse_error(b'{"dossier": 1, "register": 1}').reason


@given(st.binary(max_size=60))
def test_any_bytes_give_a_document_or_a_clear_error(data: bytes) -> None:
    try:
        document = read_document(data)
    except DossierError as error:
        problems = error.problems
    else:
        problems = ()
        assert document.keys() & {"dossier", "register"}
    assert all(problem.location and problem.reason for problem in problems)
