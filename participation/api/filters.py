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
from participation.selectors.searching import MAX_TEXT_LENGTH, MAX_WORDS, search_words
from participation.selectors.trajectories.list_query import (
    has_open_step_condition,
    phase_expression,
    trajectories_with_overdue,
)
from participation.selectors.trajectories.search import trajectories_matching

from .core.problems import ErrorLocation, ValidationProblem
from .core.query_params import ApiQuery


class ApiFilters(FilterSet):
    """Base filter set that reports invalid values by query parameter."""

    @classmethod
    def parameters(cls) -> dict[str, dict[str, Any]]:
        """Return the filters as query parameters of the OpenAPI document."""
        return {
            name: {"schema": _schema(api_filter), "description": api_filter.label}
            for name, api_filter in cls.base_filters.items()
        }

    def filtered(self) -> QuerySet[Any]:
        """Return the filtered queryset. Raises ValidationProblem on invalid values."""
        self.validated_values()
        return self.qs

    def validated_values(self) -> dict[str, Any]:
        """Return the validated values by parameter, for lists not filtered in SQL.

        Raises ValidationProblem on invalid values.
        """
        errors = [
            ErrorLocation.query(name, str(message))
            for name, messages in self.form.errors.items()
            for message in messages
        ]
        # An empty string is valid for text only; an empty date, enum or number is most likely a bug in the client.
        empty = _("Give a value, or omit this parameter.")
        errors += [
            ErrorLocation.query(name, empty)
            for name, api_filter in self.base_filters.items()
            if self.data.get(name) == "" and _schema(api_filter) != {"type": "string"}
        ]
        if errors:
            raise ValidationProblem(errors)
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}


def _schema(api_filter: Any) -> dict[str, Any]:
    if schema := getattr(api_filter, "schema", None):
        return dict(schema)
    if isinstance(api_filter, ChoiceFilter):
        return {"type": "string", "enum": [word for word, _label in api_filter.extra["choices"]]}
    return {"type": "boolean"} if isinstance(api_filter, BooleanFilter) else {"type": "string"}


class _VocabularyField(ChoiceField):
    """A choice of a vocabulary; its error message lists the valid choices."""

    def validate(self, value: Any) -> None:
        """Raise ValidationError on an invalid choice, naming the valid ones."""
        self.error_messages["invalid_choice"] = _("Invalid choice “%(value)s”; choose from: {known}.").format(
            known=", ".join(str(word) for word, _label in self.choices if word)
        )
        super().validate(value)


class VocabularyFilter(ChoiceFilter):
    """A filter by one choice of a vocabulary."""

    field_class = _VocabularyField

    def __init__(self, choices: Iterable[str], label: str, **more: Any) -> None:
        super().__init__(choices=[(word, word) for word in choices], label=label, **more)


class _StrictBooleanField(NullBooleanField):
    """A boolean written as "true" or "false"; unlike NullBooleanField it rejects other values."""

    widget = TextInput

    def clean(self, value: Any) -> bool | None:
        """Return the boolean, None if absent or empty. Raises ValidationError on other values."""
        if value in (None, ""):
            return None
        if value not in ("true", "false"):
            raise ValidationError(_("Use true or false."))
        return bool(value == "true")


class StrictBooleanFilter(BooleanFilter):
    """A filter that is true or false."""

    field_class = _StrictBooleanField

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label=label, **more)


class _SearchField(CharField):
    """Search text; too many words or characters are rejected, not cut off."""

    def clean(self, value: Any) -> Any:
        """Return the search text. Raises ValidationError if it is too long."""
        text = super().clean(value)
        if search_words(text).is_shortened:
            message = _("Search for at most %(words)s words and %(characters)s characters.")
            raise ValidationError(message % {"words": MAX_WORDS, "characters": MAX_TEXT_LENGTH}, code="too_long")
        return text


class SearchFilter(CharFilter):
    """Search filter: all words must occur, ignoring case and accents. Calls ``_search`` of the filter set."""

    field_class = _SearchField

    def __init__(self, columns: str, **more: Any) -> None:
        label = (
            f"Words that must all occur in {columns}, ignoring case and accents; "
            f"at most {MAX_WORDS} words and {MAX_TEXT_LENGTH} characters."
        )
        super().__init__(label=label, method="_search", **more)


class TrajectoryFilters(ApiFilters):
    """Filters of the list of trajectories."""

    search = SearchFilter(
        "title, summary, case numbers, contributions, answers, documents, steps, decisions, plan, scenarios, requests, "
        "motions, organisations, neighbourhoods or contact"
    )
    kind = VocabularyFilter(words.TRAJECTORY_KINDS, "Kind of trajectory.")
    initiator = VocabularyFilter(words.INITIATORS, "Initiator.")
    level = VocabularyFilter(words.LEVELS, "Level on the participation ladder.")
    impact = VocabularyFilter(words.IMPACTS, "Impact.")
    status = VocabularyFilter(words.TRAJECTORY_STATUSES, "Status.")
    phase = VocabularyFilter(words.PHASES, "Current phase.", method="_phase")
    municipality = CharFilter(label="Slug of the municipality.")
    neighbourhood = CharFilter(label="Slug of a neighbourhood of the trajectory.", method="_neighbourhood")
    motion = CharFilter(label="Number of a motion that the trajectory implements.", method="_motion")
    overdue = VocabularyFilter(words.BASICS, "Has an overdue obligation for this basic condition.", method="_overdue")
    retrospective = StrictBooleanFilter(
        "Whether it is retrospective: assessed by current rules, and excluded from statistics."
    )
    openForInput = StrictBooleanFilter("Whether it is currently open for participation.", method="_open")  # noqa: N815 - name of the parameter

    class Meta:
        model = Trajectory
        fields: list[str] = []

    def __init__(self, data: QueryDict, rows: QuerySet[Trajectory], query: ApiQuery) -> None:
        """Filter these rows by their state as of today."""
        super().__init__(data, rows)
        self.query = query

    def _search(self, rows: QuerySet[Trajectory], _name: str, text: str) -> QuerySet[Trajectory]:
        return trajectories_matching(rows, text, {role: str(LABELS[role]) for role in words.CONTACT_ROLES})

    def _phase(self, rows: QuerySet[Trajectory], _name: str, phase: str) -> QuerySet[Trajectory]:
        return rows.alias(phase_now=phase_expression(self.query.today)).filter(phase_now=phase)

    def _neighbourhood(self, rows: QuerySet[Trajectory], _name: str, slug: str) -> QuerySet[Trajectory]:
        near = Trajectory.neighbourhoods.through.objects.filter(trajectory=OuterRef("pk"), neighbourhood__slug=slug)
        return rows.filter(Exists(near))

    def _motion(self, rows: QuerySet[Trajectory], _name: str, number: str) -> QuerySet[Trajectory]:
        carried = Trajectory.motions.through.objects.filter(trajectory=OuterRef("pk"), motion__number=number)
        return rows.filter(Exists(carried))

    def _overdue(self, rows: QuerySet[Trajectory], _name: str, basic: str) -> QuerySet[Trajectory]:
        return trajectories_with_overdue(rows, self.query.rulebooks, self.query.today, basic)

    def _open(self, rows: QuerySet[Trajectory], _name: str, wanted: bool) -> QuerySet[Trajectory]:
        condition = has_open_step_condition(self.query.today)
        return rows.filter(condition) if wanted else rows.exclude(condition)
