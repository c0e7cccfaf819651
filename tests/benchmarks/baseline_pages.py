"""Baseline pages: minimal Django views, padded to the size of the measured pages.

Django's generic list and detail views, with the site's base template and middleware. They read the same rows and print
their columns. They count, explain, search and sort nothing.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.generic import DetailView, ListView

from participation.models import Trajectory
from tracker.urls import handler403, handler404, handler429  # noqa: F401 - Django looks for these names in the URLconf
from tracker.urls import urlpatterns as site_urlpatterns

#: The padding of each page, by its path. Computed at the first request.
PADDING: dict[str, str] = {}
#: The size in bytes of each measured page, by the path of its baseline.
SIZES: dict[str, int] = {}

_FRAME = (
    '{% extends "web/base.html" %}{% block title %}{{ view.title }}{% endblock %}'
    "{% block content %}<h1>{{ view.title }}</h1>ROWS{{ padding }}{% endblock %}"
)
_LIST = """<ul>{% for row in object_list %}<li><h2><a href="{% url 'trajectory' row.slug %}">{{ row.title }}</a></h2>
<p>{{ row.summary }}</p><p>{{ row.get_kind_display }} {{ row.get_level_display }} {{ row.get_status_display }}
{{ row.started_on|date_text }}</p></li>{% endfor %}</ul>{{ page_obj.number }} {{ page_obj.paginator.num_pages }}"""
_DETAIL = """<p>{{ object.summary }}</p><ul>{% for step in steps %}<li>{{ step.title }} {{ step.get_kind_display }}
{{ step.get_phase_display }} {{ step.planned|date_text }} {{ step.done|date_text }}</li>{% endfor %}</ul><ul>
{% for row in contributions %}<li>{{ row.party }} {{ row.summary }} {{ row.get_outcome_display }} {{ row.response }}
{{ row.received_on|date_text }}</li>{% endfor %}</ul>
<ul>{% for row in obligations %}<li>{{ row.rule }} {{ row.subject }}
{{ row.due_on|date:"j F Y" }} {{ row.met_on|date:"j F Y" }}</li>{% endfor %}</ul>"""


class _PaddedView:
    """A view that pads its page."""

    title = "Vergelijkingspagina"
    rows = ""
    request: HttpRequest
    kwargs: dict[str, Any]

    def render_to_response(self, context: dict[str, Any], **_options: Any) -> HttpResponse:
        """Return the page, padded to the size of the measured page."""
        path = self.request.path
        template = (
            engines["django"].from_string(_FRAME.replace("ROWS", self.rows))
            if path not in _TEMPLATES
            else _TEMPLATES[path]
        )
        _TEMPLATES[path] = template
        if path not in PADDING:
            unpadded = template.render({**context, "padding": ""}, self.request)
            PADDING[path] = "x" * (SIZES[path] - len(unpadded.encode()))
        return HttpResponse(template.render({**context, "padding": PADDING[path]}, self.request))


_TEMPLATES: dict[str, Any] = {}


@method_decorator(login_not_required, name="dispatch")
class BaselineList(_PaddedView, ListView):
    """A list of 25 trajectories by title."""

    paginate_by = 25
    rows = _LIST

    def get_queryset(self) -> QuerySet[Trajectory]:
        """Return the trajectories that a visitor may see."""
        return Trajectory.objects.visible_to(self.request.user).order_by("title")


@method_decorator(login_not_required, name="dispatch")
class BaselineDetail(_PaddedView, DetailView):
    """A trajectory with its steps, contributions and obligations."""

    rows = _DETAIL

    def get_queryset(self) -> QuerySet[Trajectory]:
        """Return the trajectories that a visitor may see."""
        return Trajectory.objects.visible_to(self.request.user)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Add the rows of the trajectory."""
        trajectory: Any = self.object
        rows = {
            "steps": trajectory.steps.all(),
            "contributions": trajectory.contributions.all(),
            "obligations": trajectory.obligations.all(),
        }
        return {**super().get_context_data(**context), **rows}


urlpatterns = [
    path("baseline/<name>/", BaselineList.as_view(), name="baseline_list"),
    path("baseline/detail/<slug:slug>/<name>/", BaselineDetail.as_view(), name="baseline_detail"),
    *site_urlpatterns,
]
