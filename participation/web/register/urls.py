"""URLs of motions and commitments; a number may contain slashes, so longer patterns come first."""

from django.urls import URLPattern, URLResolver, path

from . import detail_views, edit_views, importing, lists

urlpatterns: list[URLPattern | URLResolver] = [
    path("moties/", lists.motions, name="motions"),
    path("moties/importeren/", importing.register_import, name="register_import"),
    path("moties/nieuw/", edit_views.motion_add, name="motion_add"),
    path("moties/<number:name>/wijzigen/", edit_views.motion_change, name="motion_change"),
    path("moties/<number:name>/bericht/", edit_views.motion_report, name="motion_report"),
    path("moties/<number:name>/", detail_views.motion, name="motion"),
    path("toezeggingen/", lists.commitments, name="commitments"),
    path("toezeggingen/nieuw/", edit_views.commitment_add, name="commitment_add"),
    path("toezeggingen/<number:name>/wijzigen/", edit_views.commitment_change, name="commitment_change"),
    path("toezeggingen/<number:name>/bericht/", edit_views.commitment_report, name="commitment_report"),
    path("toezeggingen/<number:name>/nakomen/", edit_views.commitment_fulfilment, name="commitment_fulfilment"),
    path("toezeggingen/<number:name>/", detail_views.commitment, name="commitment"),
]
