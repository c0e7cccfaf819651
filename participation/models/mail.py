"""Outbox of e-mails, bounces, paused addresses, digests and reminders."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from .addresses import EmailKeyField
from .columns import WordField
from .constraints import vocabulary_constraints
from .followers import Follower
from .obligations import Obligation
from .outbox_base import OutboxItem
from .people import LANGUAGES, User
from .submissions import Submission

EMAIL_KINDS = (
    *("weekly_report", "daily_report", "reminder", "news", "question", "already_followed", "alarm", "test"),
    *("submission", "submission_news"),
)
#: In order: not sent yet; being sent; accepted by the mail server; permanently rejected; unknown whether it was
#: accepted; withheld, with the reason in ``reason``.
EMAIL_STATES = ("waiting", "sending", "sent", "refused", "doubtful", "held")
DIGEST_PERIODS = ("daily", "weekly")
#: Separates the reason before an administrator sent a message again from that after it.
RESENT_REASON = gettext_noop("An administrator had it sent again.")


class OutboundEmailQuerySet(models.QuerySet["OutboundEmail"]):
    """Filters on messages."""

    def unsettled(self) -> Self:
        """Return the messages that are waiting or being sent."""
        return self.filter(state__in=("waiting", "sending"))


class OutboundEmail(OutboxItem):
    """An outbound e-mail to one address: created once per ``key``, delivered at most once.

    After the retention period its address and texts are emptied; state and times are kept.
    """

    key = models.CharField(_("key"), max_length=200, unique=True)
    kind = WordField(_("kind"), words=EMAIL_KINDS, blank=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("user")
    )
    follower = models.ForeignKey(
        Follower, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("follower")
    )
    submission = models.ForeignKey(
        Submission, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("submission")
    )
    to = models.EmailField(_("to"), blank=True)
    language = models.CharField(_("language"), max_length=2, default="nl")
    subject = models.TextField(_("subject line"), blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML body"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    state = WordField(_("state"), words=EMAIL_STATES, blank=False, default="waiting")

    objects = OutboundEmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-pk"]
        constraints = vocabulary_constraints(kind=EMAIL_KINDS, state=EMAIL_STATES, language=LANGUAGES)
        indexes = [
            Index(fields=["not_before"], condition=Q(state="waiting"), name="outboundemail_waiting"),
            Index(fields=["claimed_until"], condition=Q(state="sending"), name="outboundemail_sending"),
            Index(fields=["settled_at"], condition=~Q(to=""), name="outboundemail_to_empty"),
        ]

    def __str__(self) -> str:
        """Return the key: never the address, which would end up in logs."""
        return self.key


class Bounce(models.Model):
    """A bounce of one address. ``key`` identifies the bounce report, so that it is processed once."""

    key = models.CharField(_("key"), max_length=200)
    email = EmailKeyField(_("e-mail address"))
    message = models.ForeignKey(
        OutboundEmail, models.SET_NULL, null=True, blank=True, related_name="bounces", verbose_name=_("e-mail")
    )
    permanent = models.BooleanField(_("permanent"))
    reason = models.TextField(_("reason"), blank=True, default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("bounce")
        verbose_name_plural = _("bounces")
        ordering = ["-pk"]
        constraints = [UniqueConstraint(fields=["key", "email"], name="bounce_email_once")]
        indexes = [Index(fields=["email", "at"], name="bounce_email_at"), Index(fields=["at"], name="bounce_at")]

    def __str__(self) -> str:
        """Return its key: never the address."""
        return self.key


class PausedAddress(models.Model):
    """An address to which no mail is sent after repeated bounces, until an administrator lifts the pause."""

    email = EmailKeyField(_("e-mail address"))
    paused_at = models.DateTimeField(_("paused since"))
    reason = models.TextField(_("reason"), blank=True, default="")
    lifted_at = models.DateTimeField(_("unpaused at"), null=True, blank=True)

    class Meta:
        verbose_name = _("paused address")
        verbose_name_plural = _("paused addresses")
        ordering = ["-paused_at"]
        constraints = [UniqueConstraint(fields=["email"], name="pausedaddress_email_once")]

    def __str__(self) -> str:
        """Return the day of the pause: never the address."""
        return f"{self.paused_at:%Y-%m-%d}"


class DigestDelivery(models.Model):
    """A digest for one recipient: one per week or day. ``day`` is the day, or the Monday of the week.

    It has no message when there was nothing to report.
    """

    recipient = models.ForeignKey(User, models.PROTECT, related_name="deliveries", verbose_name=_("recipient"))
    period = WordField(_("period"), words=DIGEST_PERIODS, blank=False, default="weekly")
    day = models.DateField(_("day"))
    language = models.CharField(_("language"), max_length=2)
    subject = models.CharField(_("subject line"), blank=True, default="")
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"))
    message = models.OneToOneField(
        OutboundEmail, models.PROTECT, null=True, blank=True, related_name="report", verbose_name=_("e-mail")
    )

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        ordering = ["-day", "pk"]
        constraints = [
            UniqueConstraint(fields=["recipient", "period", "day"], name="digestdelivery_once"),
            *vocabulary_constraints(period=DIGEST_PERIODS),
        ]

    def __str__(self) -> str:
        """Return the recipient, period and day."""
        return f"{self.recipient} {self.period} {self.day}"


class Reminder(models.Model):
    """A reminder of a due date sent to a user: one per obligation and due date."""

    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="reminders", verbose_name=_("obligation"))
    recipient = models.ForeignKey(User, models.PROTECT, related_name="reminders", verbose_name=_("recipient"))
    due_on = models.DateField(_("due on"))
    message = models.ForeignKey(OutboundEmail, models.PROTECT, related_name="reminders", verbose_name=_("e-mail"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [UniqueConstraint(fields=["obligation", "recipient", "due_on"], name="reminder_once")]

    def __str__(self) -> str:
        """Return the due date."""
        return f"{self.due_on}"
