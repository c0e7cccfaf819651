"""The form to pause mail, for users as well as for followers without an account."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.services.mail.preferences import MAX_SNOOZE

from .forms import DateTextField, Form


class PauseForm(Form):
    """The last day on which no mail is wanted."""

    act = forms.CharField(widget=forms.HiddenInput, initial="pause", required=False)
    until = DateTextField(
        label=_("No mail up to and including"),
        help_text=_("At most a year. The day after, mail comes again by itself."),
        error_messages={
            "required": _("Choose the last day on which you want no mail."),
            "invalid": _("This is no day that we can read. Write it like 2026-12-31."),
        },
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Limit the days from today to a year from now."""
        super().__init__(*args, auto_id="pause_%s", **kwargs)
        self.fields["until"].widget.attrs.update(min=today.isoformat(), max=(today + MAX_SNOOZE).isoformat())
