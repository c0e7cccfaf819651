"""URLs of the open data; those of the files are permanent."""

from django.urls import URLPattern, URLResolver, path

from .comparison import comparison_document
from .views import loose_ends, open_data, open_data_file, open_data_zip

urlpatterns: list[URLPattern | URLResolver] = [
    path("open-data/", open_data, name="open_data"),
    path("open-data/leidraad.zip", open_data_zip, name="open_data_zip"),
    path("open-data/ontbreekt/", loose_ends, name="loose_ends"),
    path("open-data/vergelijking.json", comparison_document, name="comparison_document"),
    path("open-data/<path:file>", open_data_file, name="open_data_file"),
]
