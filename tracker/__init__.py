"""The Django project: settings, root URLconf, WSGI and ASGI applications, and the Celery application."""

from .celery import app as celery_app

__all__ = ["celery_app"]
