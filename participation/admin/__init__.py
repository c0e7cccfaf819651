"""The administration pages: every table, nothing deleted, what the tracker writes is only to be looked at."""

from django.contrib import admin

from . import (
    access,
    erasures,
    handed_in,
    log_in,
    machine,
    mail,
    parts,
    people,
    places,
    register,
    trajectories,
    webhooks,
)

__all__ = [
    "access",
    "erasures",
    "handed_in",
    "log_in",
    "machine",
    "mail",
    "parts",
    "people",
    "places",
    "register",
    "trajectories",
    "webhooks",
]

admin.site.site_header = admin.site.site_title = "Leidraad"
