"""Admin of neighbourhoods and organisations."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Neighbourhood, Organisation
from participation.services.assessment import reassess_naming

from .base import FactAdmin, TextFilter
from .neighbourhoods_import import ImportsNeighbourhoods


@admin.register(Neighbourhood)
class NeighbourhoodAdmin(ImportsNeighbourhoods, FactAdmin):
    """Neighbourhoods, edited singly or imported from a CBS file."""

    fixed_fields = ("slug",)
    list_display = ("name", "slug", "district", "municipality", "cbs_code")
    list_filter = (("municipality", TextFilter), ("district", TextFilter))
    search_fields = ("search_text", "slug", "cbs_code")
    autocomplete_fields = ("neighbours",)


@admin.register(Organisation)
class OrganisationAdmin(FactAdmin):
    """Organisations. A change of kind or municipality affects the obligations of trajectories that name it."""

    fixed_fields = ("slug",)
    list_display = ("name", "slug", "kind", "municipality")
    list_filter = ("kind", ("municipality", TextFilter))
    search_fields = ("search_text", "slug")
    autocomplete_fields = ("neighbourhoods",)

    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool) -> None:
        """Save the related rows, then reassess the trajectories that name the organisation, if relevant."""
        super().save_related(request, form, formsets, change)
        if {"kind", "municipality"} & set(form.changed_data):
            now = timezone.now()
            reassess_naming([form.instance.slug], load_rulebooks(settings.RULEBOOK), timezone.localdate(now), now)
