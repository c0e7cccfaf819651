"""The accessibility statement, in the order of the national model.

Besluit digitale toegankelijkheid overheid, and Implementing Decision (EU) 2018/1523. The status is that of a statement
that somebody signed: see ``tracker/statements.py``. Without one it is E, whatever our own tests find.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tracker.statements import AccessibilityStatement, Deviation

from ..shared.formatting import date_text
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .texts import sees_what_is_missing, text_of_municipality

#: Widths in pixels of the screens on which tests/browser looks at each page; a test compares them.
TESTED_WIDTHS = (1280, 320)
OMBUDSMAN_URL = "https://www.nationaleombudsman.nl/"
#: A statement has to be reviewed every year.
REVIEW_AFTER = timedelta(days=365)


class Status(NamedTuple):
    """A status of the national model: its name and what it means."""

    name: Any
    meaning: Any


STATUSES = {
    "A": Status(
        _("complies fully"),
        _("A full test of the past three years shows that all requirements are met."),
    ),
    "B": Status(
        _("complies partly"),
        _(
            "There is a full test of the past three years. Not all requirements are met yet. For each it says "
            "what is done about it, and when."
        ),
    ),
    "C": Status(
        _("first measures taken"),
        _("There is no full test yet. One is planned within half a year."),
    ),
    "D": Status(_("does not comply"), _("There is no full test of the past three years, and none is planned in time.")),
    "E": Status(_("no statement"), _("Nobody has signed a statement for this website yet.")),
}


class DeviationInWords(NamedTuple):
    """A deviation as it is shown: its criterion, what it is, and rows of a name and a text."""

    criterion: str
    what: Any
    rows: list[tuple[Any, Any]]


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """Return the accessibility statement of this installation."""
    context = request_context_of(request)
    statement: AccessibilityStatement | None = settings.STATEMENTS.accessibility
    code = statement.status_on(context.today) if statement else "E"
    with translation.override(context.language):
        shown = {
            "contact": settings.CONTACT_EMAIL,
            "site": settings.BASE_URL,
            "version": settings.CODE_VERSION,
            "widths": TESTED_WIDTHS,
            "ombudsman": OMBUDSMAN_URL,
            "code": code,
            "status": STATUSES[code],
            "statuses": STATUSES.items(),
            "statement": statement,
            "lapsed": statement is not None and statement.status != code,
            **(_signed_texts(statement) if statement else {}),
        }
        if sees_what_is_missing(context.user):
            shown["missing"] = list(_missing(statement, code, context.today))
        return page(request, "web/statements/accessibility.html", shown)


def _signed_texts(statement: AccessibilityStatement) -> dict[str, Any]:
    return {
        "signed_by": text_of_municipality(statement.signed_by),
        "response": text_of_municipality(statement.response),
        "measures": [text_of_municipality(measure) for measure in statement.measures],
        "deviations": [_in_words(deviation) for deviation in statement.deviations],
    }


def _in_words(deviation: Deviation) -> DeviationInWords:
    rows = [
        (_("What you notice"), text_of_municipality(deviation.consequence)),
        (_("Why it is so"), text_of_municipality(deviation.cause)),
        (_("What you can do instead"), text_of_municipality(deviation.alternative)),
        (_("What we do about it"), text_of_municipality(deviation.measure)),
        (_("Solved by"), date_text(deviation.solved_by)),
    ]
    return DeviationInWords(
        deviation.criterion, text_of_municipality(deviation.what), [(name, text) for name, text in rows if text]
    )


def _missing(statement: AccessibilityStatement | None, code: str, today: date) -> Iterator[Any]:
    """Yield what administrators still have to fill in or review."""
    if not settings.CONTACT_EMAIL:
        yield _("The address for questions: CONTACT_EMAIL.")
    if statement is None:
        yield _("The statement itself: have it signed, and fill in “accessibility”.")
        return
    if statement.status != code:
        yield _("The status has lapsed. Have the website tested, and sign the statement anew.")
    elif today > statement.signed_on + REVIEW_AFTER:
        yield _("The statement was signed more than a year ago. Review it, and sign it anew.")
    if not statement.tests:
        yield _("A full test by the method WCAG-EM: “tests”.")
    if statement.register is None:
        yield _("The address in the national register: “register”.")
