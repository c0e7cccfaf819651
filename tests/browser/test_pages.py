"""Every page, as everyone who comes there: for all to use, valid, without a complaint, in few queries.

A new page is a new line in PAGES.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page

from tests.browser import axe, html, keyboard
from tests.browser.website import Site

SQUARE = "/trajecten/herinrichting-lindeplein-voorbeeld/"
#: Queries of an answer at most: how many does not grow with what is shown.
FEW = 40


class Shown(NamedTuple):
    """A page: its address, the role of who reads it (nobody by ""), the status and the queries it may take."""

    url: str
    whom: str = ""
    status: int = 200
    queries: int = FEW

    def __str__(self) -> str:
        return f"{self.url} {self.whom or 'nobody'}"


PAGES = [
    Shown("/trajecten/"),
    Shown("/trajecten/", "adviser"),
    Shown(SQUARE),
    Shown(SQUARE, "adviser"),
    Shown(f"{SQUARE}wijzigen/", "adviser"),
    Shown(f"{SQUARE}stappen/nieuw/", "adviser"),
    Shown(f"{SQUARE}inbreng/nieuw/", "adviser"),
    Shown(f"{SQUARE}stukken/nieuw/", "adviser"),
    Shown(f"{SQUARE}plan/", "adviser"),
    Shown(f"{SQUARE}geschiedenis/", "adviser"),
    Shown(f"{SQUARE}volgen/"),
    Shown(f"{SQUARE}plan/", "association_member", status=403),
    Shown("/trajecten/nieuw/", "adviser"),
    Shown("/wijken/"),
    Shown("/mijn/", "association_member"),
    Shown("/deze-week/", "adviser"),
    Shown("/deze-week/", "coordinator"),
    Shown("/moties/"),
    Shown("/moties/nieuw/", "coordinator"),
    Shown("/toezeggingen/"),
    Shown("/regels/"),
    Shown("/inloggen/"),
    Shown("/over/"),
    Shown("/", "adviser"),
    Shown("/", "association_member"),
    Shown("/bestaat-niet/", status=404),
    Shown("/bestaat-niet/", "adviser", status=404),
]


@pytest.mark.parametrize("shown", PAGES, ids=str)
def test_a_page_can_be_used_by_everyone(shown: Shown, as_whom: Callable[[str], Page]) -> None:
    page = as_whom(shown.whom)
    page.set_viewport_size({"width": axe.WIDE, "height": 800})

    answer = page.goto(shown.url)

    assert answer is not None
    assert answer.status == shown.status
    assert int(answer.headers["x-queries"]) <= shown.queries
    _by_keyboard(page)
    for width in (axe.WIDE, axe.NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        barriers = [*axe.barriers(page), *axe.too_wide(page)]
        assert not barriers, "\n".join([f"at {width}:", *barriers])


def _by_keyboard(page: Page) -> None:
    stops = keyboard.stops(page)
    assert stops[0].name == "Naar de inhoud"
    assert [stop for stop in stops if not stop.seen] == []
    assert keyboard.missed(page) == []


def test_pages_are_valid(site: Site, tmp_path) -> None:
    found = html.mistakes({str(shown): _text(site, shown) for shown in PAGES}, tmp_path)

    assert not found, "\n".join(found)


def _text(site: Site, shown: Shown) -> str:
    """Return the page as it is sent."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in site.cookies(shown.whom))
    request = urllib.request.Request(site.url + shown.url, headers={"Cookie": cookies, "Accept-Language": "nl"})
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        assert answer.status == shown.status, shown
        return answer.read().decode()
