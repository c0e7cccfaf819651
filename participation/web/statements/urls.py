"""URLs of the statements."""

from django.urls import URLPattern, URLResolver, path

from .accessibility import accessibility
from .privacy import privacy

urlpatterns: list[URLPattern | URLResolver] = [
    path("toegankelijkheid/", accessibility, name="accessibility"),
    path("privacy/", privacy, name="privacy"),
]
