"""The kinds of problem in a rulebook, and the hints, each with its sentence in English: the message of its translation.

The pure layer fills the sentences as they stand; ``participation.presentation.rulebook_problems`` fills those of the
catalogue. An id is never used again for another kind.
"""

from collections.abc import Mapping
from enum import Enum, unique
from typing import Any


def gettext_noop(text: str) -> str:
    """Return the text: it marks a message for the catalogue, as that of Django does."""
    return text


_WRITE = gettext_noop("write `%(name)s: %(example)s`")
_FIX_YAML = gettext_noop("check indentation, colons and quotes there")
_LEAVE_ONE_OUT = gettext_noop("leave one of them out")
_LEAVE_OUT = gettext_noop("leave it out")
_CHECK_RIGHTS = gettext_noop("check the path and the rights on it")
_CHECK_PATH = gettext_noop("check the path; the rulebooks of Leidraad are: %(known)s")
_ADD_EXAMPLE = gettext_noop("add one that expects one of: %(words)s")
_ADD_HERE = gettext_noop("add it here")
_ADJUST_INHERITED = gettext_noop("adjust a rule of the rulebook that this one extends")
_DOES_NOT_APPLY = gettext_noop(
    "the rule does not apply here: look at `applies_to`, at `from`, and at the kinds that it is about"
)


