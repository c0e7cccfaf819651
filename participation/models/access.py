"""How programs come in: the keys that people made for them, and what they asked to be done once."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from .columns import LineField


class ApiKey(AbstractAuthToken):
    """A key with which a program does what this person may do. Only its checksum is kept: it is shown once."""

    name = LineField(_("what it is for"), max_length=100)

    objects: ClassVar[Any] = AuthTokenManager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created", "pk"]

    def __str__(self) -> str:
        """Return what it is for: never a part of the key."""
        return self.name


class DoneOnce(models.Model):
    """A request of a program, or a form, that is to be done once, and what it was answered; kept for a day.

    It is stored with what was asked, so that either both are there or neither is.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    key = models.CharField(_("key"), max_length=255)
    request = models.CharField(_("checksum of the request (SHA-256)"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status of the answer"))
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    body = models.TextField(_("answer"), blank=True, default="")
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("request done once")
        verbose_name_plural = _("requests done once")
        constraints = [UniqueConstraint(fields=["user", "key"], name="doneonce_once")]

    def __str__(self) -> str:
        """Return its status: never the key."""
        return str(self.status)
