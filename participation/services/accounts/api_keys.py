"""API keys: created by users for their own programs, shown once, with an expiry."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from participation.models import ApiKey, User

#: Maximum number of valid keys per user.
MAX_KEYS = 10


def make_key(user: User, name: str, now: datetime) -> tuple[ApiKey, str]:
    """Create an API key for this user; return it with its secret, which is shown only once.

    It expires after a year (``TOKEN_TTL``). Raises ValidationError, at ``name``, where the name is missing, too long or
    used for another of the user's keys, and where the user has ``MAX_KEYS`` keys already.
    """
    name = name.strip()
    ApiKey(user=user, name=name).clean_fields(exclude=["digest", "token_key", "created"])
    with transaction.atomic():
        # Locks the user: concurrent requests could otherwise exceed the maximum.
        User.objects.select_for_update().get(pk=user.pk)
        existing = ApiKey.objects.filter(user=user, expiry__gt=now)
        if len(existing) >= MAX_KEYS:
            message = _("You have %(most)s keys. Withdraw one that you no longer use, then make a new one.")
            raise ValidationError({"name": message % {"most": MAX_KEYS}})
        if any(key.name.casefold() == name.casefold() for key in existing):
            raise ValidationError({"name": _("You have a key with this name already. Choose another name.")})
        key, secret = ApiKey.objects.create(user, expiry=None, name=name)
        key.created, key.expiry = now, now + _lifetime()
        key.save(update_fields=["created", "expiry"])
    return key, secret


def _lifetime() -> timedelta:
    lifetime: timedelta = settings.REST_KNOX["TOKEN_TTL"]
    return lifetime


def handle_of(key: ApiKey) -> str:
    """Return an identifier of this key for use in URLs, from which nothing of the key can be derived."""
    return salted_hmac("participation.api-key", key.pk, algorithm="sha256").hexdigest()[:24]


def find_key(user: User, handle: str) -> ApiKey | None:
    """Return the user's key with this handle, or None."""
    keys = ApiKey.objects.filter(user=user)
    return next((key for key in keys if constant_time_compare(handle_of(key), handle)), None)


def revoke_key(user: User, handle: str) -> str:
    """Delete a key of this user and return its name; "" where it does not exist."""
    key = find_key(user, handle)
    if key is None:
        return ""
    ApiKey.objects.filter(pk=key.pk).delete()
    return key.name


def keys_of(user: Any) -> list[ApiKey]:
    """Return the keys of this user, the newest first; expired keys are included until the nightly cleanup."""
    return list(ApiKey.objects.filter(user=user))
