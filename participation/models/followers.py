"""Followers: people without an account who subscribed by e-mail. Unsubscribing deletes all their data."""

import secrets
from typing import Self

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from .addresses import MAX_EMAIL_LENGTH, EmailKeyField
from .columns import WordField
from .constraints import exactly_one_constraint, vocabulary_constraints
from .neighbourhoods import Neighbourhood
from .people import LANGUAGES
from .trajectories import Trajectory

FREQUENCIES = ("daily", "weekly")


def new_token() -> str:
    """Return an unguessable token for a link."""
    return secrets.token_urlsafe(24)


class FollowerQuerySet(models.QuerySet["Follower"]):
    """Filters on followers."""

    def confirmed(self) -> Self:
        """Return the followers who confirmed by the link in the mail (double opt-in): only they get notifications."""
        return self.filter(confirmed_at__isnull=False)


class Follower(models.Model):
    """The subscription of an address to a trajectory or neighbourhood. Without history: it must be erasable."""

    email = models.EmailField(_("e-mail address"))
    email_key = EmailKeyField(of="email", max_length=MAX_EMAIL_LENGTH)
    trajectory = models.ForeignKey(
        Trajectory, models.PROTECT, null=True, blank=True, related_name="followers", verbose_name=_("trajectory")
    )
    neighbourhood = models.ForeignKey(
        Neighbourhood, models.PROTECT, null=True, blank=True, related_name="followers", verbose_name=_("neighbourhood")
    )
    frequency = WordField(_("how often"), words=FREQUENCIES, blank=False, default="weekly")
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))], default="nl"
    )
    token = models.CharField(_("token"), max_length=64, unique=True, default=new_token, editable=False)
    asked_at = models.DateTimeField(_("subscribed at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    paused_until = models.DateField(_("paused until (inclusive)"), null=True, blank=True)
    notified_until = models.DateTimeField(_("notified until"), null=True, blank=True)

    objects = FollowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            exactly_one_constraint("trajectory", "neighbourhood"),
            *vocabulary_constraints(frequency=FREQUENCIES, language=LANGUAGES),
            *(
                UniqueConstraint(
                    fields=["email_key", of],
                    condition=Q(**{f"{of}__isnull": False}),
                    name=f"follower_email_key_once_a_{of}",
                )
                for of in ("trajectory", "neighbourhood")
            ),
            CheckConstraint(condition=~Q(email=""), name="follower_email_filled"),
        ]
        indexes = [Index(fields=["asked_at"], condition=Q(confirmed_at__isnull=True), name="follower_unconfirmed")]

    def __str__(self) -> str:
        """Return what is followed: never the address, which would end up in logs."""
        return str(self.trajectory or self.neighbourhood)
