"""Motions and commitments, progress reports on them, and fulfilments of commitments that repeat (the register)."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from participation.compliance.vocabulary import MOTION_OUTCOMES
from participation.dossier.date_checks import NOT_BEFORE, repetition_problem
from participation.dossier.names import NUMBERS
from participation.dossier.schema_fields import MAX_MONTHS

from .columns import (
    LineField,
    ListField,
    MotionNumberField,
    NameField,
    SlugField,
    TextField,
    WordField,
    url_path_validator,
)
from .constraints import OrderedDates, bounds_constraints, exactly_one_constraint, vocabulary_constraints
from .empty_lists import KeepsEmptyLists
from .fields import ImpreciseDateField
from .history import VersionedHistory
from .removable import ExistingRowsManager, Removable, unique_number_constraint
from .searching import SearchTextField


class Motion(Removable, KeepsEmptyLists, OrderedDates):
    """A motion of the council (motie). Only the council can settle it; the college can only propose to."""

    NOT_BEFORE = NOT_BEFORE["motions"]

    number = MotionNumberField(_("number"), validators=[url_path_validator(NUMBERS)])
    printed_as = NameField(_("printed as"), blank=True, default="")
    also_printed_as = ListField(_("also printed as"))
    title = LineField(_("title"), blank=True, default="")
    dictum = TextField(_("dictum"))
    body = NameField(_("body"), blank=True, default="")
    adopted_on = ImpreciseDateField(_("adopted on"))
    votes_for = models.PositiveSmallIntegerField(_("votes for"), null=True, blank=True)
    votes_against = models.PositiveSmallIntegerField(_("votes against"), null=True, blank=True)
    # In Dutch a contribution is "overgenomen", but a motion "aangenomen".
    outcome = WordField(_("outcome"), words=MOTION_OUTCOMES, labels={"adopted": pgettext_lazy("motion", "adopted")})
    owner = LineField(_("owner"), max_characters=200, blank=True, default="")
    due_on = ImpreciseDateField(_("due on"))
    settled_proposed_on = ImpreciseDateField(_("settling proposed on"))
    settled_on = ImpreciseDateField(_("settled on"))
    rules = ListField(_("rules that follow from it"))
    municipality = SlugField(_("municipality"), blank=True, default="")
    search_text = SearchTextField("number", "printed_as", "title", "dictum", "owner")

    history = VersionedHistory(excluded_fields=["search_text", "removed_at"])
    objects = ExistingRowsManager()

    class Meta:
        verbose_name = _("motion")
        verbose_name_plural = _("motions")
        ordering = ["number"]
        constraints = [
            unique_number_constraint("motion_number_once"),
            *vocabulary_constraints(outcome=MOTION_OUTCOMES),
            *bounds_constraints("adopted_on", "due_on", "settled_proposed_on", "settled_on"),
        ]

    def __str__(self) -> str:
        """Return the number and title."""
        return f"{self.number} {self.title}".strip()

    def clean_fields(self, exclude: Any = None) -> None:
        """Store the number as printed, before it is normalized."""
        self.printed_as = self.printed_as or self.number
        super().clean_fields(exclude)


class Commitment(Removable, KeepsEmptyLists, OrderedDates):
    """A commitment (toezegging) of the municipal executive."""

    NOT_BEFORE = NOT_BEFORE["commitments"]

    number = NameField(_("number"), validators=[url_path_validator(NUMBERS)])
    text = TextField(_("what was promised"))
    made_on = ImpreciseDateField(_("made on"))
    made_by = LineField(_("made by"), max_characters=200, blank=True, default="")
    made_to = ListField(_("made to"))
    owner = LineField(_("owner"), max_characters=200, blank=True, default="")
    due_on = ImpreciseDateField(_("due on"))
    fulfilled_on = ImpreciseDateField(_("fulfilled on"))
    repeats_every_months = models.PositiveSmallIntegerField(
        _("repeats every so many months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_MONTHS)],
    )
    repeats_first_due_on = ImpreciseDateField(_("first due on"))
    repeats_until = ImpreciseDateField(_("repeats until"))
    source = TextField(_("source"))
    municipality = SlugField(_("municipality"), blank=True, default="")
    search_text = SearchTextField("number", "text", "made_by", "owner")

    history = VersionedHistory(excluded_fields=["search_text", "removed_at"])
    objects = ExistingRowsManager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["number"]
        constraints = [
            unique_number_constraint("commitment_number_once"),
            *bounds_constraints("made_on", "due_on", "fulfilled_on", "repeats_first_due_on", "repeats_until"),
            CheckConstraint(
                condition=Q(repeats_every_months__isnull=True) | Q(repeats_every_months__range=(1, MAX_MONTHS)),
                name="commitment_repeats_every_months",
                violation_error_message=_("Write from 1 to 120 months."),
            ),
        ]

    def __str__(self) -> str:
        """Return its number."""
        return self.number

    def clean(self) -> None:
        """Raise ValidationError, also on a repetition of which the months or a day are missing."""
        super().clean()
        if problem := repetition_problem(self.repeats_every_months, self.repeats_first_due_on, self.repeats_until):
            raise ValidationError({f"repeats_{problem}": _REPETITION_ERRORS[problem]})


#: What to do about a repetition, by the part of it that is wrong.
_REPETITION_ERRORS = {
    "every_months": _("Write after how many months it is due again, or leave the other days empty."),
    "first_due_on": _("Write on which day it is due for the first time."),
    "until": _("Write a day, or leave it empty if it goes on."),
}


class DatedText(models.Model):
    """An abstract model of a text with the day that it is about."""

    on = ImpreciseDateField(_("on"))
    text = TextField(_("text"))

    class Meta:
        abstract = True


class ProgressReport(DatedText):
    """A progress report on a motion or commitment."""

    motion = models.ForeignKey(
        Motion, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("motion")
    )
    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("commitment"),
    )

    history = VersionedHistory()

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        constraints = [exactly_one_constraint("motion", "commitment"), *bounds_constraints("on")]

    def __str__(self) -> str:
        """Return the motion or commitment."""
        return str(self.owner)

    @property
    def owner(self) -> Motion | Commitment:
        """Return what is reported on; a constraint makes it exactly one."""
        return cast("Motion | Commitment", self.motion or self.commitment)


class CommitmentFulfilment(DatedText):
    """One time that a commitment that repeats was fulfilled."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="fulfilments", verbose_name=_("commitment"))

    history = VersionedHistory()

    class Meta:
        verbose_name = _("fulfilment")
        verbose_name_plural = _("fulfilments")
        constraints = bounds_constraints("on")

    def __str__(self) -> str:
        """Return the commitment."""
        return str(self.commitment)

    @property
    def owner(self) -> Commitment:
        """Return the commitment."""
        return self.commitment
