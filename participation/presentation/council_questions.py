"""Questions that a council member may ask: a template for each kind of finding, the most urgent kind first."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy

#: How many questions a pack has at most.
MAX_QUESTIONS: Final = 3
#: Whether the decision lies ahead of the day that the questions are about, lies behind it, or is none there.
AHEAD, PAST, NO_DECISION = "ahead", "past", "none"
#: By kind of finding, in the order in which they are asked: the question before the decision.
QUESTION_TEMPLATES: Final[Mapping[str, Any]] = {
    "overdue_by_law": gettext_lazy(
        "%(what)s The law or an ordinance asks this by %(due)s, and it was not recorded as done. Can the "
        "decision be taken before it is?"
    ),
    "contradicted": gettext_lazy(
        "%(what)s %(who)s says that this is otherwise. What has the municipality found out about it, and what"
        " will it do?"
    ),
    "overdue_by_promise": gettext_lazy(
        "%(what)s This was agreed for %(due)s at the latest. Why was it not recorded as done, and when will it be?"
    ),
    "not_heard": gettext_lazy(
        "Of %(who)s nothing is recorded: no contribution and no meeting. Did the municipality speak with "
        "them, and what did they say?"
    ),
    "overdue_by_advice": gettext_lazy(
        "%(what)s The advice is to do this by %(due)s, and it was not recorded as done. Does the municipality"
        " want to do it before the decision?"
    ),
    "unanswered": gettext_lazy(
        "%(n)s of %(total)s contributions have no answer yet. What was done with them in this proposal?"
    ),
    "explained": gettext_lazy(
        "%(what)s The municipality departs from this, and says why. Is that reason enough for the council?"
    ),
    "due_before": gettext_lazy("%(what)s This has to be done by %(due)s, before the decision. Will that work out?"),
    "unknown": gettext_lazy(
        "%(what)s This cannot be judged, because something is missing: %(missing)s. What is the answer?"
    ),
}
_UNANSWERED: Final = gettext_lazy("%(n)s of %(total)s contributions have no answer yet. What was done with them?")
#: By when, and by kind of finding: the question where it is another one than before the decision.
_OTHER_TEMPLATES: Final[Mapping[str, Mapping[str, Any]]] = {
    PAST: {
        "overdue_by_law": gettext_lazy(
            "%(what)s The law or an ordinance asks this by %(due)s, and it was not recorded as done. Has it been done "
            "since, or is it still to come?"
        ),
        "overdue_by_promise": gettext_lazy(
            "%(what)s This was agreed for %(due)s at the latest, and it was not recorded as done. Has it been done "
            "since, or is it still to come?"
        ),
        "overdue_by_advice": gettext_lazy(
            "%(what)s The advice is to do this by %(due)s, and it was not recorded as done. Has it been done since, or "
            "is it still to come?"
        ),
        "unanswered": _UNANSWERED,
    },
    NO_DECISION: {
        "overdue_by_law": gettext_lazy(
            "%(what)s The law or an ordinance asks this by %(due)s, and it was not recorded as done. When will it be?"
        ),
        "overdue_by_advice": gettext_lazy(
            "%(what)s The advice is to do this by %(due)s, and it was not recorded as done. Does the municipality want "
            "to do it after all, and when?"
        ),
        "unanswered": _UNANSWERED,
    },
}


class CouncilFinding(NamedTuple):
    """A fact that may lead to a question: its kind, and the values for the template."""

    kind: str
    values: Mapping[str, Any]


def questions_of(findings: Iterable[CouncilFinding], decision: str = AHEAD) -> list[str]:
    """Return at most three questions in the active language: one of each kind first, then the next of each.

    ``decision`` is where the decision lies from the day that they are about.
    """
    templates = {**QUESTION_TEMPLATES, **_OTHER_TEMPLATES.get(decision, {})}
    by_kind: dict[str, list[CouncilFinding]] = {kind: [] for kind in QUESTION_TEMPLATES}
    for finding in findings:
        by_kind[finding.kind].append(finding)
    rounds = range(max(map(len, by_kind.values())))
    ordered = [found[turn] for turn in rounds for found in by_kind.values() if turn < len(found)]
    return [str(templates[finding.kind]) % finding.values for finding in ordered[:MAX_QUESTIONS]]
