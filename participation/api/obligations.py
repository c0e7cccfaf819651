"""Obligations: of one trajectory, the full explanation of one, and all that the user may see."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.compliance import vocabulary as words
from participation.compliance.rulebook import Rulebook
from participation.models import Obligation, Trajectory
from participation.reports.explanation_json import ExplanationQuery, explanation_record
from participation.selectors.obligation_queries import KEYS, lines_of, obligations_visible_to, owed_in, with_this_status
from participation.selectors.register import numbered, tracked
from participation.selectors.verdicts import Verdict

from .core.query_params import VALID_ON, ApiQuery, chosen
from .filters import ApiFilters, Word, YesNo
from .filters_parsed import DayFilter
from .openapi.schema import DAY_PARAMETER, TEXT, OperationDoc
from .views import OF_TRAJECTORY, PAGED, SELECTED, TIME_TRAVEL, ApiView

HEADING = "Obligations"
_AS_KNOWN = (
    "With geldigOp it is how things stood, or will stand, on that day, by what is known now. With bekendOp it is "
    "judged anew from what had been recorded by then."
)


class OwedFilters(ApiFilters):
    """Filters of the obligations of a trajectory."""

    status = Word(words.STATUSES, "How it stands on the day that is asked about.", method="_status")
    rule = CharFilter(label="Id of the rule that calls for it.")
    basic = Word(words.BASICS, "The basic condition that it belongs to.", method="_basic")
    strength = Word(words.STRENGTHS, "How strong the word is that it rests on.", method="_strength")
    subject = CharFilter(label="Ref of what it is about.")

    class Meta:
        model = Obligation
        fields: list[str] = []

    def __init__(self, data: QueryDict, rows: QuerySet[Obligation], asked: ApiQuery) -> None:
        """Filter these rows by their status as of the requested day."""
        super().__init__(data, rows)
        self.asked = asked

    def _status(self, rows: QuerySet[Obligation], _name: str, status: str) -> QuerySet[Obligation]:
        return with_this_status(rows, status, self.asked.day)

    def _basic(self, rows: QuerySet[Obligation], _name: str, basic: str) -> QuerySet[Obligation]:
        return rows.filter(rule__in=_rules(self.asked.rulebook, basic=basic))

    def _strength(self, rows: QuerySet[Obligation], _name: str, strength: str) -> QuerySet[Obligation]:
        return rows.filter(rule__in=_rules(self.asked.rulebook, strength=strength))

    def among(self, lines: list[Verdict]) -> list[Verdict]:
        """Return the obligations that match the filters. Raises Invalid on invalid values."""
        given = self.chosen().items()
        return [line for line in lines if all(_told(line)[name] == value for name, value in given)]


def _told(line: Verdict) -> dict[str, Any]:
    return {
        "status": line.status,
        "rule": line.rule.id,
        "basic": line.rule.basic,
        "strength": line.rule.strength,
        "subject": line.obligation.subject,
    }


def _rules(rulebook: Rulebook, **wanted: str) -> list[str]:
    return [rule.id for rule in rulebook.rules if all(getattr(rule, key) == value for key, value in wanted.items())]


class AllOwedFilters(OwedFilters):
    """Filters of all obligations."""

    trajectory = CharFilter(label="Slug of the trajectory that it is about.", method="_trajectory")
    motion = CharFilter(label="Number of the motion that it is about, however printed.", method="_tracked")
    commitment = CharFilter(label="Number of the commitment that it is about.", method="_tracked")
    dueBefore = DayFilter("Due before this day.", field_name="due_on", lookup_expr="lt")  # noqa: N815 - so it is called
    dueAfter = DayFilter("Due after this day.", field_name="due_on", lookup_expr="gt")  # noqa: N815
    retrospective = YesNo("Whether it is judged by today's rules, to learn from.", method="_retrospective")

    # A separate look-up of the primary key is much cheaper than a join over a million obligations.
    def _trajectory(self, rows: QuerySet[Obligation], _name: str, slug: str) -> QuerySet[Obligation]:
        key = Trajectory.objects.filter(slug=slug).values_list("pk", flat=True).first()
        return rows.filter(trajectory_id=key) if key else rows.none()

    def _tracked(self, rows: QuerySet[Obligation], of: str, number: str) -> QuerySet[Obligation]:
        key = numbered(tracked(of, self.asked.day), of, number)
        return rows.filter(**{f"{of}_id": key}) if key else rows.none()

    def _retrospective(self, rows: QuerySet[Obligation], _name: str, wanted: bool) -> QuerySet[Obligation]:
        now = Q(trajectory__isnull=True) | Q(trajectory__retrospective=False)
        return rows.filter(trajectory__retrospective=True) if wanted else rows.filter(now)


class OwedInTrajectory(ApiView):
    """All obligations of one trajectory, unpaginated."""

    called, heading, in_path = "trajectoryObligations", HEADING, OF_TRAJECTORY
    told = {
        "GET": OperationDoc(
            "List what is owed in a trajectory",
            "Obligation",
            many="list",
            version=True,
            description=f"All of it, by rule and subject: the lines of `check_compliance`. {_AS_KNOWN}",
        )
    }
    parameters = {**OwedFilters.parameters(), **SELECTED, **TIME_TRAVEL}
    fields = tuple(key for key in KEYS if key not in ("motion", "commitment"))

    def get(self, request: Request, slug: str) -> Response:
        """Return the obligations as of a day and as known at a moment."""
        asked = self.asked()
        filters = OwedFilters(request.query_params, Obligation.objects.none(), asked)
        filters.chosen()
        lines = owed_in(self.visible(slug), asked.rulebook, asked.day, asked.known_at, asked.earlier_texts)
        if lines is None:
            raise Http404
        records = chosen((line.as_json(asked.language) for line in filters.among(lines)), asked.fields)
        return self.unless_known(records)


class OwedExplained(ApiView):
    """The full explanation of one obligation in a trajectory."""

    called, heading = "explanation", HEADING
    in_path = {**OF_TRAJECTORY, "rule": "Id of the rule that calls for it."}
    told = {
        "GET": OperationDoc(
            "Read the explanation of what is owed",
            "Explanation",
            version=True,
            description=(
                "What is owed and to whom, on whose word, the sum line by line, the recorded facts that it was "
                f"counted with, and what the tracker saw change. {_AS_KNOWN}"
            ),
        )
    }
    parameters = {
        "subject": {"description": "Ref of what it is about; left out for the whole.", "schema": TEXT},
        **TIME_TRAVEL,
    }

    def get(self, request: Request, slug: str, rule: str) -> Response:
        """Return the explanation as of a day and as known at a moment. Raises Http404 without such an obligation."""
        asked = self.asked()
        trajectory = self.visible(slug)
        known = {
            "names_known": bool(getattr(asked.user, "sees_everything", False)),
            "earlier_texts": asked.earlier_texts,
        }
        subject = request.query_params.get("subject", "")
        asking = ExplanationQuery(rule, subject, asked.day, asked.known_at, asked.language, **known)
        found = explanation_record(trajectory, asked.rulebook, asking)
        if found is None:
            raise Http404
        record = {**found, "rule_url": reverse("api:rule", args=[rule], request=request)}
        return self.unless_known(record)


class AllOwed(ApiView):
    """All obligations that the user may see, paginated."""

    called, heading = "obligations", HEADING
    told = {
        "GET": OperationDoc(
            "List all that is owed",
            "Obligation",
            many="page",
            description=(
                "In all trajectories that may be seen, and on the ground of all motions and commitments, in the "
                "order in which the tracker came upon it. With geldigOp each has its status on that day, by what is "
                "known now."
            ),
        )
    }
    parameters = {**AllOwedFilters.parameters(), **SELECTED, VALID_ON: DAY_PARAMETER, **PAGED}
    fields = KEYS

    def get(self, request: Request) -> Response:
        """Return a page of obligations."""
        asked = self.asked()
        visible = obligations_visible_to(request.user, asked.rulebook)
        rows = AllOwedFilters(request.query_params, visible, asked).found()
        page = self.page_of(rows.values("id"), "id")
        return self.paged(chosen(self._records(page, asked), asked.fields))

    def _records(self, page: Any, asked: ApiQuery) -> Iterator[dict[str, Any]]:
        for line in lines_of([row["id"] for row in page], asked.rulebook, asked.day):
            yield line.as_json(asked.language)
