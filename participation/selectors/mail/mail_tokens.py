"""Signed tokens for links in mail, so that nobody can make such a link for somebody else."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signing import BadSignature, Signer

_SALT = "mail"


def mail_token(user_pk: int) -> str:
    """Return the token of this user for links in their mail; it does not expire.

    Raises ImproperlyConfigured without a secret key: each process would make its own, and no link would work.
    """
    if not settings.HAS_SECRET:
        raise ImproperlyConfigured(
            "To make mails the environment variable SECRET_KEY must be set, to the same text as where pages are served."
        )
    return Signer(salt=_SALT).sign(str(user_pk))


def user_pk_of(token: str) -> int | None:
    """Return the key of the user for whom this token was made, or None where its signature is invalid."""
    try:
        return int(Signer(salt=_SALT).unsign(token))
    except (BadSignature, ValueError):
        return None
