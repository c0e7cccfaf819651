"""Forms for mail preferences."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..shared.forms import Form
from ..shared.pauses import PauseForm

_FREQUENCIES = [
    ("weekly", _("every Monday (weekly report)")),
    ("daily", _("every working day on which there is something new (daily report)")),
    ("none", _("never")),
]


class PreferencesForm(Form):
    """The frequency of the digest, and whether to send reminders."""

    frequency = forms.ChoiceField(
        label=_("How often do you want the report?"),
        help_text=_(
            "It says what is overdue, what falls due soon and what changed. Is there nothing to say? Then no mail."
        ),
        widget=forms.RadioSelect,
        choices=_FREQUENCIES,
        error_messages={"required": _("Choose how often you want the report.")},
    )
    reminders = forms.BooleanField(
        label=_("Send me a mail shortly before something falls due"),
        help_text=_("Only about what you can do something about yourself."),
        required=False,
    )

    def __init__(self, *args: Any, gets_reminders: bool, **kwargs: Any) -> None:
        """Remove the field for reminders if this role gets none."""
        super().__init__(*args, auto_id="mail_%s", **kwargs)
        if not gets_reminders:
            del self.fields["reminders"]


class SnoozeForm(PauseForm):
    """Pause mail until a day, with a reason."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("For instance: holiday. Administrators can read this; so write nothing about your health."),
        max_length=200,
        error_messages={
            "required": _("Say in a few words why: then nobody wonders where your answer is."),
        },
    )
