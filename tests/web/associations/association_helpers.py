"""How these tests read a page of the associations, and who knocks at which door."""

from __future__ import annotations

import re
from html import unescape

from tests import world

SQUARE = "/trajecten/voorbeeldplein/"


def main_text(response):
    """The text of the main part of a page, white space made single."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def make_square(**columns):
    """The square, with its evening for residents that was announced a month before."""
    made = world.trajectory(**columns)
    world.step(made, title="Bewonersavond", announced_on=world.on("2026-02-20"))
    return made


def log_in_member(client, *slugs, name="voorzitter"):
    """Someone who speaks for these, logged in."""
    who = world.user("association_member", *(slugs or (world.RESIDENTS,)), name=name)
    client.force_login(who)
    return who


def log_in_adviser(client, *trajectories, name="adviseur"):
    """The adviser of these trajectories, logged in."""
    who = world.user("adviser", name=name)
    for one in trajectories:
        one.advisers.add(who)
    client.force_login(who)
    return who
