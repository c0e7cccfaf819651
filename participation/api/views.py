"""What the views of the API have in common: what is asked, who may, and how it is answered."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from participation.models import Trajectory
from participation.selectors.changes import shown_now
from participation.services.editing import Door

from .conventions.asking import FIELDS, KNOWN_AT, VALID_ON, Asked, asked_of
from .conventions.conditions import etag_of_document, etag_of_row, is_known
from .conventions.problems import Invalid, Place
from .conventions.reading import Json
from .conventions.throttles import Throttle
from .described.schema import DAY_PARAMETER, FIELDS_PARAMETER, MOMENT_PARAMETER, PAGE_PARAMETERS, Told

Parameters = Mapping[str, Mapping[str, Any]]

TIME_TRAVEL: Parameters = {VALID_ON: DAY_PARAMETER, KNOWN_AT: MOMENT_PARAMETER}
AS_KNOWN: Parameters = {KNOWN_AT: MOMENT_PARAMETER}
PAGED: Parameters = PAGE_PARAMETERS
SELECTED: Parameters = {FIELDS: FIELDS_PARAMETER}
#: In the path of whatever hangs on a trajectory.
OF_TRAJECTORY = {"slug": "Slug of the trajectory."}


class ApiView(APIView):
    """A thing or a list of them, told in ``called``, ``heading`` and ``told``: see schema.py."""

    called: ClassVar[str] = ""
    heading: ClassVar[str] = ""
    told: ClassVar[Mapping[str, Told]] = {}
    in_path: ClassVar[Mapping[str, str]] = {}
    parser_classes = [Json]
    #: What may be given in the address when reading, and which fields there are to choose from.
    parameters: ClassVar[Parameters] = {}
    fields: ClassVar[Collection[str]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in who may go on. Raises Http404 on an address that nothing can have: a database keeps no NUL."""
        if any("\0" in value for value in kwargs.values() if isinstance(value, str)):
            raise Http404
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks. Raises AuthenticationFailed, or Throttled where one tries many a key."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            for throttle in self.get_throttles():
                if isinstance(throttle, Throttle) and not throttle.stranger(request):
                    self.throttled(request, throttle.wait())
            raise

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Return which methods there are, in the header Allow, and nothing else: the description tells the rest."""
        return Response()

    def asked(self) -> Asked:
        """Return what is asked. Raises Invalid on what there is not, or is not right."""
        known = self.parameters if self.request.method in ("GET", "HEAD") else {}
        return asked_of(self.request, known, self.fields)

    def visible(self, slug: str) -> Trajectory:
        """Return the trajectory. Raises Http404 where who asks may not see it or it is not there."""
        found = Trajectory.objects.visible_to(self.request.user).filter(slug=slug).first()
        if found is None:
            raise Http404
        return found

    def editable(self, slug: str) -> Trajectory:
        """Return the trajectory. Raises NotAuthenticated, Http404 or PermissionDenied where it is not to be changed."""
        self.known_user()
        found = self.visible(slug)
        if not Trajectory.objects.editable_by(self.request.user).filter(pk=found.pk).exists():
            raise PermissionDenied
        return found

    def known_user(self) -> None:
        """Raise NotAuthenticated where nobody said who asks."""
        if not self.request.user.is_authenticated:
            raise NotAuthenticated(_("Send a key: Authorization: Bearer …"))

    def door(self, asked: Asked) -> Door:
        """Return who writes when, and by which rules that is judged."""
        return Door(asked.user, asked.rulebook, asked.today, asked.now)

    def body(self) -> dict[str, Any]:
        """Return the object that was sent. Raises Invalid on anything else."""
        data = self.request.data
        if self.request.stream is None or not isinstance(data, dict):
            raise Invalid([Place.body("", _("Send an object: { … }."), "type")])
        return data

    def version_of(self, row: Any, asked: Asked) -> str:
        """Return the version of this row as it is now; "" where it is asked for otherwise, and has no version.

        Ask before reading what is told of it: who changes it meanwhile makes the version old, never the record.
        """
        return "" if asked.known_at or asked.fields else etag_of_row(shown_now(row))

    def unless_known(self, record: Any, etag: str = "") -> Response:
        """Return the record with its version, or that who asks has this version already (304).

        Without a version it is a checksum of what is told.
        """
        etag = etag or etag_of_document(record)
        headers = {"ETag": etag}
        if is_known(self.request, etag):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(record, headers=headers)

    def page_of(self, rows: Any, ordering: str | Sequence[str]) -> Any:
        """Return one page of these rows, by a cursor that goes by ``ordering``."""
        self.paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        self.paginator.ordering = ordering
        return self.paginator.paginate_queryset(rows, self.request, view=self)

    def paged(self, records: Any) -> Response:
        """Return the page that holds these records."""
        answer: Response = self.paginator.get_paginated_response(records)
        return answer
