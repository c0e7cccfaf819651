"""Proposed rules: the form for a file with a rulebook, and an obligation under one of two rulebooks."""

from datetime import date
from typing import NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance import wording
from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import Rulebook, load_upload
from participation.compliance.yaml_reader import MAX_BYTES
from participation.interchange.cells import safe_name
from participation.presentation.labels import status_label
from participation.presentation.rulebook_problems import rulebook_problem_text
from participation.selectors.obligations.statuses import Verdict

from ..shared.forms import Form

#: Maximum number of problems of a file that are shown; the rest is counted.
MAX_PROBLEMS_SHOWN = 20


class ProposalForm(Form):
    """A proposed rulebook."""

    file = forms.FileField(
        label=gettext_lazy("File with a proposed rulebook"),
        help_text=gettext_lazy("A YAML file of at most 1 MB. It is read and then forgotten: nothing is stored."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
    )

    def clean_file(self) -> Rulebook:
        """Return the rulebook in the file. Raises ValidationError with its problems."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError(_("This file is too large. A rulebook has at most 1 MB."))
        try:
            return load_upload(upload.read(), safe_name(upload.name))
        except RulebookError as error:
            problems = [rulebook_problem_text(problem) for problem in error.problems[:MAX_PROBLEMS_SHOWN]]
            if more := len(error.problems) - len(problems):
                problems.append(_("And %(n)s more.") % {"n": more})
            raise forms.ValidationError([forms.ValidationError(problem) for problem in problems]) from None


class Side(NamedTuple):
    """An obligation under one of the two rulebooks: its status, last day and strength."""

    status: str
    label: str
    due_on: date | None
    strength: str


def side_of(verdict: Verdict | None, language: str) -> Side | None:
    """Return a verdict as it is shown beside another; None where the rulebook does not ask for it."""
    if verdict is None:
        return None
    strength = wording.label("strengths", verdict.rule.strength, language)
    return Side(verdict.status, status_label(verdict.status, language), verdict.obligation.due_on, strength)
