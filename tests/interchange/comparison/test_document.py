"""The document of a municipality: strict when read, and without any small number, stated or computed."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.interchange.comparison.document import (
    MAX_BYTES,
    ComparisonError,
    read_document,
    rule_record,
    signed_document,
)
from participation.interchange.comparison.signing import canonical_json, public_jwk, sign
from participation.selectors.statistics.comparison import COMPARED_OUTCOMES
from tests.comparisons import DRAFT, WOO, comparison, demand, key, rule_totals, year_totals

RULES = (WOO, DRAFT)
COUNTS = st.lists(st.one_of(st.just(0), st.integers(0, 6), st.integers(0, 40)), min_size=5, max_size=5)
#: The counts of two rules in each of two years.
CITY = st.lists(st.lists(COUNTS, min_size=2, max_size=2), min_size=2, max_size=2)


def resigned(number=1, **changes):
    """Return the document with these changes, signed again: as somebody with the key may send it."""
    data = json.loads(comparison(number=number))
    document = data["document"]
    for place, value in changes.items():
        *path, last = place.split("__")
        target = document
        for part in path:
            target = target[int(part) if part.isdigit() else part]
        target[last] = value
    return canonical_json({**data, "signature": sign(canonical_json(document), key(number))})


def published(city):
    """Return all that a municipality publishes of two years: the document after the first, and after the second."""
    years = []
    for year, rules in zip((2025, 2026), city, strict=True):
        rows = [
            rule_record(rule, demand(rule), "law", dict(zip(COMPARED_OUTCOMES, counts, strict=True)))
            for rule, counts in zip(RULES, rules, strict=True)
        ]
        years.append({"year": year, "published_on": f"{year + 1}-02-01", "rules": [row for row in rows if row]})
    return [signed_document("utrecht", "Utrecht", "https://u.example", years[:end], key()) for end in (1, 2)]


def numbers_in(value):
    if isinstance(value, dict):
        return [number for child in value.values() for number in numbers_in(child)]
    if isinstance(value, list):
        return [number for child in value for number in numbers_in(child)]
    return [value] if isinstance(value, int) else []


def test_a_document_is_read_as_it_was_made():
    found = read_document(
        comparison("utrecht", 1, year_totals(2024), year_totals(2025, rule_totals(in_time=40, late=3)))
    )
    assert (found.municipality, found.name, found.address) == (
        "utrecht",
        "gemeente Utrecht",
        "https://utrecht.example",
    )
    assert found.public_key == public_jwk(key())["x"]
    assert [year.year for year in found.years] == [2024, 2025]
    (row,) = found.years[1].rules
    assert (row.in_time, row.counts.lowest, row.counts.highest) == (40, 40, 44)
    assert row.in_time_shares == (40 / 44, 1.0)
    assert found.years[0].rules[0].in_time_shares == (20 / 34, 20 / 30)


def test_a_share_of_fewer_than_five_is_known_as_a_range():
    (row,) = read_document(comparison("utrecht", 1, year_totals(2025, rule_totals(late=80)))).years[0].rules
    assert row.in_time_shares == (0.0, 0.05)


@given(CITY)
def test_no_number_under_five_is_in_any_publication(city):
    for content in published(city):
        years = json.loads(content)["document"]["years"]
        assert all(number >= 5 for number in numbers_in(years))


@given(CITY, st.data())
def test_another_city_with_any_other_small_count_publishes_the_same(city, data):
    """Whatever a reader computes from both publications, a hidden count may be 1, 2, 3 or 4 all the same."""
    year, rule = data.draw(st.integers(0, 1)), data.draw(st.integers(0, 1))
    counts = city[year][rule]
    hidden = [place for place, number in enumerate(counts) if number < 5]
    if not hidden or sum(counts) < 5:
        return
    before, row = published(city), rule_record(WOO, demand(), "law", dict(zip(COMPARED_OUTCOMES, counts, strict=True)))
    alike = {}
    for values in product(range(5), repeat=len(hidden)):
        other = list(counts)
        for place, value in zip(hidden, values, strict=True):
            other[place] = value
        if rule_record(WOO, demand(), "law", dict(zip(COMPARED_OUTCOMES, other, strict=True))) == row:
            for place, value in zip(hidden, values, strict=True):
                alike.setdefault((place, value), other)
    for place, value in product(hidden, (1, 2, 3, 4)):
        changed = [list(rules) for rules in city]
        changed[year][rule] = alike[place, value]
        assert published(changed) == before


@given(CITY)
def test_a_later_publication_repeats_the_earlier_one(city):
    first, second = (json.loads(content)["document"]["years"] for content in published(city))
    assert second[:1] == first


def test_fewer_than_five_trajectories_are_left_out():
    assert rule_record(WOO, demand(), "law", {"in_time": 2, "late": 2}) is None
    assert rule_record(WOO, demand(), "law", {"in_time": 5}) is not None


# ---------- what is refused


def test_every_altered_byte_is_refused_or_means_the_same():
    content = comparison()
    right = read_document(content)
    for place in range(0, len(content), 3):
        altered = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        try:
            found = read_document(altered)
        except ComparisonError:
            continue
        assert found == right


def test_an_altered_figure_is_named_as_altered():
    altered = comparison().replace(b'"in_time":20', b'"in_time":19')
    with pytest.raises(ComparisonError, match="altered after it was signed"):
        read_document(altered)


def test_spaces_between_the_words_of_json_change_nothing():
    assert read_document(json.dumps(json.loads(comparison()), indent=2).encode()) == read_document(comparison())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b" " * (MAX_BYTES + 1), "larger than 1,000,000 bytes", id="too large"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "cannot be read", id="too deep"),
        pytest.param(b'{"a":' * 40 + b"1" + b"}" * 40, "cannot be read", id="a little too deep"),
        pytest.param(b"<html>", "cannot be read", id="no JSON"),
        pytest.param(b"", "cannot be read", id="empty"),
        pytest.param(b"\xff\xfe", "cannot be read", id="not UTF-8"),
        pytest.param(b"[]", "not a comparison", id="a list"),
        pytest.param(b'{"document":1}', "not a comparison", id="no document"),
        pytest.param(b'{"document":{"comparison":2}}', "Update Leidraad here", id="a newer version"),
        pytest.param(comparison().replace(b'"name"', b'"name":"x","name"'), "cannot be read", id="a key twice"),
        pytest.param(comparison().replace(b'"name"', b'"extra":1,"name"'), "not a comparison", id="an unknown key"),
        pytest.param(resigned(comparison=True), "not a comparison", id="yes for a version"),
        pytest.param(resigned(municipality="Utrecht "), "see /document/municipality", id="no slug"),
        pytest.param(resigned(name="Utrecht\u202e"), "see /document/name", id="text that runs backwards"),
        pytest.param(resigned(address="javascript:alert(1)"), "see /document/address", id="no address"),
        pytest.param(resigned(years=[]), "see /document/years", id="no years"),
        pytest.param(resigned(years__0__year=2025.0), "see /document/years/0/year", id="a fraction"),
        pytest.param(resigned(years__0__published_on="2026-02-30"), "published_on", id="no day"),
        pytest.param(resigned(years__0__rules__0__in_time=3), "rules/0/in_time", id="a small number"),
        pytest.param(resigned(years__0__rules__0__judged={"from": 4, "to": 4}), "judged", id="a small total"),
        pytest.param(resigned(years__0__rules__0__judged={"from": 29, "to": 29}), "contradict", id="a total too low"),
        pytest.param(resigned(years__0__rules__0__judged={"from": 60, "to": 60}), "contradict", id="a total too high"),
        pytest.param(resigned(years__0__rules__0__judged={"from": 32, "to": 30}), "contradict", id="turned around"),
        pytest.param(resigned(years=[year_totals(), year_totals()]), "not in order", id="a year twice"),
        pytest.param(resigned(years=[year_totals(2025), year_totals(2024)]), "not in order", id="years turned around"),
        pytest.param(
            resigned(years=[year_totals(2025, rule_totals(), rule_totals())]), "is there twice", id="a rule twice"
        ),
        pytest.param(resigned(years=[year_totals()] * 51), "see /document/years", id="too many years"),
    ],
)
def test_anything_else_is_refused_with_a_message(content, message):
    with pytest.raises(ComparisonError, match=message):
        read_document(content)
