"""URLs for following: mail, calendar, feed and badge."""

from django.urls import URLPattern, URLResolver, path

from . import badges, calendars, feeds, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("trajecten/<slug:name>/volgen/", views.follow_trajectory, name="follow_trajectory"),
    path("wijken/<slug:name>/volgen/", views.follow_neighbourhood, name="follow_neighbourhood"),
    path("volgen/<str:token>/", views.settings_page, name="follow_settings"),
    path("volgen/<str:token>/bevestigen/", views.confirm_page, name="follow_confirm"),
    path("volgen/<str:token>/stoppen/", views.unsubscribe_page, name="follow_unsubscribe"),
    path("trajecten/<slug:name>/agenda.ics", calendars.trajectory, name="trajectory_calendar"),
    path("wijken/<slug:name>/agenda.ics", calendars.neighbourhood, name="neighbourhood_calendar"),
    path("organisaties/<slug:name>/agenda.ics", calendars.organisation, name="organisation_calendar"),
    path("trajecten/<slug:name>/nieuws.atom", feeds.trajectory, name="trajectory_feed"),
    path("wijken/<slug:name>/nieuws.atom", feeds.neighbourhood, name="neighbourhood_feed"),
    path("trajecten/<slug:name>/stand.svg", badges.trajectory, name="trajectory_badge"),
]
