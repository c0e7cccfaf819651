"""Reader of Open Raadsinformatie: the objects of Open State (Elasticsearch, JSON-LD, Popolo) and VNG's ORI 2.0.

Meetings, items and documents are objects that refer to one another, or stand in one another. What an object is follows
from its type, else from the keys that only such an object has.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from ..register.entries import OriEntry, entry, normalize_key
from ..register.ori import text_of
from .nodes import AgendaReader, is_closed, is_true, state_of
from .values import CANCELLED, HELD, ORI, AgendaDocument, AgendaItem, AgendaMeeting, ParsedAgendas

MEETING, ITEM, DOCUMENT = "meeting", "item", "document"
_TYPES: Final = {
    **dict.fromkeys(("meeting", "event", "vergadering", "agenda"), MEETING),
    **dict.fromkeys(("agendaitem", "agendapunt"), ITEM),
    **dict.fromkeys(("mediaobject", "document", "informatieobject", "attachment"), DOCUMENT),
}
#: Keys that only such an object has, in ORI 2.0.
_OWN_KEYS: Final = (
    (MEETING, ("vergaderingstype", "vergaderdatum", "geplandevergaderdatum", "georganiseerddoorgremium")),
    (
        ITEM,
        (
            *("agendapuntomschrijving", "agendapunttitel", "agendapuntvolgnummer", "geplandagendapuntvolgnummer"),
            *("indicatiehamerstuk", "indicatorbehandeld", "bovenliggendagendapunt"),
        ),
    ),
    (DOCUMENT, ("informatieobjecttype", "genotuleerdevergadering")),
)
_TYPE_KEYS: Final = ("@type", "type", "additionaltype", "classification", "classificatie")
_IDS: Final = ("@id", "_id", "id", "url", "identificatie", "identifier")
_TITLES: Final = ("name", "agendapunttitel", "titel", "title", "naam", "agendapuntomschrijving", "omschrijving", "note")
#: What is in a list at the top of a file.
_KINDS_OF_LISTS: Final = {
    **dict.fromkeys(("vergaderingen", "meetings", "events"), MEETING),
    **dict.fromkeys(("agendapunten", "agendaitems"), ITEM),
    **dict.fromkeys(("informatieobjecten", "mediaobjects", "documents"), DOCUMENT),
}
#: References from an object to others, by what they are to it.
_ITEMS_OF_MEETING: Final = ("agenda", "agendapunten", "agendaitems", "haspart", "children")
_SUBITEMS: Final = ("subagendapunten", "agenda", "agendaitems", "haspart", "children")
_MEETING_OF_ITEM: Final = ("parent", "parentid", "vergadering", "meeting", "superevent", "ispartof")
_PARENT_ITEM: Final = ("bovenliggendagendapunt", "parent", "parentid", "ispartof")
_DOCUMENTS_OF_ITEM: Final = ("attachment", "attachments", "bijlagen", "informatieobjecten", "documents", "sources")
_ITEM_OF_DOCUMENT: Final = ("agendapunten", "agendapunt", "isreferencedby", "agendaitem", "parent")
#: Days of a meeting: that on which it was held, else the one that was planned.
_DAYS: Final = (
    *("vergaderdatum", "aanvangvergadering", "startdate", "geplandevergaderdatum", "geplandeaanvangvergadering"),
    "date",
)
_ITEM_DAYS: Final = ("lastdiscussedat", "startdate", "starttijd", "geplandestarttijd")
_BODIES: Final = ("georganiseerddoorgremium", "committee", "organization", "organisation", "vergaderingstype")
Path = tuple[str | int, ...]
#: Maximum length of a path, and of a chain of items within items.
_MAX_PATH, _MAX_PARENTS = 24, 5
_LAST_PART: Final = re.compile(r"[^/#]+(?=[/#]*$)")


class OriAgendaReader(AgendaReader):
    """Reader of the objects in one file."""

    system = ORI

    def __init__(self, document: Any) -> None:
        """Find the meetings, items and documents, and what refers to what."""
        super().__init__()
        self.nodes: dict[str, list[OriEntry]] = {MEETING: [], ITEM: [], DOCUMENT: []}
        #: The objects by each of their identifiers.
        self._by_id: dict[str, dict[str, OriEntry]] = {MEETING: {}, ITEM: {}, DOCUMENT: {}}
        #: The meeting or item in which an object stands, by the path of the object.
        self._around: dict[Path, dict[str, OriEntry]] = {}
        self._collect(document, (), {}, "")
        #: Items within an item that is not public.
        self._closed: set[Path] = set()
        self._items_by_meeting: dict[Path, list[OriEntry]] = {}
        self._documents_by_item: dict[Path, dict[Path, OriEntry]] = {}

    def read(self) -> ParsedAgendas:
        """Return the meetings, and items with a day of their own whose meeting is not in the file."""
        self._link_items()
        self._link_documents()
        meetings = [self._meeting(node) for node in self.nodes[MEETING]]
        linked = {item.path for items in self._items_by_meeting.values() for item in items}
        linked |= self._closed
        alone = [self._meeting_of_item(node) for node in self.nodes[ITEM] if node.path not in linked]
        return self.parsed(filter(None, [*meetings, *alone]))

    # ---------------------------------------------------------------- finding objects

    def _collect(self, found: Any, path: Path, around: Mapping[str, OriEntry], expected: str) -> None:
        if len(path) > _MAX_PATH:
            return
        if isinstance(found, list):
            for index, value in enumerate(found):
                self._collect(value, (*path, index), around, expected)
        elif isinstance(found, Mapping):
            node = entry(path, found)
            kind = type_of_node(node) or (expected if _names_something(node) else "")
            if kind:
                self.nodes[kind].append(node)
                self._around[node.path] = dict(around)
                for name in _names_of(node):
                    self._by_id[kind].setdefault(name, node)
                around = {**around, kind: node}
            for key, value in node.values.items():
                if isinstance(value, list | Mapping) and not (kind == DOCUMENT and key in _ITEM_OF_DOCUMENT):
                    inner = (*node.path, node.original_keys[key])
                    self._collect(value, inner, around, _expected(kind, key))

    def _targets(self, node: OriEntry, keys: tuple[str, ...], kind: str) -> Iterator[OriEntry]:
        """Yield the objects of this kind that the node refers to."""
        for key in keys:
            value = node.values.get(key)
            for reference in value if isinstance(value, list) else [value]:
                if target := self._by_id[kind].get(_bare(text_of(_reference(reference)))):
                    yield target

    # ---------------------------------------------------------------- linking them

    def _link_items(self) -> None:
        owner: dict[Path, OriEntry] = {}
        for meeting in self.nodes[MEETING]:
            for item in self._targets(meeting, _ITEMS_OF_MEETING, ITEM):
                owner.setdefault(item.path, meeting)
        parents: dict[Path, OriEntry] = {}
        for item in self.nodes[ITEM]:
            for inner in self._targets(item, _SUBITEMS, ITEM):
                parents.setdefault(inner.path, item)
        for item in self.nodes[ITEM]:
            chain = self._with_parents(item, parents)
            if any(is_closed(above) for above in chain[1:]):
                self.left_out[_("items that are not public")] += 1
                self._closed.add(item.path)
                continue
            meetings = (owner.get(one.path) or self._own_meeting(one) for one in chain)
            if own := next(filter(None, meetings), None):
                self._items_by_meeting.setdefault(own.path, []).append(item)

    def _with_parents(self, item: OriEntry, parents: Mapping[Path, OriEntry]) -> list[OriEntry]:
        """Return the item, the item that it is a part of, and so on."""
        chain = [item]
        for _step in range(_MAX_PARENTS):
            last = chain[-1]
            around = self._around[last.path].get(ITEM) or parents.get(last.path)
            above = around or next(self._targets(last, _PARENT_ITEM, ITEM), None)
            if above is None:
                break
            chain.append(above)
        return chain

    def _own_meeting(self, item: OriEntry) -> OriEntry | None:
        return self._around[item.path].get(MEETING) or next(self._targets(item, _MEETING_OF_ITEM, MEETING), None)

    def _link_documents(self) -> None:
        pairs = [(item, one) for item in self.nodes[ITEM] for one in self._targets(item, _DOCUMENTS_OF_ITEM, DOCUMENT)]
        for document in self.nodes[DOCUMENT]:
            if item := self._around[document.path].get(ITEM):
                pairs.append((item, document))
            pairs += [(item, document) for item in self._targets(document, _ITEM_OF_DOCUMENT, ITEM)]
        for item, document in pairs:
            self._documents_by_item.setdefault(item.path, {})[document.path] = document
        linked = {path for documents in self._documents_by_item.values() for path in documents}
        if rest := len(self.nodes[DOCUMENT]) - len(linked):
            self.left_out[_("documents without an item")] += rest

    # ---------------------------------------------------------------- values

    def _meeting(self, node: OriEntry) -> AgendaMeeting | None:
        items = [self._item(item) for item in self._items_by_meeting.get(node.path, [])]
        state = state_of(node)
        if state != CANCELLED and node.values.get("aanvangvergadering"):
            state = HELD
        return self.meeting(node, self._meeting_name(node), self.day(node, *_DAYS), state, filter(None, items))

    def _meeting_of_item(self, node: OriEntry) -> AgendaMeeting | None:
        """Return a meeting with only this item, on the day of the item; None with a note if it has none."""
        if not any(text_of(node.values.get(key)) for key in _ITEM_DAYS):
            self.add_note(_("%(place)s: the meeting of this item is not in the file. It is left out."), node.location)
            return None
        item = self._item(node)
        if item is None:
            return None
        return self.meeting(node, self._body_name(node), self.day(node, *_ITEM_DAYS), "", [item])

    def _meeting_name(self, node: OriEntry) -> str:
        name = self.text(node, "name", "naam", "titel", "title")
        body = self._body_name(node)
        return name if not body or body.casefold() in name.casefold() else f"{body}: {name}" if name else body

    def _body_name(self, node: OriEntry) -> str:
        for key in _BODIES:
            value = node.values.get(key)
            text = text_of(value.get("gremiumnaam") or value.get("name")) if isinstance(value, Mapping) else ""
            if key == "vergaderingstype":
                text = text_of(value).replace("_", " ")
            if text:
                return text[:100]
        return ""

    def _item(self, node: OriEntry) -> AgendaItem | None:
        nodes = list(self._documents_by_item.get(node.path, {}).values())
        pairs = [(one, self._document(one)) for one in nodes]
        words = " ".join(
            [
                self.long_text(node, "description", "agendapuntomschrijving", "omschrijving", "toelichting"),
                *(self.long_text(one, *_TITLES) for one in nodes),
            ]
        )
        types = [text_of(node.values.get("decisiontype")), *(_types_of(one) for one in nodes)]
        return self.item(
            node,
            _identifier(node),
            self.text(node, *_TITLES),
            pairs,
            words=words,
            types=" ".join(types),
            is_formality=is_true(node, "indicatiehamerstuk"),
        )

    def _document(self, node: OriEntry) -> AgendaDocument | None:
        links = (text_of(node.values.get(key)) for key in ("originalurl", "link", "contenturl", "url"))
        link = next(filter(None, links), "")
        return self.document(
            node,
            _identifier(node),
            self.text(node, *_TITLES, "filename"),
            link,
            types=_types_of(node),
            version=text_of(node.values.get("versie")),
        )


def type_of_node(node: OriEntry) -> str:
    """Return whether the object is a meeting, an item or a document; "" if it is something else."""
    for key in _TYPE_KEYS:
        value = node.values.get(key)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and (kind := _TYPES.get(normalize_key(name))):
                return kind
    return next((kind for kind, keys in _OWN_KEYS if any(key in node.values for key in keys)), "")


def _expected(kind: str, key: str) -> str:
    """Return what an object without a type is where it stands."""
    if not kind:
        return _KINDS_OF_LISTS.get(key, "")
    if kind == MEETING and key in _ITEMS_OF_MEETING:
        return ITEM
    if kind == ITEM:
        return ITEM if key in _SUBITEMS else DOCUMENT if key in _DOCUMENTS_OF_ITEM else ""
    return ""


def _names_something(node: OriEntry) -> bool:
    """Return whether the object has a title, rather than only refers to another."""
    return any(text_of(node.values.get(key)) for key in _TITLES)


def _names_of(node: OriEntry) -> Iterator[str]:
    for key in _IDS:
        if name := _bare(text_of(node.values.get(key))):
            yield name
    identifiers = node.values.get("identifiers")
    for identifier in identifiers if isinstance(identifiers, list) else []:
        if isinstance(identifier, Mapping) and (name := _bare(text_of(identifier.get("identifier")))):
            yield name


def _reference(value: Any) -> Any:
    return (value.get("@id") or value.get("id") or value.get("url")) if isinstance(value, Mapping) else value


def _bare(reference: str) -> str:
    """Return the last part of an address, or an identifier as it is."""
    found = _LAST_PART.search(reference[-200:]) if "/" in reference else None
    return found.group() if found else reference


def _identifier(node: OriEntry) -> str:
    return next(_names_of(node), "")


def _types_of(node: OriEntry) -> str:
    return " ".join(text_of(node.values.get(key)) for key in ("informatieobjecttype", "classification", "documenttype"))
