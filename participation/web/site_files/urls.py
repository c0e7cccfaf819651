"""URLs of the files about the site; their places are fixed by their standards."""

from django.urls import URLPattern, URLResolver, path

from .sitemaps import sitemap, sitemap_index
from .texts import favicon, opensearch, robots_txt, security_txt

urlpatterns: list[URLPattern | URLResolver] = [
    path("robots.txt", robots_txt, name="robots_txt"),
    path("sitemap.xml", sitemap_index, name="sitemap_index"),
    path("sitemap-<slug:section>.xml", sitemap, name="sitemap"),
    path("opensearch.xml", opensearch, name="opensearch"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("favicon.ico", favicon, name="favicon"),
]
