"""ASGI application."""

import os

from django.core.asgi import get_asgi_application

from tracker.settings import require_secret_key
from tracker.startup import load_before_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

application = require_secret_key(get_asgi_application())
load_before_requests()
