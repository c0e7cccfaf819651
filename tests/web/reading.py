"""How these tests read a page, and what stands on it: feedback that was due three days ago."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

from tests import world

TODAY = date(2026, 4, 20)
PAGE = "/trajecten/voorbeeldplein/"
OWN = "http://leidraad.example"


class Read(HTMLParser):
    """The ids of a page and where its links lead; it fails where an element is not closed in its turn."""

    VOID = ("meta", "link", "input", "br")

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


def shown(client, address=PAGE, **headers):
    answer = client.get(address, **headers)
    assert answer.status_code == 200, address
    return answer.content.decode()


def part(html, anchor):
    """What a page tells of one obligation."""
    return html.partition(f'<li id="{anchor}">')[2].partition("</li>")[0]


def overdue(of=None, **columns):
    """Feedback that was due three days ago; another due date is the strict one too, unless said."""
    if "due_on" in columns:
        columns = {"strict_due_on": columns["due_on"], **columns}
    return world.obligation(trajectory=of or world.trajectory(), **columns)
