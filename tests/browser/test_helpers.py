"""What looks at the pages does see what is wrong: each helper can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import axe, html, keyboard
from tests.browser.website import Site

PAGE = '<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>Proef</title></head><body>{}</body></html>'


def test_axe_sees_a_field_without_a_label_and_a_page_without_a_language(page: Page) -> None:
    page.set_content("<title>Proef</title><main><h1>Proef</h1><input name='naam'></main>")

    rules = {told.partition(":")[0] for told in axe.barriers(page)}

    assert {"label", "html-has-lang"} <= rules


def test_axe_sees_text_that_is_too_pale_and_a_button_too_small_for_a_thumb(page: Page) -> None:
    page.set_content(
        PAGE.format(
            "<main><h1>Proef</h1><p style='color:#aaa'>Bleek</p>"
            "<button style='width:9px;height:9px;padding:0' aria-label='a'></button>"
            "<button style='width:9px;height:9px;padding:0' aria-label='b'></button></main>"
        )
    )

    rules = {told.partition(":")[0] for told in axe.barriers(page)}

    assert {"color-contrast", "target-size"} <= rules


def test_a_page_that_is_right_has_no_barriers(page: Page) -> None:
    page.set_content(PAGE.format("<main><h1>Proef</h1><p>Goed.</p></main>"))

    assert axe.barriers(page) == []
    assert axe.too_wide(page) == []


def test_what_sticks_out_of_a_telephone_is_seen(page: Page) -> None:
    page.set_viewport_size({"width": axe.NARROW, "height": 600})
    page.set_content(PAGE.format("<main><h1>Proef</h1><p style='width:500px'>Breed</p></main>"))

    assert "Breed" in "".join(axe.too_wide(page))


def test_an_error_in_a_script_or_in_the_console_is_heard(page: Page, complaints: list[str]) -> None:
    page.set_content(PAGE.format("<script>console.error('stuk'); nietBekend()</script>"))
    page.wait_for_function("() => true")

    assert any("stuk" in told for told in complaints)
    assert any("nietBekend" in told for told in complaints)
    complaints.clear()


def test_what_the_content_security_policy_refuses_is_heard(
    as_whom: Callable[[str], Page], complaints: list[str]
) -> None:
    page = as_whom("")
    page.goto("/trajecten/")
    assert complaints == []

    page.evaluate("() => { document.body.append(Object.assign(document.createElement('script'), {text: '1'})) }")
    page.evaluate("() => { document.body.setAttribute('style', 'color: red') }")

    assert len([told for told in complaints if "Content Security Policy" in told]) == 2
    complaints.clear()


def test_a_page_that_many_tests_look_at_is_listened_to_as_well(
    looking_as: Callable[[str], Page], one_page: tuple[Page, list[str]]
) -> None:
    page, heard = one_page
    assert looking_as("") is page
    page.goto("/trajecten/")
    assert heard == []

    page.evaluate("() => { document.body.setAttribute('style', 'color: red') }")

    assert len(heard) == 1
    heard.clear()


def test_a_page_that_many_tests_look_at_is_that_of_who_was_asked_for(looking_as: Callable[[str], Page]) -> None:
    for role, logged_in in (("adviser", 1), ("", 0), ("coordinator", 1)):
        page = looking_as(role)
        page.goto("/trajecten/")
        assert page.get_by_role("button", name="Uitloggen").count() == logged_in


def test_a_file_that_is_not_there_is_heard(as_whom: Callable[[str], Page], site: Site, complaints: list[str]) -> None:
    page = as_whom("")
    page.goto("/trajecten/")

    page.evaluate("() => fetch('/static/bestaat-niet.css').catch(() => null)")
    page.wait_for_load_state("networkidle")

    assert complaints
    complaints.clear()


def test_html_that_is_not_valid_is_told_with_its_page(tmp_path) -> None:
    wrong = "<main><h1>Proef</h1><p><div>Hier niet</div></p><img src='a.png'><i id='a'></i><i id='a'></i></main>"

    found = html.mistakes({"goed": PAGE.format("<main><h1>Proef</h1></main>"), "fout": PAGE.format(wrong)}, tmp_path)

    assert not [told for told in found if told.startswith("goed")]
    assert any("no-dup-id" in told for told in found)
    assert any("alt" in told for told in found)


def test_the_keyboard_sees_what_cannot_be_reached_and_where_one_does_not_see_where_one_is(page: Page) -> None:
    page.set_content(
        PAGE.format(
            "<main><h1>Proef</h1><a href='#a'>een</a>"
            "<button tabindex='-1'>nooit</button><a href='#b' style='outline:none'>twee</a></main>"
        )
    )

    stops = keyboard.stops(page)

    assert [stop.name for stop in stops] == ["een", "twee"]
    assert [stop.name for stop in stops if not stop.seen] == ["twee"]
    assert "nooit" in "".join(keyboard.missed(page))


def test_the_keyboard_sees_that_one_cannot_get_out_of_a_part(page: Page) -> None:
    page.set_content(
        PAGE.format(
            "<main><h1>Proef</h1><a href='#a'>een</a><a href='#b' id='b'>twee</a><a href='#c' id='c'>drie</a></main>"
            "<script>c.addEventListener('keydown', (e) => { e.preventDefault(); b.focus() })</script>"
        )
    )

    with pytest.raises(AssertionError, match="the end of the page was not reached in 30 stops"):
        keyboard.stops(page, at_most=30)


def test_a_browser_without_script_runs_none(without_script: Callable[[str], Page]) -> None:
    page = without_script("")

    page.set_content(
        PAGE.format("<p id='p'>Zonder</p><script>document.getElementById('p').textContent = 'Met'</script>")
    )

    assert page.locator("#p").inner_text() == "Zonder"


def test_a_visitor_is_who_was_asked_for(as_whom: Callable[[str], Page], context: BrowserContext) -> None:
    page = as_whom("adviser")

    page.goto("/trajecten/")

    assert page.get_by_role("button", name="Uitloggen").is_visible()
