"""What axe-core says of a page, and what no tool says: whether it fits."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: WCAG 2.2 on level AA, and what the makers of axe advise beyond it.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
WIDE, NARROW = 1280, 320


def violations(page: Page) -> list[str]:
    """Return what stands in someone's way, a line each with the rule and the element."""
    # At another width it is still there: its half a megabyte is sent once to a page.
    axe = Axe("undefined" if page.evaluate("() => 'axe' in window") else AXE_SCRIPT)
    found = axe.run(page, options={"runOnly": {"type": "tag", "values": [*TAGS]}, "resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def overflowing_elements(page: Page) -> list[str]:
    """Return what sticks out of the screen, so that one would have to scroll sideways (WCAG 1.4.10)."""
    found: list[str] = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const out = [...document.body.querySelectorAll('*')].filter((one) => {
                const box = one.getBoundingClientRect();
                return box.width && box.right > width + 1 && !one.closest('.utrecht-table-container');
            });
            return ['the page scrolls sideways', ...out.slice(0, 5).map((one) => one.outerHTML.slice(0, 160))];
        }"""
    )
    return found
