"""The full explanation of one obligation: to whom it is due, sources, trace, evidence and transitions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.evidence import UsedFacts, facts_used
from participation.compliance.explain import Explainer
from participation.compliance.explain import TraceLine as SumLine
from participation.compliance.explain_wording import said
from participation.compliance.facts import Facts
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule
from participation.models.columns import TextField, TextsField
from participation.models.labels import LABELS
from participation.selectors.explaining import SHARES, TABLES, FactVersion, TransitionRow, last_changed

from .digest import status_name
from .values import Called, column_name, told

#: The number of rows of evidence shown for one obligation; the rest is shown as a count.
MOST_FACTS = 12
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
    held: tuple[ColumnValue, ...]
    line: FactVersion
    recorded: str

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Return the labels and values, as they are shown."""
        found = tuple((shown.name, shown.text) for shown in self.held)
        return found or ((_("Nothing filled in for this yet"), ""),)


class RenderedTraceLine(NamedTuple):
    """A line of a trace, with its text."""

    line: SumLine
    text: str


class FullExplanation(NamedTuple):
    """A full explanation, ready to be rendered."""

    to_whom: str
    why: str
    strength: str
    sources: tuple[str, ...]
    arithmetic: tuple[RenderedTraceLine, ...]
    facts: tuple[Fact, ...]
    more_facts: int
    ledger: tuple[str, ...]

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
    called: Called
    histories: Mapping[Identity, Sequence[FactVersion]] = {}
    ledger: Mapping[Identity, Sequence[TransitionRow]] = {}
    names_known: bool = False
    explainer: Explainer | None = None


def used_by(obligations: Iterable[ObligationValue], facts: Facts, rulebook: Rulebook) -> dict[Identity, set[str]]:
    """Return the rows that these obligations were computed from, each with the columns to show."""
    wanted: dict[Identity, set[str]] = {}
    for obligation in obligations:
        for used in facts_used(rulebook.by_id[obligation.rule], obligation, facts)[:MOST_FACTS]:
            wanted.setdefault((used.of, used.ref), set()).update(used.columns)
    return wanted


def build_explanation(obligation: ObligationValue, behind: ExplanationData) -> FullExplanation:
    """Return the full explanation of this obligation."""
    rule, language = behind.rulebook.by_id[obligation.rule], behind.called.language
    lines = behind.explainer.explained(obligation, behind.day) if behind.explainer else ()
    used = facts_used(rule, obligation, behind.facts) if behind.facts else ()
    return FullExplanation(
        to_whom=to_whom(rule, obligation, behind.called),
        why=wording.in_language(rule.why, language),
        strength=wording.label("strengths", rule.strength, language),
        sources=tuple(wording.cite(source, behind.rulebook.sources, language) for source in rule.sources),
        arithmetic=tuple(
            RenderedTraceLine(line, said(line, rule, obligation, language, behind.called.names)) for line in lines
        ),
        facts=tuple(fact for one in used[:MOST_FACTS] if (fact := _fact(one, behind)) is not None),
        more_facts=max(0, len(used) - MOST_FACTS),
        ledger=tuple(_noticed(line, language) for line in behind.ledger.get(obligation.identity, ())),
    )


def to_whom(rule: Rule, obligation: ObligationValue, called: Called) -> str:
    """Return to whom the obligation is due: who asked or spoke, who was left out, the council, or all participants."""
    details = obligation.details
    party = details.get("party", "")
    if rule.check in ("request_answered", "contribution_answered"):
        return called.party(party) if party and party != obligation.subject else _("who handed it in")
    if rule.check == "shared_equally" and details.get("parties"):
        return wording.listed(map(called.party, details["parties"]), called.language)
    if rule.check == "papers_sent" or "to_council_on" in map(str, rule.versions[-1].parameters.values()):
        return _("the council")
    if rule.owner_type == "motion":
        return _("the council")
    return _("residents and all parties that take part") if rule.owner_type == "trajectory" else _("to whom it was promised")


def _fact(used: UsedFacts, behind: ExplanationData) -> Fact | None:
    """Return the values of a row and who recorded it; None where it has no history."""
    lines = behind.histories.get((used.of, used.ref), ())
    if not lines:
        return None
    model, language = TABLES[used.of], behind.called.language
    own = [line for line in lines if SHARES not in line.values]
    values = []
    for column in used.columns:
        if column == SHARES or not own:
            continue
        value = own[-1].values.get(column)
        if value not in (None, "", [], {}, False):
            text = _short(told(model, column, value, behind.called))
            field = model._meta.get_field(column)
            quoted = isinstance(field, (TextField, TextsField)) or column in _TITLES or bool(getattr(field, "keys", ()))
            text = f"“{text.rstrip('.')}”" if quoted else text
            values.append(ColumnValue(column, column_name(model, column), value, text))
    given = [line.values[SHARES] for line in lines if SHARES in line.values]
    if SHARES in used.columns and given:
        shared = (f"{behind.called.party(party)} ({wording.say_when(on, language)})" for party, on in given)
        values.append(ColumnValue(SHARES, _("Shared with"), given, wording.listed(shared, language)))
    last = last_changed(own, used.columns)
    newest = max((line for line in (last, *(ln for ln in lines if SHARES in ln.values)) if line), key=lambda ln: ln.at)
    by = recorded(newest, behind.names_known, language)
    return Fact(used, _title(used, behind.called), tuple(values), newest, by)


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:159].rstrip()}…"


def _title(used: UsedFacts, called: Called) -> str:
    if used.of == "plan":
        return _("The participation plan")
    if used.of == "trajectory":
        return _("The trajectory")
    return called.titles.get(used.ref, used.ref)


def recorded(line: FactVersion, names_known: bool, language: str) -> str:
    """Return when and by whom something was recorded: a name for readers who may see it, else the role."""
    return recorded_by(line.at, line.role, line.name if names_known else "", language)


def recorded_by(at: datetime, role: str, name: str, language: str) -> str:
    """Return "vastgelegd op 3 maart 2026 door een participatieadviseur"."""
    day = wording.say_day(timezone.localtime(at).date(), language)
    if name:
        return _("recorded on %(day)s by %(who)s") % {"day": day, "who": name}
    if role:
        return _("recorded on %(day)s by a %(role)s") % {"day": day, "role": LABELS.get(role, role)}
    return _("recorded on %(day)s") % {"day": day}


def _noticed(line: TransitionRow, language: str) -> str:
    values = {
        "day": wording.say_day(line.on, language),
        "after": status_name(line.after, language),
        "before": status_name(line.before, language) if line.before else "",
        "noticed": wording.say_day(timezone.localtime(line.noticed_at).date(), language),
    }
    if not line.before:
        return _("%(day)s: %(after)s. Seen on %(noticed)s.") % values
    return _("%(day)s: from “%(before)s” to “%(after)s”. Seen on %(noticed)s.") % values
