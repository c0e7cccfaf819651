"""The anonymous evaluation form behind a link: one submission per link, nothing stored about who submits.

These pages use no session, cookie or login. The form needs no CSRF token: that protects a cookie, and there is none;
without the secret link there is nothing to submit. A token would not even work: because the URL is secret the pages
send ``Referrer-Policy: no-referrer``, on which the browser sends ``Origin: null`` and no Referer, and Django refuses.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from participation.models import Step
from participation.models.labels import LABELS
from participation.selectors.associations.evaluations import origins_asked
from participation.services.associations.evaluations import LinkSpent, store_response, usable_link
from participation.web.shared.forms import Form
from participation.web.shared.pages import page
from participation.web.shared.request_context import request_context_of
from participation.web.shared.throttle import throttled

from .charts import QUESTIONS
from .forms import FreeTextField, in_user_language

View = Callable[..., HttpResponse]


class EvaluationForm(Form):
    """Three scores, one open question, and where the participant comes from, all optional."""

    groups = forms.MultipleChoiceField(
        label=_lazy("Which of these groups do you belong to?"),
        help_text=_lazy("This is only counted. It is kept apart from your answers."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    neighbourhood = forms.ChoiceField(
        label=_lazy("From which neighbourhood do you come?"),
        help_text=_lazy("This is only counted. It is kept apart from your answers."),
        required=False,
    )

    remark = FreeTextField(
        label=_lazy("What went well, or what could be better next time?"),
        help_text=_lazy("Leave out names, also your own: everyone can read it once there are five answers."),
        rows=4,
        required=False,
    )

    def __init__(self, step: Step, *args: Any, **kwargs: Any) -> None:
        """Put the scores first, and ask for the groups of the plan and the neighbourhoods, where there are any."""
        super().__init__(*args, **kwargs)
        score_fields = {name: _score_field(label) for name, label in QUESTIONS.items()}
        groups, places = origins_asked(step)
        fields: Any = self.fields
        fields["groups"].choices = [(group, capfirst(str(LABELS.get(group, group)))) for group in groups]
        fields["neighbourhood"].choices = [("", _("another one, or I would rather not say")), *places]
        asked: dict[str, Sequence[Any]] = {"groups": groups, "neighbourhood": places}
        origins = {name: fields[name] for name, there in asked.items() if there}
        self.fields = {**score_fields, "remark": fields["remark"], **origins}

    def origins(self) -> list[forms.BoundField]:
        """Return the fields about where the participant comes from."""
        return [self[name] for name in ("groups", "neighbourhood") if name in self.fields]

    def scores(self) -> list[forms.BoundField]:
        """Return the score fields."""
        return [self[name] for name in QUESTIONS]


def _score_field(label: Any) -> forms.Field:
    return forms.TypedChoiceField(
        label=label,
        help_text=_lazy("1 is not at all, 10 is completely."),
        choices=[(str(score), str(score)) for score in range(1, 11)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


def keep_url_private(view: View) -> View:
    """Decorate a view to keep its URL out of search engines and Referer headers."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@csrf_exempt
@never_cache
@keep_url_private
@throttled("evaluation")
@in_user_language
def evaluation_fill_in(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form of a link, and store the answers; an invalid or used link is 404."""
    try:
        link = usable_link(token)
        form = EvaluationForm(link.step, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            cleaned = form.cleaned_data
            try:
                store_response(
                    token,
                    {name: cleaned[name] for name in QUESTIONS},
                    cleaned["remark"],
                    request_context_of(request).today,
                    groups=cleaned.get("groups") or (),
                    neighbourhood=cleaned.get("neighbourhood") or "",
                )
                return redirect("evaluation_thanks")
            except ValidationError as problem:
                form.add_error(None, problem.messages)
    except LinkSpent:
        return page(request, "web/associations/evaluation_spent.html", {}, status=404)
    return page(request, "web/associations/evaluation_fill_in.html", {"form": form, "step": link.step})


@require_safe
@login_not_required
@keep_url_private
@in_user_language
def evaluation_thanks(request: HttpRequest) -> HttpResponse:
    """Return the confirmation, the same for everyone, so that it reveals nothing about the link."""
    return page(request, "web/associations/evaluation_thanks.html", {})
