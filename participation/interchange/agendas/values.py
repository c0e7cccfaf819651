"""Values that the readers of agendas yield, whatever the system: meetings with items, and items with documents."""

import hashlib
import re
from typing import Final, NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.dossier.characters import without_case
from participation.dossier.errors import Problem

#: Maximum size of a file in bytes, and the maximum numbers of meetings, of items in all, and of documents of an item.
MAX_BYTES, MAX_MEETINGS, MAX_ITEMS, MAX_DOCUMENTS = 5_000_000, 500, 5_000, 50
#: Maximum lengths of a title, and of the words of an item in which a case number is looked for.
MAX_TITLE_LENGTH, MAX_WORDS_LENGTH = 300, 5_000
#: Maximum length of a case number, and of the identifier of a system as a part of a ref.
MAX_CASE_NUMBER_LENGTH, _MAX_ID_LENGTH = 100, 60
_PLAIN_ID: Final = re.compile(rf"[A-Za-z0-9](?:[A-Za-z0-9-]{{0,{_MAX_ID_LENGTH - 1}}})")
_DIGEST_LENGTH = 16

#: The systems that agendas come from, as the refs of items begin with.
ORI, IBABS, NOTUBIZ = "ori", "ibabs", "notubiz"
SYSTEMS: Final = (ORI, IBABS, NOTUBIZ)
#: States of a meeting; "" where the file does not tell.
PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"


class AgendaDocument(NamedTuple):
    """A document with a link; its ref is the same each time that the file is read."""

    ref: str
    title: str
    url: str
    kind: str
    version: str
    dated_on: ImpreciseDate | None


class AgendaItem(NamedTuple):
    """An item of an agenda. ``words`` are what it says besides its title, only to find its trajectory by."""

    ref: str
    location: str
    title: str
    case_numbers: tuple[str, ...]
    words: str
    types: str
    is_formality: bool
    documents: tuple[AgendaDocument, ...]


class AgendaMeeting(NamedTuple):
    """A meeting on a day, of the body that its name tells."""

    location: str
    name: str
    on: ImpreciseDate
    state: str
    items: tuple[AgendaItem, ...]


class ParsedAgendas(NamedTuple):
    """The meetings in a file. With ``problems`` it cannot be imported; ``notes`` tell what was left out."""

    meetings: tuple[AgendaMeeting, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def agenda_ref(system: str, sort: str, identifier: str, *otherwise: str) -> str:
    """Return the ref of an item or a document: of its identifier in the system, else of what it is called."""
    prefix = "-".join(filter(None, (system, sort)))
    if _PLAIN_ID.fullmatch(identifier):
        return f"{prefix}-{identifier}"
    text = "\n".join(map(without_case, (identifier,) if identifier else otherwise))
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]}"
