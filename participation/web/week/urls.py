"""URLs of the week pages."""

from django.urls import URLPattern, URLResolver, path

from . import coordination, planning, this_week

urlpatterns: list[URLPattern | URLResolver] = [
    path("deze-week/", this_week.week, name="week"),
    path("deze-week/vastleggen/", this_week.week_record, name="week_record"),
    path("trajecten/<slug:name>/planning/", planning.planning, name="planning"),
    path("trajecten/<slug:name>/toewijzen/", coordination.assign, name="assign"),
    path("werkverdeling/", coordination.coordination, name="coordination"),
]
