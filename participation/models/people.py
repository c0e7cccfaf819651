"""Users, their roles, and their memberships of organisations."""

import secrets
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from .addresses import MAX_EMAIL_LENGTH, EmailKeyField, email_key, validate_key_length
from .columns import LineField, WordField
from .constraints import vocabulary_constraints
from .history import VersionedHistory

ROLES = ("adviser", "coordinator", "association_member", "council_member", "auditor", "administrator")
#: Roles that work for the municipality or the council: they see trajectories that are not public.
STAFF_ROLES = ("adviser", "coordinator", "auditor", "administrator")
#: Roles that may change every trajectory; an adviser may change those assigned to them.
EDITOR_ROLES = ("coordinator", "administrator")
LANGUAGES = ("nl", "en")
REPORT_FREQUENCIES = ("none", "daily", "weekly")


ADDRESS_TAKEN = _("Someone already uses this e-mail address.")


def new_stamp() -> str:
    """Return an unguessable security stamp."""
    return secrets.token_urlsafe(16)


class User(AbstractUser):
    """A user account. Without history on purpose: personal data is kept in one place."""

    first_name = LineField(_("first name"), max_length=150, blank=True)
    last_name = LineField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail address"), validators=[validate_key_length])
    email_key = EmailKeyField(of="email", max_length=MAX_EMAIL_LENGTH)
    #: Changing it invalidates all sessions and password links: see services/accounts.py.
    security_stamp = models.CharField(max_length=32, default=new_stamp, editable=False)
    role = WordField(_("role"), words=ROLES, blank=False, default="association_member")
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))], default="nl"
    )
    report_frequency = WordField(_("digest by mail"), words=REPORT_FREQUENCIES, blank=False, default="weekly")
    wants_reminders = models.BooleanField(_("reminders before due dates"), default=True)
    snoozed_until = models.DateField(_("paused until (inclusive)"), null=True, blank=True)
    snooze_reason = LineField(_("reason for the pause"), max_length=200, blank=True, default="")
    #: What a council member chose to start with on the council's page, by its filters.
    council_portfolio = LineField(_("portfolio to start with"), max_length=300, blank=True, default="")
    council_district = LineField(_("district to start with"), max_length=300, blank=True, default="")
    caught_up_at = models.DateTimeField(_("change feed read until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                fields=["email_key"], name="user_email_key_unique", violation_error_message=ADDRESS_TAKEN
            ),
            *vocabulary_constraints(role=ROLES, language=LANGUAGES, report_frequency=REPORT_FREQUENCIES),
        ]

    def clean(self) -> None:
        """Strip the address. Raises ValidationError when address or user name could identify another account."""
        super().clean()
        self.email = self.email.strip()
        if User.objects.filter(email_key=self.email).exclude(pk=self.pk).exists():
            raise ValidationError({"email": ADDRESS_TAKEN})
        if "@" in self.username and email_key(self.username) != email_key(self.email):
            raise ValidationError(
                {"username": _("A user name with an @ in it has to be the e-mail address of this account.")}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; ``email_key`` along with ``email``, and ``security_stamp`` only when named in ``update_fields``.

        Otherwise saving an instance read before its access was revoked would restore the old stamp.
        """
        names = kwargs.get("update_fields")
        if names is None and not self._state.adding:
            names = {field.name for field in self._meta.concrete_fields if field.attname in vars(self)}
            names -= {"id", "security_stamp"}
        if names is not None:
            kwargs["update_fields"] = {*names, "email_key"} if "email" in names else names
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the session auth hash: a change of password, role or stamp invalidates the session.

        The role is included because a session authenticated well enough for an association member must not
        continue as that of a coordinator, however the role was changed.
        """
        permissions = (self.role, str(self.is_staff), str(self.is_superuser))
        state = "\n".join((self.password, self.security_stamp, *permissions))
        return salted_hmac("participation.session", state, secret=secret, algorithm="sha256").hexdigest()

    @property
    def display_name(self) -> str:
        """Return the full name, else the user name; never the address, which others may not see."""
        return self.get_full_name() or self.username

    @property
    def sees_everything(self) -> bool:
        """Return whether they may see trajectories that are not public."""
        return self.is_active and (self.is_superuser or self.role in STAFF_ROLES)

    @property
    def edits_everything(self) -> bool:
        """Return whether they may change every trajectory."""
        return self.is_active and (self.is_superuser or self.role in EDITOR_ROLES)

    @property
    def is_administrator(self) -> bool:
        """Return whether they look after accounts, where Django's permissions are not enough."""
        return self.is_active and (self.is_superuser or self.role == "administrator")

    @property
    def invitable_roles(self) -> tuple[str, ...]:
        """Return the roles for which they may invite people."""
        if self.is_administrator:
            return ROLES
        return ("association_member",) if self.edits_everything else ()

    @property
    def adds_trajectories(self) -> bool:
        """Return whether they may add a trajectory; an adviser is assigned to what they add."""
        return self.edits_everything or (self.is_active and self.role == "adviser")


class Membership(models.Model):
    """The membership of a user of an organisation, which they represent."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("user"))
    organisation = models.ForeignKey(
        "Organisation", models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )

    history = VersionedHistory()
    objects: Any = models.Manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        """Return the user and the organisation."""
        return f"{self.user} – {self.organisation}"
