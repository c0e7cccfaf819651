"""E-mail addresses: what one is known by, the same on every database."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

#: Of an address and of what it is known by (RFC 5321, 4.5.3.1).
LONGEST = 254


def email_key(address: str) -> str:
    """Return what an address is known by: two that differ in capitals or in the form of their characters are one.

    Compare these, never addresses by ``iexact`` or ``Lower()``: a database has its own idea of capitals. PostgreSQL
    takes ``ı`` (U+0131) for a small ``I``, which would make one person of two domains (Unicode TR 36, 2.11.2).
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold()).strip()


def validate_key_length(address: str) -> None:
    """Raise ValidationError where what the address is known by is too long to be kept."""
    if len(email_key(address)) > LONGEST:
        raise ValidationError(_("This e-mail address is too long."))


class EmailKeyField(models.EmailField):
    """What an address is known by. What is stored and what is looked for are made so; ``of`` names where it stands."""

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        if of:
            kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what a migration writes down."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **({"of": self.of} if self.of else {})}

    def get_prep_value(self, value: Any) -> Any:
        """Return what is compared in the database."""
        value = super().get_prep_value(value)
        return email_key(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return what is stored: it follows the column ``of``."""
        if self.of:
            setattr(model_instance, self.attname, email_key(getattr(model_instance, self.of)))
        return super().pre_save(model_instance, add)
