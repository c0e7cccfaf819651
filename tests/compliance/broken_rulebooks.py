"""A small valid rulebook, and what to replace in it for each mistake, with the reason in English."""

HEAD = """
rulebook: eigen
title: {nl: Eigen, en: Own}
sources: {"003": {strength: policy, nl: Brief, en: Letter, from: 2021-05-19}}
rules:
"""
RULE = """
  - id: terugkoppeling
    basic: feedback
    strength: policy
    title: {nl: Terugkoppeling, en: Feedback}
    why: {nl: Omdat., en: Because.}
    remedy: {nl: Doe het., en: Do it.}
    message: {nl: "Terugkoppeling over {about}.", en: "Feedback on {about}."}
    source: ["003"]
    check: feedback_given
    versions:
      - {from: 2021-05-19, term: 28 days}
    examples:
      - {title: {nl: Te laat, en: Late}, dossier: {}, on: 2026-01-01, expect: overdue}
      - {title: {nl: Gedaan, en: Done}, dossier: {}, on: 2026-01-01, expect: met}
      - {title: {nl: Onbekend, en: Unknown}, dossier: {}, on: 2026-01-01, expect: unknown}
"""

#: What stands in it, what to write in its place, and the reason.
BROKEN = [
    ("check: feedback_given", "check: feedback_gven", "unknown check 'feedback_gven'"),
    ("term: 28 days", "trem: 28 days", "the check feedback_given has no parameter 'trem'"),
    ("{from: 2021-05-19, term: 28 days}", "{from: 2021-05-19}", "the check feedback_given needs `term`"),
    ("term: 28 days", "term: 28", "term: 28 is not a term"),
    ("term: 28 days", "term: vier weken", "term: 'vier weken' is not a term"),
    ("from: 2021-05-19, term", "from: mei, term", "from: 'mei' is not a day"),
    ("from: 2021-05-19, term", "from: 2021-05-19, until: 2020-01-01, term", "ends before it begins"),
    ('{about}.", en', '{abuot}.", en', "the nl message uses {abuot}, which the check never fills"),
    ("over {about}.", "over {about.", "the nl message cannot be read"),
    ('source: ["003"]', "source: []", "source is empty"),
    ('source: ["003"]', 'source: ["009"]', "unknown source '009'"),
    ("    strength: policy", "    strength: law", "strength 'law', but its first source 003 is 'policy'"),
    ("    strength: policy", "    strength: whish", "unknown strength 'whish'"),
    ("from: 2021-05-19, term", "from: 2021-05-18, term", "it counts from 2021-05-18, before its first source 003"),
    ("{strength: policy, nl", "{strength: polcy, nl", "unknown strength 'polcy'"),
    ("{strength: policy, nl", "{nl", "`strength` is missing"),
    ("nl: Brief, en: Letter", "nl: Brief", "`en` is missing"),
    ("en: Letter", "en: Letter, known_from: '001'", "known_from: there is no source '001'"),
    ("en: Letter", "en: Letter, known_from: '003'", "known_from: there is no source '003'"),
    ("en: Letter", "en: Letter, unread: maybe", "unread: 'maybe' is not true or false"),
    ("en: Letter", "en: Letter, url: brief.pdf", "url: 'brief.pdf' is not an address like https://…"),
    ("en: Letter, from: 2021-05-19", "en: Letter, from: mei", "from: 'mei' is not a day"),
    (
        'sources: {"003"',
        'sources: {"brief 3": {strength: wish, nl: Brief, en: Letter}, "003"',
        "sources: 'brief 3' is not a name like V1",
    ),
    ("basic: feedback", "basic: feedbak", "unknown basic 'feedbak'"),
    ("basic: feedback", "basik: feedback", "unknown key 'basik'"),
    ("id: terugkoppeling", "id: Terug_Koppeling", "id: 'Terug_Koppeling' is not a name like feedback-given"),
    ("why: {nl: Omdat., en: Because.}", "why: {nl: Omdat.}", "no why in English"),
    ("why: {nl: Omdat., en: Because.}", "why: {en: Because.}", "no why in Dutch"),
    ("expect: overdue", "expect: overdu", "unknown status 'overdu'"),
    ("expect: overdue", "expect: met", "no example that is flagged"),
    ("expect: met", "expect: overdue", "no example that is not flagged"),
    ("expect: unknown", "expect: met", "no example that is unknown"),
    ("on: 2026-01-01, expect: met", "expect: met", "`on` is missing"),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {kinds_except: [reserch]}",
        "kinds_except: unknown word 'reserch'",
    ),
    ("check: feedback_given", "check: feedback_given\n    applies_to: {impact: [high]}", "unknown key 'impact'"),
    ("check: feedback_given", "check: feedback_given\n    applies_to: {levels: []}", "levels is empty"),
    ("check: feedback_given", "check: feedback_given\n    applies_to: {levels: high}", "levels: 'high' is not a list"),
    ("check: feedback_given", "check: feedback_given\n    applies_to: [policy]", "applies_to: ['policy'] is not"),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {kinds: [policy], kinds_except: [events]}",
        "both kinds and kinds_except",
    ),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {started_from: mei}",
        "started_from: 'mei' is not a day",
    ),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {without_participation: no}",
        "without_participation: 'no' is not true or false",
    ),
    (
        "check: feedback_given",
        "check: motion_reported\n    applies_to: {impacts: [high]}",
        "it is about trajectories, but this check is about a motion",
    ),
    ("check: feedback_given", "check: feedback_given\n    own_term: ja", "own_term: 'ja' is not true or false"),
    ("basic: feedback", "basic: feedback\n    basic: feedback", "the key 'basic' is there twice"),
    ("rulebook: eigen", "rulebook: [eigen", "column"),
    ("rulebook: eigen", "regelboek: eigen", "this is no rulebook"),
    ("rulebook: eigen", "rulebook: Eigen Stad", "rulebook: 'Eigen Stad' is not a name like onze-stad"),
    ("rulebook: eigen", "rulebook: eigen\nmunicipality: [leiden]", "municipality: ['leiden'] is not a name"),
    ("rulebook: eigen", "rulebook: eigen\nnotice: {nl: Let op}", "no notice in English"),
    ("from: 2021-05-19, term", "from: 2021-02-30, term", "'2021-02-30' is not a day"),
    ("from: 2021-05-19, term", "from: 2021-05-19T10:00:00, term", "'2021-05-19T10:00:00' is not a day"),
    ("from: 2021-05-19, term", "from: 0021-05-19, term", "'0021-05-19' is not a day"),
    ("term: 28 days", "term: 99999 days", "term: '99999 days' is not a term"),
    ("rulebook: eigen", "rulebook: " + "[" * 101 + "]" * 101, "nested more than 100 levels deep"),
    ("rulebook: eigen", "rulebook: eigen\nextends: eigen", "rulebooks extend each other: eigen -> eigen"),
    ("rulebook: eigen", "rulebook: eigen\nretired: [terugkoppeling]", "this id is retired"),
    ("rulebook: eigen", "rulebook: eigen\nadjust: [{id: terugkopeling}]", "there is no such rule to adjust"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {recesses: [{name: zomer}]}", "`from` is missing"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {equated_days: [vrijdag]}", "'vrijdag' is not a day"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {region: midden}", "unknown region 'midden'"),
    (
        "rulebook: eigen",
        "rulebook: eigen\ncalendar: {school_holidays: {midden: [{name: zomer, from: 2026-07-18, to: 2026-07-17}]}}",
        "zomer ends before it begins",
    ),
    ("on: 2026-01-01, expect: met", "motion: {}, on: 2026-01-01, expect: met", "an example without facts"),
    ("dossier: {}, on: 2026-01-01, expect: met", "motion: {}, on: 2026-01-01, expect: met", "an example with a motion"),
    ("on: 2026-01-01, expect: met", "on: 2026-01-01, expect: {}", "expect is empty"),
    ("on: 2026-01-01, expect: met", "on: 2026-01-01, expect: {a: mett}", "unknown status 'mett'"),
    ("on: 2026-01-01, expect: met", "on: morgen, expect: met", "on: 'morgen' is not a day"),
    ("{nl: Te laat, en: Late}", "{nl: Te laat, en: Late, fr: Tard}", "title: unknown key 'fr'"),
    ("{nl: Te laat, en: Late}", "{nl: 3, en: Late}", "nl: 3 is not a text"),
    ("{nl: Te laat, en: Late}", "{nl: ' ', en: Late}", "nl is empty"),
    ("{nl: Te laat, en: Late}", '{nl: "a\\x07b", en: Late}', "nl: a character that no page can show"),
    ("{nl: Te laat, en: Late}", "Te laat", "title: 'Te laat' is not a text in Dutch and English"),
    ('source: ["003"]', 'source: ["003", "003"]', "source: '003' is there twice"),
    ('source: ["003"]', "source: [2021-05-19]", "source: 2021-05-19 is not a text"),
    ('source: ["003"]', "source: 003", "source: '003' is not a list"),
    ("- {from: 2021-05-19, term: 28 days}", "[]", "versions is empty"),
    ("- {from: 2021-05-19, term: 28 days}", "- 28 days", "versions: '28 days' is not a list of keys"),
    ("{from: 2021-05-19, term: 28 days}", "{term: 28 days}", "`from` is missing"),
    (
        "- {from: 2021-05-19, term: 28 days}",
        "- {from: 2021-05-19, term: 28 days}\n      - {from: 2021-05-19, term: 14 days}",
        "two versions are in force on 2021-05-19",
    ),
    (
        "- {from: 2021-05-19, term: 28 days}",
        "- {from: 2022-01-01, term: 28 days}\n      - {from: 2021-05-19, until: 2022-01-01, term: 14 days}",
        "two versions are in force on 2022-01-01",
    ),
    ("term: 28 days", "term: 1001 working days", "term: '1001 working days' is not a term"),
    ("id: terugkoppeling", f"id: {'x' * 101}", "is not a name like feedback-given"),
    ("id: terugkoppeling", "id: 3", "id: 3 is not a name like feedback-given"),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {kinds: [policy, policy]}",
        "kinds: 'policy' is there twice",
    ),
    ("rulebook: eigen", "rulebook: eigen\nretired: [weg, weg]", "retired: 'weg' is there twice"),
    ("rulebook: eigen", "rulebook: eigen\nretired: weg", "retired: 'weg' is not a list"),
    ("rulebook: eigen", "rulebook: eigen\nadjust: [{id: x}]", "`versions` is missing"),
    (
        "rulebook: eigen",
        "rulebook: eigen\nadjust: [{id: terugkoppeling, versions: [{from: 2026-01-01}]}]",
        "there is no such rule to adjust",
    ),
    ("rulebook: eigen", "rulebook: eigen\nextends: nergens", "extends: 'nergens': there is no such rulebook"),
    ("rulebook: eigen", f"rulebook: eigen\nextends: {'x' * 300}", "the file cannot be read: File name too long"),
    ("rulebook: eigen", 'rulebook: eigen\nextends: "a\\0.yaml"', "extends: a character that no page can show"),
    ("rulebook: eigen", "rulebook: eigen\nextends: [basis]", "extends: ['basis'] is not a text"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: zomer", "calendar: 'zomer' is not a list of keys"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {equated_days: [2026-05-15, 2026-05-15]}", "is there twice"),
    (
        "rulebook: eigen",
        "rulebook: eigen\ncalendar: {recesses: [{from: 2026-07-18, to: 2026-08-30}]}",
        "`name` is missing",
    ),
    ("rulebook: eigen", "rulebook: eigen\nfindings: [{basic: feedback}]", "`found_on` is missing"),
    (
        "rulebook: eigen",
        "rulebook: eigen\nfindings: [{basic: feedback, found_on: 2026-01-01, by: {nl: a, en: b}, text: {nl: a, en: b},"
        " source: '009'}]",
        "unknown source '009'",
    ),
    ("rulebook: eigen", "rulebook: eigen\nsources: 3", "the key 'sources' is there twice"),
    ("title: {nl: Eigen, en: Own}", "", "`title` is missing"),
]

