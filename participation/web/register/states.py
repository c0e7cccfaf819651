"""What the states of motions and commitments are called: the college’s word apart from the council’s."""

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
#: Which badge they get: the sign and colour of a status that is as good or bad.
BADGES = {"open": "pending", "proposed": "planned_late", "settled": "met", "not_adopted": "unknown", "kept": "met"}
