"""Normalization of e-mail addresses, the same on every database."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

#: Maximum length of an address and of its normalized form (RFC 5321, 4.5.3.1).
MAX_EMAIL_LENGTH = 254


def email_key(address: str) -> str:
    """Return the normalized address: NFKC and case-folded, for lookups and uniqueness.

    Compare these, never addresses by ``iexact`` or ``Lower()``, which depend on the database. PostgreSQL treats
    ``ı`` (U+0131) as a lower-case ``I``, which would confuse two domains (Unicode TR 36, 2.11.2).
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold()).strip()


def validate_key_length(address: str) -> None:
    """Raise ValidationError when the normalized address is too long to store."""
    if len(email_key(address)) > MAX_EMAIL_LENGTH:
        raise ValidationError(_("This e-mail address is too long."))


class EmailKeyField(models.EmailField):
    """A normalized address: normalizes stored and looked-up values; ``of`` names the column to derive it from."""

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        if of:
            kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return the arguments for migrations, including ``of``."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **({"of": self.of} if self.of else {})}

    def get_prep_value(self, value: Any) -> Any:
        """Return the normalized value, for storing and lookups."""
        value = super().get_prep_value(value)
        return email_key(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the value to store, derived from the column ``of`` when set."""
        if self.of:
            setattr(model_instance, self.attname, email_key(getattr(model_instance, self.of)))
        return super().pre_save(model_instance, add)