@unique
class ProblemKind(Enum):
    """What can be wrong in a rulebook: a stable id, the reason, and the hint unless the place knows a better one."""

    # The file
    TOO_LARGE = (
        "rulebook.E001",
        gettext_noop("the file is larger than %(most)s bytes"),
        gettext_noop("split it: one file may extend another"),
    )
    NOT_UTF_8 = ("rulebook.E002", gettext_noop("the file is not UTF-8"), gettext_noop("save it as UTF-8"))
    NOT_YAML = ("rulebook.E003", gettext_noop("this is not YAML: %(detail)s"), _FIX_YAML)
    NOT_YAML_HERE = ("rulebook.E004", gettext_noop("column %(column)s: %(detail)s"), _FIX_YAML)
    KEY_TWICE = (
        "rulebook.E005",
        gettext_noop("column %(column)s: the key %(key)s is there twice"),
        _LEAVE_ONE_OUT,
    )
    TOO_DEEP = (
        "rulebook.E006",
        gettext_noop("column %(column)s: this is nested more than %(most)s levels deep"),
        _FIX_YAML,
    )
    TOO_MANY_VALUES = (
        "rulebook.E007",
        gettext_noop("column %(column)s: with its aliases written out this has more than %(most)s values"),
        gettext_noop("use fewer aliases"),
    )
    NOT_OF_TAG = ("rulebook.E008", gettext_noop("column %(column)s: %(value)s is no %(tag)s"), _LEAVE_OUT)
    NO_SUCH_DAY = (
        "rulebook.E009",
        gettext_noop("column %(column)s: %(value)s is not a day"),
        gettext_noop("write a day that exists, like 2026-03-20, in the years %(first)s to %(last)s"),
    )
    NOT_A_RULEBOOK = (
        "rulebook.E010",
        gettext_noop("this is no rulebook"),
        gettext_noop("begin with `rulebook: NAME` and a list `rules:`"),
    )
    NO_RULEBOOK = ("rulebook.E011", gettext_noop("there is no such rulebook"), _CHECK_PATH)
    UNREADABLE = ("rulebook.E012", gettext_noop("the file cannot be read: %(detail)s"), _CHECK_RIGHTS)
    TOO_MANY_PROBLEMS = (
        "rulebook.E013",
        gettext_noop("more than %(most)s mistakes: the rest is not listed"),
        gettext_noop("correct these first"),
    )

    # Keys and values
    MISSING = ("rulebook.E020", gettext_noop("`%(name)s` is missing"), _WRITE)
    EMPTY = ("rulebook.E021", gettext_noop("%(name)s is empty"), _WRITE)
    EMPTY_LIST = (
        "rulebook.E022",
        gettext_noop("%(name)s is empty"),
        gettext_noop("name at least one: `%(name)s: %(example)s`"),
    )
    UNKNOWN_KEY = ("rulebook.E023", gettext_noop("unknown key %(key)s"), _LEAVE_OUT)
    TOO_MANY_KEYS = (
        "rulebook.E024",
        gettext_noop("%(name)s: it has %(count)s keys"),
        gettext_noop("write at most %(most)s"),
    )
    VALUE_TWICE = ("rulebook.E025", gettext_noop("%(name)s: %(value)s is there twice"), _LEAVE_ONE_OUT)
    UNKNOWN_VALUE = ("rulebook.E026", gettext_noop("unknown %(name)s %(value)s"), _LEAVE_OUT)
    UNKNOWN_WORD = ("rulebook.E027", gettext_noop("%(name)s: unknown word %(value)s"), _LEAVE_OUT)
    NOT_TEXT = ("rulebook.E028", gettext_noop("%(name)s: %(value)s is not a text"), _WRITE)
    UNPRINTABLE = ("rulebook.E029", gettext_noop("%(name)s: a character that no page can show"), _LEAVE_OUT)
    NOT_NAME = ("rulebook.E030", gettext_noop("%(name)s: %(value)s is not a name like %(example)s"), _WRITE)
    NOT_ADDRESS = ("rulebook.E031", gettext_noop("%(name)s: %(value)s is not an address like %(example)s"), _WRITE)
    NOT_BILINGUAL = ("rulebook.E032", gettext_noop("%(name)s: %(value)s is not a text in Dutch and English"), _WRITE)
    UNKNOWN_LANGUAGE = (
        "rulebook.E033",
        gettext_noop("%(name)s: unknown key %(key)s"),
        gettext_noop("put a text with a comma or a colon between quotes"),
    )
    NOT_IN_DUTCH = ("rulebook.E034", gettext_noop("no %(name)s in Dutch"), _WRITE)
    NOT_IN_ENGLISH = ("rulebook.E035", gettext_noop("no %(name)s in English"), _WRITE)
    NOT_DAY = ("rulebook.E036", gettext_noop("%(name)s: %(value)s is not a day"), _WRITE)
    NOT_FLAG = ("rulebook.E037", gettext_noop("%(name)s: %(value)s is not true or false"), _WRITE)
    NOT_KEYS = ("rulebook.E038", gettext_noop("%(name)s: %(value)s is not a list of keys"), _WRITE)
    NOT_LIST = ("rulebook.E039", gettext_noop("%(name)s: %(value)s is not a list"), _WRITE)
    NOT_NUMBER = (
        "rulebook.E040",
        gettext_noop("%(name)s: %(value)s is not a whole number from 0 to %(most)s"),
        _WRITE,
    )
    NOT_TERM = (
        "rulebook.E041",
        gettext_noop("%(name)s: %(value)s is not a term"),
        gettext_noop("write a term like `28 days`, `-14 days`, `6 weeks` or `10 working days`"),
    )

    # The rulebook that it extends
    NOT_OF_LEIDRAAD = ("rulebook.E050", gettext_noop("extends: %(value)s is not a rulebook of Leidraad"), _LEAVE_OUT)
    EXTENDS_NOTHING = ("rulebook.E051", gettext_noop("extends: %(value)s: there is no such rulebook"), _CHECK_PATH)
    EXTENDS_UNREADABLE = (
        "rulebook.E052",
        gettext_noop("extends: %(value)s: the file cannot be read: %(detail)s"),
        _CHECK_RIGHTS,
    )
    CIRCLE = (
        "rulebook.E053",
        gettext_noop("rulebooks extend each other: %(circle)s"),
        gettext_noop("break the circle"),
    )
    ADJUSTED_TWICE = (
        "rulebook.E054",
        gettext_noop("this rule is adjusted twice"),
        gettext_noop("write all its versions in one list"),
    )
    NO_RULE_TO_ADJUST = (
        "rulebook.E055",
        gettext_noop("there is no such rule to adjust"),
        _ADJUST_INHERITED,
    )
    LAW_ADJUSTED = (
        "rulebook.E056",
        gettext_noop("a rule of law cannot be adjusted"),
        gettext_noop("only the legislator does; add a rule of your own beside it"),
    )

    # Sections
    SOURCE_TWICE = (
        "rulebook.E060",
        gettext_noop("this source is there twice"),
        gettext_noop("the rulebook that this one extends has it: choose another key"),
    )
    UNKNOWN_ORIGIN = (
        "rulebook.E061",
        gettext_noop("known_from: there is no source %(value)s"),
        _ADD_HERE,
    )
    UNKNOWN_SOURCE = (
        "rulebook.E062",
        gettext_noop("unknown source %(value)s"),
        gettext_noop("add it under `sources:`"),
    )
    UNKNOWN_REGION = (
        "rulebook.E063",
        gettext_noop("unknown region %(value)s"),
        gettext_noop("list its holidays under `school_holidays:`, or extend a rulebook that does"),
    )
    RECESS_REVERSED = (
        "rulebook.E064",
        gettext_noop("%(recess)s ends before it begins"),
        gettext_noop("put `to` on or after %(first)s"),
    )
    IN_EVERY_PLAN = (
        "rulebook.E065",
        gettext_noop("%(key)s is part of every plan"),
        gettext_noop("write `needs: [%(word)s]` without an item, or choose another id"),
    )
    ITEM_TWICE = (
        "rulebook.E066",
        gettext_noop("the id %(key)s is there twice"),
        gettext_noop("the rulebook that this one extends has it: leave it out here"),
    )

    # A rule
    ID_TWICE = (
        "rulebook.E070",
        gettext_noop("this id is there twice"),
        gettext_noop("it is also in %(file)s; to change its numbers use `adjust:`"),
    )
    ID_RETIRED = (
        "rulebook.E071",
        gettext_noop("this id is retired"),
        gettext_noop("an id is never used again: choose another"),
    )
    UNREADABLE_MESSAGE = (
        "rulebook.E072",
        gettext_noop("the %(language)s message cannot be read"),
        gettext_noop("write {name}, or {{ for a brace"),
    )
    NEVER_FILLED = (
        "rulebook.E073",
        gettext_noop("the %(language)s message uses {%(placeholder)s}, which the check never fills"),
        _LEAVE_OUT,
    )
    CLAIMS_MORE = (
        "rulebook.E074",
        gettext_noop("strength %(claimed)s, but its first source %(source)s is %(strength)s"),
        gettext_noop("leave `strength` out, or cite first a source that is %(claimed)s"),
    )
    BEFORE_ITS_SOURCE = (
        "rulebook.E075",
        gettext_noop("it counts from %(day)s, before its first source %(source)s (%(first)s)"),
        gettext_noop("write `from: %(first)s` or later, or cite first the older source that it rests on"),
    )
    BOTH_KINDS = (
        "rulebook.E076",
        gettext_noop("applies_to: both kinds and kinds_except"),
        gettext_noop("write one of the two"),
    )
    SCOPE_OF_OTHERS = (
        "rulebook.E077",
        gettext_noop("applies_to: it is about trajectories, but this check is about a %(owner_type)s"),
        _LEAVE_OUT,
    )
    UNKNOWN_PARAMETER = (
        "rulebook.E078",
        gettext_noop("the check %(check)s has no parameter %(parameter)s"),
        gettext_noop("this check has no parameters: leave it out"),
    )
    PARAMETER_MISSING = (
        "rulebook.E079",
        gettext_noop("the check %(check)s needs `%(name)s`"),
        gettext_noop("write `%(name)s: %(example)s` in each version"),
    )
    VERSION_REVERSED = (
        "rulebook.E080",
        gettext_noop("the version of %(day)s ends before it begins"),
        gettext_noop("put `until` after `from`"),
    )
    TWO_VERSIONS = (
        "rulebook.E081",
        gettext_noop("two versions are in force on %(day)s"),
        gettext_noop("let one end before the next begins"),
    )

    # Its examples
    NONE_FLAGGED = ("rulebook.E090", gettext_noop("no example that is flagged"), _ADD_EXAMPLE)
    ALL_FLAGGED = ("rulebook.E091", gettext_noop("no example that is not flagged"), _ADD_EXAMPLE)
    NONE_UNKNOWN = ("rulebook.E092", gettext_noop("no example that is unknown"), _ADD_EXAMPLE)
    NO_FACTS = ("rulebook.E093", gettext_noop("an example without facts"), gettext_noop("write one of %(keys)s"))
    FACTS_OF_OTHERS = (
        "rulebook.E094",
        gettext_noop("an example with a %(key)s, but this check is about a %(owner_type)s"),
        gettext_noop("write `%(owner_type)s:`"),
    )
    # In the words of the dossier format, in the language that was active.
    WRONG_FACTS = ("rulebook.E095", "%(facts)s: %(detail)s", "%(remedy)s")
    OTHER_STATUS = (
        "rulebook.E096",
        gettext_noop("on %(day)s the status is %(found)s, where %(expected)s is expected"),
        _DOES_NOT_APPLY,
    )
    OTHER_STATUS_OF = (
        "rulebook.E097",
        gettext_noop("on %(day)s the status of %(subject)s is %(found)s, where %(expected)s is expected"),
        _DOES_NOT_APPLY,
    )
    NOT_FILLED = (
        "rulebook.E098",
        gettext_noop("the message names {%(placeholder)s}, and in this example there is nothing to fill it with"),
        gettext_noop("leave it out of the message"),
    )

    # The setting that names the rulebooks in use
    EMPTY_NAME = (
        "rulebook.E110",
        gettext_noop("%(names)s has an empty name"),
        gettext_noop("write the names of the rulebooks with a comma between them, like leiden,amsterdam"),
    )
    NAMED_TWICE = (
        "rulebook.E111",
        gettext_noop("the rulebook %(rulebook)s is named twice"),
        gettext_noop("name each rulebook once, and give another file another name after `rulebook:`"),
    )
    BOTH_JUDGE = (
        "rulebook.E112",
        gettext_noop("%(first)s and %(rulebook)s both judge the municipality %(municipality)s"),
        gettext_noop("name one of the two, or give one the `municipality:` that it is for"),
    )
    NO_MUNICIPALITY = (
        "rulebook.E113",
        gettext_noop("the rulebook %(rulebook)s does not say for which municipality it is"),
        gettext_noop("only the first may be without: write `municipality: SLUG` in it, or name it first"),
    )

    def __init__(self, identifier: str, reason: str, hint: str) -> None:
        self.id, self.reason, self.hint = identifier, reason, hint


