"""The page to send API requests from: it loads nothing from elsewhere, and its requests are real."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Site

CHANGES_THE_SITE = True
READ = "Trajectories/trajectoriesRead"
CREATE = "Trajectories/trajectoriesCreate"


def opened(page: Page, operation: str) -> str:
    """Open an operation ready to be sent, and return its element."""
    place = f"#operations-{operation.replace('/', '-')}"
    page.goto(f"/api/v1/docs/try#/{operation}")
    page.click(f"{place} .try-out__btn")
    return place


def answered(page: Page, place: str) -> str:
    """Send the request, and return the status of the response."""
    page.click(f"{place} .execute")
    return page.locator(f"{place} .live-responses-table .response-col_status").nth(1).inner_text().split()[0]


def test_the_try_out_page_sends_requests_only_to_its_own_origin(page_as: Callable[[str], Page], site: Site) -> None:
    page, hosts = page_as(""), set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    place = opened(page, READ)

    assert answered(page, place) == "200"
    expect(page.locator(f"{place} .live-responses-table")).to_contain_text("herinrichting-lindeplein-voorbeeld")
    assert hosts - {""} == {urlsplit(site.url).netloc}


# A page for each: its CSRF token is that of the session in which it was loaded.
@pytest.mark.parametrize(("role", "status"), [("", "401"), ("adviser", "201"), ("auditor", "403")])
def test_a_logged_in_user_writes_under_their_own_account(
    role: str, status: str, page_as: Callable[[str], Page], browser_errors: list[str]
) -> None:
    page = page_as(role)
    place = opened(page, CREATE)
    page.fill(f"{place} textarea.body-param__text", '{"title": "Proef vanaf de pagina"}')

    assert answered(page, place) == status
    # A browser logs each response with an error status in its console.
    browser_errors[:] = [error for error in browser_errors if not re.search(rf"status of {status}", error)]


def test_without_javascript_the_page_links_to_the_reference(without_script: Callable[[str], Page]) -> None:
    page = without_script("")
    page.goto("/api/v1/docs/try")

    page.get_by_role("link", name=re.compile("zonder te proberen")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("De API")
    page.get_by_role("heading", name="List trajectories").click()
    expect(page.locator("#trajectoriesRead")).to_contain_text("openForInput")
