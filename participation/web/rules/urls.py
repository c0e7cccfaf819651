"""URLs of the rules."""

from django.urls import URLPattern, URLResolver, path

from .download import rulebook_html, rulebook_json
from .preview import rule_preview, rulebook_preview
from .views import rule, rules

urlpatterns: list[URLPattern | URLResolver] = [
    path("regels/", rules, name="rules"),
    path("regels/rulebook.json", rulebook_json, name="rulebook_json"),
    path("regels/rulebook.html", rulebook_html, name="rulebook_html"),
    path("regels/voorvertoning/", rulebook_preview, name="rulebook_preview"),
    path("regels/<slug:rule_id>/voorvertoning/", rule_preview, name="rule_preview"),
    path("regels/<slug:rule_id>/", rule, name="rule"),
]
