"""Motions of the council and commitments of the municipal executive, with their obligations."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.models import Commitment, Motion
from participation.selectors import register
from participation.selectors.records import keys_of
from participation.selectors.register_records import overdue_as_known, tracked_records
from participation.selectors.row_versions import shown_now
from participation.selectors.searching import matching
from participation.services.register_records import write_report, write_tracked

from .core.etags import etag_of_told, shown_to
from .core.idempotency import done_once
from .core.query_params import ApiQuery, chosen
from .filters import ApiFilters, Search, Word, YesNo
from .openapi.schema import OperationDoc
from .views import PAGED, SELECTED, TIME_TRAVEL, ApiView

MODELS: Mapping[str, Any] = {"motion": Motion, "commitment": Commitment}
_AS_KNOWN = (
    "With geldigOp its state and what is owed are those of that day, by what is known now. With bekendOp all of it "
    "is as it was recorded at that moment, and what is owed is judged anew from that."
)


class _Tracked(ApiView):
    """Base view of motions and commitments; ``of`` is "motion" or "commitment"."""

    of: ClassVar[str] = ""

    @property
    def section(self) -> str:
        """Return the key of the list in a register document."""
        return f"{self.of}s"

    def _rows(self, asked: ApiQuery) -> QuerySet[Any]:
        return register.tracked(self.of, asked.day, asked.known_at)

    def _found(self, asked: ApiQuery, number: str) -> int:
        """Return the primary key of this number in any notation. Raises Http404 if there is none."""
        found = register.numbered(self._rows(asked), self.of, number)
        if found is None:
            raise Http404
        return found

    def _records(self, asked: ApiQuery, keys: Sequence[int]) -> list[dict[str, Any]]:
        return tracked_records(
            self.of, keys, asked.rulebook, asked.day, asked.known_at, asked.language, asked.earlier_texts
        )

    def _writing(self) -> None:
        """Raise NotAuthenticated or PermissionDenied unless the user may change motions and commitments."""
        self.known_user()
        if not getattr(self.request.user, "edits_everything", False):
            raise PermissionDenied

    def _row(self, asked: ApiQuery, number: str) -> Any:
        return MODELS[self.of]._default_manager.get(pk=self._found(asked, number))

    def _answer(self, asked: ApiQuery, row: Any, status: HTTPStatus) -> Response:
        shown = shown_now(row)
        (record,) = self._records(asked, [row.pk])
        headers = {"ETag": etag_of_told(shown, record)}
        if status == HTTPStatus.CREATED:
            headers["Location"] = reverse(f"api:{self.of}", args=[row.number], request=self.request)
        return Response(record, status=status, headers=headers)


class TrackedFilters(ApiFilters):
    """Filters of motions and of commitments."""

    search = Search("number, title, text or owner")
    owner = CharFilter(label="Who carries it out.", method="_owner")
    overdue = YesNo("Whether something is overdue on the ground of it.", method="_overdue")

    class Meta:
        model = Motion
        fields: list[str] = []

    def __init__(self, data: QueryDict, rows: QuerySet[Any], of: str, asked: ApiQuery) -> None:
        """Filter these motions or commitments by their state as of the requested day."""
        super().__init__(data, rows)
        self.of, self.asked = of, asked

    def _search(self, rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        return self._where(rows, lambda found: matching(found, text))

    def _owner(self, rows: QuerySet[Any], _name: str, owner: str) -> QuerySet[Any]:
        return self._where(rows, lambda found: found.filter(owner=owner))

    def _where(self, rows: QuerySet[Any], narrow: Callable[[QuerySet[Any]], QuerySet[Any]]) -> QuerySet[Any]:
        """Return the rows that ``narrow`` keeps.

        For a past moment, a user who may not read earlier texts filters by the current text, so that a search does
        not reveal what a text said before it was changed.
        """
        if self.asked.known_at is None or self.asked.earlier_texts:
            return narrow(rows)
        return rows.filter(id__in=narrow(MODELS[self.of]._default_manager.order_by()).values("id"))

    def _overdue(self, rows: QuerySet[Any], _name: str, wanted: bool) -> QuerySet[Any]:
        rulebook, day, known_at = self.asked.rulebook, self.asked.day, self.asked.known_at
        late: Any = register.overdue_of(self.of, rulebook.by_id, day)
        if known_at is not None:
            late = Q(id__in=overdue_as_known(self.of, rulebook, day, known_at))
        return rows.filter(late) if wanted else rows.exclude(late)


class MotionFilters(TrackedFilters):
    """Filters of the list of motions."""

    state = Word(register.MOTION_STATES, "Where it stands on the day that is asked about.")


class CommitmentFilters(TrackedFilters):
    """Filters of the list of commitments."""

    state = Word(register.COMMITMENT_STATES, "Where it stands on the day that is asked about.")


class TrackedList(_Tracked):
    """The list of motions, or of commitments."""

    filters: ClassVar[type[TrackedFilters]] = TrackedFilters

    def get(self, request: Request) -> Response:
        """Return a page ordered by number."""
        asked = self.asked()
        rows = self.filters(request.query_params, self._rows(asked), self.of, asked).found()
        page = self.page_of(rows.values("id", "number"), "number")
        return self.paged(chosen(self._records(asked, [row["id"] for row in page]), asked.fields))

    def post(self, request: Request) -> Response:
        """Create a motion or a commitment."""
        asked = self.asked()
        self._writing()
        return done_once(request, asked.now, lambda: self._add(asked))

    def _add(self, asked: ApiQuery) -> Response:
        row = write_tracked(self.section, MODELS[self.of](), self.body(), self.door(asked))
        return self._answer(asked, row, HTTPStatus.CREATED)


class TrackedOne(_Tracked):
    """One motion, or one commitment, by its number."""

    def get(self, request: Request, number: str) -> Response:
        """Return the motion or commitment, current or as known at a moment."""
        asked = self.asked()
        key = self._found(asked, number)
        as_it_is = not (asked.known_at or asked.fields or asked.day != asked.today)
        shown = shown_now(MODELS[self.of]._default_manager.get(pk=key)) if as_it_is else None
        (whole,) = self._records(asked, [key])
        (record,) = chosen([whole], asked.fields)
        return self.unless_known(record, etag_of_told(shown, record) if shown else "")

    def patch(self, request: Request, number: str) -> Response:
        """Change the given fields."""
        asked = self.asked()
        self._writing()
        row = self._row(asked, number)
        shown = shown_to(request, shown_now(row))
        write_tracked(self.section, row, self.body(), self.door(asked), shown)
        return self._answer(asked, row, HTTPStatus.OK)


class TrackedReports(_Tracked):
    """The progress reports on one motion or commitment."""

    def post(self, request: Request, number: str) -> Response:
        """Create a progress report."""
        asked = self.asked()
        self._writing()
        row = self._row(asked, number)
        return done_once(request, asked.now, lambda: self._add(asked, row))

    def _add(self, asked: ApiQuery, row: Any) -> Response:
        write_report(self.section, row, self.body(), self.door(asked))
        return self._answer(asked, row, HTTPStatus.CREATED)


_EXTRA = {"motion": ("printed_as",), "commitment": ()}


def _list(of: str, told: Mapping[str, OperationDoc], filters: type[TrackedFilters], heading: str) -> Any:
    return TrackedList.as_view(
        of=of,
        called=f"{of}s",
        heading=heading,
        told=told,
        filters=filters,
        parameters={**filters.parameters(), **SELECTED, **TIME_TRAVEL, **PAGED},
        fields=_fields(of),
    )


def _fields(of: str) -> tuple[str, ...]:
    return (*keys_of(f"{of}s"), *_EXTRA[of], "state", "obligations")


def views_of(of: str, component: str, one: str, filters: type[TrackedFilters]) -> tuple[Any, Any, Any]:
    """Return the list, detail and report view of motions or of commitments."""
    heading, path = component + "s", {"number": f"Number of the {of}, however printed, slashes and all."}
    every = {
        "GET": OperationDoc(
            f"List {of}s", component, many="page", description=f"By number, a page at a time. {_AS_KNOWN}"
        ),
        "POST": OperationDoc(f"Add {one}", component, takes=f"New{component}", status=201, once=True),
    }
    text = "What is left out stays as it is; null makes it not known. Its number cannot be changed."
    single = {
        "GET": OperationDoc(f"Read {one}", component, version=True, description=_AS_KNOWN),
        "PATCH": OperationDoc(f"Change {one}", component, takes=component, version=True, description=text),
    }
    text = f"The answer is the {of} with all its reports."
    reports = {
        "POST": OperationDoc(
            f"Report on {one}", component, takes="ProgressReport", status=201, once=True, description=text
        ),
    }
    shared = {"of": of, "heading": heading, "in_path": path}
    return (
        _list(of, every, filters, heading),
        TrackedOne.as_view(
            called=of, told=single, parameters={**SELECTED, **TIME_TRAVEL}, fields=_fields(of), **shared
        ),
        TrackedReports.as_view(called=f"{of}Report", told=reports, **shared),
    )
