"""WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from tracker.settings import served

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

application = served(get_wsgi_application())
