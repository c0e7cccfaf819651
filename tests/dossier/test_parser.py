import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.dossier import parser
from participation.dossier.errors import DossierError, Problem
from participation.dossier.parser import MAX_DEPTH, read_document
from tests.dossier.example import dossier, mini


def refused(data: bytes) -> Problem:
    with pytest.raises(DossierError) as caught:
        read_document(data)
    (problem,) = caught.value.problems
    return problem


def as_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def test_a_document_is_read_as_it_was_written() -> None:
    assert read_document(as_json(dossier())) == dossier()


def test_a_byte_order_mark_of_utf8_is_accepted() -> None:
    assert read_document(b"\xef\xbb\xbf" + as_json(mini())) == mini()


def test_a_register_is_read_too() -> None:
    assert read_document(b'{"register": 1}') == {"register": 1}


def test_what_is_too_large_is_refused_before_it_is_parsed_with_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parser, "MAX_BYTES", 1024 * 1024)
    problem = refused(b"[" * (1024 * 1024 * 3 // 2))
    assert "1.5 MB" in problem.reason
    assert "at most 1 MB" in problem.reason
    assert problem.hint


def test_the_limit_itself_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_json(mini())
    monkeypatch.setattr(parser, "MAX_BYTES", len(data))
    assert read_document(data) == mini()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_widths_of_unicode_are_named(encoding: str) -> None:
    problem = refused('{"dossier": 1}'.encode(encoding))
    assert "UTF-16" in problem.reason or "UTF-32" in problem.reason
    assert "save it as UTF-8" in problem.hint


def test_latin_1_is_named_with_the_line_and_the_letter() -> None:
    problem = refused('{"dossier": 1,\n"note": "coördinatie"}'.encode("latin-1"))
    assert problem.place == "line 2"
    assert "Latin-1" in problem.reason
    assert "'ö'" in problem.reason
    assert "save it as UTF-8" in problem.hint


def test_the_line_is_right_behind_a_byte_order_mark_too() -> None:
    assert refused(b'\xef\xbb\xbf{\n\n"\xeb": 1}').place == "line 3"


@pytest.mark.parametrize(("start", "name"), [(b"PK\x03\x04", "ZIP"), (b"%PDF-1.7", "PDF"), (b"\x1f\x8b\x08", "gzip")])
def test_what_is_no_text_at_all_is_named(start: bytes, name: str) -> None:
    assert name in refused(start).reason


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    assert "empty" in refused(data).reason


@given(st.integers(1, len(as_json(dossier())) - 1))
def test_a_document_cut_off_anywhere_is_refused_with_the_place(length: int) -> None:
    problem = refused(as_json(dossier())[:length])
    assert problem.place.startswith("line 1")
    assert problem.hint


def test_a_file_that_ends_too_early_is_said_to() -> None:
    problem = refused(b'{"dossier": 1, "steps": [1, 2')
    assert problem.place == "line 1, column 30"
    assert "ends before the document does" in problem.reason


@pytest.mark.parametrize(
    ("data", "place", "expected"),
    [
        (b'{"dossier": 1,}', "line 1, column 15", "a key between double quotes"),
        (b'{"dossier" 1}', "line 1, column 12", "a colon"),
        (b'{"dossier": 1\n "a": 2}', "line 2, column 2", "a comma"),
        (b'{"dossier": 1,\n "a": waar}', "line 2, column 7", "a value"),
        (b'{"dossier": 1, "a": "x\ny"}', "line 1, column 23", "line break"),
        (b'{"dossier": 1} {}', "line 1, column 16", "has ended"),
    ],
)
def test_broken_json_is_placed_and_says_what_was_expected(data: bytes, place: str, expected: str) -> None:
    problem = refused(data)
    assert problem.place == place
    assert expected in problem.reason
    assert problem.hint


@pytest.mark.parametrize("quote", ["'", "\u201c"])
def test_other_quotes_than_json_has_are_pointed_out(quote: str) -> None:
    assert quote in refused(f"{{{quote}dossier{quote}: 1}}".encode()).hint


def test_a_key_that_is_there_twice_is_refused_with_its_place() -> None:
    problem = refused(b'{"dossier": 1, "steps": [{}, {"title": "a", "title": "b"}]}')
    assert problem.place == "/steps/1/title"
    assert "twice" in problem.reason


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_lacks_are_refused_with_their_place(written: str) -> None:
    problem = refused(f'{{"dossier": 1, "steps": [{{"score": {written}}}]}}'.encode())
    assert problem.place == "/steps/0/score"
    assert written in problem.reason


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    assert "digits" in refused(b'{"dossier": ' + b"9" * 5000 + b"}").reason


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 200_000])
def test_very_deep_nesting_is_refused_without_a_recursion_error(depth: int) -> None:
    inner = depth - 1
    assert "deep" in refused(b'{"dossier": ' + b"[" * inner + b"]" * inner + b"}").reason


def test_nesting_as_deep_as_allowed_is_read() -> None:
    inner = MAX_DEPTH - 1
    assert read_document(b'{"dossier": 1, "a": ' + b"[" * inner + b"]" * inner + b"}")


@pytest.mark.parametrize("data", [b"[]", b'"dossier"', b"1", b"null"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    assert "object" in refused(data).reason


@pytest.mark.parametrize("version", ["2", "0", '"1"', "true", "null", "[]", "1.5"])
def test_another_version_is_refused_and_the_known_ones_are_named(version: str) -> None:
    problem = refused(f'{{"dossier": {version}}}'.encode())
    assert problem.place == "/dossier"
    assert "known versions: 1" in problem.hint


def test_a_slip_in_the_first_key_is_guessed() -> None:
    assert "'dosier'" in refused(b'{"dosier": 1}').hint
    assert '"dossier": 1' in refused(b"{}").hint


def test_a_document_cannot_be_both_kinds() -> None:
    assert "both" in refused(b'{"dossier": 1, "register": 1}').reason


@given(st.binary(max_size=60))
def test_any_bytes_give_a_document_or_a_clear_refusal(data: bytes) -> None:
    try:
        document = read_document(data)
    except DossierError as error:
        problems = error.problems
    else:
        problems = ()
        assert document.keys() & {"dossier", "register"}
    assert all(problem.place and problem.reason for problem in problems)
