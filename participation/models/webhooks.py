"""Webhooks for status transitions, and their deliveries."""

from typing import Self

from django.db import models
from django.db.models import Index, Q
from django.utils.translation import gettext_lazy as _

from .columns import HttpUrlField, LineField, WordField
from .constraints import vocabulary_constraints
from .history import VersionedHistory
from .outbox_base import OutboxItem

#: In order: not sent yet; accepted by the receiver; given up; withheld because the webhook is disabled.
DELIVERY_STATES = ("waiting", "sent", "given_up", "held")


class Webhook(models.Model):
    """An endpoint that receives the status transitions of public trajectories, signed with a shared secret."""

    name = LineField(_("name"), max_length=100)
    url = HttpUrlField(_("address"), max_length=1000)
    secret = models.CharField(_("secret"), max_length=100)
    active = models.BooleanField(_("active"), default=True)
    #: Id of the last status transition for which deliveries were created.
    notified_until = models.PositiveBigIntegerField(_("notified up to"), default=0, editable=False)
    failed_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("consecutive failures"), default=0, editable=False)
    disabled_at = models.DateTimeField(_("disabled automatically at"), null=True, blank=True, editable=False)
    disabled_reason = models.TextField(_("reason for disabling"), blank=True, default="", editable=False)

    history = VersionedHistory(excluded_fields=["secret", "notified_until", "failed_since", "failures"])

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        """Return its name."""
        return self.name


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Filters on webhook deliveries."""

    def unsettled(self) -> Self:
        """Return the deliveries that are waiting."""
        return self.filter(state="waiting")


class WebhookDelivery(OutboxItem):
    """A delivery to a webhook: retried until accepted or given up; receivers deduplicate by ``key``."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    key = models.CharField(_("key"), max_length=100, unique=True)
    body = models.TextField(_("payload"))
    state = WordField(_("state"), words=DELIVERY_STATES, blank=False, default="waiting")
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-pk"]
        constraints = vocabulary_constraints(state=DELIVERY_STATES)
        indexes = [
            Index(fields=["not_before"], condition=Q(state="waiting"), name="webhookdelivery_waiting"),
            Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="webhookdelivery_settled"),
        ]

    def __str__(self) -> str:
        """Return its key."""
        return self.key
