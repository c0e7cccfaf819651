"""URLs of initiatives; a number may contain slashes, so longer patterns come first."""

from django.urls import URLPattern, URLResolver, path

from . import detail_views, edit_views, hand_in_views, lists

urlpatterns: list[URLPattern | URLResolver] = [
    path("initiatieven/", lists.initiatives, name="initiatives"),
    path("initiatieven/insturen/", hand_in_views.hand_in_page, name="initiative_hand_in"),
    path("initiatieven/insturen/<str:token>/", hand_in_views.submission_page, name="submission"),
    path("initiatieven/<number:name>/beoordelen/", edit_views.moderate, name="initiative_moderate"),
    path("initiatieven/<number:name>/wijzigen/", edit_views.change, name="initiative_change"),
    path("initiatieven/<number:name>/", detail_views.initiative, name="initiative"),
]
