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
from participation.interchange.open_data.chain import api_address, nodes_of_trajectory
from participation.models import Plan, Trajectory
from participation.selectors.changes.row_versions import ExpectedVersion, current_version
from participation.selectors.dossiers.dossiers import dossier_document, published_dossier
from participation.selectors.dossiers.records import plan_record, record_keys, trajectory_records
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.dossiers.dossiers import Imported, import_dossier
from participation.services.dossiers.trajectories import write_trajectory
from participation.services.dossiers.trajectory_items import write_plan

from .core.etags import check_creates, check_if_match, etag_of_document, etag_of_row, if_match, is_create_only
from .core.idempotency import idempotent
from .core.parsers import DossierParser
from .core.problems import ConflictProblem, error_locations
from .core.query_params import ApiQuery, select_fields
from .filters import TrajectoryFilters
from .linked_data import RENDERERS, LinkedDataView
from .openapi.schema import OperationDoc
from .views import (
    FIELD_SELECTION_PARAMETERS,
    KNOWN_AT_PARAMETERS,
    PAGINATION_PARAMETERS,
    TRAJECTORY_PATH_PARAMETERS,
    ApiView,
)

TAG = "Trajectories"


class TrajectoryList(ApiView):
    """The trajectories that the user may see."""

    operation_name, tag = "trajectories", TAG
    operations = {
        "GET": OperationDoc("List trajectories", "Trajectory", many="page", description="Paginated, ordered by slug."),
        "POST": OperationDoc(
            "Create a trajectory",
            "Trajectory",
            request_body="NewTrajectory",
            status=201,
            idempotent=True,
            description=(
                "If `slug` is omitted it is derived from the title. An adviser who creates a trajectory is assigned to "
                "it."
            ),
        ),
    }
    parameters = {**TrajectoryFilters.parameters(), **FIELD_SELECTION_PARAMETERS, **PAGINATION_PARAMETERS}
    fields = record_keys("trajectory")

    def get(self, request: Request) -> Response:
        """Return a page of trajectories, ordered by slug."""
        query = self.parse_query()
        visible = Trajectory.objects.visible_to(request.user)
        rows = TrajectoryFilters(request.query_params, visible, query).filtered()
        page = self.paginate(rows.values("pk", "slug"), "slug")
        return self.paginated_response(select_fields(trajectory_records([row["pk"] for row in page]), query.fields))

    def post(self, request: Request) -> Response:
        """Create a trajectory."""
        query = self.parse_query()
        self.require_user()
        # As on the site: users who may edit some trajectory may create one.
        if not query.user.adds_trajectories:
            raise PermissionDenied
        return idempotent(request, query.now, lambda: self._add(query))

    def _add(self, query: ApiQuery) -> Response:
        row = write_trajectory(Trajectory(), self.body(), self.write_context(query))
        return _trajectory_response(self.request, row, HTTPStatus.CREATED)


class TrajectoryDetail(LinkedDataView):
    """One trajectory; its items have URLs of their own."""

    operation_name, tag, path_parameters = "trajectory", TAG, TRAJECTORY_PATH_PARAMETERS
    operations = {
        "GET": OperationDoc("Read a trajectory", "Trajectory", version=True, linked_data=True),
        "PATCH": OperationDoc(
            "Update a trajectory",
            "Trajectory",
            request_body="TrajectoryUpdate",
            version=True,
            description="Omitted fields are unchanged; null clears a field. `slug` cannot be changed.",
        ),
    }
    parameters = {**FIELD_SELECTION_PARAMETERS, **KNOWN_AT_PARAMETERS}
    fields = record_keys("trajectory")
    renderer_classes = RENDERERS

    def get(self, request: Request, slug: str) -> Response:
        """Return the trajectory, current or as known at a moment."""
        query = self.parse_query()
        row = self.visible_trajectory(slug)
        if self.is_linked_data_asked:
            return self.linked_data(api_address("trajectories", row.slug), nodes_of_trajectory(row, query.today))
        version = self.etag_for(row, query)
        records = trajectory_records([row.pk], query.known_at, query.earlier_texts)
        if not records:
            raise Http404
        (record,) = select_fields(records, query.fields)
        return self.respond_selected_or_304(record, version, query)

    def patch(self, request: Request, slug: str) -> Response:
        """Change the given fields of the trajectory."""
        query = self.parse_query()
        row = self.editable_trajectory(slug)
        row_version = if_match(request, current_version(row))
        return _trajectory_response(
            request, write_trajectory(row, self.body(), self.write_context(query), row_version), HTTPStatus.OK
        )


def _trajectory_response(request: Request, row: Trajectory, status: HTTPStatus) -> Response:
    headers = {"ETag": etag_of_row(current_version(row))}
    (record,) = trajectory_records([row.pk])
    if status == HTTPStatus.CREATED:
        headers["Location"] = reverse("api:trajectory", args=[row.slug], request=request)
    return Response(record, status=status, headers=headers)


