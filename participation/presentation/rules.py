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
from participation.compliance.rules import NO_OBLIGATION, SCOPE_LISTS, Citation, Item, Rule, Scope, Source, Version
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
    "unread",
    "unread_intro",
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
        "applies_to": _scope_as_json(rule.scope),
        "versions": [version_as_json(version) for version in rule.versions],
        "examples": [
            {"title": dict(e.title), "on": e.on.isoformat(), "expect": dict(e.expected)} for e in rule.examples
        ],
    }


def rule_as_json_on(rule: Rule, day: date) -> dict[str, Any]:
    """Return the rule as JSON, with the version in force on that day; None where there is none."""
    version = rule.version_in_force(day)
    return {**rule_as_json(rule), "version": version_as_json(version) if version else None}


def source_as_json(source: Source) -> dict[str, Any]:
    """Return a source as JSON: its name in both languages, its strength and how it is known."""
    return {
        **source.text,
        "strength": source.strength,
        "from": source.first.isoformat() if source.first else None,
        "known_from": source.known_from or None,
        "unread": source.unread,
        "url": source.url or None,
    }


def _scope_as_json(scope: Scope) -> dict[str, Any]:
    conditions = scope._asdict().items()
    changed = {key: value for key, value in conditions if value != Scope._field_defaults[key]}
    return {key: list(value) if isinstance(value, tuple) else _plain_value(value) for key, value in changed.items()}


def version_as_json(version: Version) -> dict[str, Any]:
    """Return a version as JSON: its days, and its parameters as they are written."""
    return {
        "from": version.first.isoformat(),
        "until": version.last.isoformat() if version.last else None,
        **{name: _plain_value(value) for name, value in version.parameters.items()},
    }


def rulebook_as_json(rulebook: Rulebook) -> dict[str, Any]:
    """Return the whole rulebook as JSON."""
    return {
        "rulebook": rulebook.name,
        "municipality": rulebook.municipality or None,
        "title": dict(rulebook.title),
        "notice": dict(rulebook.notice) if rulebook.notice else None,
        "hash": rulebook.hash,
        "sources": {name: source_as_json(source) for name, source in rulebook.sources.items()},
        "plan_items": {name: _item_as_json(item) for name, item in rulebook.plan_items.items()},
        "report_items": {name: _item_as_json(item) for name, item in rulebook.report_items.items()},
        "exceptions": {
            name: {**ground.name, "source": str(ground.source)} for name, ground in rulebook.exceptions.items()
        },
        "findings": [{key: _plain_value(value) for key, value in f.items()} for f in rulebook.findings],
        "rules": [rule_as_json(rule) for rule in rulebook.rules],
    }


def _item_as_json(item: Item) -> dict[str, Any]:
    return {**item.name, "help": dict(item.help) if item.help else None}


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
        "sources": [wording.cite_in_full(source, rulebook.sources, language) for source in rule.sources],
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
    yield from _scope_texts(rule.scope, language)


def _scope_texts(scope: Scope, language: str) -> Iterator[str]:
    """Yield a sentence for each condition."""
    for name in SCOPE_LISTS:
        if words := getattr(scope, name):
            labels = [wording.label("kinds" if name == "kinds_except" else name, word, language) for word in words]
            code = "not_for" if name == "kinds_except" else f"only_{name}"
            yield _phrase(code, language, words=wording.format_list(labels, language, "or"))
    if scope.started_from:
        yield _phrase("started_from", language, day=wording.format_day(scope.started_from, language))
    if not scope.without_participation:
        yield _phrase("not_without_participation", language)


#: The phrase for each term of a version that is not simply "within" or "before".
_TERM_PHRASES = {
    "weeks": "open_for",
    "extension": "extension",
    "committee_term": "with_committee",
    "minimum": "minimum",
}


def term_label(name: str, value: Term, term: str, language: str) -> str:
    """Return what the parameter with this name and value says of a term: "within 28 days" for the term "28 days"."""
    code = _TERM_PHRASES.get(name) or ("before" if value.length < 0 else "within")
    return _phrase(code, language, term=term)


def _version(rule: Rule, version: Version, language: str) -> str:
    first = wording.format_day(version.first, language)
    if version.last:
        text = _phrase("in_force_until", language, first=first, last=wording.format_day(version.last, language))
    else:
        text = _phrase("in_force", language, first=first)
    terms, runs_on = [], False
    for name, value in version.parameters.items():
        if name == "weeks":
            value = Term(value, "weeks")
        if not isinstance(value, Term) or not value.length:
            continue
        terms.append(term_label(name, value, wording.format_term(value, language), language))
        runs_on = runs_on or (rule.days.by_law and value.length > 0 and not value.is_long)
    if version.parameters.get("counted_from") == "notice":
        terms.append(_phrase("from_notice", language))
    if version.parameters.get("until_agreed"):
        terms.append(_phrase("until_agreed", language))
    if runs_on:
        terms.append(_phrase("runs_on", language))
    return f"{text}: {'; '.join(terms)}." if terms else f"{text}."


def _examples(rule: Rule, language: str) -> Iterator[dict[str, str]]:
    for example in rule.examples:
        statuses = {
            wording.label("rule_page", "no_line", language)
            if status == NO_OBLIGATION
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
        "notice": rulebook.notice[language] if rulebook.notice else "",
        "hash": rulebook.hash,
        "groups": groups,
        "unread": unread_texts(rulebook, language),
        "labels": phrases(language),
    }
    return render_to_string("rules/rulebook.html", context)


def unread_texts(rulebook: Rulebook, language: str) -> list[dict[str, str]]:
    """Return the sources that apply while Leidraad does not test all of them: their name, kind and origin."""
    return [
        {
            "name": wording.cite_in_full(Citation(key), rulebook.sources, language),
            "strength": wording.label("strengths", source.strength, language),
            "url": source.url,
        }
        for key, source in rulebook.unread_sources().items()
    ]


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
