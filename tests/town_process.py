"""Runs steps as one installation on 2 February 2026, in a process of its own.

    python -m tests.town_process STEP...

Each step is a line of words: ``judge OUTCOME NUMBER`` makes trajectories that are judged, ``save FILE`` and ``page
FILE`` store what the document and the page are, and anything else is a management command. The installation is that of
the environment: its database, municipality, rulebook and key.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import time_machine


def main(steps: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    with time_machine.travel("2026-02-02 09:00", tick=False):
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        from tests.comparisons import judged

        for step in steps:
            name, *words = shlex.split(step)
            if name == "judge":
                judged(int(words[1]), words[0], municipality=os.environ["MUNICIPALITY"].lower())
            elif name in ("save", "page"):
                address = "/open-data/vergelijking.json" if name == "save" else "/stad/vergelijken/"
                response = Client().get(address, secure=True, headers={"host": "localhost"})
                assert response.status_code == 200, response.status_code
                Path(words[0]).write_bytes(response.content)
            else:
                call_command(name, *words)


if __name__ == "__main__":
    main(sys.argv[1:])
