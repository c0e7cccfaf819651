"""Who uses the tracker, and for which organisations they speak."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .columns import LineField, WordField
from .constraints import words_known

ROLES = ("adviser", "coordinator", "association_member", "auditor", "administrator")
#: Those who work for or on behalf of the municipality or the council: they see what is not public yet.
STAFF_ROLES = ("adviser", "coordinator", "auditor", "administrator")
#: Those who may change every trajectory; an adviser changes the ones assigned to them.
EDITOR_ROLES = ("coordinator", "administrator")
LANGUAGES = ("nl", "en")
REPORT_FREQUENCIES = ("none", "daily", "weekly")


class User(AbstractUser):
    """Someone with an account. Without history on purpose: personal data is kept in one place."""

    first_name = LineField(_("first name"), max_length=150, blank=True)
    last_name = LineField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail address"))
    role = WordField(_("role"), words=ROLES, blank=False, default="association_member")
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))], default="nl"
    )
    report_frequency = WordField(_("report by mail"), words=REPORT_FREQUENCIES, blank=False, default="weekly")
    wants_reminders = models.BooleanField(_("a mail before something falls due"), default=True)
    snoozed_until = models.DateField(_("no mail up to and including"), null=True, blank=True)
    snooze_reason = LineField(_("why no mail"), max_length=200, blank=True, default="")
    caught_up_at = models.DateTimeField(_("has read what changed until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("Someone already uses this e-mail address."),
            ),
            *words_known(role=ROLES, language=LANGUAGES, report_frequency=REPORT_FREQUENCIES),
        ]

    def clean(self) -> None:
        """Write the e-mail address one way."""
        super().clean()
        self.email = self.email.strip()

    @property
    def sees_everything(self) -> bool:
        """Tell whether trajectories that are not public are theirs to see."""
        return self.is_active and (self.is_superuser or self.role in STAFF_ROLES)

    @property
    def edits_everything(self) -> bool:
        """Tell whether every trajectory is theirs to change."""
        return self.is_active and (self.is_superuser or self.role in EDITOR_ROLES)

    @property
    def adds_trajectories(self) -> bool:
        """Tell whether they may add a trajectory; an adviser becomes the adviser of what they add."""
        return self.edits_everything or (self.is_active and self.role == "adviser")


class Membership(models.Model):
    """Someone speaks for an organisation."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("user"))
    organisation = models.ForeignKey(
        "Organisation", models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )

    history = HistoricalRecords()
    objects: Any = models.Manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        """Return who speaks for whom."""
        return f"{self.user} – {self.organisation}"
