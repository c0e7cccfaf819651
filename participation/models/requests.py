"""Requests: questions, concerns, initiatives, complaints and requests for documents."""

from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from participation.compliance.vocabulary import AUDIENCES, REQUEST_KINDS
from participation.dossier.date_checks import NOT_BEFORE

from .columns import NameField, TextField, WordField
from .constraints import bounds_ordered, one_ref, words_known
from .fields import ImpreciseDateField
from .trajectory_items import TrajectoryPart


class Request(TrajectoryPart):
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
            one_ref(),
            *words_known(kind=REQUEST_KINDS),
            *bounds_ordered("received_on", "acknowledged_on", "extended_on", "answered_on"),
        ]
