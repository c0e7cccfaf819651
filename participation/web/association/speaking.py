"""What the forms of associations share: for whom one speaks, in one's own words, and what follows from it."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance import words
from participation.models import Organisation, Trajectory
from participation.selectors.terms import Following, answer_due
from participation.web.shared.addresses import address
from participation.web.shared.forms import Form
from participation.web.shared.owed import anchor, rule_address
from participation.web.shared.pages import language_of
from participation.web.shared.visit import Visit

#: Enough for a letter of several pages; what is longer is a document.
LONGEST = 10_000
View = Callable[..., HttpResponse]


def in_own_language(view: View) -> View:
    """Make a view speak the language of its visitor, its forms and messages too."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(language_of(request)):
            return view(request, *args, **kwargs)

    return wrapped


def door_of(visit: Visit) -> dict[str, Any]:
    """Return what the services ask of every door."""
    return {"rulebook": visit.rulebook, "today": visit.today, "now": visit.now}


class WordsField(forms.CharField):
    """A text in somebody's own words."""

    def __init__(self, *, missing: Any = None, rows: int = 6, **kwargs: Any) -> None:
        """Make a field of several lines; ``missing`` is what is said where nothing was written."""
        given = {"max_length": LONGEST, "widget": forms.Textarea(attrs={"rows": rows}), **kwargs}
        super().__init__(**given)
        # The browser would cut off what is pasted without a word: the server says it.
        self.widget.attrs.pop("maxlength", None)
        if missing is not None:
            self.error_messages["required"] = missing


class SpeakingForm(Form):
    """A form filled in on behalf of an organisation: which one is asked only of who speaks for several."""

    def __init__(self, *args: Any, parties: Sequence[Organisation], **kwargs: Any) -> None:
        """Ask on whose behalf first, where there is a choice."""
        super().__init__(*args, **kwargs)
        self.parties = {party.slug: party for party in parties}
        if len(self.parties) > 1:
            asked = forms.ChoiceField(
                label=_lazy("On behalf of"),
                choices=[(party.slug, party.name) for party in parties],
                widget=forms.RadioSelect,
                error_messages={"required": _lazy("Choose for which organisation you speak.")},
            )
            self.fields = {"organisation": asked, **self.fields}

    @property
    def speaks_for(self) -> str:
        """Return the name of the only organisation that one speaks for here; "" where one is asked."""
        return next(iter(self.parties.values())).name if len(self.parties) == 1 else ""

    @property
    def organisation(self) -> Organisation:
        """Return on whose behalf it was filled in, once it is valid."""
        slug = self.cleaned_data.get("organisation") or next(iter(self.parties))
        return self.parties[slug]


def terms_told(following: Sequence[Following], language: str) -> list[dict[str, Any]]:
    """Return what follows from handing something in, as web/association/_terms.html shows it."""
    return [
        {
            "title": words.in_language(one.rule.title, language),
            "href": rule_address(one.rule.id),
            "term": words.say_term(one.term, language) if one.term else "",
            "due": words.say_day(one.due_on, language) if one.due_on else "",
            "strength": words.label("strengths", one.rule.strength, language),
        }
        for one in following
    ]


def due_told(trajectory: Trajectory, ref: str, visit: Visit) -> str:
    """Return the sentence that says by when an answer is due and on whose word, "" where no rule sets a day."""
    last = answer_due(trajectory, ref, visit.rulebook)
    if last is None or last.due_on is None:
        return ""
    told = {
        "day": words.say_day(last.due_on, visit.language),
        "strength": words.label("strengths", last.rule.strength, visit.language),
    }
    # A wish of residents is no duty: the same sentence for all, with whose word it is.
    return _("The answer should be there by %(day)s (%(strength)s).") % told


def place(trajectory: Trajectory, rule: str = "", subject: str = "") -> str:
    """Return the page of the trajectory, at what is owed by this rule about this subject."""
    found = address("trajectory", trajectory.slug)
    return f"{found}#{anchor(rule, subject)}" if rule else found
