"""URLs of the trajectory views."""

from django.urls import URLPattern, URLResolver, path

from .archive import trajectory_archive
from .as_json import trajectory_json
from .detail import obligation, trajectory
from .histories import trajectory_history
from .home import home
from .list import trajectories
from .other_rules import other_rules

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("trajecten/", trajectories, name="trajectories"),
    path("trajecten/<slug:name>/", trajectory, name="trajectory"),
    path("trajecten/<slug:name>/punt/", obligation, name="trajectory_obligation"),
    path("trajecten/<slug:name>/andere-regels/", other_rules, name="trajectory_other_rules"),
    path("trajecten/<slug:name>/geschiedenis/", trajectory_history, name="trajectory_history"),
    path("trajecten/<slug:name>/traject.json", trajectory_json, name="trajectory_json"),
    path("trajecten/<slug:name>/archief.zip", trajectory_archive, name="trajectory_archive"),
]
