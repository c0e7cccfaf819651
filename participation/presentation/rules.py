"""Representations of the rulebook: the list of rules, one rule explained, and all of it as JSON and HTML.

All of it is made from the rules themselves, so that what is shown is what is computed.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from django.template.loader import render_to_string

from participation.compliance import wording
from participation.compliance.calendar import Term
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule, Version
from participation.compliance.vocabulary import BASICS, STRENGTHS

#: The keys in ``words.yaml`` of the labels on the page of a rule.
PHRASES = (
    "intro",
    "contents",
    "check",
    "sources",
    "counted",
    "examples",
    "remedy",
    "own_term",
    "examples_on",
    "example",
    "day",
    "status",
)


def sorted_rules(rulebook: Rulebook) -> list[Rule]:
    """Return the rules in reading order: by basic condition, then by strength, the strongest first."""
    return sorted(rulebook.rules, key=lambda r: (BASICS.index(r.basic), STRENGTHS.index(r.strength), r.id))


def rulebook_version(rulebook: Rulebook, language: str) -> str:
    """Return the title of the rulebook with its hash: by which text something was judged."""
    return f"{wording.text_in_language(rulebook.title, language)} ({rulebook.hash})"


def names_of_judges(rulebooks: Rulebooks, municipalities: Collection[str], language: str) -> str:
    """Return the rulebooks that judge these municipalities, in words; without any the first."""
    judges = [rulebooks.for_municipality(municipality) for municipality in municipalities or ("",)]
    return wording.format_list([rulebook_version(found, language) for found in rulebooks if found in judges], language)


def rule_matches(rule: Rule, rulebook: Rulebook, language: str, text: str) -> bool:
    """Return whether each word of the text occurs in the texts of the rule."""
    searched_texts = [
        rule.id,
        *(wording.text_in_language(translations, language) for translations in (rule.title, rule.why, rule.remedy)),
    ]
    searched_texts += [wording.cite(source, rulebook.sources, language) for source in rule.sources]
    full_text = " ".join(searched_texts).lower()
    return all(word in full_text for word in text.lower().split())


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """Return the rule as JSON: texts in both languages, sources, dated parameters, examples."""
    return {
        "id": rule.id,
        "about": rule.owner_type,
        "basic": rule.basic,
        "strength": rule.strength,
        "title": dict(rule.title),
        "why": dict(rule.why),
        "remedy": dict(rule.remedy),
        "message": dict(rule.message),
        "sources": [str(source) for source in rule.sources],
        "check": rule.check,
        "own_term": rule.own_term,
        "applies_to": {key: list(value) for key, value in rule.scope._asdict().items() if value},
        "versions": [_version_as_json(version) for version in rule.versions],
        "examples": [
            {"title": dict(e.title), "on": e.on.isoformat(), "expect": dict(e.expected)} for e in rule.examples
        ],
    }


def rule_as_json_on(rule: Rule, day: date) -> dict[str, Any]:
    """Return the rule as JSON, with the version in force on that day; None where there is none."""
    version = next((found for found in rule.versions if found.is_in_force(day)), None)
    return {**rule_as_json(rule), "version": _version_as_json(version) if version else None}


def _version_as_json(version: Version) -> dict[str, Any]:
    return {
        "from": version.first.isoformat(),
        "until": version.last.isoformat() if version.last else None,
        **{name: _plain_value(value) for name, value in version.parameters.items()},
    }


def rulebook_as_json(rulebook: Rulebook) -> dict[str, Any]:
    """Return the whole rulebook as JSON."""
    return {
        "rulebook": rulebook.name,
        "title": dict(rulebook.title),
        "hash": rulebook.hash,
        "sources": {name: dict(text) for name, text in rulebook.sources.items()},
        "findings": [{key: _plain_value(value) for key, value in f.items()} for f in rulebook.findings],
        "rules": [rule_as_json(rule) for rule in rulebook.rules],
    }


def _plain_value(value: Any) -> Any:
    if isinstance(value, Term):
        return f"{value.length} {value.unit.replace('_', ' ')}"
    return value.isoformat() if isinstance(value, date) else value


def rule_texts(rule: Rule, rulebook: Rulebook, language: str) -> dict[str, Any]:
    """Return the texts that explain a rule, for a page, a mail or a command."""
    return {
        "id": rule.id,
        "title": rule.title[language],
        "why": rule.why[language],
        "remedy": rule.remedy[language],
        "strength": wording.label("strengths", rule.strength, language),
        "sources": [wording.cite(source, rulebook.sources, language) for source in rule.sources],
        "calculation": list(_calculation_texts(rule, language)),
        "examples": list(_examples(rule, language)),
    }


def phrases(language: str) -> dict[str, str]:
    """Return the labels on the page of a rule."""
    return {name: wording.label("rule_page", name, language) for name in PHRASES}


def _phrase(code: str, language: str, **values: str) -> str:
    return wording.label("rule_page", code, language).format(**values)


def _calculation_texts(rule: Rule, language: str) -> Iterator[str]:
    for version in rule.versions:
        yield _version(rule, version, language)
    if rule.own_term:
        yield _phrase("own_term", language)
    if rule.scope.kinds_except:
        kinds = (wording.label("kinds", kind, language) for kind in rule.scope.kinds_except)
        yield _phrase("not_for", language, kinds=wording.format_list(kinds, language))
    if rule.scope.impact:
        impact = (wording.label("impacts", level, language) for level in rule.scope.impact)
        yield _phrase("only_impact", language, impact=wording.format_list(impact, language))


def _version(rule: Rule, version: Version, language: str) -> str:
    first = wording.format_day(version.first, language)
    if version.last:
        text = _phrase("in_force_until", language, first=first, last=wording.format_day(version.last, language))
    else:
        text = _phrase("in_force", language, first=first)
    terms = []
    for name, value in version.parameters.items():
        if name == "weeks":
            value = Term(value, "weeks")
        if not isinstance(value, Term) or not value.length:
            continue
        code = {"weeks": "open_for", "extension": "extension"}.get(name) or ("before" if value.length < 0 else "within")
        terms.append(_phrase(code, language, term=wording.format_term(value, language)))
    if rule.strength == "law" and terms:
        terms.append(_phrase("runs_on", language))
    return f"{text}: {'; '.join(terms)}." if terms else f"{text}."


def _examples(rule: Rule, language: str) -> Iterator[dict[str, str]]:
    for example in rule.examples:
        statuses = {
            wording.label("rule_page", "no_line", language)
            if status == "none"
            else wording.label("statuses", status, language)
            for status in example.expected.values()
        }
        yield {
            "title": example.title[language],
            "on": wording.format_day(example.on, language),
            "status": wording.format_list(sorted(statuses), language),
        }


def rulebook_html(rulebook: Rulebook, language: str) -> str:
    """Return the whole rulebook as one self-contained HTML page."""
    groups = []
    for basic in BASICS:
        rules = [rule_texts(rule, rulebook, language) for rule in sorted_rules(rulebook) if rule.basic == basic]
        findings = [
            {
                "text": wording.text_in_language(finding["text"], language),
                "by": wording.text_in_language(finding["by"], language),
                "on": wording.format_day(finding["found_on"], language),
            }
            for finding in rulebook.findings
            if finding["basic"] == basic
        ]
        if rules or findings:
            label = wording.label("basics", basic, language)
            groups.append({"id": basic, "label": label, "rules": rules, "findings": findings})
    context = {
        "language": language,
        "title": rulebook.title[language],
        "hash": rulebook.hash,
        "groups": groups,
        "labels": phrases(language),
    }
    return render_to_string("rules/rulebook.html", context)


def rule_text(rule: Rule, rulebook: Rulebook, language: str) -> str:
    """Return one rule explained, as text for a terminal."""
    texts, labels = rule_texts(rule, rulebook, language), phrases(language)
    basic = wording.label("basics", rule.basic, language)
    return "\n".join(
        [
            f"{texts['title']} ({texts['id']})",
            f"{basic} · {texts['strength']}",
            "",
            texts["why"],
            "",
            f"{labels['remedy']}: {texts['remedy']}",
            "",
            f"{labels['counted']}:",
            *(f"  - {line}" for line in texts["calculation"]),
            "",
            f"{labels['sources']}:",
            *(f"  - {source}" for source in texts["sources"]),
            "",
            f"{labels['examples']}:",
            *(f"  - {e['title']}: {labels['examples_on']} {e['on']} {e['status']}" for e in texts["examples"]),
        ]
    )
