"""The addresses of the pages; those of the tracked things are made by ``reports.links`` too."""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from . import tracked, views
from .shared.about import about


class NumberConverter(StringConverter):
    """The number of a motion or commitment: any text on one line, slashes included."""

    regex = r"[^\u0000-\u001f\u007f-\u009f]+"


register_converter(NumberConverter, "number")

#: Each room has its own addresses.
ROOMS = (
    "accounts",
    "week",
    "association",
    "following",
    "recording",
    "city",
    "rules",
    "register",
    "trajectories",
)

urlpatterns = [
    *(path("", include(f"participation.web.{room}.urls")) for room in ROOMS),
    path("", views.home, name="home"),
    path("trajecten/", tracked.trajectories, name="trajectories"),
    path("trajecten/<slug:name>/", tracked.trajectory, name="trajectory"),
    path("moties/", tracked.motions, name="motions"),
    path("moties/<number:name>/", tracked.motion, name="motion"),
    path("toezeggingen/", tracked.commitments, name="commitments"),
    path("toezeggingen/<number:name>/", tracked.commitment, name="commitment"),
    path("regels/", views.rules, name="rules"),
    path("over/", about, name="about"),
]
