"""API keys and idempotency records."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from .columns import LineField


class ApiKey(AbstractAuthToken):
    """An API key with the permissions of its user. Only its digest is stored: the key is shown once."""

    name = LineField(_("name"), max_length=100)

    objects: ClassVar[Any] = AuthTokenManager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created", "pk"]

    def __str__(self) -> str:
        """Return the name: never a part of the key, which would end up in logs."""
        return self.name


class IdempotencyRecord(models.Model):
    """An idempotency record: the key of a request (API or form) and its response; kept for a day.

    It is saved in the transaction of the request, so that both are committed or neither is.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    key = models.CharField(_("key"), max_length=255)
    request = models.CharField(_("request fingerprint (SHA-256)"), max_length=64)
    status = models.PositiveSmallIntegerField(_("response status"))
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    body = models.TextField(_("response body"), blank=True, default="")
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")
        constraints = [UniqueConstraint(fields=["user", "key"], name="idempotencyrecord_once")]

    def __str__(self) -> str:
        """Return the status of the response: never the key."""
        return str(self.status)
