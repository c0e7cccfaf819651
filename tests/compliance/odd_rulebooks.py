"""A rulebook with every key and every check, and how it can be changed at random."""

import re
from contextlib import contextmanager
from copy import deepcopy
from datetime import date

import pytest
import yaml
from hypothesis import strategies as st

from participation.compliance import rulebook
from participation.compliance.checks import CHECKS
from participation.compliance.problems import RulebookError
from participation.compliance.vocabulary import LEVELS, STATUSES, STEP_KINDS

#: Places in the facts of an example, with slashes between their parts.
IN_EXAMPLE = re.compile("rules/[0-9]+/examples/[0-9]+/(?:dossier|motion|commitment)(?:/|$)")
#: A rulebook to extend that is read at once.
BASE = """
rulebook: basis
title: {nl: Basis, en: Base}
sources: {B: {strength: recommendation, nl: Brief, en: Letter, from: 2026-02-23}}
calendar: {school_holidays: {midden: [{name: zomer, from: 2026-07-18, to: 2026-08-30}]}}
rules:
  - id: feedback-given
    basic: feedback
    title: {nl: Terugkoppeling, en: Feedback}
    why: {nl: Omdat., en: Because.}
    remedy: {nl: Doe het., en: Do it.}
    message: {nl: "Terugkoppeling over {about}.", en: "Feedback on {about}."}
    source: [B]
    check: feedback_given
    versions: [{from: 2026-02-23, term: 28 days}]
    examples:
      - {title: {nl: Te laat, en: Late}, dossier: {}, on: 2026-01-01, expect: overdue}
      - {title: {nl: Gedaan, en: Done}, dossier: {}, on: 2026-01-01, expect: met}
      - {title: {nl: Onbekend, en: Unknown}, dossier: {}, on: 2026-01-01, expect: unknown}
"""
#: Every section, key and kind of parameter.
FULL = """
rulebook: onze-stad
municipality: onze-stad
extends: basis
title: {nl: Onze stad, en: Our town}
notice: {nl: Let op., en: Beware.}
sources:
  V: {strength: ordinance, nl: Verordening, en: Ordinance, from: 2024-09-15, unread: true, url: "https://example.org"}
  W: {strength: wish, nl: Wens, en: Wish, known_from: V}
calendar:
  region: midden
  recesses: [{name: reces, from: 2026-07-11, to: 2026-08-30, source: rooster}]
  school_holidays: {west: [{name: zomer, from: 2026-07-04, to: 2026-08-16}]}
  equated_days: [2026-05-16]
plan_items: {goal: {nl: het doel, en: the goal, help: {nl: "Welk doel?", en: "What goal?"}}}
report_items: {summary: {nl: een samenvatting, en: a summary}}
exceptions: {urgent: {nl: Er is haast bij, en: It is urgent, source: V article 3(2)}}
findings:
  - {basic: feedback, found_on: 2026-02-23, by: {nl: Wij, en: We}, text: {nl: Te weinig., en: Too little.}, source: V}
retired: [old-rule]
adjust: [{id: feedback-given, versions: [{from: 2026-02-23, term: 14 days}]}]
"""
#: For each check parameters that fit it.
PARAMETERS = {
    "needs": ["goal", "frameworks"],
    "grounds": ["urgent"],
    "kinds": ["activity"],
    "kind": "evaluation",
    "due": ["first_activity", "start"],
    "after": ["final_decision"],
    "least": 2,
    "bodies": ["council"],
    "each": "setup_decision",
    "on": "announced_on",
    "procedure": "extended",
    "phases": ["exploration", "judgement"],
    "weeks": 6,
    "methods": ["meeting"],
    "what": "level",
    "before": "-7 days",
    "term": "28 days",
}
OF_ONE_CHECK = {
    "document_published": {"kind": "report", "on": "published_on"},
    "plan_says": {"on": "adopted_on"},
    "report_says": {"needs": ["summary"]},
    "request_answered": {
        "kinds": ["woo"],
        "by": "answered_on",
        "extension": "2 weeks",
        "committee_term": "10 working days",
    },
    "trajectory_states": {"least": "consult"},
}
TEXTS = {"nl": "Iets.", "en": "Something."}


