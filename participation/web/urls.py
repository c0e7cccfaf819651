"""URLs of all pages; ``presentation.mail`` makes those of tracked objects without Django's resolver."""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from .shared.about import about
from .shared.health import healthz, metrics


class NumberConverter(StringConverter):
    """The number of a motion or commitment: any text without control characters, slashes included."""

    regex = r"[^\u0000-\u001f\u007f-\u009f]+"


register_converter(NumberConverter, "number")

#: Packages with a ``urls`` module; the order is that of matching.
PACKAGES = (
    "accounts",
    "week",
    "associations",
    "followers",
    "editing",
    "city",
    "council",
    "rules",
    "open_data",
    "statements",
    "site_files",
    "register",
    "initiatives",
    "trajectories",
)

urlpatterns = [
    *(path("", include(f"participation.web.{package}.urls")) for package in PACKAGES),
    path("over/", about, name="about"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
]
