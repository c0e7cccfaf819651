"""Helpers for the pages of associations: a trajectory, logged-in users, and the text of a page."""

from __future__ import annotations

import re
from html import unescape

from tests import world

SQUARE = "/trajecten/voorbeeldplein/"


def main_text(response):
    """Return the text of the main element of a page, with white space collapsed."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def make_square(**columns):
    """Create a trajectory with a meeting for residents that was announced a month before."""
    trajectory = world.trajectory(**columns)
    world.step(trajectory, title="Bewonersavond", announced_on=world.on("2026-02-20"))
    return trajectory


def log_in_member(client, *slugs, name="voorzitter"):
    """Log in a new member of these associations, and return the user."""
    user = world.user("association_member", *(slugs or (world.RESIDENTS,)), name=name)
    client.force_login(user)
    return user


def log_in_adviser(client, *trajectories, name="adviseur"):
    """Log in a new adviser of these trajectories, and return the user."""
    user = world.user("adviser", name=name)
    for trajectory in trajectories:
        trajectory.advisers.add(user)
    client.force_login(user)
    return user
