"""Contributions of participants, with their outcome."""

from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import AUDIENCES, OUTCOMES
from participation.dossier.date_checks import NOT_BEFORE

from .columns import LineField, NameField, TextField, WordField
from .constraints import bounds_constraints, unique_ref_constraint, vocabulary_constraints
from .fields import ImpreciseDateField
from .history import VersionedHistory
from .searching import SearchTextField
from .trajectory_items import TrajectoryItem


class Contribution(TrajectoryItem):
    """A contribution (inbreng) of a participant, with its outcome and the reason."""

    REFS = {"step": ("Step",)}
    PARTIES = {"party": AUDIENCES}
    NOT_BEFORE = NOT_BEFORE["contributions"]

    step = NameField(_("received in (ref of a step)"), blank=True, default="")
    party = NameField(_("from"), blank=True, default="")
    received_on = ImpreciseDateField(_("received on"))
    theme = LineField(_("theme"), max_characters=200, blank=True, default="")
    summary = TextField(_("summary"))
    outcome = WordField(_("outcome"), words=OUTCOMES)
    response = TextField(_("response"))
    responded_on = ImpreciseDateField(_("responded on"))
    search_text = SearchTextField("theme", "summary", "response")

    history = VersionedHistory(excluded_fields=["search_text"])

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        constraints = [
            unique_ref_constraint(),
            *vocabulary_constraints(outcome=OUTCOMES),
            *bounds_constraints("received_on", "responded_on"),
        ]
