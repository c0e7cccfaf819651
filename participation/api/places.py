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
from participation.selectors.records import keys_of, neighbourhood_records, organisation_records
from participation.selectors.searching import matching
from participation.services.organisations import add_organisation

from .core.etags import etag_of_document
from .core.idempotency import done_once
from .core.query_params import ApiQuery, chosen
from .filters import ApiFilters, Search, Word
from .openapi.schema import OperationDoc
from .views import PAGED, SELECTED, ApiView

NEIGHBOURHOOD_KEYS = ("slug", "name", "district", "municipality", "cbs_code", "neighbours")


class OrganisationFilters(ApiFilters):
    """Filters of the list of organisations."""

    search = Search("the name")
    kind = Word(words.ORGANISATION_KINDS, "What kind of organisation it is.")
    municipality = CharFilter(label="Slug of the municipality it belongs to.")
    neighbourhood = CharFilter(
        label="Slug of a neighbourhood that it speaks for.", field_name="neighbourhoods__slug", distinct=False
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def _search(self, rows: QuerySet[Organisation], _name: str, text: str) -> QuerySet[Organisation]:
        return matching(rows, text)


class NeighbourhoodFilters(ApiFilters):
    """Filters of the list of neighbourhoods."""

    search = Search("name or district")
    district = CharFilter(label="The district it lies in.")
    municipality = CharFilter(label="Slug of the municipality.")
    cbsCode = CharFilter(label="Its code of Statistics Netherlands.", field_name="cbs_code")  # noqa: N815

    class Meta:
        model = Neighbourhood
        fields: list[str] = []

    def _search(self, rows: QuerySet[Neighbourhood], _name: str, text: str) -> QuerySet[Neighbourhood]:
        return matching(rows, text)


class OrganisationList(ApiView):
    """The organisations that the user may see."""

    called, heading = "organisations", "Organisations"
    told = {
        "GET": OperationDoc(
            "List organisations",
            "Organisation",
            many="page",
            description=(
                "By slug, a page at a time. Visitors see the bodies of the town, those that speak for residents, and "
                "who acts in a trajectory that they may see."
            ),
        ),
        "POST": OperationDoc(
            "Add an organisation",
            "Organisation",
            takes="NewOrganisation",
            status=201,
            once=True,
            description="For who may add a trajectory. Without a slug one is made of the name.",
        ),
    }
    parameters = {**OrganisationFilters.parameters(), **SELECTED, **PAGED}
    fields = keys_of("organisations")

    def get(self, request: Request) -> Response:
        """Return a page of organisations."""
        asked = self.asked()
        rows = OrganisationFilters(request.query_params, Organisation.objects.visible_to(request.user)).found()
        page = self.page_of(rows.values("pk", "slug"), "slug")
        found = Organisation.objects.filter(pk__in=[row["pk"] for row in page]).order_by("slug")
        return self.paged(chosen(organisation_records(found), asked.fields))

    def post(self, request: Request) -> Response:
        """Create an organisation."""
        asked = self.asked()
        self.known_user()
        # Same permission as for importing a dossier, which creates the organisations that it names.
        if not asked.user.adds_trajectories:
            raise PermissionDenied
        return done_once(request, asked.now, lambda: self._add(asked))

    def _add(self, asked: ApiQuery) -> Response:
        row = add_organisation(self.body(), self.door(asked))
        (record,) = organisation_records(Organisation.objects.filter(pk=row.pk))
        address = reverse("api:organisation", args=[row.slug], request=self.request)
        return Response(
            record, status=HTTPStatus.CREATED, headers={"Location": address, "ETag": etag_of_document(record)}
        )


class _One(ApiView):
    parameters = SELECTED

    def _answer(self, records: list[dict[str, Any]]) -> Response:
        """Return the only record as a response. Raises Http404 if the list is empty."""
        found = chosen(records, self.asked().fields)
        if not found:
            raise Http404
        return self.unless_known(found[0])


class OrganisationOne(_One):
    """One organisation."""

    called, heading, in_path = "organisation", "Organisations", {"slug": "Slug of the organisation."}
    told = {"GET": OperationDoc("Read an organisation", "Organisation", version=True)}
    fields = keys_of("organisations")

    def get(self, request: Request, slug: str) -> Response:
        """Return the organisation."""
        return self._answer(organisation_records(Organisation.objects.visible_to(request.user).filter(slug=slug)))


class NeighbourhoodList(ApiView):
    """All neighbourhoods."""

    called, heading = "neighbourhoods", "Neighbourhoods"
    told = {
        "GET": OperationDoc(
            "List neighbourhoods", "Neighbourhood", many="page", description="By slug, a page at a time."
        )
    }
    parameters = {**NeighbourhoodFilters.parameters(), **SELECTED, **PAGED}
    fields = NEIGHBOURHOOD_KEYS

    def get(self, request: Request) -> Response:
        """Return a page of neighbourhoods."""
        asked = self.asked()
        rows = NeighbourhoodFilters(request.query_params, Neighbourhood.objects.all()).found()
        page = self.page_of(rows.values("pk", "slug"), "slug")
        found = Neighbourhood.objects.filter(pk__in=[row["pk"] for row in page]).order_by("slug")
        return self.paged(chosen(neighbourhood_records(found), asked.fields))


class NeighbourhoodOne(_One):
    """One neighbourhood."""

    called, heading, in_path = "neighbourhood", "Neighbourhoods", {"slug": "Slug of the neighbourhood."}
    told = {"GET": OperationDoc("Read a neighbourhood", "Neighbourhood", version=True)}
    fields = NEIGHBOURHOOD_KEYS

    def get(self, _request: Request, slug: str) -> Response:
        """Return the neighbourhood."""
        return self._answer(neighbourhood_records(Neighbourhood.objects.filter(slug=slug)))
