"""Forms for answers to contributions: the joint answer, and an own answer for one contribution."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import OUTCOMES
from participation.models import Contribution
from participation.models.columns import LineFormField, TextFormField
from participation.models.labels import LABELS
from participation.selectors.answer_drafts import OwnAnswer
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.forms import Form

#: Maximum number of characters of a reason, and of a day as it is typed.
MAX_RESPONSE_LENGTH, MAX_DAY_LENGTH = 10_000, 200


def _outcome_choices() -> list[tuple[str, Any]]:
    return [("", _("open")), *((word, LABELS[word]) for word in OUTCOMES)]


def _response_field(rows: int) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return TextFormField(label=_("Why"), required=False, widget=widget, max_length=MAX_RESPONSE_LENGTH)


class TypedJointAnswerForm(Form):
    """The joint answer as it is kept in a draft: the day may be any text."""

    outcome = forms.ChoiceField(label=_("What is done with it"), required=False, choices=_outcome_choices)
    responded_on: forms.Field = LineFormField(required=False, max_length=MAX_DAY_LENGTH)
    response = _response_field(3)


class JointAnswerForm(TypedJointAnswerForm):
    """The joint answer for all ticked contributions, and the day of all answers."""

    responded_on = NaturalDateField(
        label=_("Answered on"), required=True, help_text=_("Also for contributions with an answer of their own.")
    )


class OwnAnswerForm(Form):
    """The answer to one contribution; left empty, the contribution stays open or gets the joint answer."""

    outcome = forms.ChoiceField(label=_("What is done with it"), required=False, choices=_outcome_choices)
    response = _response_field(2)

    def __init__(self, data: Any, *, contribution: Contribution, own: OwnAnswer) -> None:
        """Start with what the draft has, else with the half answer that is recorded."""
        self.contribution = contribution
        shown = own if own.has_text else _recorded(contribution)
        initial = {"outcome": shown.outcome, "response": shown.response}
        super().__init__(data, prefix=contribution.ref, initial=initial)

    def typed(self, ticked: bool) -> OwnAnswer:
        """Return what was typed; a recorded half answer that was left as it is, is no own answer.

        A joint answer may replace it: the page that checks the answers names what then changes.
        """
        found = OwnAnswer(ticked, self.cleaned_data["outcome"], self.cleaned_data["response"])
        recorded = _recorded(self.contribution)
        is_untouched = found.outcome == recorded.outcome and found.response.split() == recorded.response.split()
        return OwnAnswer(ticked) if is_untouched else found


def _recorded(contribution: Contribution) -> OwnAnswer:
    return OwnAnswer(False, contribution.outcome, contribution.response)
