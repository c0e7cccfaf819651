"""Keyboard checks: which elements the Tab key reaches, and whether their focus is visible."""

from __future__ import annotations

from typing import Any, NamedTuple

from playwright.sync_api import Page

#: Moves the focus to the top of the page, and records the focused element at each keyup event, when it is final.
_RECORD_FOCUS = """() => {
    const stop = (here) => {
        const style = getComputedStyle(here), box = here.getBoundingClientRect();
        const kind = style.outlineStyle, width = parseFloat(style.outlineWidth);
        const line = kind === 'auto' || (kind !== 'none' && width >= 2);
        // An area of a map has its own border as the ring.
        const area = here.ownerSVGElement && here.querySelector('path');
        const border = area && parseFloat(getComputedStyle(area).strokeWidth) >= 8;
        const ring = line || style.boxShadow !== 'none' || border;
        return {
            what: here.outerHTML.slice(0, 160),
            name: (here.getAttribute('aria-label') || here.innerText || here.labels?.[0]?.innerText
                || here.querySelector('title')?.textContent || '').trim(),
            seen: !!ring && box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0,
        };
    };
    let first = null;
    window.tabStops = [];
    document.addEventListener('keyup', () => {
        const here = document.activeElement;
        // After the last element the focus moves to the browser itself, or back to the top of the page.
        const end = !here || here === document.body || here === first;
        window.tabStops.push(end ? null : stop(here));
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
    // Elements that are hidden from screen readers too: the default button for the Enter key.
    .filter((one) => !one.closest('[aria-hidden="true"]'))
    // The Tab key stops at one radio button of a group.
    .filter((one) => one.type !== 'radio' || ![...document.getElementsByName(one.name)].some((o) => o.dataset.reached))
    .filter((one) => !one.dataset.reached)
    .map((one) => one.outerHTML.slice(0, 160))"""


class Stop(NamedTuple):
    """A focused element: its HTML, its name, and whether its focus is visible."""

    what: str
    name: str
    seen: bool


def focus_stops(page: Page, at_most: int = 400) -> list[Stop]:
    """Press Tab from the top of the page to its end, and return the focused elements."""
    page.evaluate(_RECORD_FOCUS)
    found: list[Any] = []
    pressed = 0
    while pressed < at_most:
        # As many presses as there are elements left, and one more to leave the page.
        for _press in range(min(len(unreachable_elements(page)) + 1, at_most - pressed)):
            page.keyboard.press("Tab")
            pressed += 1
        found = page.evaluate("window.tabStops")
        if None in found:
            return [Stop(**stop) for stop in found[: found.index(None)]]
    raise AssertionError(f"the end of the page was not reached in {at_most} stops: the last is {found[-1]['what']}")


def unreachable_elements(page: Page) -> list[str]:
    """Return the interactive elements that the Tab key has not reached yet."""
    found: list[str] = page.evaluate(_REACHABLE)
    return found


def tab_to(page: Page, selector: str, at_most: int = 100) -> None:
    """Press Tab until the focused element matches."""
    # On a page under load, the Tab key does not reach what has not arrived yet.
    page.wait_for_load_state()
    for _press in range(at_most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key does not reach {selector}")


def fill(page: Page, **values: str) -> None:
    """Type these values, in this order, in the fields with these names; a choice by its first letters."""
    for name, value in values.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(value)
