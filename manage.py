#!/usr/bin/env python
"""Entry point for management commands: python manage.py --help."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    if sys.argv[1:2] == ["demo"]:
        # Settings are read before the command runs, and a demo needs neither HTTPS nor a secret key.
        os.environ.setdefault("DEMO", "1")
    execute_from_command_line(sys.argv)