class PlanDetail(ApiView):
    """The participation plan of a trajectory."""

    operation_name, tag, path_parameters = "plan", TAG, TRAJECTORY_PATH_PARAMETERS
    operations = {
        "GET": OperationDoc("Read the plan", "Plan", version=True),
        "PUT": OperationDoc(
            "Replace the plan",
            "Plan",
            request_body="NewPlan",
            version=True,
            creates=True,
            description=(
                "Replaces the whole plan: omitted fields are cleared. Send `If-Match` with the ETag that was read, or "
                "`If-None-Match: *` to create it."
            ),
        ),
    }
    parameters = {**FIELD_SELECTION_PARAMETERS, **KNOWN_AT_PARAMETERS}
    fields = record_keys("plan")

    def get(self, request: Request, slug: str) -> Response:
        """Return the plan, current or as known at a moment."""
        query = self.parse_query()
        trajectory = self.visible_trajectory(slug)
        version = self.etag_for(Plan.objects.filter(trajectory=trajectory).first() or Plan(), query)
        record = plan_record(trajectory.pk, query.known_at, query.earlier_texts)
        if record is None:
            raise Http404
        (record,) = select_fields([record], query.fields)
        return self.respond_selected_or_304(record, version, query)

    def put(self, request: Request, slug: str) -> Response:
        """Create or replace the plan."""
        query = self.parse_query()
        trajectory = self.editable_trajectory(slug)
        existing = Plan.objects.filter(trajectory=trajectory).first()
        if existing is None:
            check_creates(request)
            # Saving with an empty version fails if another request creates the plan meanwhile.
            row_version: ExpectedVersion | None = ExpectedVersion()
        else:
            refuse_if_exists(request, existing)
            row_version = if_match(request, current_version(existing))
        plan = write_plan(trajectory, self.body(), self.write_context(query), row_version)
        status = HTTPStatus.OK if existing else HTTPStatus.CREATED
        headers = {"ETag": etag_of_row(current_version(plan))}
        if not existing:
            headers["Location"] = request.build_absolute_uri(request.path)
        return Response(plan_record(trajectory.pk), status=status, headers=headers)


def refuse_if_exists(request: Request, existing: Any) -> None:
    """Raise ConflictProblem (412) if the request has If-None-Match: * and the resource exists."""
    if existing is not None and is_create_only(request):
        raise ConflictProblem(
            HTTPStatus.PRECONDITION_FAILED, _("This exists already. Read it, and send If-Match with its ETag.")
        )


class DossierDetail(ApiView):
    """A trajectory with all its items, as one document."""

    operation_name, tag, path_parameters = "dossier", "Dossiers", TRAJECTORY_PATH_PARAMETERS
    operations = {
        "GET": OperationDoc("Read a dossier", "Dossier", version=True),
        "PUT": OperationDoc(
            "Import a dossier",
            "ImportedDossier",
            request_body="Dossier",
            version=True,
            creates=True,
            verb="Import",
            description=(
                "Atomic. Items absent from the document are unchanged. Send `If-Match` with the ETag that was read, or "
                "`If-None-Match: *` to create a trajectory (coordinators only). Existing organisations are changed "
                "only for users who may change them in the administration; ignored differences are listed in "
                "`left_alone`."
            ),
        ),
    }
    parameters = KNOWN_AT_PARAMETERS
    parser_classes = [DossierParser]

    def get(self, request: Request, slug: str) -> Response:
        """Return the dossier, current or as known at a moment."""
        query = self.parse_query()
        document = published_dossier(self.visible_trajectory(slug), query.user, query.known_at, query.earlier_texts)
        if not document:
            raise Http404
        return self.respond_or_304(document)

    def put(self, request: Request, slug: str) -> Response:
        """Create or update the trajectory from its dossier, all or nothing; what is absent stays unchanged."""
        query = self.parse_query()
        self.require_user()
        # Before the body, which may be large, is read.
        self._check_permission(Trajectory.objects.filter(slug=slug).first(), query)
        document = self.body()
        _check_slug(document, slug)
        # Retried from the start if a concurrent request creates the same trajectory or something that it names.
        written, result = self._write(query, document, slug)
        headers = {"ETag": etag_of_document(written)}
        if result.created:
            headers["Location"] = request.build_absolute_uri(request.path)
        if result.unapplied:
            written["left_alone"] = list(error_locations(result.unapplied, "not_allowed"))
        return Response(written, status=HTTPStatus.CREATED if result.created else HTTPStatus.OK, headers=headers)

    def _check_permission(self, existing: Trajectory | None, query: ApiQuery) -> None:
        """Raise PermissionDenied or Http404 if the user may not change this trajectory, or create one (None)."""
        if existing is not None:
            self.editable_trajectory(existing.slug)
        elif not query.user.edits_everything:
            # A trajectory that an adviser creates gets them as its adviser, which a dossier cannot express.
            raise PermissionDenied if query.user.role == "adviser" else Http404

    @retry_on_conflict
    def _write(self, query: ApiQuery, document: Mapping[str, Any], slug: str) -> tuple[dict[str, Any], Imported]:
        """Import the dossier; return the stored dossier and the result of the import."""
        existing = Trajectory.objects.select_for_update().filter(slug=slug).first()
        self._check_permission(existing, query)
        if existing is None:
            check_creates(self.request)
        else:
            refuse_if_exists(self.request, existing)
            check_if_match(self.request, dossier_document(existing))
        result = import_dossier(document, query.rulebooks, query.today, query.now, by=query.user)
        if not result.created:
            # Created by a concurrent request since the look-up: it must not be overwritten.
            refuse_if_exists(self.request, result)
        return dossier_document(Trajectory.objects.get(slug=result.name)), result


def _check_slug(document: Mapping[str, Any], slug: str) -> None:
    trajectory = document.get("trajectory")
    named_slug = trajectory.get("slug") if isinstance(trajectory, Mapping) else None
    if named_slug != slug:
        hint = _("write %(slug)s, as in the address") % {"slug": repr(slug)}
        raise DossierError([Problem("/trajectory/slug", _("it is not the slug of this address"), hint)])
