"""Requests: questions, concerns, initiatives, complaints and requests for documents."""

from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from participation.compliance.vocabulary import AUDIENCES, REQUEST_KINDS
from participation.dossier.date_checks import NOT_BEFORE

from .columns import NameField, TextField, WordField
from .constraints import bounds_constraints, unique_ref_constraint, vocabulary_constraints
from .fields import ImpreciseDateField
from .trajectory_items import TrajectoryItem


class Request(TrajectoryItem):
    """A request (verzoek) of a party to the municipality, with its answer."""

    PARTIES = {"party": AUDIENCES}
    NOT_BEFORE = NOT_BEFORE["requests"]

    kind = WordField(_("kind"), words=REQUEST_KINDS)
    party = NameField(_("from"), blank=True, default="")
    received_on = ImpreciseDateField(_("received on"))
    acknowledged_on = ImpreciseDateField(_("acknowledged on"))
    extended_on = ImpreciseDateField(_("extension sent on"))
    extension_reason = TextField(_("reason for the extension"))
    answered_on = ImpreciseDateField(_("answered on"))
    summary = TextField(_("summary"))
    answer = TextField(_("answer"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            unique_ref_constraint(),
            *vocabulary_constraints(kind=REQUEST_KINDS),
            *bounds_constraints("received_on", "acknowledged_on", "extended_on", "answered_on"),
        ]
