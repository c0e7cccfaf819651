"""Obligations as assessed by the tracker, and the log of their status transitions."""

from datetime import date
from typing import Any, NoReturn, Self

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import STATUSES

from .constraints import exactly_one_constraint, vocabulary_constraints
from .register import Commitment, Motion
from .requests import Request
from .trajectories import Trajectory

#: Statuses in a transition; "" means that the obligation did not exist.
TRANSITION_STATUSES = (*STATUSES, "withdrawn")


class ObligationQuerySet(models.QuerySet["Obligation"]):
    """Filters on obligations."""

    def open(self) -> Self:
        """Return the obligations that are not withdrawn, met or not."""
        return self.filter(withdrawn_at__isnull=True)

    def for_trajectories(self, trajectories: models.QuerySet[Trajectory]) -> Self:
        """Return the obligations of these trajectories: pass only those visible to the user."""
        return self.filter(trajectory__in=trajectories.order_by().values("pk"))

    def due(self, on: date) -> Self:
        """Return the open obligations whose status may have changed by this day since the last assessment."""
        return self.open().filter(next_change_on__lte=on)


class Obligation(models.Model):
    """An obligation under one rule about one subject. Its status is not stored, but derived for a day."""

    trajectory = models.ForeignKey(
        Trajectory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name=_("trajectory"),
    )
    # Nearly all obligations are of trajectories: the other owners have partial indexes in Meta instead.
    motion = models.ForeignKey(
        Motion,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="obligations",
        verbose_name=_("motion"),
    )
    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="obligations",
        verbose_name=_("commitment"),
    )
    #: A request that belongs to no trajectory; otherwise it is the subject of obligations of its trajectory.
    request = models.ForeignKey(
        Request,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="obligations",
        verbose_name=_("request"),
    )
    rule = models.CharField(_("rule"), max_length=100)
    subject = models.CharField(_("subject"), max_length=100, blank=True, default="")
    trigger_on = models.DateField(_("triggered on"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    strict_due_on = models.DateField(_("strict due date"), null=True, blank=True)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    met_on = models.DateField(_("met on"), null=True, blank=True)
    missing = models.JSONField(_("missing facts"), default=list, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    next_change_on = models.DateField(_("next status change on"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        constraints = [
            exactly_one_constraint("trajectory", "motion", "commitment", "request"),
            # Only of rows with this owner: the others would be in its index too, at a third of the cost of inserting.
            *(
                UniqueConstraint(
                    fields=[owner, "rule", "subject"],
                    condition=Q(withdrawn_at__isnull=True, **{f"{owner}__isnull": False}),
                    name=f"obligation_once_a_{owner}",
                )
                for owner in ("trajectory", "motion", "commitment", "request")
            ),
            CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(strict_due_on__isnull=True) | Q(strict_due_on__lte=F("due_on")),
                name="obligation_strictly_due_first",
            ),
        ]
        indexes = [
            # Without those whose status changes no more: most.
            Index(
                fields=["next_change_on"],
                condition=Q(withdrawn_at__isnull=True, next_change_on__isnull=False),
                name="obligation_due",
            ),
            # Used by reminders: what falls due soon.
            Index(
                fields=["due_on"],
                condition=Q(withdrawn_at__isnull=True, met_on__isnull=True),
                name="obligation_open_due",
            ),
            # With the one above used for what is overdue on a day: not met at all, or met after that day.
            Index(
                fields=["met_on"], condition=Q(withdrawn_at__isnull=True, met_on__isnull=False), name="obligation_met"
            ),
            Index(fields=["motion"], condition=Q(motion__isnull=False), name="obligation_motion"),
            Index(fields=["commitment"], condition=Q(commitment__isnull=False), name="obligation_commitment"),
            Index(fields=["request"], condition=Q(request__isnull=False), name="obligation_request"),
        ]

    def __str__(self) -> str:
        """Return the rule and the subject."""
        return f"{self.rule} {self.subject}".strip()


class AppendOnlyError(TypeError):
    """Raised on an attempt to change or delete a status transition."""


class TransitionQuerySet(models.QuerySet["Transition"]):
    """Append-only queryset of status transitions."""

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnlyError("A status transition cannot be changed or deleted: the log is append-only.")

    update = _refuse
    bulk_update = _refuse
    delete = _refuse

    def bulk_create(self, objs: Any, *args: Any, update_conflicts: bool = False, **kwargs: Any) -> Any:
        """Insert and return the transitions. Raises AppendOnlyError when asked to update on conflict."""
        if update_conflicts:
            self._refuse()
        return super().bulk_create(objs, *args, **kwargs)


class Transition(models.Model):
    """A status transition of an obligation, as noticed by an assessment; append-only."""

    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        db_index=False,
        related_name="transitions",
        verbose_name=_("obligation"),
    )
    from_status = models.CharField(_("from"), max_length=20, blank=True, default="")
    to_status = models.CharField(_("to"), max_length=20, blank=True, default="")
    on = models.DateField(_("on"))
    noticed_at = models.DateTimeField(_("noticed at"))
    rulebook = models.CharField(_("rulebook"), max_length=64)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("status transition")
        verbose_name_plural = _("status transitions")
        constraints = vocabulary_constraints(from_status=TRANSITION_STATUSES, to_status=TRANSITION_STATUSES)
        indexes = [
            Index(fields=["noticed_at"], name="transition_noticed"),
            Index(fields=["obligation", "id"], name="transition_of_obligation"),
        ]

    def __str__(self) -> str:
        """Return the statuses before and after."""
        return f"{self.from_status or '–'} → {self.to_status or '–'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the transition. Raises AppendOnlyError when it already exists."""
        if not self._state.adding:
            raise AppendOnlyError("A status transition cannot be changed or deleted: the log is append-only.")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Raise AppendOnlyError: the log is append-only."""
        raise AppendOnlyError("A status transition cannot be changed or deleted: the log is append-only.")
