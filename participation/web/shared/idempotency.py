"""Forms that are sent twice, or three times at once: what they add is added once.

A form carries a random key, which is stored with what it added, in one transaction. Sent again it leads to what is
there already. It works without JavaScript, and a form that is opened anew has a new key.
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

from participation.models import DoneOnce
from participation.services.idempotency import idempotency_record

from .pages import language_of

#: The hidden field that holds the key.
FIELD = "idempotency_key"
_SIGNER = signing.Signer(salt="participation.form")
#: What is no part of what somebody typed.
_AROUND = (FIELD, "csrfmiddlewaretoken")

View = TypeVar("View", bound=Callable[..., Any])


def idempotent(view: View) -> View:
    """Make a view do once what a form asks, however often the form is sent.

    Its forms carry a key where their template has ``idempotency_key``. What ends in a redirect is done; anything else,
    such as a form with errors, can be sent again. Without a key, or with one that is not ours, a form is done each
    time.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked: Any = request
        asked.is_idempotent = True
        key = _sent_key(request)
        if not key or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        checksum = _checksum(request)
        with idempotency_record(request.user, f"{key}.{checksum}", checksum, timezone.now()) as record:
            if record.status:
                _tell(request, messages.INFO, _again)
                return redirect(record.headers["Location"])
            response = view(request, *args, **kwargs)
            if response.status_code == HTTPStatus.FOUND:
                record.status, record.headers = response.status_code, {"Location": response.headers["Location"]}
                others = DoneOnce.objects.filter(user=request.user, key__startswith=f"{key}.").exclude(pk=record.pk)
                if others.exists():
                    _tell(request, messages.WARNING, _otherwise)
        return response

    return cast(View, wrapped)


def form_key(request: HttpRequest) -> str:
    """Return the key of the form on a page: the one that it was sent with, else a new one; "" where it needs none."""
    if not getattr(request, "is_idempotent", False):
        return ""
    key = _sent_key(request)
    return _SIGNER.sign(key or f"form.{secrets.token_urlsafe(16)}")


def _sent_key(request: HttpRequest) -> str:
    """Return the key that a form was sent with; "" where there is none that we made."""
    if request.method != "POST":
        return ""
    try:
        return _SIGNER.unsign(request.POST.get(FIELD, ""))
    except signing.BadSignature:
        return ""


def _checksum(request: HttpRequest) -> str:
    """Return what tells this form from others: where it was sent, and what was in it, files too."""
    typed = [(name, values) for name, values in sorted(request.POST.lists()) if name not in _AROUND]
    files = [(name, file.name, _digest(file)) for name, found in sorted(request.FILES.lists()) for file in found]
    return hashlib.sha256(json.dumps([request.get_full_path(), typed, files]).encode()).hexdigest()


def _digest(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _tell(request: HttpRequest, level: int, text: Callable[[], str]) -> None:
    with translation.override(language_of(request)):
        messages.add_message(request, level, text())


def _again() -> str:
    return _("You sent this form more than once. It was recorded once.")


def _otherwise() -> str:
    return _("You sent this form before, with something else in it. That was recorded too. Take away what is wrong.")
