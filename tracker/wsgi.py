"""WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from tracker.settings import require_secret_key
from tracker.startup import load_before_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

application = require_secret_key(get_wsgi_application())
load_before_requests()
