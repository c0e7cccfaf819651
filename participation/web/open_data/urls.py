"""The addresses of this room; those of the files stay, whatever is in them."""

from django.urls import URLPattern, URLResolver, path

from .views import open_data, open_data_file, open_data_zip

urlpatterns: list[URLPattern | URLResolver] = [
    path("open-data/", open_data, name="open_data"),
    path("open-data/leidraad.zip", open_data_zip, name="open_data_zip"),
    path("open-data/<path:file>", open_data_file, name="open_data_file"),
]
