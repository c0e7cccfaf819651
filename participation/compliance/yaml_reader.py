"""Reading of YAML files of rules: days as dates, other words as text, with a bound on size, depth and aliases."""

import re
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, Final

import yaml

from .dates import MAX_YEAR, MIN_YEAR, parse_iso_day
from .problem_kinds import ProblemKind
from .problems import Place, ProblemReporter, brief

#: A rulebook needs ten levels.
MAX_DEPTH: Final = 100
#: The longest shipped rulebook has a quarter of this.
MAX_BYTES: Final = 1_000_000
#: Values of a file once its aliases are written out: a few lines of aliases to aliases can stand for billions.
MAX_VALUES: Final = 100_000
#: A parser repeats names from the file, which may be long.
MAX_REASON: Final = 200

# libyaml parses about ten times as fast; where it was not built in, the parser in Python reads the same.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX: Final = "tag:yaml.org,2002:"
#: The numbers of a rulebook: of longer ones YAML 1.1 makes, slowly, numbers that Python refuses to print. What else it
#: takes for a number stays text: `003` is the name of a source, and `19:30` a time of day.
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,8})")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,9}")
#: By tag: what a word without quotes must look like to be more than text, and its first characters.
_WORDS: Final = {
    "bool": (re.compile("true|false"), "tf"),
    "int": (_INTEGER, "-0123456789"),
    "float": (_DECIMAL, "-0123456789"),
}


class _Loader(_SafeLoader):  # type: ignore[misc]  # the type stubs know one of the two loaders
    """Safe YAML loader that keeps `on` and `no` as strings and rejects duplicate keys.

    By default the last of two duplicate keys silently wins.
    """

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.removeprefix(_PREFIX) not in _WORDS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    # A tag that is written out, like !!set, is refused but for these.
    yaml_constructors = {
        f"{_PREFIX}{kind}": yaml.SafeLoader.yaml_constructors[f"{_PREFIX}{kind}"]
        for kind in ("null", "str", "seq", "map")
    } | {None: yaml.SafeLoader.yaml_constructors[None]}

    depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Count the depth: libyaml composes by recursion in C, which a deeply nested file would make crash."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _RefusedNode(ProblemKind.TOO_DEEP, current_node, most=MAX_DEPTH)

    def ascend_resolver(self) -> None:
        """Count back."""
        self.depth -= 1

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Hashable, Any]:
        """Return the mapping. Raises ConstructorError where a key is there twice."""
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                # A key that is a list or a mapping is refused by the constructor of the base class.
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        raise _RefusedNode(ProblemKind.KEY_TWICE, key, key=brief(key.value))
                    seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_day(self, node: yaml.Node) -> date:
        """Return the day. Raises ConstructorError where it is not in the calendar, or has a time."""
        try:
            return parse_iso_day(str(self.construct_scalar(node)))
        except ValueError:
            values = {"value": brief(node.value), "first": str(MIN_YEAR), "last": str(MAX_YEAR)}
            raise _RefusedNode(ProblemKind.NO_SUCH_DAY, node, **values) from None

    def construct_word(self, node: yaml.Node) -> bool | int | float:
        """Return the number, true or false. Raises ConstructorError on anything else with such a tag."""
        text, kind = str(self.construct_scalar(node)), node.tag.removeprefix(_PREFIX)
        if not _WORDS[kind][0].fullmatch(text):
            raise _RefusedNode(ProblemKind.NOT_OF_TAG, node, value=brief(text), tag=kind)
        return text == "true" if kind == "bool" else float(text) if kind == "float" else int(text)


class _RefusedNode(yaml.MarkedYAMLError):
    """Raised at a node that is valid YAML and that no rulebook may have; it has the kind of problem and its values."""

    def __init__(self, kind: ProblemKind, node: yaml.Node, **values: str | int) -> None:
        super().__init__(problem_mark=node.start_mark)
        self.kind, self.line = kind, node.start_mark.line + 1
        self.values = {"column": node.start_mark.column + 1, **values}


for _kind, (_pattern, _first) in _WORDS.items():
    _Loader.add_implicit_resolver(f"{_PREFIX}{_kind}", re.compile(f"^(?:{_pattern.pattern})$"), list(_first))
    _Loader.add_constructor(f"{_PREFIX}{_kind}", _Loader.construct_word)
_Loader.add_constructor(f"{_PREFIX}timestamp", _Loader.construct_day)


def read_yaml(content: bytes, report: ProblemReporter) -> Any:
    """Return the content of a YAML file; None, with the reason reported, when it cannot be parsed."""
    if len(content) > MAX_BYTES:
        report.on_line(0).add(ProblemKind.TOO_LARGE, most=MAX_BYTES)
        return None
    try:
        return _construct(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        report.on_line(content[: error.start].count(b"\n") + 1).add(ProblemKind.NOT_UTF_8)
    except _RefusedNode as error:
        report.on_line(error.line).add(error.kind, **error.values)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        location = getattr(error, "problem_mark", None)
        # In the words of the parser, which has them in English.
        detail = " ".join((getattr(error, "problem", None) or str(error)).split())[:MAX_REASON]
        if location:
            place = report.on_line(location.line + 1)
            place.add(ProblemKind.NOT_YAML_HERE, column=location.column + 1, detail=detail)
        else:
            report.on_line(0).add(ProblemKind.NOT_YAML, detail=detail)
    return None


def _construct(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if "*" in text:
            _check_aliases(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_aliases(root: yaml.Node) -> None:
    """Raise ConstructorError where the content is too large or too deep once its aliases are written out."""
    measured: dict[int, tuple[int, int]] = {}

    def measure(node: yaml.Node, depth: int) -> tuple[int, int]:
        """Return the number of values in a node, and its levels."""
        values, levels = measured.get(id(node), (0, 0))
        if depth + levels > MAX_DEPTH:
            raise _RefusedNode(ProblemKind.TOO_DEEP, node, most=MAX_DEPTH)
        if not values:
            children = [child for pair in node.value for child in pair] if isinstance(node, yaml.MappingNode) else []
            children = node.value if isinstance(node, yaml.SequenceNode) else children
            parts = [measure(child, depth + 1) for child in children]
            values, levels = 1 + sum(part[0] for part in parts), 1 + max((part[1] for part in parts), default=0)
            if values > MAX_VALUES:
                raise _RefusedNode(ProblemKind.TOO_MANY_VALUES, node, most=MAX_VALUES)
            measured[id(node)] = values, levels
        return values, levels

    measure(root, 0)


def line_finder(content: bytes) -> Callable[[Place], int]:
    """Return the function that gives the line of a place in a valid YAML file: of the closest part that is there.

    The file is parsed once more, at the first call: only mistakes need lines.
    """
    root: list[yaml.Node | None] = []

    def line_of(place: Place) -> int:
        if not root:
            root.append(yaml.compose(content.decode("utf-8"), Loader=_Loader))
        node, line = root[0], 0
        for part in place:
            found = _child(node, part) if node else None
            if found is None:
                break
            line, node = found
        return line or (node.start_mark.line + 1 if node else 0)

    return line_of


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    """Return the line and the node of a value under this key or position; None where there is none."""
    if isinstance(node, yaml.SequenceNode):
        child = node.value[part] if isinstance(part, int) and part < len(node.value) else None
        return (child.start_mark.line + 1, child) if child else None
    merged: list[yaml.Node] = []
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == str(part):
            return key.start_mark.line + 1, value
        if key.tag == f"{_PREFIX}merge":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
    return next((found for other in merged if (found := _child(other, part))), None)
