"""What is asked of people week by week, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance.wording import format_day, format_list
from participation.selectors.trajectories.load import AskedWeek, Papers


def papers_text(papers: Papers) -> str:
    """Return how much there is to read: "3 documents, 140 pages", "" if nothing."""
    if not papers.number:
        return ""
    documents = ngettext("%(n)s document", "%(n)s documents", papers.number) % {"n": papers.number}
    if papers.uncounted == papers.number:
        return documents
    pages = ngettext("%(n)s page", "%(n)s pages", papers.pages) % {"n": papers.pages}
    if papers.uncounted:
        return _("%(documents)s, %(pages)s or more") % {"documents": documents, "pages": pages}
    return _("%(documents)s, %(pages)s") % {"documents": documents, "pages": pages}


def full_weeks_text(weeks: Sequence[AskedWeek], language: str) -> str:
    """Return which of these weeks are full, in a sentence."""
    full = [format_day(row.week, language, with_year=False) for row in weeks if row.is_busy]
    if not full:
        return _("None of these weeks is full.")
    text = ngettext(
        "The week of %(weeks)s is full: a lot is asked then.",
        "The weeks of %(weeks)s are full: a lot is asked then.",
        len(full),
    )
    return text % {"weeks": format_list(full, language)}
