"""Trajectories: the list, one trajectory, its plan, and its dossier (the complete document)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.dossier.errors import DossierError, Problem
from participation.models import Plan, Trajectory
from participation.selectors.dossiers import dossier_of
from participation.selectors.records import keys_of, plan_record, trajectory_records
from participation.selectors.row_versions import ExpectedVersion, shown_now
from participation.services.dossiers import Imported, import_dossier
from participation.services.parts import write_plan
from participation.services.trajectories import write_trajectory
from participation.services.unique_names import retried

from .core.etags import check_document, etag_of_document, etag_of_row, is_new_only, shown_to
from .core.idempotency import done_once
from .core.problems import ConflictProblem, places_of
from .core.query_params import ApiQuery, chosen
from .filters import TrajectoryFilters
from .openapi.schema import OperationDoc
from .views import AS_KNOWN, OF_TRAJECTORY, PAGED, SELECTED, ApiView

HEADING = "Trajectories"


class TrajectoryList(ApiView):
    """The trajectories that the user may see."""

    called, heading = "trajectories", HEADING
    told = {
        "GET": OperationDoc("List trajectories", "Trajectory", many="page", description="By slug, a page at a time."),
        "POST": OperationDoc(
            "Add a trajectory",
            "Trajectory",
            takes="NewTrajectory",
            status=201,
            once=True,
            description="Without a slug one is made of the title. An adviser who adds one becomes its adviser.",
        ),
    }
    parameters = {**TrajectoryFilters.parameters(), **SELECTED, **PAGED}
    fields = keys_of("trajectory")

    def get(self, request: Request) -> Response:
        """Return a page of trajectories, ordered by slug."""
        asked = self.asked()
        visible = Trajectory.objects.visible_to(request.user)
        rows = TrajectoryFilters(request.query_params, visible, asked).found()
        page = self.page_of(rows.values("pk", "slug"), "slug")
        return self.paged(chosen(trajectory_records([row["pk"] for row in page]), asked.fields))

    def post(self, request: Request) -> Response:
        """Create a trajectory."""
        asked = self.asked()
        self.known_user()
        # As on the site: users who may edit some trajectory may create one.
        if not asked.user.adds_trajectories:
            raise PermissionDenied
        return done_once(request, asked.now, lambda: self._add(asked))

    def _add(self, asked: ApiQuery) -> Response:
        row = write_trajectory(Trajectory(), self.body(), self.door(asked))
        return _one(self.request, row, HTTPStatus.CREATED)


class TrajectoryOne(ApiView):
    """One trajectory; its items have URLs of their own."""

    called, heading, in_path = "trajectory", HEADING, OF_TRAJECTORY
    told = {
        "GET": OperationDoc("Read a trajectory", "Trajectory", version=True),
        "PATCH": OperationDoc(
            "Change a trajectory",
            "Trajectory",
            takes="Trajectory",
            version=True,
            description="What is left out stays as it is; null makes it not known. The slug cannot be changed.",
        ),
    }
    parameters = {**SELECTED, **AS_KNOWN}
    fields = keys_of("trajectory")

    def get(self, request: Request, slug: str) -> Response:
        """Return the trajectory, current or as known at a moment."""
        asked = self.asked()
        row = self.visible(slug)
        version = self.version_of(row, asked)
        records = trajectory_records([row.pk], asked.known_at, asked.earlier_texts)
        if not records:
            raise Http404
        (record,) = chosen(records, asked.fields)
        return self.unless_known(record, version)

    def patch(self, request: Request, slug: str) -> Response:
        """Change the given fields of the trajectory."""
        asked = self.asked()
        row = self.editable(slug)
        shown = shown_to(request, shown_now(row))
        return _one(request, write_trajectory(row, self.body(), self.door(asked), shown), HTTPStatus.OK)


def _one(request: Request, row: Trajectory, status: HTTPStatus) -> Response:
    headers = {"ETag": etag_of_row(shown_now(row))}
    (record,) = trajectory_records([row.pk])
    if status == HTTPStatus.CREATED:
        headers["Location"] = reverse("api:trajectory", args=[row.slug], request=request)
    return Response(record, status=status, headers=headers)


class PlanOne(ApiView):
    """The participation plan of a trajectory."""

    called, heading, in_path = "plan", HEADING, OF_TRAJECTORY
    told = {
        "GET": OperationDoc("Read the plan", "Plan", version=True),
        "PUT": OperationDoc(
            "Write the plan",
            "Plan",
            takes="Plan",
            version=True,
            description=(
                "The whole of it: what is left out is no longer known. Send If-Match with the ETag of what you "
                "read, or If-None-Match: * where there is none yet."
            ),
        ),
    }
    parameters = {**SELECTED, **AS_KNOWN}
    fields = keys_of("plan")

    def get(self, request: Request, slug: str) -> Response:
        """Return the plan, current or as known at a moment."""
        asked = self.asked()
        trajectory = self.visible(slug)
        version = self.version_of(Plan.objects.filter(trajectory=trajectory).first() or Plan(), asked)
        record = plan_record(trajectory.pk, asked.known_at, asked.earlier_texts)
        if record is None:
            raise Http404
        (record,) = chosen([record], asked.fields)
        return self.unless_known(record, version)

    def put(self, request: Request, slug: str) -> Response:
        """Create or replace the plan."""
        asked = self.asked()
        trajectory = self.editable(slug)
        there = Plan.objects.filter(trajectory=trajectory).first()
        if there is None and is_new_only(request):
            # Saving with an empty version fails if another request creates the plan meanwhile.
            shown: ExpectedVersion | None = ExpectedVersion()
        else:
            refuse_new(request, there)
            shown = shown_to(request, shown_now(there or Plan()))
        plan = write_plan(trajectory, self.body(), self.door(asked), shown)
        status = HTTPStatus.OK if there else HTTPStatus.CREATED
        headers = {"ETag": etag_of_row(shown_now(plan))}
        if not there:
            headers["Location"] = request.build_absolute_uri(request.path)
        return Response(plan_record(trajectory.pk), status=status, headers=headers)


def refuse_new(request: Request, there: Any) -> None:
    """Raise Refused (412) if the request has If-None-Match: * and the resource exists."""
    if there is not None and is_new_only(request):
        raise ConflictProblem(HTTPStatus.PRECONDITION_FAILED, _("This is there already. Read it, and send If-Match."))


class DossierOne(ApiView):
    """A trajectory with all its items, as one document."""

    called, heading, in_path = "dossier", "Dossiers", OF_TRAJECTORY
    told = {
        "GET": OperationDoc("Read a dossier", "Dossier", version=True),
        "PUT": OperationDoc(
            "Write a dossier",
            "WrittenDossier",
            takes="Dossier",
            version=True,
            description=(
                "All of it or nothing is stored. What is absent is left alone. Send If-Match with the ETag of what "
                "you read, or If-None-Match: * to add a trajectory (for coordinators). Organisations that are there "
                "change only where an administrator writes; what you say otherwise of them comes back in left_alone."
            ),
        ),
    }
    parameters = AS_KNOWN

    def get(self, request: Request, slug: str) -> Response:
        """Return the dossier, current or as known at a moment."""
        asked = self.asked()
        document = dossier_of(self.visible(slug), asked.known_at, asked.earlier_texts)
        if not document:
            raise Http404
        return self.unless_known(document)

    def put(self, request: Request, slug: str) -> Response:
        """Create or update the trajectory from its dossier, all or nothing; what is absent stays unchanged."""
        asked = self.asked()
        self.known_user()
        document = self.body()
        _check_slug(document, slug)
        # Retried from the start if a concurrent request creates the same trajectory or something that it names.
        written, stored = self._write(asked, document, slug)
        headers = {"ETag": etag_of_document(written)}
        if stored.created:
            headers["Location"] = request.build_absolute_uri(request.path)
        if stored.left_alone:
            written["left_alone"] = list(places_of(stored.left_alone, "not_allowed"))
        return Response(written, status=HTTPStatus.CREATED if stored.created else HTTPStatus.OK, headers=headers)

    @retried
    def _write(self, asked: ApiQuery, document: Mapping[str, Any], slug: str) -> tuple[dict[str, Any], Imported]:
        """Import the dossier; return the stored dossier and the result of the import."""
        there = Trajectory.objects.select_for_update().filter(slug=slug).first()
        if there is not None:
            self.editable(slug)
            refuse_new(self.request, there)
            check_document(self.request, dossier_of(there))
        elif not asked.user.edits_everything:
            # A trajectory that an adviser creates gets them as its adviser, which a dossier cannot express.
            raise PermissionDenied if asked.user.role == "adviser" else Http404
        elif not is_new_only(self.request):
            check_document(self.request, None)
        stored = import_dossier(document, asked.rulebook, asked.today, asked.now, by=asked.user)
        if not stored.created:
            # Created by a concurrent request since the look-up: it must not be overwritten.
            refuse_new(self.request, stored)
        return dossier_of(Trajectory.objects.get(slug=stored.name)), stored


def _check_slug(document: Mapping[str, Any], slug: str) -> None:
    trajectory = document.get("trajectory")
    named = trajectory.get("slug") if isinstance(trajectory, Mapping) else None
    if named != slug:
        hint = f"write {slug!r}, as in the address"
        raise DossierError([Problem("/trajectory/slug", "it is not the slug of this address", hint)])
