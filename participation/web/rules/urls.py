"""The addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from .views import rule, rules

urlpatterns: list[URLPattern | URLResolver] = [
    path("regels/", rules, name="rules"),
    path("regels/<slug:rule_id>/", rule, name="rule"),
]
