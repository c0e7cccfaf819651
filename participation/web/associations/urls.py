"""URLs of the association pages."""

from django.urls import URLPattern, URLResolver, path

from .actors import actor_decide, actor_suggest
from .counter_signals import counter_signal_add
from .dashboard import dashboard, mark_changes_read
from .evaluation_form import evaluation_fill_in, evaluation_thanks
from .evaluations import evaluation_links, evaluation_results, evaluation_sheet
from .submissions import plan_react, request_submit
from .uploads import upload

_TRAJECTORY = "trajecten/<slug:name>/"
# A ref may contain slashes, so these precede patterns that would match the rest of the path as a ref.
_EVALUATION = f"{_TRAJECTORY}stappen/<number:ref>/evaluatie/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("mijn/", dashboard, name="dashboard"),
    path("mijn/gelezen/", mark_changes_read, name="dashboard_mark_read"),
    path(f"{_TRAJECTORY}tegengeluid/", counter_signal_add, name="counter_signal_add"),
    path(f"{_TRAJECTORY}vraag/", request_submit, name="request_submit"),
    path(f"{_TRAJECTORY}reactie/", plan_react, name="plan_react"),
    path(f"{_TRAJECTORY}partijen/aandragen/", actor_suggest, name="actor_suggest"),
    path(f"{_TRAJECTORY}partijen/<int:pk>/", actor_decide, name="actor_decide"),
    path(f"{_EVALUATION}vel/", evaluation_sheet, name="evaluation_sheet"),
    path(f"{_EVALUATION}resultaten/", evaluation_results, name="evaluation_results"),
    path(_EVALUATION, evaluation_links, name="evaluation_links"),
    path("evaluatie/bedankt/", evaluation_thanks, name="evaluation_thanks"),
    path("evaluatie/<str:token>/", evaluation_fill_in, name="evaluation_fill_in"),
    path("bestanden/<int:pk>/", upload, name="upload"),
]
