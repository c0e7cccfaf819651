"""Accessibility checks: violations that axe-core finds, and horizontal overflow."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: WCAG 2.2 at level AA, and the best practices of axe.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
WIDE, NARROW = 1280, 320
#: Rules about colours, which take most of the time. A page has the same colours at every width.
COLOUR_RULES = ("color-contrast", "link-in-text-block")


def violations(page: Page, without: tuple[str, ...] = ()) -> list[str]:
    """Return a line for each violation, with its rule and element; ``without`` are ids of rules to leave out."""
    # A page under load arrives in parts: what a label or a description refers to may not be there yet.
    page.wait_for_load_state()
    # The script of half a megabyte is sent once to a page; it is still there at another width.
    axe = Axe("undefined" if page.evaluate("() => 'axe' in window") else AXE_SCRIPT)
    # Without fetching stylesheets and media again: no rule of these tags asks for them.
    options = {
        "runOnly": {"type": "tag", "values": [*TAGS]},
        "rules": {rule: {"enabled": False} for rule in without},
        "resultTypes": ["violations"],
        "preload": False,
    }
    found = axe.run(page, options=options)
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """Fail where axe finds something, or the page is wider than the screen."""
    problems = [*violations(page), *overflowing_elements(page)]
    # pytest shows the values of an assertion in test modules only, so the message names them.
    assert not problems, "\n".join([page.url, *problems])


def overflowing_elements(page: Page) -> list[str]:
    """Return the elements that make the page scroll horizontally (WCAG 1.4.10)."""
    found: list[str] = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const out = [...document.body.querySelectorAll('*')].filter((one) => {
                const box = one.getBoundingClientRect();
                return box.width && box.right > width + 1 && !one.closest('.utrecht-table-container');
            });
            return ['the page scrolls horizontally', ...out.slice(0, 5).map((one) => one.outerHTML.slice(0, 160))];
        }"""
    )
    return found
