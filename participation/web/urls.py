"""The addresses of the pages; those of the tracked things are made by ``reports.links`` too."""

from django.contrib.auth.views import LogoutView
from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import tracked, views


class NumberConverter(StringConverter):
    """The number of a motion or commitment: any text on one line, slashes included."""

    regex = r"[^\u0000-\u001f\u007f-\u009f]+"


register_converter(NumberConverter, "number")

urlpatterns = [
    path("", views.home, name="home"),
    path("trajecten/", tracked.trajectories, name="trajectories"),
    path("trajecten/<slug:name>/", tracked.trajectory, name="trajectory"),
    path("moties/", tracked.motions, name="motions"),
    path("moties/<number:name>/", tracked.motion, name="motion"),
    path("toezeggingen/", tracked.commitments, name="commitments"),
    path("toezeggingen/<number:name>/", tracked.commitment, name="commitment"),
    path("regels/", views.rules, name="rules"),
    path("inloggen/", views.LogIn.as_view(), name="login"),
    path("uitloggen/", LogoutView.as_view(), name="logout"),
]
