"""URLs of the week pages."""

from django.urls import URLPattern, URLResolver, path

from . import coordination, first_run, planning, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("deze-week/", views.week, name="week"),
    path("deze-week/proefbericht/", first_run.send_test_mail, name="test_mail"),
    path("deze-week/vastleggen/", views.week_record, name="week_record"),
    path("trajecten/<slug:name>/planning/", planning.planning, name="planning"),
    path("trajecten/<slug:name>/toewijzen/", coordination.assign_advisers, name="assign"),
    path("werkverdeling/", coordination.coordination, name="coordination"),
]
