"""The pages: this week's report, the rules, and the way in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.rulebook import load
from participation.reports.rules import rulebook_html
from participation.services.reports import prepared

from .forms import LogInForm
from .words import words_in


class LogIn(LoginView):
    """The way in."""

    form_class = LogInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the page shows."""
        return {**super().get_context_data(**kwargs), **_around(self.request)}


@require_safe
@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Return this week's report of whoever is logged in: what their mail says, up to this moment."""
    return _page(request, "web/home.html", {"report": _report(request.user)})


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Return all rules, for everyone: on whose word something is owed is no secret."""
    language = language_of(request)
    html = rulebook_html(load(settings.RULEBOOK), language)
    return HttpResponse(html, headers={"Content-Language": language})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the page for an address without one, and for what one may not see."""
    return _page(request, "web/not_found.html", {}, status=404)


def language_of(request: HttpRequest) -> str:
    """Return the language of whoever is logged in, else the one that their browser asks for: nl or en."""
    user = getattr(request, "user", None)
    chosen = user.language if user and user.is_authenticated else translation.get_language()
    return "en" if (chosen or "").startswith("en") else "nl"


def _around(request: HttpRequest) -> dict[str, Any]:
    language = language_of(request)
    return {"language": language, "words": words_in(language)}


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    around = _around(request)
    with translation.override(around["language"]):
        response = render(request, template, {**around, **context}, status=status)
    response.headers["Content-Language"] = around["language"]
    return response


def _report(user: Any) -> SafeString | None:
    now = timezone.now()
    rulebook, today = load(settings.RULEBOOK), timezone.localdate(now)
    for _user, mail in prepared(rulebook, today, now, [user.pk]):
        if mail:
            return _content(str(mail.alternatives[0][0]))
    return None


def _content(html: str) -> SafeString:
    """Return what the mail tells, without the page around it and without what is only about mails."""
    told = html.partition('<div class="page"')[2].partition(">")[2].partition('<div class="foot"')[0]
    # Made by our own template, which escapes whatever people wrote.
    return mark_safe(told)
