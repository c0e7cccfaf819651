"""URLs of the rules."""

from django.urls import URLPattern, URLResolver, path

from .views import rule, rules
from .whole import rulebook_html, rulebook_json

urlpatterns: list[URLPattern | URLResolver] = [
    path("regels/", rules, name="rules"),
    path("regels/rulebook.json", rulebook_json, name="rulebook_json"),
    path("regels/rulebook.html", rulebook_html, name="rulebook_html"),
    path("regels/<slug:rule_id>/", rule, name="rule"),
]
