"""The full explanation of one obligation: to whom it is due, sources, trace, evidence and transitions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.evidence import UsedFacts, facts_used
from participation.compliance.explain import Explainer, TraceLine
from participation.compliance.explain_wording import format_trace_line
from participation.compliance.facts import Facts
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule
from participation.models.columns import TextField, TextsField
from participation.models.labels import LABELS
from participation.selectors.obligations.explanations import SHARES, TABLES, FactVersion, TransitionRow, last_change_of

from .digest_data import status_name
from .values import DisplayNames, column_name, truncate, value_text

#: The number of rows of evidence shown for one obligation; the rest is shown as a count.
MAX_FACTS = 12
Identity = tuple[str, str]
#: Columns that hold titles, or references shown as titles: put in quotation marks, like texts.
_TITLES = ("title", "theme", "documents", "uses", "about", "replaces")


class ColumnValue(NamedTuple):
    """A column of a row: its name, its label, its value, and the value as text."""

    column: str
    name: str
    value: Any
    text: str


class Fact(NamedTuple):
    """A recorded row behind a computation: its title, its values, and the history line that last changed them."""

    used: UsedFacts
    title: str
    column_values: tuple[ColumnValue, ...]
    line: FactVersion
    recorded_text: str

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Return the labels and values, as they are shown."""
        found = tuple((shown.name, shown.text) for shown in self.column_values)
        return found or ((_("Nothing filled in for this yet"), ""),)


class RenderedTraceLine(NamedTuple):
    """A line of a trace, with its text."""

    line: TraceLine
    text: str


