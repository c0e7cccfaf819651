"""A real browser on the website of the demonstration: nothing may go wrong in it, and nothing may be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser.site import Site, served


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # With more test processes the folder above theirs is one for all.
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "site"
    folder.mkdir(exist_ok=True)
    with served(folder) as site:
        yield site


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    program = chromium.program()
    assert program, chromium.MISSING
    return {**browser_type_launch_args, "executable_path": program, "args": [*chromium.ARGUMENTS]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], site: Site) -> dict[str, Any]:
    return {
        **browser_context_args,
        "base_url": site.url,
        "locale": "nl-NL",
        "timezone_id": "Europe/Amsterdam",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; a test that means to provoke it clears the list."""
    return []


@pytest.fixture(autouse=True)
def fail_on_complaints(complaints: list[str]) -> Iterator[None]:
    yield
    assert complaints == []


@pytest.fixture
def context(context: BrowserContext, complaints: list[str]) -> BrowserContext:
    """A visit, in which every page that opens is listened to."""
    return monitored(context, complaints)


@pytest.fixture
def page_as(context: BrowserContext, site: Site) -> Callable[[str], Page]:
    """Open a page as one of the kinds of readers, or as nobody."""

    def open_page(role: str = "") -> Page:
        context.clear_cookies()
        context.add_cookies(site.cookies(role))
        return context.new_page()

    return open_page


@pytest.fixture(scope="module")
def one_page(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[tuple[Page, list[str]]]:
    """One page for many tests, and what the browser complained of in it."""
    on_console_message: list[str] = []
    context = monitored(browser.new_context(**browser_context_args), on_console_message)
    yield context.new_page(), on_console_message
    context.close()


@pytest.fixture
def shared_page_as(
    one_page: tuple[Page, list[str]], complaints: list[str], site: Site
) -> Iterator[Callable[[str], Page]]:
    """As ``page_as``, for tests that only look: a new browser for each of them would cost as much as looking.

    What one test leaves in the page is gone once the next goes to an address: nothing of ours is kept in a browser
    but cookies.
    """
    page, on_console_message = one_page

    def open_page(role: str = "") -> Page:
        page.context.clear_cookies()
        page.context.add_cookies(site.cookies(role))
        return page

    yield open_page
    complaints += on_console_message
    on_console_message.clear()


@pytest.fixture
def without_script(
    new_context: Callable[..., BrowserContext], complaints: list[str], site: Site
) -> Callable[[str], Page]:
    """Open a page as one of the kinds of readers, in a browser that runs no JavaScript."""

    def open_page(role: str = "") -> Page:
        context = monitored(new_context(java_script_enabled=False), complaints)
        context.add_cookies(site.cookies(role))
        return context.new_page()

    return open_page


def monitored(context: BrowserContext, complaints: list[str]) -> BrowserContext:
    """Collect errors in the console (refusals by the Content-Security-Policy among them), in scripts and in loading."""

    def on_console_message(message: Any) -> None:
        # A page that is meant to be answered with 403 or 404 is no complaint; what it loads is.
        if message.type == "error" and message.location.get("url") != message.page.url:
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def failed(request: Any) -> None:
        # Whoever goes on to the next page does not wait for the pictures of this one.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.url}: {request.failure}")

    context.on("console", on_console_message)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("requestfailed", failed)
    return context
