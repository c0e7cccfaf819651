"""Reader of the agendas in a JSON file, whichever system made it: that shows from what is in it, not from its name."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from participation.dossier.errors import Problem

from ..json_files import JsonError, parse_json
from ..register.entries import OriEntry, entry
from .ibabs import IbabsReader
from .notubiz import NotubizReader
from .ori import ITEM, MEETING, OriAgendaReader
from .values import MAX_BYTES, ParsedAgendas

#: Maximum depth at which a list of meetings is looked for: around it are envelopes.
_MAX_DEPTH: Final = 10
_NOTUBIZ_KEYS: Final = frozenset({"agendaitems", "plannings"})
_IBABS_KEYS: Final = frozenset({"meetingitems", "meetingtypeid", "meetingdate"})


def read_agendas(content: bytes) -> ParsedAgendas:
    """Return the meetings in a file of Open Raadsinformatie, iBabs or Notubiz; problems are returned, not raised."""
    if len(content) > MAX_BYTES:
        reason = _("This file is too large: at most %(size)s MB is read.") % {"size": MAX_BYTES // 1_000_000}
        return ParsedAgendas(problems=(Problem("/", reason, _("Take a shorter period, such as three months.")),))
    try:
        document = parse_json(content)
    except JsonError as error:
        return ParsedAgendas(problems=tuple(error.problems))
    found = _read(document)
    if found.problems or found.meetings or found.notes:
        return found
    return ParsedAgendas(
        problems=(
            Problem(
                "/",
                _("There are no meetings with an agenda in this file."),
                _("Export meetings with their items from Open Raadsinformatie, iBabs or Notubiz, as JSON."),
            ),
        )
    )


def _read(document: Any) -> ParsedAgendas:
    if meetings := _objects(document, (), _NOTUBIZ_KEYS, 2):
        return NotubizReader().read(meetings)
    if meetings := _objects(document, (), _IBABS_KEYS, 2):
        return IbabsReader(_objects(document, (), frozenset({"id", "meetingtype", "abbreviation"}), 3)).read(meetings)
    reader = OriAgendaReader(document)
    return reader.read() if reader.nodes[MEETING] or reader.nodes[ITEM] else ParsedAgendas()


def _objects(found: Any, path: tuple[str | int, ...], keys: frozenset[str], most: int) -> list[OriEntry]:
    """Return the objects with at least so many of these keys, not looking inside them."""
    if len(path) > _MAX_DEPTH:
        return []
    if isinstance(found, list):
        return [one for index, value in enumerate(found) for one in _objects(value, (*path, index), keys, most)]
    if not isinstance(found, Mapping):
        return []
    node = entry(path, found)
    if len(keys & node.values.keys()) >= most:
        return [node]
    inner = [(node.original_keys[key], value) for key, value in node.values.items()]
    return [one for key, value in inner for one in _objects(value, (*node.path, key), keys, most)]
