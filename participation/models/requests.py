"""Requests: questions, concerns, initiatives, complaints and requests for documents."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from participation.compliance.dossier_parser import parse_imprecise_date
from participation.compliance.vocabulary import AUDIENCES, REQUEST_KINDS, REQUEST_OUTCOMES
from participation.dossier.date_checks import NOT_BEFORE, suspension_problem
from participation.dossier.names import NUMBERS

from .columns import ListField, NameField, SlugField, TextField, WordField, is_date, url_path_validator
from .constraints import bounds_constraints, unique_ref_constraint, vocabulary_constraints
from .empty_lists import KeepsEmptyLists
from .fields import ImpreciseDateField
from .history import VersionedHistory
from .organisations import Organisation
from .removable import ExistingRowsManager, Removable, unique_number_constraint
from .searching import SearchTextField
from .trajectories import Trajectory
from .trajectory_items import TrajectoryItem

#: States of moderation of what a visitor handed in; "" for what was recorded by staff or an organisation.
MODERATION_STATES = ("awaiting", "public", "withheld")


class SuspensionsField(ListField):
    """A list of suspensions of a term: first day, last day (null while it lasts) and reason; days as in a dossier."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the keys of a suspension."""
        keys = ("from", "to", "reason")
        super().__init__(*args, **{"keys": keys, "values": {"from": is_date, "to": is_date}, **kwargs})

    def clean_value(self, value: Any) -> Any:
        """Return the list with its texts cleaned, its days as ``ImpreciseDate.to_json`` has them, and nothing empty."""
        found = super().clean_value(value)
        if not isinstance(found, list):
            return found
        return [_canonical(item) if isinstance(item, dict) else item for item in found]

    def validate(self, value: Any, model_instance: Any) -> None:
        """Raise ValidationError, also on a suspension without a first day, or that ends before it begins."""
        super().validate(value, model_instance)
        for item in value:
            first, last = (parse_imprecise_date(item.get(key)) for key in ("from", "to"))
            if problem := suspension_problem(first, last):
                raise ValidationError(_SUSPENSION_ERRORS[problem], code="invalid")


_SUSPENSION_ERRORS = {
    "from": _("Write from which day the term was suspended."),
    "to": _("The suspension ends before it begins. Correct one of the days."),
}


def _canonical(period: dict[str, Any]) -> dict[str, Any]:
    """Return a suspension in one form: an equal one written otherwise is no change."""
    known = {key: value for key, value in period.items() if value not in (None, "")}
    days = {key: parse_imprecise_date(known[key]) for key in ("from", "to") if is_date(known.get(key))}
    return {**known, **{key: day.to_json() for key, day in days.items() if day}}


def visible_requests(user: Any) -> Q:
    """Return the condition on requests, or on versions of them, that this user may see them.

    Those of trajectories that they may see. One that belongs to no trajectory may hold what a resident asked: it is for
    staff, and for the members of the organisation that asked. What a visitor handed in is for everybody once a
    moderator made it public, and before that for staff only.
    """
    if getattr(user, "sees_everything", False):
        return Q()
    visible = Q(trajectory=Trajectory.objects.visible_to(user).referred_to())
    visible |= Q(trajectory__isnull=True, moderation="public")
    if not getattr(user, "pk", None):
        return visible
    organisations = Organisation.objects.filter(memberships__user=user).values("slug")
    return visible | Q(trajectory__isnull=True, moderation="", party__in=organisations)


class RequestQuerySet(models.QuerySet["Request"]):
    """Filters on requests."""

    def visible_to(self, user: Any) -> Self:
        """Return the requests that this user (or None, or an anonymous user) may see; see ``visible_requests``."""
        return self.filter(visible_requests(user))

    def in_register(self) -> Self:
        """Return the requests of the register: those with a number, also when they belong to a trajectory by now."""
        return self.exclude(number="")


class Request(Removable, KeepsEmptyLists, TrajectoryItem):
    """A request (verzoek) of a party to the municipality, with its answer.

    One of the register has a number, and may belong to no trajectory (yet). Its number is then its ref, also in the
    trajectory to which it is linked later.
    """

    PARTIES = {"party": AUDIENCES}
    NOT_BEFORE = NOT_BEFORE["requests"]

    trajectory = models.ForeignKey(  # type: ignore[assignment]
        Trajectory, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("trajectory")
    )
    number = NameField(_("number"), blank=True, default="", validators=[url_path_validator(NUMBERS)])
    kind = WordField(_("kind"), words=REQUEST_KINDS)
    party = NameField(_("from"), blank=True, default="")
    received_on = ImpreciseDateField(_("received on"))
    acknowledged_on = ImpreciseDateField(_("acknowledged on"))
    extended_on = ImpreciseDateField(_("extension sent on"))
    extension_reason = TextField(_("reason for the extension"))
    suspended = SuspensionsField(_("suspended"))
    committee = models.BooleanField(_("a committee advises"), null=True, blank=True, default=None)
    agreed_until = ImpreciseDateField(_("agreed to wait until"))
    answered_on = ImpreciseDateField(_("answered on"))
    summary = TextField(_("summary"))
    outcome = WordField(_("outcome"), words=REQUEST_OUTCOMES)
    answer = TextField(_("answer"))
    neighbourhoods = ListField(_("neighbourhoods"))
    municipality = SlugField(_("municipality"), blank=True, default="")
    search_text = SearchTextField("number", "summary", "answer", "extension_reason")
    moderation = WordField(_("moderation"), words=MODERATION_STATES)
    moderation_reason = TextField(_("reason not to publish"))

    history = VersionedHistory(excluded_fields=["search_text", "removed_at"])
    objects = ExistingRowsManager.from_queryset(RequestQuerySet)()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            unique_ref_constraint(),
            unique_number_constraint("request_number_once", ~Q(number="")),
            CheckConstraint(
                condition=Q(trajectory__isnull=False) | ~Q(number=""),
                name="request_belongs_or_has_number",
                violation_error_message=_("Choose the trajectory, or give the request a number."),
            ),
            CheckConstraint(
                condition=Q(number="") | Q(ref=F("number")),
                name="request_number_is_ref",
                violation_error_message=_("The number of a request is its ref too. Change both or neither."),
            ),
            # Who may read a trajectory may read its requests: one that is not public must not belong to any.
            CheckConstraint(
                condition=Q(trajectory__isnull=True) | Q(moderation__in=("", "public")),
                name="request_moderated_before_linked",
                violation_error_message=_("Make it public first. Then it can belong to a trajectory."),
            ),
            *vocabulary_constraints(kind=REQUEST_KINDS, outcome=REQUEST_OUTCOMES, moderation=MODERATION_STATES),
            *bounds_constraints("received_on", "acknowledged_on", "extended_on", "agreed_until", "answered_on"),
        ]

    def clean_fields(self, exclude: Any = None) -> None:
        """Set the ref of a request of the register: its number."""
        self.ref = self.ref or self.number
        super().clean_fields(exclude)
