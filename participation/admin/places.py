"""Neighbourhoods and organisations."""

from django.contrib import admin

from participation.models import Neighbourhood, Organisation

from .base import FactAdmin
from .neighbourhoods_import import ImportsNeighbourhoods


@admin.register(Neighbourhood)
class NeighbourhoodAdmin(ImportsNeighbourhoods, FactAdmin):
    """Neighbourhoods, one by one or from a file of CBS."""

    fixed = ("slug",)
    list_display = ("name", "slug", "district", "municipality", "cbs_code")
    list_filter = ("municipality", "district")
    search_fields = ("search_text", "slug", "cbs_code")
    autocomplete_fields = ("neighbours",)


@admin.register(Organisation)
class OrganisationAdmin(FactAdmin):
    """Organisations. A change of kind reaches the obligations with the next full reassessment."""

    fixed = ("slug",)
    list_display = ("name", "slug", "kind", "municipality")
    list_filter = ("kind", "municipality")
    search_fields = ("search_text", "slug")
    autocomplete_fields = ("neighbourhoods",)
