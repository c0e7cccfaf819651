"""Steps of a trajectory: activities, decisions, inspections, updates, evaluations."""

from collections.abc import Collection
from datetime import date, time

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, CheckConstraint, F, Index, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from participation.compliance.times import has_no_duration, is_too_long
from participation.compliance.vocabulary import (
    AUDIENCES,
    EFFECTS,
    INPUT_STEP_KINDS,
    METHODS,
    ORGANISATION_KINDS,
    PERIOD_METHODS,
    PHASES,
    PROCEDURES,
    STAGES,
    STEP_KINDS,
)
from participation.dossier.contradictions import step_contradictions
from participation.dossier.date_checks import NOT_BEFORE
from participation.dossier.schema_fields import MAX_COUNT, is_slug

from .columns import (
    HttpUrlField,
    ItemsField,
    LineField,
    ListField,
    NameField,
    TextField,
    WordField,
    is_count,
)
from .constraints import (
    FreeOfContradictions,
    bounds_constraints,
    not_before_constraint,
    score_constraints,
    unique_ref_constraint,
    vocabulary_constraints,
)
from .empty_lists import KeepsEmptyLists
from .fields import DayField, ImpreciseDateField, Latest, WithLiterals, first_day, is_unknown_day
from .history import VersionedHistory
from .searching import SearchTextField
from .trajectory_items import TrajectoryItem

#: Query expressions for the date of a step (done, else planned) and its bounds.
DATE = Coalesce("done", "planned", output_field=ImpreciseDateField())
FIRST_DAY = first_day(DATE)
LAST_DAY = Latest(DATE)
#: The first of all days, from which a meeting is open that needs no announcement, or whose announcement has no known
#: day; and the last one, until which an inspection without a closing day is open.
ALWAYS_OPEN, NO_LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
#: From which day and until which day people can take part, as ``selectors.trajectories.opportunities`` says it; NULL
#: where they never can. Written once, so that queries and the index have the same expression.
OPEN_FROM = WithLiterals(
    Case(
        When(closes__latest__isnull=True, kind="inspection", then=LAST_DAY),
        When(Q(kind="inspection") | Q(closes__isnull=False) | Q(method__in=PERIOD_METHODS), then=FIRST_DAY),
        When(~Q(kind="activity") | is_unknown_day("announced_on"), then=Value(ALWAYS_OPEN, DayField())),
        default=first_day("announced_on"),
        output_field=DayField(),
    ),
    output_field=DayField(),
)
OPEN_UNTIL = WithLiterals(
    Case(
        When(~Q(kind__in=INPUT_STEP_KINDS) | Q(cancelled=True) | Q(kind="plan_review", audience=[]), then=None),
        When(closes__latest__isnull=False, then=Latest("closes")),
        When(kind="inspection", then=Value(NO_LAST_DAY, DayField())),
        When(Q(closes__isnull=False) | Q(method__in=PERIOD_METHODS) | Q(done__isnull=True), then=LAST_DAY),
        default=None,
        output_field=DayField(),
    ),
    output_field=DayField(),
)
#: Approximates "past midnight, at most 12 hours": starts after noon, ends before. ``clean_fields`` is exact.
_ENDS_NEXT_DAY = Q(ends_at__lt=F("starts_at"), starts_at__gte=time(12), ends_at__lte=time(12))
#: "none" is also a frequency, and reads otherwise there.
_EFFECT_LABELS = {
    "none": pgettext_lazy("effect", "nothing"),
    "some": pgettext_lazy("effect", "something"),
    "much": pgettext_lazy("effect", "much"),
}
_SCORE_VALIDATORS = [MinValueValidator(1), MaxValueValidator(10)]


