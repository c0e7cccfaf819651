"""What a process that serves pages loads before its first request."""

from contextlib import suppress

from django.conf import settings
from django.urls import get_resolver

from participation.compliance.problems import RulebookError
from participation.compliance.rulebooks import load_rulebooks


def load_before_requests() -> None:
    """Load the modules of all addresses and the rulebooks, which the first visitor would otherwise wait for."""
    _ = get_resolver().url_patterns
    # An invalid rulebook is reported by the system check; a worker that is replaced must not stop all the others.
    with suppress(RulebookError):
        load_rulebooks(settings.RULEBOOK)
