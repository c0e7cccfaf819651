"""Template data of obligations: grouped by basic condition, the overdue ones first, as texts."""

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
from participation.presentation.labels import date_texts
from participation.presentation.labels import status_label as status_label
from participation.presentation.mail import link
from participation.selectors.associations.counter_signals import SignalView
from participation.selectors.obligations.statuses import PublicWaiver

from .actions import Action
from .addresses import address

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

    ``elsewhere`` returns the URL of the full explanation that is not on this page; with ``brief`` such obligations
    are one line. ``explain`` and ``contradict`` return the URLs of forms, or "" if the user has no permission.
    """

    full: Mapping[Identity, FullExplanation] = {}
    signals: Mapping[Identity, Sequence[SignalView]] = {}
    action: Callable[[ObligationValue, str], Action | None] = lambda _obligation, _status: None
    elsewhere: Callable[[ObligationValue], str] = lambda _obligation: ""
    explain: Callable[[ObligationValue], str] = lambda _obligation: ""
    contradict: Callable[[ObligationValue], str] = lambda _obligation: ""
    brief: bool = False
    change_explanation: Callable[[PublicWaiver], str] = lambda _explanation: ""


NO_EXTRAS = ObligationExtras()


def anchor(rule: str, subject: str = "") -> str:
    """Return the HTML id of an obligation, which links in mails use as fragment."""
    return link(rule=rule, subject=subject).partition("#")[2]


def render_obligations(
    rows: Sequence[tuple[ObligationValue, str]],
    render_context: RenderContext,
    explanations: Iterable[PublicWaiver] = (),
    extras: ObligationExtras = NO_EXTRAS,
) -> dict[str, Any]:
    """Return the template data of these obligations with their statuses; web/_owed.html renders one group."""
    with translation.override(render_context.language):
        return _render_obligations(rows, render_context, tuple(explanations), extras)


def _render_obligations(
    rows: Sequence[tuple[ObligationValue, str]],
    render_context: RenderContext,
    explanations: Sequence[PublicWaiver],
    extras: ObligationExtras,
) -> dict[str, Any]:
    groups = []
    for basic in BASICS:
        own = [row for row in rows if render_context.rulebook.by_id[row[0].rule].basic == basic]
        if own:
            items = list(
                _items(sorted(own, key=lambda row: severity(row, render_context)), render_context, explanations, extras)
            )
            # Obligations with a counter-signal are never folded away, also when settled.
            done = [item for item in items if item["status"] in SETTLED and not item["signals"]]
            rest = [item for item in items if item not in done]
            coming = [item for item in rest if item["status"] == "pending" and not item["signals"]]
            groups.append(
                {
                    "id": f"basic-{basic}",
                    "label": wording.label("basics", basic, render_context.language),
                    "items": rest,
                    # The same items split in three: needs attention (full and brief), and still to come.
                    "now": [item for item in rest if item not in coming and "brief" not in item],
                    "more": [item for item in rest if item not in coming and "brief" in item],
                    "coming": coming,
                    "done": done,
                    "done_told": _("Done (%(n)s)") % {"n": len(done)},
                    "overdue": sum(item["status"] == "overdue" for item in items),
                }
            )
    overdue = sum(status == "overdue" for _obligation, status in rows)
    rulebook_title = wording.text_in_language(render_context.rulebook.title, render_context.language)
    return {
        "groups": groups,
        "overdue": overdue,
        "summary": phrase("late", render_context.language, overdue),
        "checked": phrase(
            "checked",
            render_context.language,
            day=wording.format_day(render_context.today, render_context.language),
            rulebook=f"{rulebook_title} ({render_context.rulebook.hash})",
        ),
    }


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
    explanations: Sequence[PublicWaiver],
    extras: ObligationExtras,
) -> Iterator[dict[str, Any]]:
    """Yield the items of a group; the first item of each rule also has the id of the rule as a whole."""
    anchored_rules = {obligation.rule for obligation, _status in rows if not obligation.subject}
    for obligation, status in rows:
        rule_anchor = "" if obligation.rule in anchored_rules else anchor(obligation.rule)
        anchored_rules.add(obligation.rule)
        in_brief = extras.brief and obligation.identity not in extras.full
        data = brief(obligation, status, render_context, extras) if in_brief else None
        yield {"whole": rule_anchor, **(data or item(obligation, status, render_context, explanations, extras))}


def brief(
    obligation: ObligationValue, status: str, render_context: RenderContext, extras: ObligationExtras
) -> dict[str, Any]:
    """Return the one-line form of an obligation: text, status, dates, and a link to the full explanation."""
    rule = render_context.rulebook.by_id[obligation.rule]
    return {
        "brief": True,
        "id": anchor(*obligation.identity),
        "status": status,
        "mark": status_label(status, render_context.language),
        "what": wording.message(rule, obligation, render_context.language, render_context.names),
        "dates": _date_texts(obligation, status, render_context),
        "signals": (),
        "elsewhere": extras.elsewhere(obligation),
    }


def item(
    obligation: ObligationValue,
    status: str,
    render_context: RenderContext,
    explanations: Sequence[PublicWaiver] = (),
    extras: ObligationExtras = NO_EXTRAS,
) -> dict[str, Any]:
    """Return the template data of one obligation, for web/_owed_item.html."""
    language, rule = render_context.language, render_context.rulebook.by_id[obligation.rule]
    strength = wording.label("strengths", rule.strength, language)
    source = wording.cite(rule.sources[0], render_context.rulebook.sources, language)
    full = extras.full.get(obligation.identity)
    return {
        "id": anchor(*obligation.identity),
        "status": status,
        "mark": status_label(status, language),
        "what": wording.message(rule, obligation, language, render_context.names),
        "dates": (dates := _date_texts(obligation, status, render_context)),
        "strength": strength,
        "told": [*dates, phrase("word_of", language, strength=strength, source=source)],
        "rule": {"title": wording.text_in_language(rule.title, language), "href": rule_url(rule.id)},
        **_remedy_texts(obligation, status, render_context),
        "action": extras.action(obligation, status),
        "explanations": _explanations(obligation, render_context, explanations, extras),
        "signals": _signals(extras.signals.get(obligation.identity, ()), render_context),
        "full": full,
        "elsewhere": "" if full else extras.elsewhere(obligation),
        "explain": extras.explain(obligation) if status not in SETTLED else "",
        "contradict": extras.contradict(obligation),
    }


def rule_url(rule: str) -> str:
    """Return the URL of the explanation of a rule."""
    return address("rule", rule) or f"{address('rules')}#rule-{rule}"


def _date_texts(obligation: ObligationValue, status: str, render_context: RenderContext) -> list[str]:
    """Return the sentences on its dates; none if the remedy already asks the reader to fill in a missing fact."""
    if status == "unknown" and render_context.may_change:
        return []
    return date_texts(obligation, status, render_context.today, render_context.language, render_context.over)


def _remedy_texts(obligation: ObligationValue, status: str, render_context: RenderContext) -> dict[str, str]:
    """Return who must act and what to do; both "" if there is nothing to do."""
    language, rule = render_context.language, render_context.rulebook.by_id[obligation.rule]
    if status in SETTLED or status == "explained":
        return {"call": "", "act": ""}
    remedy = wording.remedy(rule, obligation, status, render_context.today, language)
    if planned_in_time(obligation, render_context.today):
        return {"call": "", "act": remedy}
    if status == "unknown" and render_context.may_change:
        return {"call": phrase("call", language), "act": remedy}
    if render_context.retrospective:
        call = _("This would have helped:")
    else:
        call = phrase("call" if render_context.may_change else "call_municipality", language)
    return {"call": call, "act": wording.text_in_language(rule.remedy, language)}


def _explanations(
    obligation: ObligationValue,
    render_context: RenderContext,
    explanations: Sequence[PublicWaiver],
    extras: ObligationExtras,
) -> list[dict[str, Any]]:
    """Return the waivers of this obligation, also expired ones, the longest valid first."""
    covering = [e for e in explanations if e.waiver.covers(obligation)]
    covering.sort(key=lambda e: (e.waiver.until or date.max, e.waiver.granted_on), reverse=True)
    found = []
    for explanation in covering:
        until, language = explanation.waiver.until, render_context.language
        values = {"until": wording.format_day(until, language) if until else ""}
        if until is None:
            validity = _("Explanation, without an end date.")
        elif until >= render_context.today:
            validity = _("Explanation, valid until %(until)s.") % values
        else:
            validity = _("Explanation, was valid until %(until)s.") % values
        since = _("Given on %(day)s.") % {"day": wording.format_day(explanation.waiver.granted_on, language)}
        found.append(
            {
                "told": validity,
                "since": since,
                "reason": phrase("waiver_by", language, by=explanation.by, reason=explanation.reason),
                "change": extras.change_explanation(explanation),
            }
        )
    return found


def _signals(signals: Sequence[SignalView], render_context: RenderContext) -> list[dict[str, Any]]:
    """Return the counter-signals on a status, newest first; status and counter-signal are shown side by side."""
    return [
        {
            "signal": signal,
            "status": status_name(signal.status, render_context.language),
            "late": signal.is_late(render_context.today),
            "file": address("upload", signal.file) if signal.file else "",
        }
        for signal in reversed(signals)
    ]
