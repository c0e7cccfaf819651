"""Each helper of the browser tests reports the errors that it is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import axe, html, keyboard
from tests.browser.site import Site

PAGE = '<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>Proef</title></head><body>{}</body></html>'


def test_axe_finds_missing_labels_and_missing_page_language(page: Page) -> None:
    page.set_content("<title>Proef</title><main><h1>Proef</h1><input name='naam'></main>")

    rules = {error.partition(":")[0] for error in axe.violations(page)}

    assert {"label", "html-has-lang"} <= rules


def test_axe_finds_low_contrast_and_small_touch_targets(page: Page) -> None:
    page.set_content(
        PAGE.format(
            "<main><h1>Proef</h1><p style='color:#aaa'>Bleek</p>"
            "<button style='width:9px;height:9px;padding:0' aria-label='a'></button>"
            "<button style='width:9px;height:9px;padding:0' aria-label='b'></button></main>"
        )
    )

    rules = {error.partition(":")[0] for error in axe.violations(page)}

    assert {"color-contrast", "target-size"} <= rules


def test_a_correct_page_has_no_accessibility_violations(page: Page) -> None:
    page.set_content(PAGE.format("<main><h1>Proef</h1><p>Goed.</p></main>"))

    assert axe.violations(page) == []
    assert axe.overflowing_elements(page) == []


def test_horizontal_overflow_on_a_phone_is_found(page: Page) -> None:
    page.set_viewport_size({"width": axe.NARROW, "height": 600})
    page.set_content(PAGE.format("<main><h1>Proef</h1><p style='width:500px'>Breed</p></main>"))

    assert "Breed" in "".join(axe.overflowing_elements(page))


def test_script_and_console_errors_are_recorded(page: Page, browser_errors: list[str]) -> None:
    page.set_content(PAGE.format("<script>console.error('stuk'); nietBekend()</script>"))
    page.wait_for_function("() => true")

    assert any("stuk" in error for error in browser_errors)
    assert any("nietBekend" in error for error in browser_errors)
    browser_errors.clear()


def test_content_security_policy_violations_are_recorded(
    page_as: Callable[[str], Page], browser_errors: list[str]
) -> None:
    page = page_as("")
    page.goto("/trajecten/")
    assert browser_errors == []

    page.evaluate("() => { document.body.append(Object.assign(document.createElement('script'), {text: '1'})) }")
    page.evaluate("() => { document.body.setAttribute('style', 'color: red') }")

    assert len([error for error in browser_errors if "Content Security Policy" in error]) == 2
    browser_errors.clear()


def test_a_page_shared_by_tests_is_also_monitored(
    shared_page_as: Callable[[str], Page], one_page: tuple[Page, list[str]]
) -> None:
    page, heard = one_page
    assert shared_page_as("") is page
    page.goto("/trajecten/")
    assert heard == []

    page.evaluate("() => { document.body.setAttribute('style', 'color: red') }")

    assert len(heard) == 1
    heard.clear()


def test_a_shared_page_is_logged_in_as_the_requested_role(shared_page_as: Callable[[str], Page]) -> None:
    for role, logged_in in (("adviser", 1), ("", 0), ("coordinator", 1)):
        page = shared_page_as(role)
        page.goto("/trajecten/")
        assert page.get_by_role("button", name="Uitloggen").count() == logged_in


def test_a_missing_file_is_recorded(page_as: Callable[[str], Page], site: Site, browser_errors: list[str]) -> None:
    page = page_as("")
    page.goto("/trajecten/")

    page.evaluate("() => fetch('/static/bestaat-niet.css').catch(() => null)")
    page.wait_for_load_state("networkidle")

    assert browser_errors
    browser_errors.clear()


def test_invalid_html_is_reported_with_its_page(tmp_path) -> None:
    wrong = "<main><h1>Proef</h1><p><div>Hier niet</div></p><img src='a.png'><i id='a'></i><i id='a'></i></main>"

    found = html.validation_errors(
        {"goed": PAGE.format("<main><h1>Proef</h1></main>"), "fout": PAGE.format(wrong)}, tmp_path
    )

    assert not [error for error in found if error.startswith("goed")]
    assert any("no-dup-id" in error for error in found)
    assert any("alt" in error for error in found)


def test_the_keyboard_check_finds_unreachable_elements_and_invisible_focus(page: Page) -> None:
    page.set_content(
        PAGE.format(
            "<main><h1>Proef</h1><a href='#a'>een</a>"
            "<button tabindex='-1'>nooit</button><a href='#b' style='outline:none'>twee</a></main>"
        )
    )

    focus_stops = keyboard.focus_stops(page)

    assert [stop.name for stop in focus_stops] == ["een", "twee"]
    assert [stop.name for stop in focus_stops if not stop.seen] == ["twee"]
    assert "nooit" in "".join(keyboard.unreachable_elements(page))


def test_the_keyboard_check_finds_a_focus_trap(page: Page) -> None:
    page.set_content(
        PAGE.format(
            "<main><h1>Proef</h1><a href='#a'>een</a><a href='#b' id='b'>twee</a><a href='#c' id='c'>drie</a></main>"
            "<script>c.addEventListener('keydown', (e) => { e.preventDefault(); b.focus() })</script>"
        )
    )

    with pytest.raises(AssertionError, match="the end of the page was not reached in 30 stops"):
        keyboard.focus_stops(page, at_most=30)


def test_a_browser_without_javascript_runs_none(without_script: Callable[[str], Page]) -> None:
    page = without_script("")

    page.set_content(
        PAGE.format("<p id='p'>Zonder</p><script>document.getElementById('p').textContent = 'Met'</script>")
    )

    assert page.locator("#p").inner_text() == "Zonder"


def test_a_page_is_logged_in_as_the_requested_role(page_as: Callable[[str], Page], context: BrowserContext) -> None:
    page = page_as("adviser")

    page.goto("/trajecten/")

    assert page.get_by_role("button", name="Uitloggen").is_visible()
