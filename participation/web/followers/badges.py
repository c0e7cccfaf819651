"""The badge of a trajectory: an SVG with its status, for other websites."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from participation.dossier.characters import clean_line
from participation.selectors.followers import is_retrospective
from participation.selectors.obligations.statuses import overdue_counts

from .caching import cacheable_response, get_target_or_404, request_context_of_program

#: Approximate width of a letter, regular and bold, and padding, in pixels. The SVG sets textLength, so that the text
#: does not overflow in a browser with another font.
LETTER_WIDTH, BOLD_LETTER_WIDTH, PADDING = 6.2, 7.0, 10
LABEL = "Leidraad"


@login_not_required
@require_safe
def trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return the badge. Raises Http404 if the trajectory is not public."""
    target, request_context = get_target_or_404("trajectory", name), request_context_of_program(request)
    counts = overdue_counts("trajectory", [target.pk], request_context.rulebooks, request_context.today)
    overdue = counts.get(target.pk, 0)
    with translation.override(request_context.language):
        looks_back = is_retrospective(target)
        text = _("looking back") if looks_back else overdue_text(overdue)
        label, state = _text_width(LABEL, BOLD_LETTER_WIDTH), _text_width(text, LETTER_WIDTH)
        context = {
            "title": _("%(trajectory)s: %(state)s") % {"trajectory": clean_line(target.title), "state": text},
            "code": "review" if looks_back else "overdue" if overdue else "met",
            "language": request_context.language,
            "label": _text_box(LABEL, 0, label),
            "state": _text_box(text, label, state),
            "width": label + state,
        }
        response = render(request, "web/followers/badge.svg", context, content_type="image/svg+xml")
    # Allows embedding on other sites.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return cacheable_response(request, response, request_context.language)


def overdue_text(overdue: int) -> str:
    """Return the number of overdue obligations as text, in the active language."""
    if not overdue:
        return _("nothing overdue")
    return ngettext("%(n)s point overdue", "%(n)s points overdue", overdue) % {"n": overdue}


def _text_width(text: str, letter_width: float) -> int:
    return round(len(text) * letter_width) + 2 * PADDING


def _text_box(text: str, left: int, width: int) -> dict[str, object]:
    return {"text": text, "width": width, "from": left + PADDING, "length": width - 2 * PADDING}
