#!/usr/bin/env python
"""The door for commands: python manage.py --help."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    if sys.argv[1:2] == ["demo"]:
        # Settings are read before a command can say what it is: a demonstration needs no https and no secret.
        os.environ.setdefault("DEMO", "1")
    execute_from_command_line(sys.argv)