#: A check with parameters that do not fit it, and the reason.
PARAMETERS = [
    ("inspection_open", "procedure: extended, weeks: -1", "weeks: -1 is not a whole number from 0 to 1,000"),
    ("inspection_open", "procedure: extended, weeks: 1001", "weeks: 1001 is not a whole number from 0 to 1,000"),
    ("inspection_open", "procedure: extended, weeks: true", "weeks: True is not a whole number from 0 to 1,000"),
    ("inspection_open", "procedure: extended, weeks: six", "weeks: 'six' is not a whole number from 0 to 1,000"),
    ("inspection_open", "procedure: exended, weeks: 6", "unknown procedure 'exended'"),
    ("trajectory_states", "what: level, due: [start], least: consullt", "unknown least 'consullt'"),
    ("trajectory_states", "what: level, due: []", "due is empty"),
    ("trajectory_states", "what: level, due: start", "due: 'start' is not a list"),
    ("trajectory_states", "what: level, due: [start, start]", "due: 'start' is there twice"),
    ("trajectory_states", "what: level, due: [first]", "due: unknown word 'first'"),
    ("followed_by", "kind: feedback, after: [start], term: 3 days, latest: ja", "latest: 'ja' is not true or false"),
    ("plan_says", "due: [start], needs: [gaol]", "needs: unknown word 'gaol'"),
    ("reasoned_exception", "grounds: [urgent]", "grounds: unknown word 'urgent'"),
    ("room_kept", "term: 3 days", "the check room_kept has no parameter 'term'"),
]


def write(folder, text, name="eigen.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def with_parameters(check, parameters):
    """Return the rulebook with this check, and these parameters in its version."""
    return HEAD + RULE.replace("feedback_given", check).replace("term: 28 days", parameters).replace("{about}", "{due}")
