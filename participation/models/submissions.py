"""Submissions: what visitors without an account hand in, apart from the requests that are made of it."""

from typing import Self

from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from .addresses import MAX_EMAIL_LENGTH, EmailKeyField
from .columns import LineField, TextField, WordField
from .constraints import vocabulary_constraints
from .followers import new_token
from .neighbourhoods import Neighbourhood
from .people import LANGUAGES
from .requests import Request

#: Kinds of request that a visitor can hand in, in the order in which they are offered.
SUBMISSION_KINDS = ("initiative", "right_to_challenge", "concern", "information")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Filters on submissions."""

    def unconfirmed(self) -> Self:
        """Return the submissions whose address was not confirmed: no request was made of them."""
        return self.filter(confirmed_at__isnull=True)


class Submission(models.Model):
    """What a visitor typed, with the address to which the answer goes. Without history: it must be erasable.

    Confirming the address makes a request of it. Name and address stay here, and are nowhere public.
    """

    kind = WordField(_("kind"), words=SUBMISSION_KINDS, blank=False)
    text = TextField(_("text"))
    name = LineField(_("name"), blank=True, default="", max_characters=100)
    email = models.EmailField(_("e-mail address"))
    email_key = EmailKeyField(of="email", max_length=MAX_EMAIL_LENGTH)
    neighbourhood = models.ForeignKey(
        Neighbourhood, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("neighbourhood")
    )
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))], default="nl"
    )
    token = models.CharField(_("token"), max_length=64, unique=True, default=new_token, editable=False)
    submitted_at = models.DateTimeField(_("submitted at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    request = models.OneToOneField(
        Request, models.CASCADE, null=True, blank=True, related_name="submission", verbose_name=_("request")
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            *vocabulary_constraints(kind=SUBMISSION_KINDS, language=LANGUAGES),
            CheckConstraint(condition=~Q(email=""), name="submission_email_filled"),
            CheckConstraint(
                condition=Q(request__isnull=True) | Q(confirmed_at__isnull=False),
                name="submission_confirmed_before_request",
            ),
        ]
        indexes = [
            Index(fields=["submitted_at"], condition=Q(confirmed_at__isnull=True), name="submission_unconfirmed")
        ]

    def __str__(self) -> str:
        """Return its key: never the name or the address, which would end up in logs."""
        return str(self.pk)
