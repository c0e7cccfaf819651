"""A trajectory as public JSON: its dossier and obligations."""

import hashlib
import json
from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from participation.models import Trajectory
from participation.selectors.changes.history import last_recorded_at
from participation.selectors.dossiers.dossiers import published_dossier
from participation.selectors.jobs.health import last_reassessment
from participation.selectors.obligations.statuses import verdicts

from ..shared import permissions
from ..shared.request_context import RequestContext, request_context_of


@require_safe
@login_not_required
def trajectory_json(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the dossier with the obligations of today. Raises Http404 if the trajectory is not visible.

    Answers 304 by ETag, else by Last-Modified.
    """
    context = request_context_of(request)
    row = permissions.get_visible_trajectory(request, name)
    body = json.dumps(_document(row, context), ensure_ascii=False, indent=1).encode()
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    changed_at = int(_last_modified(row, context).timestamp())
    full_response = HttpResponse(body, content_type="application/json")
    response = get_conditional_response(request, etag, changed_at, full_response) or full_response
    response.headers["ETag"] = etag
    response.headers["Last-Modified"] = http_date(changed_at)
    response.headers["Cache-Control"] = "max-age=0, must-revalidate" if row.public else "private, no-store"
    if row.public:
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _document(row: Trajectory, context: RequestContext) -> dict[str, Any]:
    checked, rulebook = last_reassessment(context.now).at, context.rulebook_of(row)
    return {
        **published_dossier(row, context.user),
        "compliance": {
            "on": context.today.isoformat(),
            "rulebook": {"name": rulebook.name, "hash": rulebook.hash},
            "checked_at": checked.isoformat(timespec="seconds") if checked else None,
            "obligations": [line.as_json() for line in verdicts(context.rulebooks, context.today, [row.slug])],
        },
    }


def _last_modified(row: Trajectory, context: RequestContext) -> datetime:
    """Return when it last changed: a recorded change, an assessment, or the beginning of this day."""
    day_start = timezone.make_aware(datetime.combine(context.today, time.min))
    return max(moment for moment in (day_start, last_recorded_at(row.pk), last_reassessment(context.now).at) if moment)
