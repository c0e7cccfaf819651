"""Filter sets of the lists. Invalid values are rejected, not ignored."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import CharField, NullBooleanField, TextInput
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet
from django_filters.fields import ChoiceField

from participation.compliance import vocabulary as words
from participation.models import Trajectory
from participation.models.labels import LABELS
from participation.selectors.searching import LONGEST, MOST_WORDS, searched
from participation.selectors.trajectory_list import late_on, matching, open_for_input, phase_of_now

from .core.problems import ErrorLocation, ValidationProblem
from .core.query_params import ApiQuery


class ApiFilters(FilterSet):
    """Base filter set that reports invalid values by query parameter."""

    @classmethod
    def parameters(cls) -> dict[str, dict[str, Any]]:
        """Return the filters as query parameters of the OpenAPI document."""
        return {name: {"schema": _schema(one), "description": one.label} for name, one in cls.base_filters.items()}

    def found(self) -> QuerySet[Any]:
        """Return the filtered queryset. Raises Invalid on invalid values."""
        self.chosen()
        return self.qs

    def chosen(self) -> dict[str, Any]:
        """Return the validated values by parameter, for lists not filtered in SQL. Raises Invalid on invalid values."""
        wrong = [ErrorLocation.query(name, str(message)) for name, told in self.form.errors.items() for message in told]
        # An empty string is valid for text only; an empty date, enum or number is most likely a bug in the client.
        empty = _("Give a value, or leave this parameter out.")
        wrong += [
            ErrorLocation.query(name, empty)
            for name, one in self.base_filters.items()
            if self.data.get(name) == "" and _schema(one) != {"type": "string"}
        ]
        if wrong:
            raise ValidationProblem(wrong)
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}


def _schema(one: Any) -> dict[str, Any]:
    if told := getattr(one, "schema", None):
        return dict(told)
    if isinstance(one, ChoiceFilter):
        return {"type": "string", "enum": [word for word, _label in one.extra["choices"]]}
    return {"type": "boolean"} if isinstance(one, BooleanFilter) else {"type": "string"}


class _WordField(ChoiceField):
    """A choice of a vocabulary; its error message lists the valid choices."""

    def validate(self, value: Any) -> None:
        """Raise ValidationError on an invalid choice, naming the valid ones."""
        self.error_messages["invalid_choice"] = _("“%(value)s” is not a word for this. One of: {known}.").format(
            known=", ".join(str(word) for word, _label in self.choices if word)
        )
        super().validate(value)


class Word(ChoiceFilter):
    """A filter by one choice of a vocabulary."""

    field_class = _WordField

    def __init__(self, choices: Iterable[str], label: str, **more: Any) -> None:
        super().__init__(choices=[(word, word) for word in choices], label=label, **more)


class _YesNoField(NullBooleanField):
    """A boolean written as "true" or "false"; unlike NullBooleanField it rejects other values."""

    widget = TextInput

    def clean(self, value: Any) -> bool | None:
        """Return the boolean, None if absent or empty. Raises ValidationError on other values."""
        if value in (None, ""):
            return None
        if value not in ("true", "false"):
            raise ValidationError(_("Write true or false."))
        return bool(value == "true")


class YesNo(BooleanFilter):
    """A filter that is true or false."""

    field_class = _YesNoField

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label=label, **more)


class _SearchField(CharField):
    """Search text; too many words or characters are rejected, not cut off."""

    def clean(self, value: Any) -> Any:
        """Return the search text. Raises ValidationError if it is too long."""
        text = super().clean(value)
        if searched(text).shortened:
            message = _("Search for at most %(words)s words, of %(characters)s characters together.")
            raise ValidationError(message % {"words": MOST_WORDS, "characters": LONGEST}, code="too_long")
        return text


class Search(CharFilter):
    """Search filter: all words must occur, ignoring case and accents. Calls ``_search`` of the filter set."""

    field_class = _SearchField

    def __init__(self, places: str, **more: Any) -> None:
        label = (
            f"Words that all occur in {places}, whatever their accents and capitals: "
            f"at most {MOST_WORDS}, of {LONGEST} characters together."
        )
        super().__init__(label=label, method="_search", **more)


class TrajectoryFilters(ApiFilters):
    """Filters of the list of trajectories."""

    search = Search("title, summary, contributions, documents, motions, organisations, neighbourhoods or contact")
    kind = Word(words.TRAJECTORY_KINDS, "What it is about.")
    initiator = Word(words.INITIATORS, "Who took the initiative.")
    level = Word(words.LEVELS, "Rung of the participation ladder.")
    impact = Word(words.IMPACTS, "How much it changes.")
    status = Word(words.TRAJECTORY_STATUSES, "Where it stands.")
    phase = Word(words.PHASES, "The phase it is in today.", method="_phase")
    municipality = CharFilter(label="Slug of the municipality.")
    neighbourhood = CharFilter(label="Slug of a neighbourhood that it is about.", method="_neighbourhood")
    motion = CharFilter(label="Number of a motion that it carries out.", method="_motion")
    overdue = Word(words.BASICS, "Something is overdue today for this basic condition.", method="_overdue")
    retrospective = YesNo("Whether it looks back.")
    openForInput = YesNo("Whether one can take part today.", method="_open")  # noqa: N815 - so it is called

    class Meta:
        model = Trajectory
        fields: list[str] = []

    def __init__(self, data: QueryDict, rows: QuerySet[Trajectory], asked: ApiQuery) -> None:
        """Filter these rows by their state as of today."""
        super().__init__(data, rows)
        self.asked = asked

    def _search(self, rows: QuerySet[Trajectory], _name: str, text: str) -> QuerySet[Trajectory]:
        return matching(rows, text, {role: str(LABELS[role]) for role in words.CONTACT_ROLES})

    def _phase(self, rows: QuerySet[Trajectory], _name: str, phase: str) -> QuerySet[Trajectory]:
        return rows.alias(phase_now=phase_of_now(self.asked.today)).filter(phase_now=phase)

    def _neighbourhood(self, rows: QuerySet[Trajectory], _name: str, slug: str) -> QuerySet[Trajectory]:
        near = Trajectory.neighbourhoods.through.objects.filter(trajectory=OuterRef("pk"), neighbourhood__slug=slug)
        return rows.filter(Exists(near))

    def _motion(self, rows: QuerySet[Trajectory], _name: str, number: str) -> QuerySet[Trajectory]:
        carried = Trajectory.motions.through.objects.filter(trajectory=OuterRef("pk"), motion__number=number)
        return rows.filter(Exists(carried))

    def _overdue(self, rows: QuerySet[Trajectory], _name: str, basic: str) -> QuerySet[Trajectory]:
        rules = [rule.id for rule in self.asked.rulebook.rules if rule.basic == basic]
        return late_on(rows, rules, self.asked.today)

    def _open(self, rows: QuerySet[Trajectory], _name: str, wanted: bool) -> QuerySet[Trajectory]:
        condition = open_for_input(self.asked.today)
        return rows.filter(condition) if wanted else rows.exclude(condition)
