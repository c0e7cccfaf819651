"""Template data of obligations: grouped by basic condition, the overdue ones first, as texts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.obligations import SETTLED, ObligationValue, days_late, planned_in_time
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.presentation.digest_data import SECTIONS, phrase, status_name
from participation.presentation.explanation import FullExplanation
from participation.presentation.labels import date_texts, status_label
from participation.presentation.rules import rulebook_version
from participation.presentation.trajectory_pages import obligation_fragment
from participation.selectors.associations.counter_signals import SignalView
from participation.selectors.obligations.statuses import PublicWaiver

from .actions import Action
from .addresses import address, rule_url

#: Order of the statuses within a group; settled ones are listed apart.
_ORDER = (*SECTIONS, "pending", "explained", *SETTLED)
#: (rule, subject), which identifies an obligation.
Identity = tuple[str, str]


class RenderContext(NamedTuple):
    """Context in which obligations are rendered: rulebook, day, language, party names and the reader's permissions."""

    rulebook: Rulebook
    today: date
    language: str
    names: wording.Names = wording.NO_NAMES
    may_change: bool = False
    retrospective: bool = False
    over: bool = False


class ObligationExtras(NamedTuple):
    """Additional data of obligations: full explanations and counter-signals by identity, and functions that make links.

    ``explanation_url`` returns the URL of a full explanation that is not on this page; with ``brief`` such obligations
    are one line. The other functions return the URL of a form, or "" if the user has no permission.
    """

    explanations: Mapping[Identity, FullExplanation] = {}
    counter_signals: Mapping[Identity, Sequence[SignalView]] = {}
    action: Callable[[ObligationValue, str], Action | None] = lambda _obligation, _status: None
    explanation_url: Callable[[ObligationValue], str] = lambda _obligation: ""
    waiver_url: Callable[[ObligationValue], str] = lambda _obligation: ""
    counter_signal_url: Callable[[ObligationValue], str] = lambda _obligation: ""
    brief: bool = False
    waiver_change_url: Callable[[PublicWaiver], str] = lambda _waiver: ""


NO_EXTRAS = ObligationExtras()
#: The parts of a group: to be looked at now, in full and in brief; still to come; and settled.
IN_FULL, IN_BRIEF, PENDING, SETTLED_PART = PARTS = ("in_full", "in_brief", "pending", "settled")
#: Maximum number of obligations that are not shown, of which links of earlier mails lead to a link to where they are.
MAX_ANCHORS = 200


def render_obligations(
    rows: Sequence[tuple[ObligationValue, str]],
    render_context: RenderContext,
    waivers: Iterable[PublicWaiver] = (),
    extras: ObligationExtras = NO_EXTRAS,
    max_shown: int | None = None,
) -> dict[str, Any]:
    """Return the template data of these obligations with their statuses, for templates/web/_obligations.html.

    With ``max_shown``, each part of a group has that many items at most. Its numbers are those of all; ``anchors`` has
    the fragments that lead to what is not shown.
    """
    with translation.override(render_context.language):
        return _render_obligations(rows, render_context, tuple(waivers), extras, max_shown)


def _render_obligations(
    rows: Sequence[tuple[ObligationValue, str]],
    render_context: RenderContext,
    waivers: Sequence[PublicWaiver],
    extras: ObligationExtras,
    max_shown: int | None,
) -> dict[str, Any]:
    groups = []
    for basic in BASICS:
        own = [row for row in rows if render_context.rulebook.by_id[row[0].rule].basic == basic]
        if own:
            kept: list[tuple[str, tuple[ObligationValue, str]]] = []
            hidden: list[tuple[str, tuple[ObligationValue, str]]] = []
            counts = Counter[str]()
            for row in sorted(own, key=lambda row: severity(row, render_context)):
                part = part_of(row, extras)
                counts[part] += 1
                (kept if max_shown is None or counts[part] <= max_shown else hidden).append((part, row))
            rendered = _items([row for _part, row in kept], render_context, waivers, extras)
            items = list(zip((part for part, _row in kept), rendered, strict=True))
            groups.append(
                {
                    "id": f"basic-{basic}",
                    "basic": basic,
                    "label": wording.label("basics", basic, render_context.language),
                    "items": [item for part, item in items if part != SETTLED_PART],
                    **{part: [item for own_part, item in items if own_part == part] for part in PARTS},
                    "counts": counts,
                    "anchors": _anchors(hidden, [item for _part, item in items]),
                    "settled_label": _("Done (%(n)s)") % {"n": counts[SETTLED_PART]},
                    "overdue": sum(status == "overdue" for _obligation, status in own),
                }
            )
    overdue = sum(status == "overdue" for _obligation, status in rows)
    return {
        "groups": groups,
        "overdue": overdue,
        "summary": phrase("late", render_context.language, overdue),
        "checked_text": phrase(
            "checked",
            render_context.language,
            day=wording.format_day(render_context.today, render_context.language),
            rulebook=rulebook_version(render_context.rulebook, render_context.language),
        ),
    }


