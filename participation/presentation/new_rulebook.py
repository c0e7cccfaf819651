"""The text of a new rulebook: a file that loads, with comments for who fills it in."""

from collections.abc import Container, Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from string import Template
from typing import Final

from participation.compliance.calendar import Term
from participation.compliance.rulebook import RULEBOOKS_DIR, Rulebook
from participation.compliance.rules import Rule

from .rules import version_as_json

SCHEMA_PATH: Final = RULEBOOKS_DIR.parent / "rulebook.schema.json"
_TEMPLATE: Final = RULEBOOKS_DIR / "new.yaml.template"
#: The day from which the examples in the file count; the municipality replaces it by the day of its ordinance.
_FIRST_DAY: Final = date(2027, 1, 1)
#: The rule whose term is adjusted as an example, where the base has it.
_KNOWN_RULE: Final = "feedback-given"
_ADJUST: Final = """\
# Termijnen die de gemeente zelf kiest, kunt u aanpassen. Schrijf dan alle versies op: ook die van vroeger, want
# iets van vroeger houdt de termijn van toen. Dit is een voorbeeld: kies zelf, of haal het weg.
adjust:
  - id: {rule}
    versions:
{versions}"""
_NOTHING_TO_ADJUST: Final = """\
# Termijnen van wetten staan vast. In dit regelboek is er dus nog niets om aan te passen.
# adjust:"""


def new_rulebook_text(name: str, municipality: str, extends: str, base: Rulebook, file: Path, schema: str) -> str:
    """Return the text of a new rulebook that extends ``base``; ``schema`` is the path of the JSON Schema from it."""
    adjusted = _adjustable(base)
    text = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        schema=schema,
        file=file.name,
        name=name,
        municipality=municipality,
        extends=extends,
        place=municipality.replace("-", " ").replace("_", " ").title(),
        source=_unused("V", base.sources),
        item=_unused("after_the_decision", base.plan_items),
        rule=_unused("decision-followed-up", base.by_id),
        adjust=_ADJUST.format(rule=adjusted.id, versions="\n".join(_versions(adjusted)))
        if adjusted
        else _NOTHING_TO_ADJUST,
    )
    return f"{text.rstrip()}\n"


def _unused(name: str, used: Container[str]) -> str:
    """Return this name, with a number behind it where it is in use."""
    return next(found for number in count(1) if (found := name if number == 1 else f"{name}{number}") not in used)


def _adjustable(base: Rulebook) -> Rule | None:
    """Return the rule whose term is to be adjusted: one that is not law, and whose term is the municipality's own."""
    rules = [base.by_id[_KNOWN_RULE]] if _KNOWN_RULE in base.by_id else []
    return next(
        (rule for rule in (*rules, *base.rules) if rule.strength != "law" and rule.own_term and _term_of(rule)), None
    )


def _term_of(rule: Rule) -> Term | None:
    last = rule.versions[-1]
    term = last.parameters.get("term")
    return term if isinstance(term, Term) and abs(term.length) > 1 and last.last is None else None


def _versions(rule: Rule) -> Iterator[str]:
    """Yield the versions of a rule as lines of YAML, and one with three quarters of its term."""
    *_, newest = rule.versions
    first = max(_FIRST_DAY, newest.first + timedelta(days=1))
    term = newest.parameters["term"]
    shorter = term._replace(length=int(term.length * 3 / 4))
    ended = newest._replace(last=first - timedelta(days=1))
    following = newest._replace(first=first, parameters={**newest.parameters, "term": shorter})
    for version in (*rule.versions[:-1], ended, following):
        values = {key: value for key, value in version_as_json(version).items() if value is not None}
        parts = (f"{key}: {_yaml(value)}" for key, value in values.items())
        yield f"      - {{{', '.join(parts)}}}"


def _yaml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
