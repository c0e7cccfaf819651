"""Location of the motions and commitments in the JSON of a council information system, whatever its envelope."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from participation.dossier.errors import pointer

from .values import is_amendment

#: Keys of a list of entries, and keys of the envelopes around it.
_LISTS: Final = (
    *("motions", "moties", "commitments", "toezeggingen", "results", "items", "value", "data", "@graph"),
    *("informatieobjecten", "objects", "documents", "motion"),
)
_WRAPPERS: Final = ("hits", "_embedded", "result", "response", "body")
#: Maximum nesting depth of a list, such as response.hits.hits.
_MAX_DEPTH: Final = 6
#: Names of the types of entries, by section of the register.
_TYPE_NAMES: Final = {
    "motions": {"motion", "motie", "moties", "motievreemd", "motievreemdaandeordevandedag"},
    "commitments": {"toezegging", "toezeggingen", "commitment", "promise"},
}
#: Suffixes of keys with the type of an entry, and the keys of its title and its status.
_TYPE_SUFFIXES: Final = ("type", "classification", "classificatie", "soort", "category", "categorie", "kind")
_TITLES: Final = ("name", "titel", "title", "naam")
_STATUSES: Final = ("status", "state", "result", "resultaat", "uitslag", "besluit", "outcome")
_TYPES: Final = ("informatieobjecttype", "type", "additionaltype", "classification", "documenttype")

Path = tuple[str | int, ...]


class OriEntry(NamedTuple):
    """An object in the file: its path, its values by normalised key, and the original keys."""

    path: Path
    values: dict[str, Any]
    original_keys: dict[str, str]

    @property
    def location(self) -> str:
        """Return the JSON pointer to the entry."""
        return pointer(*self.path)

    def pointer_to(self, *keys: str) -> str:
        """Return the JSON pointer to the first of these keys that exists, else to the entry."""
        existing_key = next((self.original_keys[key] for key in keys if key in self.original_keys), None)
        return pointer(*self.path, existing_key) if existing_key else self.location


def normalize_key(key: str) -> str:
    """Return a key normalised for comparison: lower case, without JSON-LD namespace, underscores and hyphens."""
    bare = key.rstrip("/#").replace("#", "/").rpartition("/")[2]
    if not bare.startswith("@"):
        bare = bare.rpartition(":")[2]
    return bare.lower().replace("_", "").replace("-", "")


def entry(path: Path, found: Mapping[str, Any]) -> OriEntry:
    """Return this object as an entry; an Elasticsearch hit is replaced by its ``_source``."""
    source = found.get("_source")
    if isinstance(source, Mapping):
        return entry((*path, "_source"), {"_id": found.get("_id"), **source})
    keys = {normalize_key(key) if not key.startswith("_") else key: key for key in found}
    return OriEntry(path, {short: found[key] for short, key in keys.items()}, keys)


def entries(document: Any) -> Iterator[OriEntry] | None:
    """Return the entries in this document, wherever their list is; None if there is neither a list nor an entry."""
    lists = _find_lists(document, ())
    if not lists and isinstance(document, Mapping) and type_of(entry((), document)) in _TYPE_NAMES:
        return iter([entry((), document)])
    if not lists:
        return None
    return (
        entry((*path, index), item) if isinstance(item, Mapping) else OriEntry((*path, index), {}, {})
        for path, items in lists
        for index, item in enumerate(items)
    )


def count_entries(document: Any) -> int:
    """Return the number of entries without reading them."""
    return sum(len(items) for _path, items in _find_lists(document, ()))


def type_of(found: OriEntry) -> str:
    """Return "motions", "commitments", the name of another type, or "" if the entry has no type.

    Any field can identify an amendment: some systems classify amendments as motions and state it elsewhere.
    """
    if amendment := next(_amendment_names(found), ""):
        return amendment
    types = [found.values.get("@type"), *(found.values.get(key) for key in _TYPES)]
    named = [name for value in types for name in _names(value)]
    for name in named:
        for section, words in _TYPE_NAMES.items():
            if normalize_key(name).replace(" ", "") in words:
                return section
    # In a Popolo motion `classification` is its subject; it is recognised by its vote events.
    if not found.values.get("@type") and ("voteevents" in found.values or "motietype" in found.values):
        return "motions"
    return named[0] if named else ""


def _amendment_names(found: OriEntry) -> Iterator[str]:
    """Yield the name of each type, title or status that identifies this entry as an amendment."""
    for key, value in found.values.items():
        if key.endswith(_TYPE_SUFFIXES):
            yield from (name for name in _names(value) if is_amendment(normalize_key(name)))
        elif key in _TITLES:
            yield from (_("amendment") for name in _names(value) if is_amendment(name))
        elif key in _STATUSES:
            yield from (_("amendment") for name in _names(value) if is_amendment(name, anywhere=True))


def section_in_path(path: Path) -> str:
    """Return the section that a key in the path is named after, or ""."""
    names = {normalize_key(str(key)) for key in path}
    return next((section for section, words in _TYPE_NAMES.items() if names & (words | {section})), "")


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return _names(value.get("name") or value.get("@id") or value.get("@value"))
    return [name for item in value for name in _names(item)] if isinstance(value, list) else []


def _find_lists(found: Any, path: Path) -> list[tuple[Path, list[Any]]]:
    if isinstance(found, list):
        return [(path, found)]
    if not isinstance(found, Mapping) or len(path) >= _MAX_DEPTH:
        return []
    named = [((*path, key), found[key]) for key in _LISTS if isinstance(found.get(key), list)]
    if named:
        return named
    if path and path[-1] == "hits" and isinstance(found.get("hits"), list):
        return [((*path, "hits"), found["hits"])]
    inner = [key for key in (*_WRAPPERS, *_LISTS) if isinstance(found.get(key), Mapping | list)]
    return [one for key in inner for one in _find_lists(found[key], (*path, key))]