class Step(KeepsEmptyLists, TrajectoryItem, FreeOfContradictions):
    """A step that is planned or done in a trajectory. It refers to other items by ref."""

    REFS = {
        "about": ("Step", "Document", "Contribution"),
        "uses": ("Step", "Document"),
        "documents": ("Document",),
    }
    PARTIES = {"audience": AUDIENCES, "body": ORGANISATION_KINDS, "evaluated_by": ()}
    NOT_BEFORE = NOT_BEFORE["steps"]
    CONTRADICTIONS = step_contradictions

    kind = WordField(_("kind"), words=STEP_KINDS)
    method = WordField(_("method"), words=METHODS)
    phase = WordField(_("phase"), words=PHASES)
    title = LineField(_("title"), blank=True, default="")
    planned = ImpreciseDateField(_("planned"))
    done = ImpreciseDateField(_("done"))
    cancelled = models.BooleanField(_("cancelled"), default=False)
    optional = models.BooleanField(_("optional"), default=False)
    starts_at = models.TimeField(_("starts at"), null=True, blank=True)
    ends_at = models.TimeField(_("ends at"), null=True, blank=True)
    ends_next_day = models.BooleanField(_("ends on the next day"), null=True, blank=True, default=None)
    place_name = LineField(_("place: name"), max_characters=200, blank=True, default="")
    place_address = LineField(_("place: address"), max_characters=300, blank=True, default="")
    place_accessible = models.BooleanField(_("place: accessible"), null=True, blank=True, default=None)
    place_online_url = HttpUrlField(_("place: online"), blank=True, default="")
    sign_up_url = HttpUrlField(_("where to sign up"), blank=True, default="")
    description = TextField(_("description"))
    announced_on = ImpreciseDateField(_("announced on"))
    closes = ImpreciseDateField(_("closes"))
    procedure = WordField(_("procedure"), words=PROCEDURES)
    body = NameField(_("body"), blank=True, default="")
    stage = WordField(_("stage"), words=STAGES)
    audience = ListField(_("audience"))
    about = ListField(_("about (refs)"))
    uses = ListField(_("uses the results of (refs)"))
    documents = ListField(_("documents (refs)"))
    evaluation_sent_on = ImpreciseDateField(_("evaluation form sent on"))
    score = models.DecimalField(
        _("score for fairness"), max_digits=3, decimal_places=1, null=True, blank=True, validators=_SCORE_VALIDATORS
    )
    evaluated_by = NameField(_("evaluated by"), blank=True, default="")
    reach_total = models.PositiveIntegerField(
        _("reached: total"), null=True, blank=True, validators=[MaxValueValidator(MAX_COUNT)]
    )
    reach_groups = ListField(_("reached: groups"), keys=("group", "count"), values={"count": is_count})
    reach_neighbourhoods = ListField(
        _("reached: neighbourhoods"), keys=("slug", "count"), values={"slug": is_slug, "count": is_count}
    )
    reach_note = TextField(_("reached: how it was counted"))
    effect = WordField(_("what the input changed"), words=EFFECTS, labels=_EFFECT_LABELS)
    effect_note = TextField(_("what was changed, or why nothing was"))
    room_kept = models.BooleanField(_("the room in the plan was kept"), null=True, blank=True, default=None)
    room_reason = TextField(_("why the room was not kept"))
    case_number = LineField(_("case number"), max_characters=100, blank=True, default="")
    items = ItemsField(_("what the rulebook asks"))
    recess_reason = TextField(_("why in a recess"))
    note = TextField(_("note"))
    search_text = SearchTextField(
        *("title", "description", "place_name", "place_address", "case_number", "note"),
        *("effect_note", "room_reason", "reach_note", "items"),
    )

    history = VersionedHistory(excluded_fields=["search_text"])

    def clean(self) -> None:
        """Raise ValidationError when ``done`` is unscheduled, as the dossier format does."""
        super().clean()
        if self.done is not None and self.done.precision == "unscheduled":
            raise ValidationError({"done": _("What took place has a day, if need be one that is not known.")})

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            unique_ref_constraint(),
            *vocabulary_constraints(
                kind=STEP_KINDS, method=METHODS, phase=PHASES, stage=STAGES, procedure=PROCEDURES, effect=EFFECTS
            ),
            *bounds_constraints("planned", "done", "closes", "announced_on", "evaluation_sent_on"),
            not_before_constraint("closes", "planned"),
            not_before_constraint("closes", "done"),
            *score_constraints("score"),
            CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at"))
                | _ENDS_NEXT_DAY,
                name="step_ends_after_it_starts",
                violation_error_message=_("It ends before it starts."),
            ),
        ]
        indexes = [
            # Used by the list of trajectories: upcoming steps in chronological order.
            Index(LAST_DAY, F("trajectory"), name="step_day"),
            # With the one above used for what is asked of people week by week.
            Index(Latest("closes"), condition=Q(closes__isnull=False), name="step_closes"),
            # Used by the list of trajectories: steps in which people can take part, by their last day.
            Index(OPEN_UNTIL, F("trajectory"), OPEN_FROM, name="step_open"),
            # Used by the statistics: few steps have a score.
            Index(fields=["trajectory"], condition=Q(score__isnull=False), name="step_score"),
            # Used to find the current phase of a trajectory.
            Index(F("trajectory"), FIRST_DAY, condition=~Q(phase="") & Q(cancelled=False), name="step_phase"),
        ]

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError, also on impossible times; a step may end on the next day."""
        super().clean_fields(exclude)
        if "ends_at" in (exclude or ()):
            return
        if has_no_duration(self.starts_at, self.ends_at):
            message = _("It starts and ends at the same time. Write when it ends, or leave this empty.")
            raise ValidationError({"ends_at": message})
        if is_too_long(self.starts_at, self.ends_at):
            message = _("An end before the start is on the next day, and that is more than 12 hours. Check both times.")
            raise ValidationError({"ends_at": message})