class FullExplanation(NamedTuple):
    """A full explanation, ready to be rendered."""

    beneficiary: str
    why: str
    strength: str
    sources: tuple[str, ...]
    arithmetic: tuple[RenderedTraceLine, ...]
    facts: tuple[Fact, ...]
    more_facts: int
    transitions: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the trace in words."""
        return tuple(line.text for line in self.arithmetic if not line.line.strict)

    @property
    def strict(self) -> tuple[str, ...]:
        """Return the trace of the strict due date in words, where it differs."""
        return tuple(line.text for line in self.arithmetic if line.line.strict)


class ExplanationData(NamedTuple):
    """The input of explanations: the facts with their histories, the transition log, and names and titles.

    ``facts`` is None where there are none to compute with: then dates are shown without their trace. ``names_known`` is
    whether the reader may see who recorded something, besides in which role.
    """

    rulebook: Rulebook
    facts: Facts | None
    day: date
    display_names: DisplayNames
    histories: Mapping[Identity, Sequence[FactVersion]] = {}
    transitions: Mapping[Identity, Sequence[TransitionRow]] = {}
    names_known: bool = False
    explainer: Explainer | None = None


def evidence_columns_of(
    obligations: Iterable[ObligationValue], facts: Facts, rulebook: Rulebook
) -> dict[Identity, set[str]]:
    """Return the rows that these obligations were computed from, each with the columns to show."""
    wanted: dict[Identity, set[str]] = {}
    for obligation in obligations:
        for used in facts_used(rulebook.by_id[obligation.rule], obligation, facts)[:MAX_FACTS]:
            wanted.setdefault((used.row_type, used.ref), set()).update(used.columns)
    return wanted


def build_explanation(obligation: ObligationValue, data: ExplanationData) -> FullExplanation:
    """Return the full explanation of this obligation."""
    rule, language = data.rulebook.by_id[obligation.rule], data.display_names.language
    lines = data.explainer.explanation_lines(obligation, data.day) if data.explainer else ()
    used = facts_used(rule, obligation, data.facts) if data.facts else ()
    return FullExplanation(
        beneficiary=beneficiary(rule, obligation, data.display_names),
        why=wording.text_in_language(rule.why, language),
        strength=wording.label("strengths", rule.strength, language),
        sources=tuple(wording.cite_in_full(source, data.rulebook.sources, language) for source in rule.sources),
        arithmetic=tuple(
            RenderedTraceLine(line, format_trace_line(line, rule, obligation, language, data.display_names.names))
            for line in lines
        ),
        facts=tuple(fact for used_facts in used[:MAX_FACTS] if (fact := _fact(used_facts, data)) is not None),
        more_facts=max(0, len(used) - MAX_FACTS),
        transitions=tuple(_transition_text(line, language) for line in data.transitions.get(obligation.identity, ())),
    )


def beneficiary(rule: Rule, obligation: ObligationValue, display_names: DisplayNames) -> str:
    """Return to whom the obligation is due: who asked or spoke, who was left out, the council, or all participants."""
    details = obligation.details
    party = details.get("party", "")
    if rule.check in ("request_answered", "contribution_answered"):
        return display_names.party(party) if party and party != obligation.subject else _("who submitted it")
    if rule.check == "shared_equally" and details.get("parties"):
        return wording.format_list(map(display_names.party, details["parties"]), display_names.language)
    if rule.check == "papers_sent" or "to_council_on" in map(str, rule.versions[-1].parameters.values()):
        return _("the council")
    if rule.owner_type == "motion":
        return _("the council")
    return (
        _("residents and all parties that take part")
        if rule.owner_type == "trajectory"
        else _("to whom it was promised")
    )


def _fact(used: UsedFacts, data: ExplanationData) -> Fact | None:
    """Return the values of a row and who recorded it; None where it has no history."""
    lines = data.histories.get((used.row_type, used.ref), ())
    if not lines:
        return None
    model, language = TABLES[used.row_type], data.display_names.language
    own = [line for line in lines if SHARES not in line.values]
    values = []
    for column in used.columns:
        if column == SHARES or not own:
            continue
        value = own[-1].values.get(column)
        if value not in (None, "", [], {}, False):
            text = truncate(value_text(model, column, value, data.display_names))
            field = model._meta.get_field(column)
            is_quoted = (
                isinstance(field, (TextField, TextsField)) or column in _TITLES or bool(getattr(field, "keys", ()))
            )
            text = f"“{text.rstrip('.')}”" if is_quoted else text
            values.append(ColumnValue(column, column_name(model, column), value, text))
    shares = [line.values[SHARES] for line in lines if SHARES in line.values]
    if SHARES in used.columns and shares:
        shared = (f"{data.display_names.party(party)} ({wording.format_date(on, language)})" for party, on in shares)
        values.append(ColumnValue(SHARES, _("Shared with"), shares, wording.format_list(shared, language)))
    last = last_change_of(own, used.columns)
    newest = max((line for line in (last, *(ln for ln in lines if SHARES in ln.values)) if line), key=lambda ln: ln.at)
    by = recorded_text(newest, data.names_known, language)
    return Fact(used, _row_title(used, data.display_names), tuple(values), newest, by)


def _row_title(used: UsedFacts, display_names: DisplayNames) -> str:
    if used.row_type == "plan":
        return _("The participation plan")
    if used.row_type == "trajectory":
        return _("The trajectory")
    return display_names.titles.get(used.ref, used.ref)


def recorded_text(line: FactVersion, names_known: bool, language: str) -> str:
    """Return when and by whom something was recorded: a name for readers who may see it, else the role."""
    return recorded_by_text(line.at, line.role, line.name if names_known else "", language)


def recorded_by_text(at: datetime, role: str, name: str, language: str) -> str:
    """Return "vastgelegd op 3 maart 2026 door een participatieadviseur"."""
    day = wording.format_day(timezone.localtime(at).date(), language)
    if name:
        return _("recorded on %(day)s by %(who)s") % {"day": day, "who": name}
    if role:
        return _("recorded on %(day)s by a %(role)s") % {"day": day, "role": LABELS.get(role, role)}
    return _("recorded on %(day)s") % {"day": day}


def _transition_text(line: TransitionRow, language: str) -> str:
    values = {
        "day": wording.format_day(line.on, language),
        "after": status_name(line.after, language),
        "before": status_name(line.before, language) if line.before else "",
        "noticed": wording.format_day(timezone.localtime(line.noticed_at).date(), language),
    }
    if not line.before:
        return _("%(day)s: %(after)s. Seen on %(noticed)s.") % values
    return _("%(day)s: from “%(before)s” to “%(after)s”. Seen on %(noticed)s.") % values
