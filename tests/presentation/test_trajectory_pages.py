"""Which page of a trajectory a section, an item or an obligation stands on."""

from __future__ import annotations

import pytest
from django.urls import resolve

from participation.presentation import mail
from participation.presentation.trajectory_pages import (
    AGREEMENTS,
    INPUT,
    PLAN,
    SECTIONS,
    SUMMARY,
    TAKE_PART,
    path_of_fragment,
    path_of_obligation,
)


@pytest.mark.parametrize(
    ("fragment", "path"),
    [
        ("", ""),
        ("inbreng", "inbreng/#inbreng"),
        ("besluiten", "plan/#besluiten"),
        ("inbreng-c1", "inbreng/?bij=inbreng-c1#inbreng-c1"),
        ("stap-avond #2", "plan/?bij=stap-avond+%232#stap-avond%20%232"),
        ("document-d1", "plan/?bij=document-d1#document-d1"),
        ("verzoek-r1", "inbreng/?bij=verzoek-r1#verzoek-r1"),
    ],
)
def test_a_fragment_leads_to_the_page_on_which_it_stands(fragment, path):
    assert path_of_fragment(fragment) == path


def test_a_query_precedes_the_fragment():
    assert path_of_fragment("", {"op": "2026-04-09"}) == "?op=2026-04-09"
    assert path_of_fragment("plan", {"op": "2026-04-09"}) == "plan/?op=2026-04-09#plan"
    assert path_of_fragment("stap-s1", {"op": "2026-04-09"}) == "plan/?op=2026-04-09&bij=stap-s1#stap-s1"


def test_an_unknown_fragment_is_refused():
    with pytest.raises(ValueError, match="onbekend"):
        path_of_fragment("onbekend")


def test_an_obligation_stands_on_the_agreements_whatever_its_rule_is_called():
    assert path_of_obligation("plan", "s 1") == "afspraken/#plan--s%201"
    assert mail.link("trajectory", "plein", "stap-x") == f"{mail.link('trajectory', 'plein')}afspraken/#stap-x"
    assert mail.link("motion", "21.01", "motion-followed-up").endswith("/moties/21.01/#motion-followed-up")


def test_each_path_is_the_address_of_a_page():
    for path in (SUMMARY, TAKE_PART, INPUT, PLAN, AGREEMENTS):
        assert resolve(f"/trajecten/plein/{path}").url_name.startswith("trajectory")
    assert set(SECTIONS.values()) == {SUMMARY, TAKE_PART, INPUT, PLAN, AGREEMENTS}
