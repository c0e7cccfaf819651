"""Labels and badges of the states of what was handed in."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATE_LABELS: Mapping[str, Any] = {
    "received": pgettext_lazy("initiative", "received, no answer yet"),
    "acknowledged": _("receipt confirmed, no answer yet"),
    "answered": pgettext_lazy("initiative", "answered"),
    "granted": _("answered: granted"),
    "declined": _("answered: declined"),
    "awaiting": _("awaits moderation, not public"),
    "withheld": pgettext_lazy("moderation", "not published"),
}
#: Badge of each state: that of an obligation status with the same sign and colour.
STATE_BADGES: Mapping[str, str] = {
    "received": "pending",
    "acknowledged": "pending",
    "answered": "met",
    "granted": "met",
    "declined": "explained",
    "awaiting": "due_soon",
    "withheld": "unknown",
}
