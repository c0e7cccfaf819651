"""URLs of the statistics and neighbourhoods."""

from django.urls import URLPattern, URLResolver, path

from .city import city
from .neighbourhoods import neighbourhood, neighbourhoods

urlpatterns: list[URLPattern | URLResolver] = [
    path("stad/", city, name="city"),
    path("wijken/", neighbourhoods, name="neighbourhoods"),
    path("wijken/<slug:slug>/", neighbourhood, name="neighbourhood"),
]
