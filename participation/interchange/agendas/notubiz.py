"""Reader of the JSON of Notubiz: a meeting, or a list of them, with agenda items, module items and documents."""

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from ..register.entries import OriEntry
from ..register.ori import text_of
from .nodes import AgendaReader, is_closed, is_true, state_of
from .values import CANCELLED, NOTUBIZ, AgendaDocument, AgendaItem, AgendaMeeting, ParsedAgendas

#: Maximum depth of items within items.
_MAX_DEPTH = 5
#: The attribute with the title: by its number in the API, or by its name once these are looked up.
_TITLE_ATTRIBUTE: Final = (1, "1", "Titel", "titel")


class NotubizReader(AgendaReader):
    """Reader of meetings of Notubiz."""

    system = NOTUBIZ

    def read(self, nodes: list[OriEntry]) -> ParsedAgendas:
        """Return the meetings."""
        return self.parsed(filter(None, [self._meeting(node) for node in nodes]))

    def _meeting(self, node: OriEntry) -> AgendaMeeting | None:
        plannings = self.children(node, "plannings")
        on = self.day(plannings[0], "startdate") if plannings else self.day(node, "startdate", "date")
        if self.children(node, "documents"):
            self.left_out[_("documents of a whole meeting")] += 1
        items = list(self._items(self.children(node, "agendaitems"), 0))
        state = CANCELLED if is_true(node, "inactive") else state_of(node)
        return self.meeting(node, self._title(node), on, state, items)

    def _items(self, nodes: list[OriEntry], depth: int) -> Iterator[AgendaItem]:
        for node in nodes:
            data = self.child(node, "typedata") or node
            documents = self.children(node, "documents")
            for module in self.children(node, "moduleitems"):
                documents += [] if is_closed(module) else self.children(module, "documents")
            is_heading = is_true(data, "heading") and not documents
            title = "" if is_heading else self._title(data) or self._title(node)
            if not is_heading and (item := self._item(node, title, documents)):
                yield item
            if depth < _MAX_DEPTH and not is_closed(node):
                yield from self._items(self.children(node, "agendaitems"), depth + 1)

    def _item(self, node: OriEntry, title: str, documents: list[OriEntry]) -> AgendaItem | None:
        pairs = [(document, self._document(document)) for document in documents]
        words = " ".join(self.long_text(one, "title") for one in documents)
        types = " ".join(_types_of(one) for one in documents)
        return self.item(node, text_of(node.values.get("id")), title, pairs, words=words, types=types)

    def _document(self, node: OriEntry) -> AgendaDocument | None:
        return self.document(
            node,
            text_of(node.values.get("id")),
            self.text(node, "title"),
            text_of(node.values.get("url")),
            types=_types_of(node),
            version=text_of(node.values.get("version")),
        )

    def _title(self, node: OriEntry) -> str:
        """Return the attribute that is the title, else the title."""
        attributes: Any = node.values.get("attributes")
        if isinstance(attributes, dict):
            named = next((attributes[key] for key in ("Titel", "titel", "1") if key in attributes), None)
            return self.text(node._replace(values={"attributes": named}), "attributes")
        for attribute in self.children(node, "attributes"):
            if attribute.values.get("id") in _TITLE_ATTRIBUTE:
                return self.text(attribute, "value")
        return self.text(node, "title", "name")


def _types_of(node: OriEntry) -> str:
    types = node.values.get("types")
    return (
        " ".join(text_of(one.get("value")) for one in types if isinstance(one, dict)) if isinstance(types, list) else ""
    )
