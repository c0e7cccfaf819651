"""Shared by the association forms: organisation, text, and the due date of an answer."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance import wording
from participation.compliance.rulebook import Rulebook
from participation.models import Organisation, Trajectory
from participation.selectors.obligations.deadlines_preview import DeadlinePreview, answer_deadline
from participation.web.shared.addresses import rule_url
from participation.web.shared.forms import Form
from participation.web.shared.pages import language_of
from participation.web.shared.request_context import RequestContext

#: Several pages of text; anything longer should be a document.
MAX_TEXT_LENGTH = 10_000
View = Callable[..., HttpResponse]


def in_user_language(view: View) -> View:
    """Decorate a view to activate the user's language, also for forms and messages."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(language_of(request)):
            return view(request, *args, **kwargs)

    return wrapped


class FreeTextField(forms.CharField):
    """A text in the user's own words."""

    def __init__(self, *, missing: Any = None, rows: int = 6, **kwargs: Any) -> None:
        """Use a textarea; ``missing`` is the error message for an empty text."""
        options = {"max_length": MAX_TEXT_LENGTH, "widget": forms.Textarea(attrs={"rows": rows}), **kwargs}
        super().__init__(**options)
        # With maxlength a browser silently truncates pasted text; the server reports it instead.
        self.widget.attrs.pop("maxlength", None)
        if missing is not None:
            self.error_messages["required"] = missing


class OrganisationForm(Form):
    """A form filled in on behalf of an organisation; the user chooses one only if there are several."""

    def __init__(self, *args: Any, parties: Sequence[Organisation], **kwargs: Any) -> None:
        """Put the choice of organisation first, if there is one."""
        super().__init__(*args, **kwargs)
        self.parties = {party.slug: party for party in parties}
        if len(self.parties) > 1:
            organisation_field = forms.ChoiceField(
                label=_lazy("On behalf of"),
                choices=[(party.slug, party.name) for party in parties],
                widget=forms.RadioSelect,
                error_messages={"required": _lazy("Choose for which organisation you speak.")},
            )
            self.fields = {"organisation": organisation_field, **self.fields}

    @property
    def speaks_for(self) -> str:
        """Return the name of the organisation if there is only one; else ""."""
        return next(iter(self.parties.values())).name if len(self.parties) == 1 else ""

    @property
    def organisation(self) -> Organisation:
        """Return the organisation of a valid form."""
        slug = self.cleaned_data.get("organisation") or next(iter(self.parties))
        return self.parties[slug]


def term_rows(following: Sequence[DeadlinePreview], rulebook: Rulebook, language: str) -> list[dict[str, Any]]:
    """Return the template data of the due dates that follow, for web/associations/_terms.html."""
    return [
        {
            "title": wording.text_in_language(one.rule.title, language),
            "href": rule_url(one.rule.id, rulebook),
            "term": wording.format_term(one.term, language) if one.term else "",
            "due": wording.format_day(one.due_on, language) if one.due_on else "",
            "strength": wording.label("strengths", one.rule.strength, language),
        }
        for one in following
    ]


def due_date_message(trajectory: Trajectory, ref: str, context: RequestContext) -> str:
    """Return the sentence with the due date of the answer and the strength of its rule; "" if no rule sets one."""
    last = answer_deadline(trajectory, ref, context.rulebook_of(trajectory))
    if last is None or last.due_on is None:
        return ""
    params = {
        "day": wording.format_day(last.due_on, context.language),
        "strength": wording.label("strengths", last.rule.strength, context.language),
    }
    # The strength is included because a wish of residents does not oblige the municipality.
    return _("The answer should be there by %(day)s (%(strength)s).") % params
