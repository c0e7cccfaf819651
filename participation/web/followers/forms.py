"""Forms for followers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.models.addresses import validate_key_length
from participation.models.followers import FREQUENCIES
from participation.models.labels import labelled_choices

from ..shared.forms import Form

#: Each language by its own name.
_LANGUAGES = [("nl", "Nederlands"), ("en", "English")]


class FrequencyForm(Form):
    """The frequency of notifications."""

    frequency = forms.ChoiceField(
        label=_("How often do you want a mail?"), widget=forms.RadioSelect, choices=labelled_choices(FREQUENCIES)
    )


class FollowForm(FrequencyForm):
    """The address, frequency and language of notifications."""

    field_order = ("email", "frequency", "language")

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We use it for this news only. When you stop, it is deleted."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        max_length=254,
        validators=[validate_key_length],
        error_messages={
            "required": _("Fill in your e-mail address: that is where the news goes."),
            "invalid": _("This is not an e-mail address. Write it like name@example.nl."),
        },
    )
    language = forms.ChoiceField(label=_("In which language?"), widget=forms.RadioSelect, choices=_LANGUAGES)

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        """Prefill weekly mails in the language of the page."""
        initial = {"frequency": "weekly", "language": language, **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
