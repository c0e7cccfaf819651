"""Forms of initiatives: handing in, moderating, and answering."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.models import Neighbourhood, Request
from participation.models.addresses import validate_key_length
from participation.models.labels import LABELS
from participation.models.submissions import SUBMISSION_KINDS
from participation.selectors.initiatives import linkable_trajectories

from ..editing.forms import Fieldset, RowForm
from ..editing.requests import ACKNOWLEDGEMENT_FIELDSET, ANSWER_FIELDS, EXTENSION_FIELDSET, RequestForm
from ..shared.forms import Form

#: Maximum number of characters that a visitor can hand in.
MAX_SUBMITTED_TEXT = 5_000

_KIND_LABELS = {
    "initiative": _lazy("An initiative: something that you want to do, with help of the municipality"),
    "right_to_challenge": _lazy(
        "A challenge: a task of the municipality that you want to take over (right to challenge)"
    ),
    "concern": _lazy("A concern: something that worries you"),
    "information": _lazy("A question or a request for information"),
}


class HandInForm(Form):
    """What a visitor hands in, and the address to which the answer goes."""

    kind = forms.ChoiceField(
        label=_lazy("What is it?"),
        widget=forms.RadioSelect,
        choices=[(kind, _KIND_LABELS[kind]) for kind in SUBMISSION_KINDS],
        error_messages={"required": _lazy("Choose what it is. Not sure? Choose the question.")},
    )
    text = forms.CharField(
        label=_lazy("What do you want to say or ask?"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=MAX_SUBMITTED_TEXT,
        help_text=_lazy(
            "Everybody can read this later. So leave out names, telephone numbers and other things about people."
        ),
        error_messages={"required": _lazy("Write down what you want to say or ask.")},
    )
    neighbourhood = forms.ModelChoiceField(
        Neighbourhood.objects.all(),
        to_field_name="slug",
        label=_lazy("Which neighbourhood is it about?"),
        empty_label=_lazy("the whole municipality, or I do not know"),
        required=False,
    )
    name = forms.CharField(
        label=_lazy("Your name"),
        max_length=100,
        required=False,
        help_text=_lazy("Only for whoever answers you. It is not put on the website."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_lazy("Your e-mail address"),
        help_text=_lazy("We send you a link to confirm, and later the answer. It is not put on the website."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        max_length=254,
        validators=[validate_key_length],
        error_messages={
            "required": _lazy("Fill in your e-mail address: that is where the answer goes."),
            "invalid": _lazy("This is not an e-mail address. Write it like name@example.nl."),
        },
    )

    def __init__(self, *args: Any, needs_neighbourhood: bool, **kwargs: Any) -> None:
        """Ask for the neighbourhood where it tells which municipality has to answer."""
        super().__init__(*args, **kwargs)
        if needs_neighbourhood:
            place: Any = self.fields["neighbourhood"]
            place.required, place.empty_label = True, _("choose a neighbourhood")
            place.error_messages["required"] = _("Choose a neighbourhood: it tells which municipality has to answer.")

    def clean_text(self) -> str:
        """Return the text with line endings LF: browsers send CRLF."""
        text: str = self.cleaned_data["text"]
        return text.replace("\r\n", "\n").replace("\r", "\n")


class ModerationForm(RowForm):
    """Whether what a visitor handed in becomes public, with the text that everybody then reads."""

    layout = (Fieldset("", ("decision", "summary", "reason")),)

    decision = forms.ChoiceField(
        label=_lazy("What do you decide?"),
        widget=forms.RadioSelect,
        choices=[
            ("publish", _lazy("Put it on the website")),
            ("withhold", _lazy("Do not put it on the website, but do answer it")),
            ("close", _lazy("Do not put it on the website; the reason is the answer")),
        ],
        error_messages={"required": _lazy("Choose one of the three.")},
    )
    reason = forms.CharField(
        label=_lazy("Why not?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
        help_text=_lazy("Only if it is not put on the website. Who handed it in gets this by mail."),
    )

    class Meta:
        model = Request
        fields = ("summary",)
        labels = {"summary": _lazy("The text as everybody reads it")}
        help_texts = {
            "summary": _lazy("Take out names and other things about people. Leave the rest as it was written.")
        }

    def configure_fields(self) -> None:
        """Give the text some room."""
        self.fields["summary"].widget.attrs["rows"] = 8
        self.fields["summary"].required = True

    def clean(self) -> dict[str, Any]:
        """Require a reason for what is not published."""
        cleaned = super().clean()
        if cleaned.get("decision") in ("withhold", "close") and not cleaned.get("reason"):
            self.add_error("reason", _("Write down why: who handed it in gets this by mail."))
        return cleaned


class InitiativeForm(RequestForm):
    """A request of the register: its answer, acknowledgement and extension, and the trajectory that it belongs to."""

    class Meta(RequestForm.Meta):
        fields = (*(name for name in RequestForm.Meta.fields if name != "party"), "trajectory")  # type: ignore[assignment]
        labels = {**RequestForm.Meta.labels, "trajectory": _lazy("The trajectory that it belongs to")}
        help_texts = {
            **RequestForm.Meta.help_texts,
            "trajectory": _lazy("Only trajectories that are public. From then on the rules for that trajectory hold."),
        }

    def configure_fields(self) -> None:
        """Put the answer first; offer trajectories to what belongs to none, unless it is not public."""
        row: Any = self.row
        del self.fields["party"]
        self.fields["kind"].required = True
        if row.kind not in ("", "complaint") and row.committee is None:
            del self.fields["committee"]
        if row.trajectory_id or row.moderation in ("awaiting", "withheld"):
            del self.fields["trajectory"]
        else:
            field: Any = self.fields["trajectory"]
            field.queryset = linkable_trajectories(self.request_context.user, row.municipality)
            field.empty_label = _("none")
        self.layout = [
            Fieldset(_lazy("The answer"), ANSWER_FIELDS),
            ACKNOWLEDGEMENT_FIELDSET,
            EXTENSION_FIELDSET,
            Fieldset(_lazy("Trajectory"), ("trajectory",), folded=True),
            Fieldset(_lazy("What was asked"), ("kind", "received_on", "summary"), folded=True),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse an answer of a later day: it would be mailed while everybody reads that there is none yet."""
        cleaned = super().clean()
        day = cleaned.get("answered_on")
        first = day and (day.earliest or day.latest)
        if first and first > self.request_context.today:
            self.add_error("answered_on", _("This day is still to come. Fill in the day on which it was answered."))
        return cleaned


def kind_label(kind: str) -> str:
    """Return the name of a kind of request, to begin a line with."""
    return capfirst(str(LABELS.get(kind, kind)))
