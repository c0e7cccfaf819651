"""The badge of a trajectory: an SVG with its status, for other websites."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from participation.dossier.characters import clean_line
from participation.selectors.following import is_retrospective
from participation.selectors.pages import overdue_counts

from .caching import cached, followed, visit_of_program

#: Approximate width of a letter, regular and bold, and padding, in pixels. The SVG sets textLength, so that the text
#: does not overflow in a browser with another font.
LETTER, BOLD, ROOM = 6.2, 7.0, 10
LABEL = "Leidraad"


@login_not_required
@require_safe
def trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return the badge. Raises Http404 if the trajectory is not public."""
    target, visit = followed("trajectory", name), visit_of_program(request)
    overdue = overdue_counts("trajectory", [target.pk], visit.rulebook.by_id, visit.today).get(target.pk, 0)
    with translation.override(visit.language):
        looks_back = is_retrospective(target)
        text = _("looking back") if looks_back else words_for(overdue)
        label, state = _width(LABEL, BOLD), _width(text, LETTER)
        context = {
            "title": _("%(trajectory)s: %(state)s") % {"trajectory": clean_line(target.title), "state": text},
            "code": "review" if looks_back else "overdue" if overdue else "met",
            "language": visit.language,
            "label": _part(LABEL, 0, label),
            "state": _part(text, label, state),
            "width": label + state,
        }
        response = render(request, "web/following/badge.svg", context, content_type="image/svg+xml")
    # Allows embedding on other sites.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return cached(request, response, visit.language)


def words_for(overdue: int) -> str:
    """Return the number of overdue obligations as text, in the active language."""
    if not overdue:
        return _("nothing overdue")
    return ngettext("%(n)s point overdue", "%(n)s points overdue", overdue) % {"n": overdue}


def _width(text: str, letter: float) -> int:
    return round(len(text) * letter) + 2 * ROOM


def _part(text: str, left: int, width: int) -> dict[str, object]:
    return {"text": text, "width": width, "from": left + ROOM, "length": width - 2 * ROOM}
