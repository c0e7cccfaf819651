"""The addresses of the project."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("participation.web.urls")),
    path("admin/", admin.site.urls),
]
handler404 = "participation.web.views.not_found"
