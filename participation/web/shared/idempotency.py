"""Idempotent forms: a form that is submitted twice is processed once.

Each form carries a random key, which is stored with the result in one transaction; a repeated submission redirects to
that result. It works without JavaScript, and reopening the form yields a new key.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from participation.models import IdempotencyRecord
from participation.services.changes.idempotency import idempotency_record

from .pages import language_of

#: The hidden field with the idempotency key.
KEY_FIELD = "idempotency_key"
_SIGNER = signing.Signer(salt="participation.form")
#: Fields that do not count as content of the form.
_IGNORED_FIELDS = (KEY_FIELD, "csrfmiddlewaretoken")

View = TypeVar("View", bound=Callable[..., Any])


def idempotent(view: View) -> View:
    """Decorate a view to process each submission once.

    Templates render the key with the tag ``idempotency_key``. A redirect (302) counts as success; any other
    response, such as a form with errors, can be submitted again. Without a key, or with an invalid signature, every
    submission is processed.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        untyped_request: Any = request
        untyped_request.is_idempotent = True
        key = _submitted_key(request)
        if not key or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        fingerprint = _fingerprint(request)
        with idempotency_record(request.user, f"{key}.{fingerprint}", fingerprint, timezone.now()) as record:
            if record.status:
                _add_message(request, messages.INFO, _repeated_text)
                return redirect(record.headers["Location"])
            response = view(request, *args, **kwargs)
            if response.status_code == HTTPStatus.FOUND:
                record.status, record.headers = response.status_code, {"Location": response.headers["Location"]}
                others = IdempotencyRecord.objects.filter(user=request.user, key__startswith=f"{key}.").exclude(
                    pk=record.pk
                )
                if others.exists():
                    _add_message(request, messages.WARNING, _differing_text)
        return response

    return cast(View, wrapped)


def form_key(request: HttpRequest) -> str:
    """Return the signed key of the form: the submitted one, else a new one; "" if the view is not idempotent."""
    if not getattr(request, "is_idempotent", False):
        return ""
    key = _submitted_key(request)
    return _SIGNER.sign(key or f"form.{secrets.token_urlsafe(16)}")


def _submitted_key(request: HttpRequest) -> str:
    """Return the submitted key; "" if it is absent or its signature is invalid."""
    if request.method != "POST":
        return ""
    try:
        return _SIGNER.unsign(request.POST.get(KEY_FIELD, ""))
    except signing.BadSignature:
        return ""


def _fingerprint(request: HttpRequest) -> str:
    """Return the fingerprint of the submission: URL, fields and file contents."""
    fields = [(name, values) for name, values in sorted(request.POST.lists()) if name not in _IGNORED_FIELDS]
    files = [(name, file.name, _file_digest(file)) for name, found in sorted(request.FILES.lists()) for file in found]
    return hashlib.sha256(json.dumps([request.get_full_path(), fields, files]).encode()).hexdigest()


def _file_digest(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _add_message(request: HttpRequest, level: int, text: Callable[[], str]) -> None:
    with translation.override(language_of(request)):
        messages.add_message(request, level, text())


def _repeated_text() -> str:
    return _("You sent this form more than once. It was recorded once.")


def _differing_text() -> str:
    return _("You sent this form before, with something else in it. That was recorded too. Take away what is wrong.")
