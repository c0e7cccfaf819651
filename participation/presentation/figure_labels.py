"""Labels of figures, shared by the pages and the yearly report."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy, pgettext_lazy

from participation.models.labels import LABELS
from participation.selectors.statistics.influence import STATES
from participation.selectors.statistics.series import SCOPES

#: Column heading of each outcome.
COLUMNS: Final[dict[str, Any]] = {
    "in_time": gettext_lazy("On time"),
    "late": gettext_lazy("Done, after the due date"),
    "explained": gettext_lazy("Explained"),
    "overdue": gettext_lazy("Overdue, not done"),
    "unknown": gettext_lazy("Not known"),
}
#: The scopes of figures.
SCOPE_LABELS: Final[Mapping[str, Any]] = {
    "promised": gettext_lazy("law, policy and promises"),
    "wished": gettext_lazy("recommendations and wishes"),
    "retrospective": gettext_lazy("trajectories that look back"),
}
#: The scopes in the query string of the pages; the first is the default.
SCOPE_PARAMS: Final[Mapping[str, str]] = dict(zip(("afspraken", "wensen", "terugblik"), SCOPES, strict=True))
#: The states of contributions, each with its heading.
STATE_LABELS: Final[Mapping[str, Any]] = {
    **{state: LABELS[state] for state in STATES if state != "open"},
    "open": gettext_lazy("still open"),
}
AGE_LABELS: Final[Mapping[str, Any]] = {
    "month": gettext_lazy("up to 4 weeks"),
    "quarter": gettext_lazy("4 weeks to 3 months"),
    "year": gettext_lazy("3 months to a year"),
    "longer": gettext_lazy("longer than a year"),
    "over": gettext_lazy("the trajectory is over"),
    "undated": gettext_lazy("the day of receipt is not recorded"),
}
EFFECT_LABELS: Final[Mapping[str, Any]] = {
    "much": gettext_lazy("The input changed much"),
    "some": gettext_lazy("The input changed something"),
    "none": gettext_lazy("The input changed nothing"),
    "": gettext_lazy("Not recorded what the input changed"),
}
ROOM_LABELS: Final[Mapping[bool | None, Any]] = {
    True: gettext_lazy("The promised room was kept"),
    False: gettext_lazy("The promised room was not kept"),
    None: gettext_lazy("Not recorded whether the room was kept"),
}
#: The states of motions and commitments, with settlement by executive and by council kept apart.
REGISTER_STATES: Final[Mapping[str, Any]] = {
    "open": pgettext_lazy("register", "open"),
    "proposed": gettext_lazy("settled according to the municipal executive, not yet by the council"),
    "settled": gettext_lazy("settled by the council"),
    "not_adopted": gettext_lazy("not adopted"),
    "kept": pgettext_lazy("register", "kept"),
}
