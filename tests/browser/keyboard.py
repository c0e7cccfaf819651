"""What the Tab key reaches, and whether one sees where one is."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

_HERE = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const style = getComputedStyle(here), box = here.getBoundingClientRect();
    const kind = style.outlineStyle, width = parseFloat(style.outlineWidth);
    const line = kind === 'auto' || (kind !== 'none' && width >= 2);
    const ring = line || style.boxShadow !== 'none';
    here.dataset.reached = 'yes';
    return {
        what: here.outerHTML.slice(0, 160),
        name: (here.getAttribute('aria-label') || here.innerText || here.labels?.[0]?.innerText || '').trim(),
        seen: ring && box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0,
    };
}"""
_REACHABLE = """() => [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.disabled)
    // What is hidden from a screen reader too is not for people: the button that the Enter key presses.
    .filter((one) => !one.closest('[aria-hidden="true"]'))
    // Of a group of radio buttons the Tab key stops at one.
    .filter((one) => one.type !== 'radio' || ![...document.getElementsByName(one.name)].some((o) => o.dataset.reached))
    .filter((one) => !one.dataset.reached)
    .map((one) => one.outerHTML.slice(0, 160))"""


class Stop(NamedTuple):
    """Where the Tab key stopped: the element, what it is called, and whether a ring shows it."""

    what: str
    name: str
    seen: bool


def stops(page: Page, at_most: int = 400) -> list[Stop]:
    """Press Tab from the top of the page to its end; return where it stopped."""
    found = []
    # What looked at the page before may have left the focus somewhere.
    page.evaluate(
        "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex') }"
    )
    for _press in range(at_most):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if here is None:
            return found
        found.append(Stop(**here))
    raise AssertionError(f"the end of the page was not reached in {at_most} stops: the last is {found[-1].what}")


def missed(page: Page) -> list[str]:
    """Return what can be used but was not reached by the stops before."""
    found: list[str] = page.evaluate(_REACHABLE)
    return found