def _rule(check):
    known = CHECKS[check]
    parameters = {k: v for k, v in (PARAMETERS | OF_ONE_CHECK.get(check, {})).items() if k in known.parameters}
    document = "dossier" if "trajectory" in known.owner_types else known.owner_type
    examples = [
        {"title": TEXTS, document: {}, "on": date(2026, 3, 2), "expect": expected}
        for expected in ("overdue", {"a": "met"}, "unknown")
    ]
    rule = {
        "id": "own-" + check.replace("_", "-"),
        "basic": "feedback",
        **dict.fromkeys(("title", "why", "remedy"), TEXTS),
    }
    rule |= {"message": {"nl": "Dit, {due}.", "en": "This, {term}."}, "source": ["V article 1", "W"], "check": check}
    rule |= {"own_term": True, "examples": examples, "versions": [{"from": date(2024, 9, 15), **parameters}]}
    if document == "dossier":
        rule["applies_to"] = {"kinds": ["policy"], "levels": ["consult"], "started_from": date(2024, 9, 15)}
    return rule


@contextmanager
def small_base(folder):
    """Let the only rulebook that comes with the program be the base above, which is read at once."""
    (folder / "basis.yaml").write_text(BASE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rulebook, "RULEBOOKS_DIR", folder)
        rulebook._own_rules.cache_clear()
        yield
    rulebook._own_rules.cache_clear()


def document(*checks):
    """Return a valid rulebook as YAML is read, with a rule for each of these checks, or for all."""
    return {**yaml.safe_load(FULL), "rules": [_rule(check) for check in checks or CHECKS]}


def loaded(content):
    return rulebook.load_upload(content, "onze-stad.yaml")


def dumped(found):
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(found, Dumper=dumper, allow_unicode=True, sort_keys=False).encode()


def problems(content):
    """Return the rulebook in this content, and its problems."""
    try:
        return loaded(content), []
    except RulebookError as error:
        return None, error.problems


def places(value, place=()):
    """Return every place in a document, but for the document itself."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in parts for found in ((*place, key), *places(part, (*place, key)))]


def at(found, place):
    for part in place:
        found = found[part]
    return found


DOCUMENT = document()
PLACES = places(DOCUMENT)
WORDS = [*STATUSES, *STEP_KINDS, *LEVELS, *CHECKS, "goal", "urgent", "V", "nl", "basis", "first_activity", "none", ""]
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(WORDS),
    DAYS,
    st.sampled_from(
        ["-7 days", "36525 days", "0 days", "12 weeks", "{due}", "{", "{x!r:>{y}}", "../leiden.yaml", "a\0b"]
    ),
)
ODD = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def changed_documents(draw):
    """A valid rulebook with one to three parts left out, doubled, renamed, moved, or replaced by something odd."""
    checks = draw(st.lists(st.sampled_from(DOCUMENT["rules"]), min_size=1, max_size=3, unique_by=id))
    found = deepcopy({**DOCUMENT, "rules": checks})
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(found)))
        parent, key = at(found, place[:-1]), place[-1]
        match draw(st.sampled_from(["odd", "odd", "moved", "left out", "doubled", "renamed"])):
            case "odd":
                parent[key] = draw(ODD)
            case "moved":
                parent[key] = deepcopy(at(DOCUMENT, draw(st.sampled_from(PLACES))))
            case "left out":
                del parent[key]
            case "doubled" if isinstance(parent, list):
                parent.append(deepcopy(parent[key]))
            case _ if isinstance(parent, dict):
                parent[draw(SCALARS)] = parent.pop(key)
    return found