def part_of(row: tuple[ObligationValue, str], extras: ObligationExtras = NO_EXTRAS) -> str:
    """Return the part of its group in which an obligation with this status is shown."""
    obligation, status = row
    is_brief = _is_brief(obligation, extras)
    # In full and with a counter-signal it is never folded away.
    if is_brief or not extras.counter_signals.get(obligation.identity):
        if status in SETTLED:
            return SETTLED_PART
        if status == "pending":
            return PENDING
    return IN_BRIEF if is_brief else IN_FULL


def _is_brief(obligation: ObligationValue, extras: ObligationExtras) -> bool:
    return extras.brief and obligation.identity not in extras.explanations


def _anchors(
    hidden: Iterable[tuple[str, tuple[ObligationValue, str]]], items: Iterable[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return by part the fragments of the first obligations that are not shown, and of rules with no other anchor."""
    used = {item[key] for item in items for key in ("id", "rule_anchor")}
    rules: set[str] = set()
    found: dict[str, list[str]] = {}
    for part, (obligation, _status) in hidden:
        fragments = found.setdefault(part, [])
        wanted = [obligation_fragment(*obligation.identity)] if len(fragments) < MAX_ANCHORS else []
        if obligation.rule not in rules:
            rules.add(obligation.rule)
            wanted.append(obligation_fragment(obligation.rule))
        fragments += [fragment for fragment in dict.fromkeys(wanted) if fragment not in used]
        used.update(wanted)
    return found


def severity(row: tuple[ObligationValue, str], render_context: RenderContext) -> tuple[Any, ...]:
    """Return the sort key: overdue first, then by strength of the rule (law first), then by days late."""
    obligation, status = row
    return (
        _ORDER.index(status),
        STRENGTHS.index(render_context.rulebook.by_id[obligation.rule].strength),
        -(days_late(obligation, render_context.today, render_context.over) or 0),
        obligation.due_on or date.max,
        obligation.identity,
    )


def _items(
    rows: Sequence[tuple[ObligationValue, str]],
    render_context: RenderContext,
    waivers: Sequence[PublicWaiver],
    extras: ObligationExtras,
) -> Iterator[dict[str, Any]]:
    """Yield the items of a group; the first item of each rule also has the id of the rule as a whole."""
    anchored_rules = {obligation.rule for obligation, _status in rows if not obligation.subject}
    for obligation, status in rows:
        rule_anchor = "" if obligation.rule in anchored_rules else obligation_fragment(obligation.rule)
        anchored_rules.add(obligation.rule)
        is_brief = _is_brief(obligation, extras)
        data = _render_brief(obligation, status, render_context, waivers, extras) if is_brief else None
        yield {
            "rule_anchor": rule_anchor,
            **(data or render_obligation(obligation, status, render_context, waivers, extras)),
        }


def _render_brief(
    obligation: ObligationValue,
    status: str,
    render_context: RenderContext,
    waivers: Sequence[PublicWaiver],
    extras: ObligationExtras,
) -> dict[str, Any]:
    """Return the short form of an obligation: text, status, dates, waivers, and a link to the full explanation."""
    rule = render_context.rulebook.by_id[obligation.rule]
    return {
        "is_brief": True,
        "id": obligation_fragment(*obligation.identity),
        "status": status,
        "status_label": status_label(status, render_context.language),
        "message": wording.message(rule, obligation, render_context.language, render_context.names),
        "dates": _date_texts(obligation, status, render_context),
        "action": extras.action(obligation, status),
        "waivers": _waivers(obligation, render_context, waivers, extras),
        "counter_signals": (),
        "explanation_url": extras.explanation_url(obligation),
    }


def render_obligation(
    obligation: ObligationValue,
    status: str,
    render_context: RenderContext,
    waivers: Sequence[PublicWaiver] = (),
    extras: ObligationExtras = NO_EXTRAS,
) -> dict[str, Any]:
    """Return the template data of one obligation, for templates/web/_obligation.html."""
    language, rule = render_context.language, render_context.rulebook.by_id[obligation.rule]
    strength = wording.label("strengths", rule.strength, language)
    source = wording.cite(rule.sources[0], render_context.rulebook.sources, language)
    explanation = extras.explanations.get(obligation.identity)
    return {
        "id": obligation_fragment(*obligation.identity),
        "status": status,
        "status_label": status_label(status, language),
        "message": wording.message(rule, obligation, language, render_context.names),
        "dates": (dates := _date_texts(obligation, status, render_context)),
        "strength": strength,
        "details": [*dates, phrase("word_of", language, strength=strength, source=source)],
        "rule": {
            "title": wording.text_in_language(rule.title, language),
            "href": rule_url(rule.id, render_context.rulebook),
        },
        **_remedy_texts(obligation, status, render_context),
        "action": extras.action(obligation, status),
        "waivers": _waivers(obligation, render_context, waivers, extras),
        "counter_signals": _counter_signals(extras.counter_signals.get(obligation.identity, ()), render_context),
        "explanation": explanation,
        "explanation_url": "" if explanation else extras.explanation_url(obligation),
        "waiver_url": extras.waiver_url(obligation) if status not in SETTLED else "",
        "counter_signal_url": extras.counter_signal_url(obligation),
    }


def _date_texts(obligation: ObligationValue, status: str, render_context: RenderContext) -> list[str]:
    """Return the sentences on its dates; none if the remedy already asks the reader to fill in a missing fact."""
    if status == "unknown" and render_context.may_change:
        return []
    return date_texts(obligation, status, render_context.today, render_context.language, render_context.over)


def _remedy_texts(obligation: ObligationValue, status: str, render_context: RenderContext) -> dict[str, str]:
    """Return who must act and what to do; both "" if there is nothing to do."""
    language, rule = render_context.language, render_context.rulebook.by_id[obligation.rule]
    if status in SETTLED or status == "explained":
        return {"remedy_heading": "", "remedy_text": ""}
    remedy = wording.remedy(rule, obligation, status, render_context.today, language)
    if planned_in_time(obligation, render_context.today):
        return {"remedy_heading": "", "remedy_text": remedy}
    if status == "unknown" and render_context.may_change:
        return {"remedy_heading": phrase("call", language), "remedy_text": remedy}
    if render_context.retrospective:
        heading = _("This would have helped:")
    else:
        heading = phrase("call" if render_context.may_change else "call_municipality", language)
    return {"remedy_heading": heading, "remedy_text": wording.text_in_language(rule.remedy, language)}


def _waivers(
    obligation: ObligationValue,
    render_context: RenderContext,
    waivers: Sequence[PublicWaiver],
    extras: ObligationExtras,
) -> list[dict[str, Any]]:
    """Return the waivers of this obligation, also expired ones, the longest valid first."""
    covering = [row for row in waivers if row.waiver.covers(obligation)]
    covering.sort(key=lambda row: (row.waiver.until or date.max, row.waiver.granted_on), reverse=True)
    found = []
    for row in covering:
        until, language = row.waiver.until, render_context.language
        values = {"until": wording.format_day(until, language) if until else ""}
        if until is None:
            validity = _("Explanation, without an end date.")
        elif until >= render_context.today:
            validity = _("Explanation, valid until %(until)s.") % values
        else:
            validity = _("Explanation, was valid until %(until)s.") % values
        since = _("Given on %(day)s.") % {"day": wording.format_day(row.waiver.granted_on, language)}
        found.append(
            {
                "validity": validity,
                "since": since,
                "reason": phrase("waiver_by", language, by=row.by, reason=row.reason),
                "change_url": extras.waiver_change_url(row),
            }
        )
    return found


def _counter_signals(signals: Sequence[SignalView], render_context: RenderContext) -> list[dict[str, Any]]:
    """Return the counter-signals on a status, newest first; status and counter-signal are shown side by side."""
    return [
        {
            "signal": signal,
            "status": status_name(signal.status, render_context.language),
            "is_late": signal.is_late(render_context.today),
            "file_url": address("upload", signal.file) if signal.file else "",
        }
        for signal in reversed(signals)
    ]
