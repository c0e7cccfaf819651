"""URLs of motions and commitments; a number may contain slashes, so longer patterns come first."""

from django.urls import URLPattern, URLResolver, path

from . import importing, lists, pages, writing

urlpatterns: list[URLPattern | URLResolver] = [
    path("moties/", lists.motions, name="motions"),
    path("moties/importeren/", importing.register_import, name="register_import"),
    path("moties/nieuw/", writing.motion_add, name="motion_add"),
    path("moties/<number:name>/wijzigen/", writing.motion_change, name="motion_change"),
    path("moties/<number:name>/bericht/", writing.motion_report, name="motion_report"),
    path("moties/<number:name>/", pages.motion, name="motion"),
    path("toezeggingen/", lists.commitments, name="commitments"),
    path("toezeggingen/nieuw/", writing.commitment_add, name="commitment_add"),
    path("toezeggingen/<number:name>/wijzigen/", writing.commitment_change, name="commitment_change"),
    path("toezeggingen/<number:name>/bericht/", writing.commitment_report, name="commitment_report"),
    path("toezeggingen/<number:name>/", pages.commitment, name="commitment"),
]
