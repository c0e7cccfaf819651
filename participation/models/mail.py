"""Mail: every message before it is sent and what became of it, what came back, and what was told to whom."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from .addresses import EmailKeyField
from .assessment import Obligation
from .columns import WordField
from .constraints import words_known
from .following import Follower
from .handing import Handed
from .people import LANGUAGES, User

MESSAGE_KINDS = ("weekly_report", "daily_report", "reminder", "news", "question", "already_followed", "alarm")
#: Not sent yet; being handed to the mail server; taken by it; not taken, for good; nobody knows whether it was
#: taken; not to be sent, for a reason that stands beside it.
MESSAGE_STATES = ("waiting", "handing", "sent", "refused", "doubtful", "held")
REPORT_PERIODS = ("daily", "weekly")


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, by what became of them."""

    def unsettled(self) -> Self:
        """Return those that are still to be sent, or being sent."""
        return self.filter(state__in=("waiting", "handing"))


class Message(Handed):
    """One mail to one address: made once, by its key, and handed to the mail server at most once.

    After a while its address and words are emptied; that it was sent, and when, stays.
    """

    key = models.CharField(_("key"), max_length=200, unique=True)
    kind = WordField(_("kind"), words=MESSAGE_KINDS, blank=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("user")
    )
    follower = models.ForeignKey(
        Follower, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("follower")
    )
    to = models.EmailField(_("to"), blank=True)
    language = models.CharField(_("language"), max_length=2, default="nl")
    subject = models.TextField(_("subject line"), blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("text with layout"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    state = WordField(_("state"), words=MESSAGE_STATES, blank=False, default="waiting")

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        constraints = words_known(kind=MESSAGE_KINDS, state=MESSAGE_STATES, language=LANGUAGES)
        indexes = [
            Index(fields=["not_before"], condition=Q(state="waiting"), name="message_waiting"),
            Index(fields=["claimed_until"], condition=Q(state="handing"), name="message_handing"),
            Index(fields=["settled_at"], condition=~Q(to=""), name="message_to_empty"),
        ]

    def __str__(self) -> str:
        """Return its key: never the address, which would end up in logs."""
        return self.key


class Bounce(models.Model):
    """What a mail server reported back about one address. ``key`` is that report's: taken in once."""

    key = models.CharField(_("key"), max_length=200)
    email = EmailKeyField(_("e-mail address"))
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="bounces", verbose_name=_("message")
    )
    permanent = models.BooleanField(_("for good"))
    reason = models.TextField(_("reason"), blank=True, default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("mail that came back")
        verbose_name_plural = _("mails that came back")
        ordering = ["-pk"]
        constraints = [UniqueConstraint(fields=["key", "email"], name="bounce_email_once")]
        indexes = [Index(fields=["email", "at"], name="bounce_email_at"), Index(fields=["at"], name="bounce_at")]

    def __str__(self) -> str:
        """Return its key: never the address."""
        return self.key


class PausedAddress(models.Model):
    """An address to which nothing is sent, because mail came back too often; until somebody lifts the pause."""

    email = EmailKeyField(_("e-mail address"))
    paused_at = models.DateTimeField(_("paused since"))
    reason = models.TextField(_("reason"), blank=True, default="")
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("paused address")
        verbose_name_plural = _("paused addresses")
        ordering = ["-paused_at"]
        constraints = [UniqueConstraint(fields=["email"], name="pausedaddress_email_once")]

    def __str__(self) -> str:
        """Return since when: never the address."""
        return f"{self.paused_at:%Y-%m-%d}"


class ReportDelivery(models.Model):
    """One report to one recipient: made once a week, or once a day. ``day`` is the day, or the week's Monday.

    Without a message there was nothing to say.
    """

    recipient = models.ForeignKey(User, models.PROTECT, related_name="deliveries", verbose_name=_("recipient"))
    period = WordField(_("period"), words=REPORT_PERIODS, blank=False, default="weekly")
    day = models.DateField(_("day"))
    language = models.CharField(_("language"), max_length=2)
    subject = models.CharField(_("subject line"), blank=True, default="")
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    created_at = models.DateTimeField(_("made at"))
    message = models.OneToOneField(
        Message, models.PROTECT, null=True, blank=True, related_name="report", verbose_name=_("message")
    )

    class Meta:
        verbose_name = _("delivered report")
        verbose_name_plural = _("delivered reports")
        ordering = ["-day", "pk"]
        constraints = [
            UniqueConstraint(fields=["recipient", "period", "day"], name="reportdelivery_once"),
            *words_known(period=REPORT_PERIODS),
        ]

    def __str__(self) -> str:
        """Return to whom, for which day."""
        return f"{self.recipient} {self.period} {self.day}"


class Reminder(models.Model):
    """Somebody was told that something falls due: once for each day on which it falls due."""

    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="reminders", verbose_name=_("obligation"))
    recipient = models.ForeignKey(User, models.PROTECT, related_name="reminders", verbose_name=_("recipient"))
    due_on = models.DateField(_("due on"))
    message = models.ForeignKey(Message, models.PROTECT, related_name="reminders", verbose_name=_("message"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [UniqueConstraint(fields=["obligation", "recipient", "due_on"], name="reminder_once")]

    def __str__(self) -> str:
        """Return when what it was about falls due."""
        return f"{self.due_on}"
