"""Regular expressions on texts of others take linear time: a text of twice the length never takes four times as long.

All patterns in the source are tried on texts of their own parts, repeated, with an end that does not match: these make
a pattern backtrack.
"""

from __future__ import annotations

import ast
import importlib
import math
import re
import re._parser as parser
from pathlib import Path
from time import process_time

import pytest

ROOT = Path(__file__).parent.parent
#: Patterns for dates, by the maximum length of their input.
BOUNDED = {"participation.interchange.dates": 500, "participation.interchange.days": 300}
METHODS = ("fullmatch", "match", "search", "sub", "split", "findall", "finditer")
#: A text that is eight times as long takes eight times as long in linear time, and 64 times in quadratic time. What
#: seems more than linear is tried again on longer texts: on a fast machine the clock is too coarse for short ones.
LONG, TIMES_AS_LONG, MOST_TIMES, FLOOR = 6_000, 8, 24, 0.0005


def in_source():
    """Yield every pattern in the source: its module, the pattern, and the methods that it is used with."""
    for path in sorted([*ROOT.glob("participation/**/*.py"), *ROOT.glob("tracker/**/*.py")]):
        source = path.read_text(encoding="utf-8")
        if "migrations" in path.parts or "re." not in source:
            continue
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
                if of_re and node.func.attr in METHODS and isinstance(node.args[0], ast.Constant):
                    yield module, re.compile(node.args[0].value, _flags(node)), (node.func.attr,)
        if "re.compile(" in source:
            for name, found in vars(importlib.import_module(module)).items():
                if isinstance(found, re.Pattern):
                    used = tuple(method for method in METHODS if f"{name}.{method}(" in source)
                    yield module, found, used or ("search",)


def _flags(call):
    named = [
        getattr(re, node.attr) for node in ast.walk(call) if isinstance(node, ast.Attribute) and node.attr.isupper()
    ]
    return re.RegexFlag(sum(set(named)))


def example(parsed):
    """Return a text that the pattern matches with each repeat once, and the texts of its repeats with their prefix."""
    text, repeats = "", []
    for operator, value in parsed:
        name = str(operator)
        if name == "LITERAL":
            text += chr(value)
        elif name == "NOT_LITERAL":
            text += "a" if value != ord("a") else "b"
        elif name == "ANY":
            text += "a"
        elif name == "IN":
            text += _one_of(value)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            body, inner = example(value[2])
            repeats += [(text, body), *((text + before, one) for before, one in inner)]
            text += body * max(value[0], 1)
        elif name == "SUBPATTERN":
            body, inner = example(value[-1])
            repeats += [(text + before, one) for before, one in inner]
            text += body
        elif name == "BRANCH":
            branches = [example(branch) for branch in value[1]]
            for body, inner in branches:
                repeats += [(text, body), *((text + before, one) for before, one in inner)]
            text += branches[0][0]
    return text, repeats


def _one_of(members):
    names = [(str(operator), value) for operator, value in members]
    if names[0][0] == "NEGATE":
        taken = {chr(value) for name, value in names if name == "LITERAL"}
        return next(sign for sign in "a1 -_<x" if sign not in taken)
    for name, value in names:
        if name == "LITERAL":
            return chr(value)
        if name == "RANGE":
            return chr(value[0])
        if name == "CATEGORY":
            return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(str(value), "a")
    return "a"


def hostile(pattern):
    """Return the prefix and the repeated texts of a pattern."""
    whole, repeats = example(parser.parse(pattern))
    pumps = {("", whole[:length]) for length in range(1, min(len(whole), 12) + 1)}
    pumps |= {(whole[:at], whole[at]) for at in range(min(len(whole), 16))}
    pumps |= {pump for before, body in repeats if body for pump in (("", body), (before[:200], body))}
    return sorted(pumps)


def cost(found, methods, text):
    began = process_time()
    for method in methods:
        getattr(found, method)(*(("", text) if method == "sub" else (text,)))
    return process_time() - began


def _cost_of_repeats(found, methods, before, pump, end, count):
    text = before + pump * count + end
    if isinstance(found.pattern, bytes):
        text = text.encode("latin-1", "replace")
    return min(cost(found, methods, text) for _again in "ab")


def grows_too_fast(found, methods, most=LONG):
    """Return a text that takes more than linear time, or "" where there is none."""
    methods = {"search" if method in ("findall", "finditer", "split", "sub") else method for method in methods}
    for before, pump in hostile(found.pattern):
        for end in ("\0", "\n!"):
            # A few repeats first: exponential time would never end.
            if _cost_of_repeats(found, methods, before, pump, end, 20) > 40 * FLOOR:
                return f"{found.pattern!r} on {before!r} + {pump!r}… + {end!r}"
            count, before_it = most // TIMES_AS_LONG // len(pump), math.inf
            for _longer in range(2 if most < LONG else 4):
                now = _cost_of_repeats(found, methods, before, pump, end, count)
                if now > MOST_TIMES * max(before_it, FLOOR):
                    return f"{found.pattern!r} on {before!r} + {pump!r}… + {end!r}"
                if before_it < math.inf and now < max(MOST_TIMES * before_it, FLOOR):
                    break
                count, before_it = count * TIMES_AS_LONG, now
    return ""


PATTERNS = list(in_source())


def test_all_patterns_in_the_source_are_found():
    assert len(PATTERNS) > 60
    assert any(module == "tracker.logs" for module, _pattern, _methods in PATTERNS)


def test_every_pattern_takes_linear_time():
    found = [(module, grows_too_fast(one, methods, BOUNDED.get(module, LONG))) for module, one, methods in PATTERNS]
    assert [one for one in found if one[1]] == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}",
        r"</?[a-z]+[^>]*>",
        r"\s*\n\s*\n\s*",
        r"\s*\{\{ ?first_name ?\}\}",
        r"\n\n\([^()\n]*\d[^()\n]*\)\s*\Z",
        r"(/[^\s?\"']*)\?[^\s\"']+",
        r"\s*(https?://\S+\s*|\{x:.*)+!",
    ],
)
def test_known_slow_patterns_are_detected(pattern):
    assert grows_too_fast(re.compile(pattern), ["search", "fullmatch"])
