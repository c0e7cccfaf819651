"""Imports of long sheets of contributions, which a background job records, and the undoing of what is as long."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from .changesets import Changeset
from .columns import NameField
from .fields import ImpreciseDateField
from .outbox_base import OutboxItem
from .trajectories import Trajectory
from .uploads import Upload

WAITING, RUNNING, DONE, REFUSED = "waiting", "running", "done", "refused"
#: The counts of rows in the result of an import.
IMPORT_COUNTS: Final = ("added", "unchanged", "different", "invalid", "noted")


class ContributionImport(OutboxItem):
    """The import of one sheet of contributions: what was asked, how far it is, and its result.

    ``step``, ``party`` and ``received_on`` are the values of rows that leave them empty. ``reason`` says why the file
    as a whole was refused; ``problems`` and ``notes`` are the first of them, each ``[row number, text]``. The file goes
    when the import has ended. Where ``undoes`` is given there is no file, and that changeset is undone in the same way.
    """

    trajectory = models.ForeignKey(
        Trajectory, models.CASCADE, related_name="contribution_imports", verbose_name=_("trajectory")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    upload = models.ForeignKey(
        Upload, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("uploaded file")
    )
    step = NameField(_("received in (ref of a step)"), blank=True, default="")
    party = NameField(_("from"), blank=True, default="")
    received_on = ImpreciseDateField(_("received on"))
    total = models.PositiveIntegerField(_("number of rows"), null=True, blank=True)
    checked = models.PositiveIntegerField(_("rows checked"), default=0)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    problems = models.JSONField(_("rows that cannot be recorded"), default=list, blank=True)
    notes = models.JSONField(_("remarks on rows"), default=list, blank=True)
    changeset = models.ForeignKey(
        Changeset, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changeset")
    )

    undoes = models.ForeignKey(
        Changeset, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("undoes")
    )

    class Meta:
        verbose_name = _("import of contributions")
        verbose_name_plural = _("imports of contributions")
        constraints = [
            UniqueConstraint(
                fields=["trajectory"], condition=Q(settled_at__isnull=True), name="contributionimport_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        """Return the moment at which it was asked for: never the name of the file."""
        return self.created_at.isoformat()

    @property
    def state(self) -> str:
        """Return whether it waits, runs, is done or was refused."""
        if self.settled_at is None:
            return WAITING if self.total is None else RUNNING
        return REFUSED if self.reason or self.counts.get("invalid") else DONE
