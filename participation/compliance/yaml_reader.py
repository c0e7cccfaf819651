"""Reading of YAML files of rules: days as dates, other words as text, and each mapping with its line."""

import re
from collections.abc import Hashable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from .dates import parse_iso_day
from .problems import ProblemReporter

#: A rulebook needs ten levels.
MAX_DEPTH: Final = 100

# libyaml parses about ten times as fast; where it was not built in, the parser in Python reads the same.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LocatedMapping(dict[Any, Any]):
    """A mapping of a YAML file, with the number of its first line."""

    line = 0


class _Loader(_SafeLoader):  # type: ignore[misc]  # the type stubs know one of the two loaders
    """Safe YAML loader that keeps `on` and `no` as strings and rejects duplicate keys.

    By default the last of two duplicate keys silently wins.
    """

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Count the depth: libyaml composes by recursion in C, which a deeply nested file would make crash."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = current_node.start_mark if current_node else None
            raise yaml.composer.ComposerError(None, None, f"this is nested more than {MAX_DEPTH} levels deep", mark)

    def ascend_resolver(self) -> None:
        """Count back."""
        self.depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Return the mapping. Raises ConstructorError where a key is there twice."""
        seen = set()
        for key, _ in node.value:
            # A key that is a list or a mapping is refused by the constructor of the base class.
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise _error(f"the key {key.value!r} is there twice", key)
                seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_located_mapping(self, node: yaml.MappingNode) -> Iterator[LocatedMapping]:
        """Yield the mapping, and fill it afterwards: it may refer to itself."""
        mapping = LocatedMapping()
        mapping.line = node.start_mark.line + 1
        yield mapping
        mapping.update(self.construct_mapping(node))

    def construct_day(self, node: yaml.ScalarNode) -> date:
        """Return the day. Raises ConstructorError where it is not in the calendar, or has a time."""
        try:
            return parse_iso_day(str(self.construct_scalar(node)))
        except ValueError as error:
            raise _error(str(error), node) from None


def _error(reason: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, reason, node.start_mark)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_day)
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_located_mapping)


def read_yaml(path: Path, report: ProblemReporter) -> Any:
    """Return the content of a YAML file; None, with the reason reported, when it cannot be parsed.

    Raises FileNotFoundError.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 a SafeLoader
    except UnicodeDecodeError:
        report.add("the file is not UTF-8", "save it as UTF-8")
    except (yaml.YAMLError, ValueError) as error:
        location = getattr(error, "problem_mark", None)
        reason = " ".join((getattr(error, "problem", None) or str(error)).split())
        if location:
            reason, report = f"column {location.column + 1}: {reason}", report._replace(line=location.line + 1)
        report.add(reason, "check indentation, colons and quotes there")
    return None
