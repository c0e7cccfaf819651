"""Obligations: of one trajectory, the full explanation of one, and all that the user may see."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.compliance import vocabulary as words
from participation.models import Obligation, Trajectory
from participation.presentation.explanation_json import ExplanationQuery, explanation_record
from participation.selectors.obligations.judging import of_municipality, under_rules
from participation.selectors.obligations.status_expressions import filter_by_status
from participation.selectors.obligations.statuses import RECORD_KEYS, Verdict, trajectory_obligations, verdicts_by_keys
from participation.selectors.obligations.visibility import obligations_visible_to
from participation.selectors.register import key_by_number, rows_with_state

from .core.query_params import VALID_ON, ApiQuery, select_fields
from .filters import ApiFilters, StrictBooleanFilter, VocabularyFilter
from .filters_parsed import DayFilter
from .openapi.schema import DAY_PARAMETER, TEXT, OperationDoc
from .views import (
    FIELD_SELECTION_PARAMETERS,
    PAGINATION_PARAMETERS,
    TIME_TRAVEL_PARAMETERS,
    TRAJECTORY_PATH_PARAMETERS,
    ApiView,
)

TAG = "Obligations"
_TIME_TRAVEL_TEXT = (
    "`geldigOp` (valid time) gives the statuses on that day, computed from the facts known now. `bekendOp` "
    "(transaction time) recomputes them from the facts recorded by that moment."
)


class ObligationFilters(ApiFilters):
    """Filters of the obligations of a trajectory."""

    status = VocabularyFilter(words.STATUSES, "Status on the requested day.", method="_status")
    rule = CharFilter(label="Id of the rule.")
    basic = VocabularyFilter(words.BASICS, "Basic condition of the rule.", method="_basic")
    strength = VocabularyFilter(words.STRENGTHS, "Strength of the source, from law to wish.", method="_strength")
    subject = CharFilter(label="Ref of the item that the obligation is about.")

    class Meta:
        model = Obligation
        fields: list[str] = []

    def __init__(self, data: QueryDict, rows: QuerySet[Obligation], query: ApiQuery) -> None:
        """Filter these rows by their status as of the requested day."""
        super().__init__(data, rows)
        self.query = query

    def _status(self, rows: QuerySet[Obligation], _name: str, status: str) -> QuerySet[Obligation]:
        return filter_by_status(rows, status, self.query.day)

    def _basic(self, rows: QuerySet[Obligation], _name: str, basic: str) -> QuerySet[Obligation]:
        return rows.filter(under_rules(self.query.rulebooks, lambda rule: rule.basic == basic))

    def _strength(self, rows: QuerySet[Obligation], _name: str, strength: str) -> QuerySet[Obligation]:
        return rows.filter(under_rules(self.query.rulebooks, lambda rule: rule.strength == strength))

    def matching(self, lines: list[Verdict]) -> list[Verdict]:
        """Return the obligations that match the filters. Raises ValidationProblem on invalid values."""
        given = self.validated_values().items()
        return [line for line in lines if all(_filter_values(line)[name] == value for name, value in given)]


def _filter_values(line: Verdict) -> dict[str, Any]:
    return {
        "status": line.status,
        "rule": line.rule.id,
        "basic": line.rule.basic,
        "strength": line.rule.strength,
        "subject": line.obligation.subject,
    }


class AllObligationFilters(ObligationFilters):
    """Filters of all obligations."""

    municipality = CharFilter(
        label="Slug of the municipality of the trajectory, motion or commitment.", method="_municipality"
    )
    trajectory = CharFilter(label="Slug of the trajectory.", method="_trajectory")
    motion = CharFilter(label="Number of the motion, in any printed notation.", method="_tracked")
    commitment = CharFilter(label="Number of the commitment, in any printed notation.", method="_tracked")
    request = CharFilter(label="Number of a request that belongs to no trajectory.", method="_tracked")
    dueBefore = DayFilter("Due before this day.", field_name="due_on", lookup_expr="lt")  # noqa: N815 - name of the parameter
    dueAfter = DayFilter("Due after this day.", field_name="due_on", lookup_expr="gt")  # noqa: N815
    retrospective = StrictBooleanFilter(
        "Whether the trajectory is retrospective: assessed by current rules, and excluded from statistics.",
        method="_retrospective",
    )

    def _municipality(self, rows: QuerySet[Obligation], _name: str, slug: str) -> QuerySet[Obligation]:
        return rows.filter(of_municipality(slug))

    # A separate look-up of the primary key is much cheaper than a join over a million obligations.
    def _trajectory(self, rows: QuerySet[Obligation], _name: str, slug: str) -> QuerySet[Obligation]:
        key = Trajectory.objects.filter(slug=slug).values_list("pk", flat=True).first()
        return rows.filter(trajectory_id=key) if key else rows.none()

    def _tracked(self, rows: QuerySet[Obligation], owner_type: str, number: str) -> QuerySet[Obligation]:
        key = key_by_number(rows_with_state(owner_type, self.query.day), owner_type, number)
        return rows.filter(**{f"{owner_type}_id": key}) if key else rows.none()

    def _retrospective(self, rows: QuerySet[Obligation], _name: str, wanted: bool) -> QuerySet[Obligation]:
        not_retrospective = Q(trajectory__isnull=True) | Q(trajectory__retrospective=False)
        return rows.filter(trajectory__retrospective=True) if wanted else rows.filter(not_retrospective)


class _NumberedRows:
    """Rows in memory, as the paginator reads them: ordered and filtered by their number, from 0."""

    def __init__(self, numbers: Sequence[int]) -> None:
        """Be the rows with these numbers."""
        self.numbers = numbers

    def order_by(self, ordering: str) -> "_NumberedRows":
        """Return them in ascending order, or in descending order with a hyphen."""
        return _NumberedRows(sorted(self.numbers, reverse=ordering.startswith("-")))

    def filter(self, number__gt: str = "-1", number__lt: str = "inf") -> "_NumberedRows":
        """Return those after and before these positions. Raises ValueError if they are not numbers."""
        return _NumberedRows([number for number in self.numbers if float(number__gt) < number < float(number__lt)])

    def __getitem__(self, part: slice) -> list[dict[str, int]]:
        """Return a part of them."""
        return [{"number": number} for number in self.numbers[part]]


class TrajectoryObligations(ApiView):
    """All obligations of one trajectory, paginated."""

    operation_name, tag, path_parameters = "trajectoryObligations", TAG, TRAJECTORY_PATH_PARAMETERS
    operations = {
        "GET": OperationDoc(
            "List the obligations of a trajectory",
            "Obligation",
            many="page",
            version=True,
            description=f"In order of creation, with `bekendOp` by rule and subject. {_TIME_TRAVEL_TEXT}",
        )
    }
    parameters = {
        **ObligationFilters.parameters(),
        **FIELD_SELECTION_PARAMETERS,
        **TIME_TRAVEL_PARAMETERS,
        **PAGINATION_PARAMETERS,
    }
    fields = tuple(key for key in RECORD_KEYS if key not in ("motion", "commitment", "request"))

    def get(self, request: Request, slug: str) -> Response:
        """Return a page of the obligations as of a day and as known at a moment."""
        query = self.parse_query()
        trajectory = self.visible_trajectory(slug)
        rows = Obligation.objects.open().filter(under_rules(query.rulebooks), trajectory=trajectory)
        filters = ObligationFilters(request.query_params, rows, query)
        if query.known_at is None:
            page = self.paginate(filters.filtered().values("id"), "id")
            lines = verdicts_by_keys([row["id"] for row in page], query.rulebooks, query.day)
        else:
            lines = self._known_then(trajectory, filters, query)
        records = select_fields((line.as_json(query.language) for line in lines), query.fields)
        return self.respond_or_304(self.paginated_response(records).data)

    def _known_then(self, trajectory: Trajectory, filters: ObligationFilters, query: ApiQuery) -> list[Verdict]:
        """Return a page of the obligations that are assessed anew, from what was recorded at that moment."""
        filters.validated_values()
        found = trajectory_obligations(trajectory, query.rulebooks, query.day, query.known_at, query.earlier_texts)
        if found is None:
            raise Http404
        matching = filters.matching(found)
        page = self.paginate(_NumberedRows(range(len(matching))), "number")
        return [matching[row["number"]] for row in page]


EXPLANATION_OPERATION = OperationDoc(
    "Explain an obligation",
    "Explanation",
    version=True,
    description=(
        "The obligation, to whom it is due, its sources, the date calculation step by step, the recorded "
        f"facts used, what residents contradict, and its status transitions. {_TIME_TRAVEL_TEXT}"
    ),
)
EXPLANATION_PARAMETERS = {
    "subject": {
        "description": "Ref of the item that the obligation is about; omit for the whole.",
        "schema": TEXT,
    },
    **TIME_TRAVEL_PARAMETERS,
}


def rule_url(request: Request, rule: str, municipality: str, query: ApiQuery) -> str:
    """Return the URL of this rule in the API: where there are several rulebooks, in that of the municipality."""
    url: str = reverse("api:rule", args=[rule], request=request)
    return f"{url}?{urlencode({'municipality': municipality})}" if len(query.rulebooks) > 1 else url


class ObligationExplanation(ApiView):
    """The full explanation of one obligation in a trajectory."""

    operation_name, tag = "explanation", TAG
    path_parameters = {**TRAJECTORY_PATH_PARAMETERS, "rule": "Id of the rule."}
    operations = {"GET": EXPLANATION_OPERATION}
    parameters = EXPLANATION_PARAMETERS

    def get(self, request: Request, slug: str, rule: str) -> Response:
        """Return the explanation as of a day and as known at a moment. Raises Http404 without such an obligation."""
        query = self.parse_query()
        trajectory = self.visible_trajectory(slug)
        privileges = {
            "names_known": bool(getattr(query.user, "sees_everything", False)),
            "earlier_texts": query.earlier_texts,
        }
        subject = request.query_params.get("subject", "")
        explanation_query = ExplanationQuery(rule, subject, query.day, query.known_at, query.language, **privileges)
        found = explanation_record(trajectory, query.rulebooks, explanation_query)
        if found is None:
            raise Http404
        return self.respond_or_304({**found, "rule_url": rule_url(request, rule, trajectory.municipality, query)})


class ObligationList(ApiView):
    """All obligations that the user may see, paginated."""

    operation_name, tag = "obligations", TAG
    operations = {
        "GET": OperationDoc(
            "List all obligations",
            "Obligation",
            many="page",
            description=(
                "The obligations of all visible trajectories and of all motions and commitments, in order of creation. "
                "`geldigOp` gives each its status on that day, computed from the facts known now."
            ),
        )
    }
    parameters = {
        **AllObligationFilters.parameters(),
        **FIELD_SELECTION_PARAMETERS,
        VALID_ON: DAY_PARAMETER,
        **PAGINATION_PARAMETERS,
    }
    fields = RECORD_KEYS

    def get(self, request: Request) -> Response:
        """Return a page of obligations."""
        query = self.parse_query()
        visible = obligations_visible_to(request.user, query.rulebooks)
        rows = AllObligationFilters(request.query_params, visible, query).filtered()
        page = self.paginate(rows.values("id"), "id")
        return self.paginated_response(select_fields(self._records(page, query), query.fields))

    def _records(self, page: Any, query: ApiQuery) -> Iterator[dict[str, Any]]:
        for line in verdicts_by_keys([row["id"] for row in page], query.rulebooks, query.day):
            yield line.as_json(query.language)
