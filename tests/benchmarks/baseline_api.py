"""A bare API: what anyone would write first with Django REST framework, over the same rows as ours.

A ModelViewSet with a ModelSerializer: the columns that ours tells, and what is linked as lists of slugs, read with
prefetch. It is asked who may see what and goes by pages of a cursor; it knows no filters, fields, versions, keys,
moments or rates. Behind the same middleware.
"""

from typing import Any

from django.db.models import QuerySet
from django.urls import include, path
from rest_framework import pagination, renderers, routers, serializers, viewsets

from participation.dossier.schema_fields import DOSSIER
from participation.models import Trajectory
from tracker.urls import handler403, handler404, handler429  # noqa: F401 - Django looks for them here
from tracker.urls import urlpatterns as ours

_APART = {"neighbourhoods", "motions", "contact", "source"}
_COLUMNS = [key for key in DOSSIER["trajectory"][0]["properties"] if key not in _APART]


class BareSerializer(serializers.ModelSerializer):
    """The columns of a trajectory; a date that may be imprecise as its text."""

    neighbourhoods = serializers.SlugRelatedField("slug", many=True, read_only=True)
    motions = serializers.SlugRelatedField("number", many=True, read_only=True)

    class Meta:
        model = Trajectory
        fields = [
            *_COLUMNS,
            *("contact_role", "contact_name", "source_cite", "source_stance", "neighbourhoods", "motions"),
        ]


class BarePages(pagination.CursorPagination):
    """Pages of a hundred, or as many as are asked for."""

    page_size, ordering, page_size_query_param = 100, "slug", "pageSize"


class BareTrajectories(viewsets.ModelViewSet):
    """Trajectories."""

    serializer_class = BareSerializer
    pagination_class = BarePages
    renderer_classes = [renderers.JSONRenderer]
    lookup_field = "slug"
    authentication_classes: list[Any] = []
    throttle_classes: list[Any] = []

    def get_queryset(self) -> QuerySet[Trajectory]:
        """Return what a visitor may see."""
        return Trajectory.objects.visible_to(None).prefetch_related("neighbourhoods", "motions")


_router = routers.SimpleRouter(trailing_slash=False)
_router.register("trajectories", BareTrajectories, basename="bare")
urlpatterns = [path("kaal/", include(_router.urls)), *ours]
