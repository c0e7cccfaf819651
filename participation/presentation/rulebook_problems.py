"""Problems of a rulebook in the language of the reader, from the same kinds and values as those of the command line."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from participation.compliance.problems import RuleProblem, two_sentences


def rulebook_problem_text(problem: RuleProblem) -> str:
    """Return a problem of a rulebook in the active language: its place, the reason, and the remedy."""
    values = {
        name: number_format(value, force_grouping=True) if isinstance(value, int) else value
        for name, value in problem.items
    }
    place = _("%(file)s, line %(line)s") % problem._asdict() if problem.line else problem.file
    parts = filter(None, (place, problem.rule))
    return f"{', '.join(parts)}: {two_sentences(*(_(message) % values for message in problem.messages))}"
