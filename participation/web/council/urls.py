"""URLs of the council's pages."""

from django.urls import URLPattern, URLResolver, path

from .council import council, council_lines
from .kept_choice import council_keep
from .meetings import council_meeting, council_meeting_pdf
from .packs import council_pack, council_pack_pdf

urlpatterns: list[URLPattern | URLResolver] = [
    path("raad/", council, name="council"),
    path("mijn/raad/", council_keep, name="council_keep"),
    path("raadsvergaderingen/<slug:day>/", council_meeting, name="council_meeting"),
    path("raadsvergaderingen/<slug:day>/raadsstukken.pdf", council_meeting_pdf, name="council_meeting_pdf"),
    path("raad/<slug:name>/", council_lines, name="council_lines"),
    path("trajecten/<slug:name>/raadsstuk/", council_pack, name="council_pack"),
    path("trajecten/<slug:name>/raadsstuk.pdf", council_pack_pdf, name="council_pack_pdf"),
]
