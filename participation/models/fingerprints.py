"""What each owner of obligations was assessed from, as a hash, so that an assessment that cannot differ is not done."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from .constraints import vocabulary_constraints

OWNER_TYPES = ("trajectory", "motion", "commitment", "request")


class AssessmentFingerprint(models.Model):
    """The hash of facts, waivers, obligations, rulebook and code with which the obligations were found to be right.

    Written by jobs alone: after a save the row is out of date, so the next night assesses that owner. A row without its
    owner means nothing.
    """

    owner_type = models.CharField(_("type of owner"), max_length=20)
    #: Without a foreign key, which would lock the owner's row for each of these.
    owner = models.BigIntegerField(_("primary key of the owner"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    #: The slugs that the facts refer to: the kinds of these organisations are part of the hash.
    parties = models.JSONField(_("parties"), default=list, blank=True)

    class Meta:
        verbose_name = _("fingerprint of an assessment")
        verbose_name_plural = _("fingerprints of assessments")
        constraints = [
            UniqueConstraint(fields=["owner_type", "owner"], name="fingerprint_once_an_owner"),
            *vocabulary_constraints(owner_type=OWNER_TYPES),
        ]

    def __str__(self) -> str:
        """Return the type and the primary key of the owner."""
        return f"{self.owner_type} {self.owner}"
