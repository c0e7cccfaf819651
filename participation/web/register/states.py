"""Labels of the states of motions and commitments, with settlement by executive and by council kept apart."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES: Mapping[str, Any] = {
    "open": pgettext_lazy("register", "open"),
    "proposed": _("settled according to the municipal executive, not yet by the council"),
    "settled": _("settled by the council"),
    "not_adopted": _("not adopted"),
    "kept": pgettext_lazy("register", "kept"),
}
#: Badge of each state: that of an obligation status with the same sign and colour.
BADGES = {"open": "pending", "proposed": "planned_late", "settled": "met", "not_adopted": "unknown", "kept": "met"}
