"""Fixtures of the browser tests, which run on the site of the demonstration. A test fails on any browser error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser.site import Site, served


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the filled database; each site that is served from it works on a copy."""
    # Parallel test processes share the parent of their folders.
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "site"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def unchanged_site(site_folder: Path) -> Iterator[Site]:
    with served(site_folder) as site:
        yield site


@pytest.fixture(scope="session")
def changed_site(site_folder: Path) -> Iterator[Site]:
    with served(site_folder) as site:
        yield site


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Site:
    """The site of a test. A module that records something says so, as what it adds makes the pages of others longer."""
    name = "changed_site" if getattr(request.module, "CHANGES_THE_SITE", False) else "unchanged_site"
    site: Site = request.getfixturevalue(name)
    return site


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    program = chromium.program()
    assert program, chromium.MISSING
    return {**browser_type_launch_args, "executable_path": program, "args": [*chromium.ARGUMENTS]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "nl-NL",
        "timezone_id": "Europe/Amsterdam",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def browser_errors() -> list[str]:
    """Errors that the browser reported; a test that provokes errors clears the list."""
    return []


@pytest.fixture(autouse=True)
def fail_on_browser_errors(browser_errors: list[str]) -> Iterator[None]:
    yield
    assert browser_errors == []


@pytest.fixture
def context(new_context: Callable[..., BrowserContext], browser_errors: list[str], site: Site) -> BrowserContext:
    """A browser context that reports the errors of every page."""
    return monitored(new_context(base_url=site.url), browser_errors)


@pytest.fixture
def page_as(context: BrowserContext, site: Site) -> Callable[[str], Page]:
    """Open a page logged in with a role, or anonymously."""

    def open_page(role: str = "") -> Page:
        context.clear_cookies()
        context.add_cookies(site.cookies(role))
        return context.new_page()

    return open_page


@pytest.fixture(scope="module")
def one_page(browser: Browser, browser_context_args: dict[str, Any], site: Site) -> Iterator[tuple[Page, list[str]]]:
    """A page for many tests, and the errors that the browser reported in it."""
    page_errors: list[str] = []
    context = monitored(browser.new_context(**browser_context_args, base_url=site.url), page_errors)
    yield context.new_page(), page_errors
    context.close()


@pytest.fixture
def shared_page_as(
    one_page: tuple[Page, list[str]], browser_errors: list[str], site: Site
) -> Iterator[Callable[[str], Page]]:
    """As ``page_as``, for tests that only read pages: a new browser context for each would double their time.

    Cookies are cleared for each test; the site stores nothing else in the browser.
    """
    page, page_errors = one_page

    def open_page(role: str = "") -> Page:
        page.context.clear_cookies()
        page.context.add_cookies(site.cookies(role))
        return page

    yield open_page
    browser_errors += page_errors
    page_errors.clear()


@pytest.fixture
def without_script(
    new_context: Callable[..., BrowserContext], browser_errors: list[str], site: Site
) -> Callable[[str], Page]:
    """Open a page logged in with a role, in a browser without JavaScript."""

    def open_page(role: str = "") -> Page:
        context = monitored(new_context(java_script_enabled=False, base_url=site.url), browser_errors)
        context.add_cookies(site.cookies(role))
        return context.new_page()

    return open_page


def monitored(context: BrowserContext, browser_errors: list[str]) -> BrowserContext:
    """Collect the errors of console, scripts and requests; the console reports violations of the CSP."""

    def on_console_message(message: Any) -> None:
        # A page itself may have status 403 or 404; what it loads may not.
        if message.type == "error" and message.location.get("url") != message.page.url:
            browser_errors.append(f"{message.text} ({message.location.get('url')})")

    def failed(request: Any) -> None:
        # A navigation aborts the requests of the page before.
        if request.failure != "net::ERR_ABORTED":
            browser_errors.append(f"{request.url}: {request.failure}")

    context.on("console", on_console_message)
    context.on("weberror", lambda error: browser_errors.append(str(error.error)))
    context.on("requestfailed", failed)
    return context
