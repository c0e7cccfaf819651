"""ASGI application."""

import os

from django.core.asgi import get_asgi_application

from tracker.settings import require_secret_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

application = require_secret_key(get_asgi_application())
