"""Organisations and neighbourhoods."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.compliance import vocabulary as words
from participation.models import Neighbourhood, Organisation
from participation.selectors.dossiers.records import neighbourhood_records, organisation_records, record_keys
from participation.selectors.searching import rows_matching
from participation.services.dossiers.organisations import add_organisation

from .core.etags import etag_of_document
from .core.idempotency import idempotent
from .core.query_params import ApiQuery, select_fields
from .filters import ApiFilters, SearchFilter, VocabularyFilter
from .openapi.schema import OperationDoc
from .views import FIELD_SELECTION_PARAMETERS, PAGINATION_PARAMETERS, ApiView

NEIGHBOURHOOD_KEYS = (
    *("slug", "name", "district", "municipality", "cbs_code", "inhabitants", "inhabitants_year", "neighbours"),
)


class OrganisationFilters(ApiFilters):
    """Filters of the list of organisations."""

    search = SearchFilter("the name")
    kind = VocabularyFilter(words.ORGANISATION_KINDS, "Kind of organisation.")
    municipality = CharFilter(label="Slug of its municipality.")
    neighbourhood = CharFilter(
        label="Slug of a neighbourhood that it represents.", field_name="neighbourhoods__slug", distinct=False
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def _search(self, rows: QuerySet[Organisation], _name: str, text: str) -> QuerySet[Organisation]:
        return rows_matching(rows, text)


class NeighbourhoodFilters(ApiFilters):
    """Filters of the list of neighbourhoods."""

    search = SearchFilter("name or district")
    district = CharFilter(label="District.")
    municipality = CharFilter(label="Slug of the municipality.")
    cbsCode = CharFilter(label="CBS code.", field_name="cbs_code")  # noqa: N815

    class Meta:
        model = Neighbourhood
        fields: list[str] = []

    def _search(self, rows: QuerySet[Neighbourhood], _name: str, text: str) -> QuerySet[Neighbourhood]:
        return rows_matching(rows, text)


class OrganisationList(ApiView):
    """The organisations that the user may see."""

    operation_name, tag = "organisations", "Organisations"
    operations = {
        "GET": OperationDoc(
            "List organisations",
            "Organisation",
            many="page",
            description=(
                "Paginated, ordered by slug. Anonymous users see public bodies, residents' organisations, and actors "
                "of visible trajectories."
            ),
        ),
        "POST": OperationDoc(
            "Create an organisation",
            "Organisation",
            request_body="NewOrganisation",
            status=201,
            idempotent=True,
            description="Requires permission to create trajectories. If `slug` is omitted it is derived from the name.",
        ),
    }
    parameters = {**OrganisationFilters.parameters(), **FIELD_SELECTION_PARAMETERS, **PAGINATION_PARAMETERS}
    fields = record_keys("organisations")

    def get(self, request: Request) -> Response:
        """Return a page of organisations."""
        query = self.parse_query()
        rows = OrganisationFilters(request.query_params, Organisation.objects.visible_to(request.user)).filtered()
        page = self.paginate(rows.values("pk", "slug"), "slug")
        found = Organisation.objects.filter(pk__in=[row["pk"] for row in page]).order_by("slug")
        return self.paginated_response(select_fields(organisation_records(found), query.fields))

    def post(self, request: Request) -> Response:
        """Create an organisation."""
        query = self.parse_query()
        self.require_user()
        # Same permission as for importing a dossier, which creates the organisations that it names.
        if not query.user.adds_trajectories:
            raise PermissionDenied
        return idempotent(request, query.now, lambda: self._add(query))

    def _add(self, query: ApiQuery) -> Response:
        row = add_organisation(self.body(), self.write_context(query))
        (record,) = organisation_records(Organisation.objects.filter(pk=row.pk))
        url = reverse("api:organisation", args=[row.slug], request=self.request)
        return Response(record, status=HTTPStatus.CREATED, headers={"Location": url, "ETag": etag_of_document(record)})


class _DetailView(ApiView):
    parameters = FIELD_SELECTION_PARAMETERS

    def _response(self, records: list[dict[str, Any]]) -> Response:
        """Return the only record as a response. Raises Http404 if the list is empty."""
        found = select_fields(records, self.parse_query().fields)
        if not found:
            raise Http404
        return self.respond_or_304(found[0])


class OrganisationDetail(_DetailView):
    """One organisation."""

    operation_name, tag, path_parameters = "organisation", "Organisations", {"slug": "Slug of the organisation."}
    operations = {"GET": OperationDoc("Read an organisation", "Organisation", version=True)}
    fields = record_keys("organisations")

    def get(self, request: Request, slug: str) -> Response:
        """Return the organisation."""
        return self._response(organisation_records(Organisation.objects.visible_to(request.user).filter(slug=slug)))


class NeighbourhoodList(ApiView):
    """All neighbourhoods."""

    operation_name, tag = "neighbourhoods", "Neighbourhoods"
    operations = {
        "GET": OperationDoc(
            "List neighbourhoods", "Neighbourhood", many="page", description="Paginated, ordered by slug."
        )
    }
    parameters = {**NeighbourhoodFilters.parameters(), **FIELD_SELECTION_PARAMETERS, **PAGINATION_PARAMETERS}
    fields = NEIGHBOURHOOD_KEYS

    def get(self, request: Request) -> Response:
        """Return a page of neighbourhoods."""
        query = self.parse_query()
        rows = NeighbourhoodFilters(request.query_params, Neighbourhood.objects.all()).filtered()
        page = self.paginate(rows.values("pk", "slug"), "slug")
        found = Neighbourhood.objects.filter(pk__in=[row["pk"] for row in page]).order_by("slug")
        return self.paginated_response(select_fields(neighbourhood_records(found), query.fields))


class NeighbourhoodDetail(_DetailView):
    """One neighbourhood."""

    operation_name, tag, path_parameters = "neighbourhood", "Neighbourhoods", {"slug": "Slug of the neighbourhood."}
    operations = {"GET": OperationDoc("Read a neighbourhood", "Neighbourhood", version=True)}
    fields = NEIGHBOURHOOD_KEYS

    def get(self, _request: Request, slug: str) -> Response:
        """Return the neighbourhood."""
        return self._response(neighbourhood_records(Neighbourhood.objects.filter(slug=slug)))
