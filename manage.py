#!/usr/bin/env python
"""Django's command-line utility: python manage.py --help."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    if sys.argv[1:2] == ["demo"]:
        # Set before the settings are imported: the demonstration runs without https and SECRET_KEY.
        os.environ.setdefault("DEMO", "1")
    execute_from_command_line(sys.argv)
