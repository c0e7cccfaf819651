"""Who uses the tracker, and for which organisations they speak."""

import secrets
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .addresses import LONGEST, EmailKeyField, email_key, validate_key_length
from .columns import LineField, WordField
from .constraints import words_known

ROLES = ("adviser", "coordinator", "association_member", "auditor", "administrator")
#: Those who work for or on behalf of the municipality or the council: they see what is not public yet.
STAFF_ROLES = ("adviser", "coordinator", "auditor", "administrator")
#: Those who may change every trajectory; an adviser changes the ones assigned to them.
EDITOR_ROLES = ("coordinator", "administrator")
LANGUAGES = ("nl", "en")
REPORT_FREQUENCIES = ("none", "daily", "weekly")


ADDRESS_TAKEN = _("Someone already uses this e-mail address.")


def new_stamp() -> str:
    """Return a security stamp that nobody can guess."""
    return secrets.token_urlsafe(16)


class User(AbstractUser):
    """Someone with an account. Without history on purpose: personal data is kept in one place."""

    first_name = LineField(_("first name"), max_length=150, blank=True)
    last_name = LineField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail address"), validators=[validate_key_length])
    email_key = EmailKeyField(of="email", max_length=LONGEST)
    #: Another stamp ends every session and every link to choose a password: see services/accounts.py.
    security_stamp = models.CharField(max_length=32, default=new_stamp, editable=False)
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
                fields=["email_key"], name="user_email_key_unique", violation_error_message=ADDRESS_TAKEN
            ),
            *words_known(role=ROLES, language=LANGUAGES, report_frequency=REPORT_FREQUENCIES),
        ]

    def clean(self) -> None:
        """Write the e-mail address one way. Raises ValidationError where who logs in could be taken for another."""
        super().clean()
        self.email = self.email.strip()
        if User.objects.filter(email_key=self.email).exclude(pk=self.pk).exists():
            raise ValidationError({"email": ADDRESS_TAKEN})
        if "@" in self.username and email_key(self.username) != email_key(self.email):
            raise ValidationError(
                {"username": _("A user name with an @ in it has to be the e-mail address of this account.")}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; what the address is known by together with the address, and the stamp only where it is named.

        So that who saves an account that was read before its access was ended does not open it again.
        """
        names = kwargs.get("update_fields")
        if names is None and not self._state.adding:
            names = {field.name for field in self._meta.concrete_fields if field.attname in vars(self)}
            names -= {"id", "security_stamp"}
        if names is not None:
            kwargs["update_fields"] = {*names, "email_key"} if "email" in names else names
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session of this account must show: another password, role or stamp ends the session.

        The role stands in it, and not only the stamp: a session in which somebody showed what is enough for a
        member of an association must not go on as one of a coordinator, however the role was changed.
        """
        rights = (self.role, str(self.is_staff), str(self.is_superuser))
        state = "\n".join((self.password, self.security_stamp, *rights))
        return salted_hmac("participation.session", state, secret=secret, algorithm="sha256").hexdigest()

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
