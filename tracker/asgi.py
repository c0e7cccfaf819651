"""ASGI application."""

import os

from django.core.asgi import get_asgi_application

from tracker.settings import served

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

application = served(get_asgi_application())
