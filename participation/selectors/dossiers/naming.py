"""Which trajectories name an organisation: their rules look at what kind of organisation it is."""

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from participation.models import PlanActor
from participation.models.columns import ListField

#: Where a row has no trajectory of its own: the way to it.
_PATHS = {"PlanActor": "plan__trajectory", "DocumentShare": "document__trajectory", "Trajectory": "pk"}


def trajectories_naming(organisations: Collection[str]) -> set[int]:
    """Return the primary keys of the trajectories that name one of these organisations, by slug, in any column."""
    found = set(
        PlanActor.objects.filter(organisation__slug__in=organisations).values_list("plan__trajectory", flat=True)
    )
    for model in _naming_tables():
        condition = Q()
        rows = model._default_manager.order_by()
        for column in model.PARTIES:
            if isinstance(model._meta.get_field(column), ListField):
                rows = rows.alias(**{f"{column}_text": Cast(column, TextField())})
                for slug in organisations:
                    condition |= Q(**{f"{column}_text__contains": f'"{slug}"'})
            else:
                condition |= Q(**{f"{column}__in": organisations})
        path = _PATHS.get(model.__name__, "trajectory")
        found.update(rows.filter(condition).values_list(path, flat=True).distinct())
    return found


def _naming_tables() -> list[type[Any]]:
    """Return the tables with columns that name parties."""
    return [model for model in apps.get_app_config("participation").get_models() if getattr(model, "PARTIES", None)]
