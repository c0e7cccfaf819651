"""Totals are published once a year, and those of others are read by the key that somebody confirmed."""

from __future__ import annotations

import json
from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.comparison.document import ComparisonError, read_document
from participation.models import ComparedMunicipality, Obligation
from participation.services.comparison import (
    Publisher,
    forget_municipality,
    own_content,
    publish_comparison,
    receive_comparison,
    year_record,
)
from tests.comparisons import (
    DRAFT,
    NEXT_YEAR,
    NOW,
    THEN,
    TODAY,
    WOO,
    comparison,
    demand,
    fingerprint_of,
    judged,
    key,
    rule_totals,
    year_totals,
)
from tests.towns import TOWNS

pytestmark = pytest.mark.django_db

LEIDEN = Publisher("leiden", "gemeente Leiden", "https://leiden.example", key(9))


def publish(today=TODAY, now=NOW, rulebooks="leiden", **changes):
    return publish_comparison(LEIDEN._replace(**changes), load_rulebooks(rulebooks), today, now)


def receive(content, expected="utrecht", confirmation="", today=TODAY):
    return receive_comparison(content, expected, confirmation, today, NOW)


def confirmed(content=None, slug="utrecht", number=1):
    return receive(content or comparison(slug, number), slug, fingerprint_of(number))


def refused(match, *arguments, **options):
    before = list(ComparedMunicipality.objects.values())
    with pytest.raises(ComparisonError, match=match):
        receive(*arguments, **options)
    assert list(ComparedMunicipality.objects.values()) == before


# ---------- publishing


def test_the_totals_of_public_trajectories_are_published():
    judged(12, "in_time")
    judged(6, "late")
    judged(2, "unknown")
    judged(7, "in_time", public=False)
    judged(4, "in_time", DRAFT)
    found = read_document(publish().content)
    ((year, _published_on, (row,)),) = found.years
    assert (year, row.rule, row.strength, row.demand) == (2025, WOO, "law", demand(rulebook="leiden"))
    assert row.counts == ((6, None, None, None, 12), 18, 22)
    assert own_content() == publish().content.decode()


def test_a_year_is_published_once_whatever_is_recorded_later():
    judged(12, "in_time")
    first = read_document(publish().content)
    judged(8, "late")
    Obligation.objects.filter(rule=WOO).update(due_on=date(2025, 3, 1), strict_due_on=None)
    again = publish()
    assert (again.added_year, again.has_new_key) == (None, False)
    assert read_document(again.content) == first
    later = [obligation.pk for obligation in judged(9, "in_time")]
    Obligation.objects.filter(pk__in=later).update(due_on=date(2026, 5, 1), strict_due_on=None)
    second = read_document(publish(NEXT_YEAR, THEN).content)
    assert second.years[0] == first.years[0]
    assert [year.year for year in second.years] == [2025, 2026]
    assert second.years[1].rules[0].in_time == 9


def test_a_dry_run_stores_nothing():
    judged(12, "in_time")
    done = publish_comparison(LEIDEN, load_rulebooks("leiden"), TODAY, NOW, is_dry_run=True)
    assert done.added_year == 2025
    assert own_content() is None


def test_with_nothing_to_publish_the_year_stays_open():
    judged(4, "in_time")
    with pytest.raises(ComparisonError, match="nothing to publish of 2025"):
        publish()
    judged(1, "in_time")
    assert publish().added_year == 2025


def test_another_key_signs_the_same_years_again():
    judged(12, "in_time")
    first = publish()
    again = publish(key=key(8))
    assert again.has_new_key
    assert read_document(again.content).years == read_document(first.content).years


def test_the_name_of_another_municipality_is_refused():
    judged(12, "in_time")
    publish()
    with pytest.raises(ComparisonError, match="Set MUNICIPALITY to what it was"):
        publish(municipality="leiderdorp")
    assert not forget_municipality("leiden")


