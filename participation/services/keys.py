"""The keys with which programs come in: made by a person for themselves, shown once, ending by themselves."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from participation.models import ApiKey, User

#: So many keys that still fit one person has at most.
MOST = 10


def make_key(user: User, name: str, now: datetime) -> tuple[ApiKey, str]:
    """Make a key for a program of this person; return it, and what is to be shown this once.

    It ends after a year (``TOKEN_TTL``). Raises ValidationError, at ``name``, where the name is missing, too long or
    in use for another key of theirs, and where they have ``MOST`` already.
    """
    name = name.strip()
    ApiKey(user=user, name=name).clean_fields(exclude=["digest", "token_key", "created"])
    with transaction.atomic():
        # Whoever makes two at the same moment is counted twice.
        User.objects.select_for_update().get(pk=user.pk)
        there = ApiKey.objects.filter(user=user, expiry__gt=now)
        if len(there) >= MOST:
            told = _("You have %(most)s keys. Withdraw one that you no longer use, then make a new one.")
            raise ValidationError({"name": told % {"most": MOST}})
        if any(key.name.casefold() == name.casefold() for key in there):
            raise ValidationError({"name": _("You have a key with this name already. Choose another name.")})
        key, shown = ApiKey.objects.create(user, expiry=None, name=name)
        key.created, key.expiry = now, now + _lasts()
        key.save(update_fields=["created", "expiry"])
    return key, shown


def _lasts() -> timedelta:
    lasts: timedelta = settings.REST_KNOX["TOKEN_TTL"]
    return lasts


def handle_of(key: ApiKey) -> str:
    """Return by what a page may name this key: it says nothing of the key itself."""
    return salted_hmac("participation.api-key", key.pk, algorithm="sha256").hexdigest()[:24]


def key_by(user: User, handle: str) -> ApiKey | None:
    """Return the key of this person that goes by this handle."""
    keys = ApiKey.objects.filter(user=user)
    return next((key for key in keys if constant_time_compare(handle_of(key), handle)), None)


def withdraw(user: User, handle: str) -> str:
    """Make a key of this person worth nothing from now on, and return what it was for; "" where it is gone already."""
    key = key_by(user, handle)
    if key is None:
        return ""
    ApiKey.objects.filter(pk=key.pk).delete()
    return key.name


def keys_of(user: Any) -> list[ApiKey]:
    """Return the keys of this person, the newest first; those that ended are there until the night after."""
    return list(ApiKey.objects.filter(user=user))
