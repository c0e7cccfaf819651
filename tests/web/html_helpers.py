"""Helpers to request and parse pages, and an overdue obligation to show on them."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

from tests import world

TODAY = date(2026, 4, 20)
PAGE = "/trajecten/voorbeeldplein/"
TAKE_PART, INPUT, PLAN, AGREEMENTS = (f"{PAGE}{path}" for path in ("meedoen/", "inbreng/", "plan/", "afspraken/"))
PAGES = (PAGE, TAKE_PART, INPUT, PLAN, AGREEMENTS)
BASE_URL = "http://leidraad.example"


class ParsedPage(HTMLParser):
    """The ids and the links of a page. Fails where an element is not closed in the right order."""

    VOID = ("meta", "link", "input", "br", "hr", "img", "col")

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self._open = [], [], []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs["href"]] if tag == "a" else []
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag


def get_html(client, address=PAGE, **headers):
    """Return the HTML of a page, which must have status 200."""
    response = client.get(address, **headers)
    assert response.status_code == 200, address
    return response.content.decode()


def all_pages_html(client, query="", **headers):
    """Return the HTML of the pages of the trajectory, one after another."""
    return "".join(get_html(client, f"{address}{query}", **headers) for address in PAGES)


def element_html(html, anchor):
    """Return the HTML inside the element with this id."""
    return ElementParser(html, anchor).found


class ElementParser(HTMLParser):
    """Finds the HTML inside the element with this id."""

    def __init__(self, html, anchor):
        super().__init__(convert_charrefs=False)
        self.anchor, self.found, self._begin, self._depth = anchor, "", None, 0
        self._lines = [0]
        for line in html.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._html = html
        self.feed(html)

    def _here(self):
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_starttag(self, tag, attrs):
        if tag in ParsedPage.VOID:
            return
        if self._begin is not None:
            self._depth += 1
        elif dict(attrs).get("id") == self.anchor:
            self._begin = self._here()

    def handle_endtag(self, tag):
        if self._begin is None or tag in ParsedPage.VOID:
            return
        if self._depth == 0:
            self.found, self._begin = self._html[self._begin : self._here()], None
        self._depth -= 1


def overdue_obligation(of=None, **columns):
    """Create an obligation that is three days overdue. A ``due_on`` is also the default of the strict due date."""
    if "due_on" in columns:
        columns = {"strict_due_on": columns["due_on"], **columns}
    return world.obligation(trajectory=of or world.trajectory(), **columns)