def test_a_lost_publication_is_read_and_then_continued():
    judged(12, "in_time")
    lost = publish()
    ComparedMunicipality.objects.all().delete()
    receive(lost.content, "leiden", fingerprint_of(9))
    judged(9, "late")
    assert publish().content == lost.content
    assert ComparedMunicipality.objects.get().is_own


def test_trajectories_without_a_municipality_are_those_of_the_first_rulebook():
    judged(6, "in_time", municipality="")
    judged(6, "in_time", municipality="oegstgeest")
    judged(7, "in_time")
    for municipality, number in (("leiden", 13), ("oegstgeest", 6)):
        record = year_record(municipality, load_rulebooks(TOWNS), 2025, TODAY)
        assert [row["in_time"] for row in record["rules"]] == [number]


# ---------- reading


def test_a_key_is_confirmed_once_by_its_whole_fingerprint():
    refused(rf"Its fingerprint is:\n\n    {fingerprint_of(1)}", comparison())
    refused("is not that of the key of utrecht", comparison(), confirmation=fingerprint_of(2))
    refused("is not that of the key of utrecht", comparison(), confirmation=fingerprint_of(1)[:19])
    assert confirmed()
    row = ComparedMunicipality.objects.get()
    assert (row.slug, row.name, row.last_year, row.is_own) == ("utrecht", "gemeente Utrecht", 2025, False)
    assert row.content.encode() == comparison()


def test_reading_the_same_again_changes_nothing():
    confirmed()
    before = ComparedMunicipality.objects.values().get()
    assert receive(comparison()) is False
    assert ComparedMunicipality.objects.values().get() == before


def test_a_new_year_is_added():
    confirmed()
    assert receive(comparison("utrecht", 1, year_totals(2025), year_totals(2026)), today=NEXT_YEAR)
    assert ComparedMunicipality.objects.get().last_year == 2026


def test_a_document_with_another_key_is_refused():
    confirmed()
    refused(r"another key .*comparison forget utrecht", comparison(number=2), confirmation=fingerprint_of(2))
    assert forget_municipality("utrecht")
    assert receive(comparison(number=2), confirmation=fingerprint_of(2))


def test_an_altered_document_is_refused():
    confirmed()
    refused("altered", comparison().replace(b"Utrecht", b"Utrechx"))


def test_the_document_of_another_municipality_is_refused():
    refused("comparison of zeist, not of utrecht", comparison("zeist"), confirmation=fingerprint_of(1))


def test_two_municipalities_never_have_one_key():
    confirmed()
    refused("key of zeist is that of utrecht", comparison("zeist"), "zeist", fingerprint_of(1))


def test_the_municipality_of_this_installation_is_refused():
    judged(12, "in_time")
    content = publish().content
    refused("municipality of this installation", content, "leiden", fingerprint_of(9))


def test_an_older_document_is_refused():
    confirmed(comparison("utrecht", 1, year_totals(2024), year_totals(2025)))
    refused("older than the one that is here: it ends in 2024", comparison("utrecht", 1, year_totals(2024)))


def test_a_published_year_that_changed_or_vanished_is_refused():
    confirmed(comparison("utrecht", 1, year_totals(2024), year_totals(2025)))
    other = year_totals(2024, rule_totals(in_time=21, late=10))
    refused("figures of 2024 differ", comparison("utrecht", 1, other, year_totals(2025)))
    refused("figures of 2024 differ", comparison("utrecht", 1, year_totals(2025)))


@pytest.mark.parametrize(
    "year",
    [
        pytest.param(year_totals(2026), id="a year that is not over"),
        pytest.param({**year_totals(2025), "published_on": "2025-12-31"}, id="published before its end"),
        pytest.param({**year_totals(2025), "published_on": "2026-02-03"}, id="published tomorrow"),
    ],
)
def test_a_year_that_was_not_over_is_refused(year):
    refused("before that year was over", comparison("utrecht", 1, year), confirmation=fingerprint_of(1))


def test_the_private_key_is_nowhere_in_the_database():
    judged(12, "in_time")
    publish()
    data = json.loads(own_content())
    assert set(data["key"]) == {"crv", "kty", "x"}