@unique
class HintKind(Enum):
    """The hints that the place of a problem may give instead of that of its kind."""

    DID_YOU_MEAN = gettext_noop("did you mean %(close)s?")
    KNOWN_ARE = gettext_noop("known are: %(known)s")
    QUOTE = gettext_noop("put quotes around it: '%(unquoted)s'")
    HYPHENATED = gettext_noop("use small letters, digits and hyphens, at most %(longest)s characters")
    UNDERSCORED = gettext_noop("use small letters, digits and underscores, at most %(longest)s characters")
    SOURCE_KEY = gettext_noop("write one word, such as V1, '003' or '21.0098/04', at most %(longest)s characters")
    ONE_WORD = gettext_noop("write one word, at most %(longest)s characters")
    HTTPS = gettext_noop("begin it with https://, at most %(longest)s characters")
    SHORTER_TERM = gettext_noop("write a term of less than a century")
    FEWER_WORKING_DAYS = gettext_noop("write a term of at most %(most)s working days")
    ADD_HERE = _ADD_HERE
    ADJUST_INHERITED = _ADJUST_INHERITED
    ADD_UNDER = gettext_noop("add it under `%(section)s:`")
    OWN_RULE = gettext_noop("it is a rule of this file: change it there")
    RULE_OF = gettext_noop("it is a rule of %(other)s: write `extends: %(other)s`, or add a rule of your own")
    OBLIGATIONS_FOR = gettext_noop("there are obligations for: %(subjects)s")
    FACTS_MISSING = gettext_noop("what is missing: %(missing)s")
    DUE_AND_MET = gettext_noop("it is due on %(due)s, and met on %(met)s")
    DUE_NOT_MET = gettext_noop("it is due on %(due)s, and not met")


def in_english(message: str, values: Mapping[str, Any]) -> str:
    """Return a message of this module with its values; numbers as ``1,000``."""
    return message % {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
