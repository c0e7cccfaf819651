"""What the Tab key reaches, and whether one sees where one is."""

from __future__ import annotations

from typing import Any, NamedTuple

from playwright.sync_api import Page

#: Begin at the top of the page, for what looked at it before may have left the focus somewhere; and from now on
#: write down where each press leads. That is known when the key comes up: then the page shows where one is.
_BEGIN = """() => {
    const stop = (here) => {
        const style = getComputedStyle(here), box = here.getBoundingClientRect();
        const kind = style.outlineStyle, width = parseFloat(style.outlineWidth);
        const line = kind === 'auto' || (kind !== 'none' && width >= 2);
        const ring = line || style.boxShadow !== 'none';
        return {
            what: here.outerHTML.slice(0, 160),
            name: (here.getAttribute('aria-label') || here.innerText || here.labels?.[0]?.innerText || '').trim(),
            seen: ring && box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0,
        };
    };
    let first = null;
    window.stopsOfTab = [];
    document.addEventListener('keyup', () => {
        const here = document.activeElement;
        // From the end of a page one comes to the browser itself, or where it has nothing to stop at, to the top.
        const end = !here || here === document.body || here === first;
        window.stopsOfTab.push(end ? null : stop(here));
        if (end) return;
        first ??= here;
        here.dataset.reached = 'yes';
    }, true);
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
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


def focus_stops(page: Page, at_most: int = 400) -> list[Stop]:
    """Press Tab from the top of the page to its end; return where it stopped."""
    page.evaluate(_BEGIN)
    found: list[Any] = []
    pressed = 0
    while pressed < at_most:
        # As often at once as there seems to be left to reach, and once more to leave the page.
        for _press in range(min(len(unreachable_elements(page)) + 1, at_most - pressed)):
            page.keyboard.press("Tab")
            pressed += 1
        found = page.evaluate("window.stopsOfTab")
        if None in found:
            return [Stop(**stop) for stop in found[: found.index(None)]]
    raise AssertionError(f"the end of the page was not reached in {at_most} stops: the last is {found[-1]['what']}")


def unreachable_elements(page: Page) -> list[str]:
    """Return what can be used but was not reached by the stops before."""
    found: list[str] = page.evaluate(_REACHABLE)
    return found
