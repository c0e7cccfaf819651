"""Abstract model for rows that are kept after they were removed, for the log of their obligations."""

from typing import TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound=models.Model, covariant=True)


class ExistingRowsManager(models.Manager[Row]):
    """A manager of the rows that were not removed; ``_base_manager`` has the others too."""

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return the rows that were not removed."""
        return super().get_queryset().filter(removed_at__isnull=True)


class Removable(models.Model):
    """A row of which obligations and their append-only log may exist, so that it is marked instead of deleted.

    The history has a deletion, as of any row, so neither the table nor the history shows a difference. Related rows
    still refer to it, so what was logged can be explained. Its first manager is an ``ExistingRowsManager``.
    """

    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


def unique_number_constraint(name: str, condition: models.Q | None = None) -> models.UniqueConstraint:
    """Return the constraint that no two rows have the same number; of a removed one it may be used again."""
    existing = models.Q(removed_at__isnull=True)
    return models.UniqueConstraint(
        fields=["number"],
        condition=existing & condition if condition else existing,
        name=name,
        violation_error_code="unique",
        violation_error_message=_("This is in use already. Choose another."),
    )
