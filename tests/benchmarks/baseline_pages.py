"""Bare pages: what anyone would write first with Django, filled up to the bytes of ours.

Django's own list and detail views, in our frame and through the same middleware: they read the rows that ours
show, and write their columns one after the other. Nothing is counted, explained, searched or put in order.
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
from tracker.urls import handler403, handler404, handler429  # noqa: F401 - Django looks for them here
from tracker.urls import urlpatterns as ours

#: How many bytes is to be filled up on a page, by its path. Filled in on the first visit.
FILLING: dict[str, str] = {}
#: How many bytes our page has, by the path of the bare one.
SIZES: dict[str, int] = {}

_FRAME = (
    '{% extends "web/base.html" %}{% block title %}{{ view.title }}{% endblock %}'
    "{% block content %}<h1>{{ view.title }}</h1>ROWS{{ filling }}{% endblock %}"
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


class _Bare:
    """A page that is filled up."""

    title = "Een kale pagina"
    rows = ""
    request: HttpRequest
    kwargs: dict[str, Any]

    def render_to_response(self, context: dict[str, Any], **_more: Any) -> HttpResponse:
        """Return the page, as large as ours."""
        here = self.request.path
        template = (
            engines["django"].from_string(_FRAME.replace("ROWS", self.rows)) if here not in _MADE else _MADE[here]
        )
        _MADE[here] = template
        if here not in FILLING:
            bare = template.render({**context, "filling": ""}, self.request)
            FILLING[here] = "x" * (SIZES[here] - len(bare.encode()))
        return HttpResponse(template.render({**context, "filling": FILLING[here]}, self.request))


_MADE: dict[str, Any] = {}


@method_decorator(login_not_required, name="dispatch")
class BareList(_Bare, ListView):
    """Twenty-five trajectories by title."""

    paginate_by = 25
    rows = _LIST

    def get_queryset(self) -> QuerySet[Trajectory]:
        """Return what a visitor may see."""
        return Trajectory.objects.visible_to(self.request.user).order_by("title")


@method_decorator(login_not_required, name="dispatch")
class BareDetail(_Bare, DetailView):
    """One trajectory with its steps, its contributions and what is owed."""

    rows = _DETAIL

    def get_queryset(self) -> QuerySet[Trajectory]:
        """Return what a visitor may see."""
        return Trajectory.objects.visible_to(self.request.user)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Return the rows that hang on it."""
        of: Any = self.object
        parts = {"steps": of.steps.all(), "contributions": of.contributions.all(), "obligations": of.obligations.all()}
        return {**super().get_context_data(**more), **parts}


urlpatterns = [
    path("kaal/<what>/", BareList.as_view(), name="bare_list"),
    path("kaal/<what>/<slug:slug>/", BareDetail.as_view(), name="bare_detail"),
    *ours,
]
