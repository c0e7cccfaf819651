"""Reader of the JSON of iBabs: meetings with meeting items and documents, also as SOAP answers become JSON."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from ..register.entries import OriEntry
from ..register.ori import text_of
from .nodes import AgendaReader, state_of
from .values import IBABS, AgendaDocument, AgendaItem, AgendaMeeting, ParsedAgendas


class IbabsReader(AgendaReader):
    """Reader of meetings of iBabs; ``names`` are those of the types of meeting, by identifier."""

    system = IBABS

    def __init__(self, types: list[OriEntry]) -> None:
        """Store the names of the types of meeting."""
        super().__init__()
        self._names: Mapping[str, str] = {
            text_of(one.values.get("id")): self.text(one, "meetingtype", "description", "name") for one in types
        }

    def read(self, nodes: list[OriEntry]) -> ParsedAgendas:
        """Return the meetings."""
        return self.parsed(filter(None, [self._meeting(node) for node in nodes]))

    def _meeting(self, node: OriEntry) -> AgendaMeeting | None:
        kind = text_of(node.values.get("meetingtypeid"))
        name = self.text(node, "meetingtype", "meetingtypename", "title", "name") or self._names.get(kind, "")
        if self.children(node, "documents"):
            self.left_out[_("documents of a whole meeting")] += 1
        items = [self._item(item) for item in self.children(node, "meetingitems", "items")]
        on = self.day(node, "meetingdate", "date")
        return self.meeting(node, name, on, state_of(node), filter(None, items))

    def _item(self, node: OriEntry) -> AgendaItem | None:
        documents = self.children(node, "documents")
        names = [self.text(one, "displayname", "filename") for one in documents]
        pairs = [(one, self._document(one, name)) for one, name in zip(documents, names, strict=True)]
        words = " ".join([self.long_text(node, "explanation"), text_of(node.values.get("features")), *names])
        title, types = self.text(node, "title", "subject"), self.text(node, "listname", "type")
        return self.item(node, text_of(node.values.get("id")), title, pairs, words=words, types=types)

    def _document(self, node: OriEntry, name: str) -> AgendaDocument | None:
        url = text_of(node.values.get("publicdownloadurl") or node.values.get("url"))
        return self.document(node, text_of(node.values.get("id")), name, url)
