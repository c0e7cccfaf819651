"""Django admin: facts cannot be deleted, and tables written by the tracker are read-only."""

from django.contrib import admin

from . import (
    api_keys,
    authentication,
    comparison,
    erasures,
    jobs,
    mail,
    people,
    places,
    register,
    submissions,
    trajectories,
    trajectory_items,
    webhooks,
)

__all__ = [
    "api_keys",
    "authentication",
    "comparison",
    "erasures",
    "jobs",
    "mail",
    "people",
    "places",
    "register",
    "submissions",
    "trajectories",
    "trajectory_items",
    "webhooks",
]
admin.site.site_header = admin.site.site_title = "Leidraad"
