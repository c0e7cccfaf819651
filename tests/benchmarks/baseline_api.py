"""The baseline of the API: a minimal ModelViewSet of Django REST framework over the same rows.

Its ModelSerializer has the columns of the measured API, and linked rows as lists of slugs, read with prefetch_related.
It applies permissions and cursor pagination, but has no filters, field selection, versions, keys, points in time or
throttling. The middleware is the same.
"""

from typing import Any

from django.db.models import QuerySet
from django.urls import include, path
from rest_framework import pagination, renderers, routers, serializers, viewsets

from participation.dossier.schema_fields import DOSSIER
from participation.models import Trajectory
from tracker.urls import handler403, handler404, handler429  # noqa: F401 - Django looks for these names in the URLconf
from tracker.urls import urlpatterns as site_urlpatterns

_NOT_COLUMNS = {"neighbourhoods", "motions", "contact", "source"}
_COLUMNS = [key for key in DOSSIER["trajectory"][0]["properties"] if key not in _NOT_COLUMNS]


class BaselineSerializer(serializers.ModelSerializer):
    """The columns of a trajectory; an imprecise date as its text."""

    neighbourhoods = serializers.SlugRelatedField("slug", many=True, read_only=True)
    motions = serializers.SlugRelatedField("number", many=True, read_only=True)

    class Meta:
        model = Trajectory
        fields = [
            *_COLUMNS,
            *("contact_role", "contact_name", "source_cite", "source_stance", "neighbourhoods", "motions"),
        ]


class BaselinePagination(pagination.CursorPagination):
    """Pages of 100 rows, or of ``pageSize``."""

    page_size, ordering, page_size_query_param = 100, "slug", "pageSize"


class BaselineViewSet(viewsets.ModelViewSet):
    """Trajectories."""

    serializer_class = BaselineSerializer
    pagination_class = BaselinePagination
    renderer_classes = [renderers.JSONRenderer]
    lookup_field = "slug"
    authentication_classes: list[Any] = []
    throttle_classes: list[Any] = []

    def get_queryset(self) -> QuerySet[Trajectory]:
        """Return the trajectories that a visitor may see."""
        return Trajectory.objects.visible_to(None).prefetch_related("neighbourhoods", "motions")


_router = routers.SimpleRouter(trailing_slash=False)
_router.register("trajectories", BaselineViewSet, basename="baseline")
urlpatterns = [path("baseline/", include(_router.urls)), *site_urlpatterns]
