"""Django admin: facts cannot be deleted, and tables written by the tracker are read-only."""

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
