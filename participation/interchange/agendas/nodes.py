"""Reading of the objects of a file, the same for every system: texts, days, lists, links, and what is not public."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.dossier.characters import clean_line, clean_text
from participation.dossier.errors import Problem
from participation.models.columns import is_http_url

from ..days import AMSTERDAM
from ..html_texts import html_to_text, is_html
from ..register.entries import OriEntry, entry
from ..register.ori import text_of
from ..register.values import Unreadable, day_of, shorten
from .document_kinds import document_kind
from .places import place_in_words
from .values import (
    CANCELLED,
    HELD,
    MAX_CASE_NUMBER_LENGTH,
    MAX_DOCUMENTS,
    MAX_ITEMS,
    MAX_MEETINGS,
    MAX_TITLE_LENGTH,
    MAX_WORDS_LENGTH,
    PLANNED,
    AgendaDocument,
    AgendaItem,
    AgendaMeeting,
    ParsedAgendas,
    agenda_ref,
)

#: Maximum number of notes with a place; the rest is counted.
_MAX_NOTES = 100
_CASE_NUMBERS: Final = (
    *("casecode", "casenumber", "zaaknummer", "zaakidentificatie", "zaakid", "zaaknr", "dossiernummer", "zaken"),
    "zaak",
)
_CANCELLED_STATUS: Final = re.compile(r"cancel|geannuleerd|vervallen|afgelast")
_HELD_STATUS: Final = re.compile(r"gehouden|completed|afgerond")
#: The date of .NET in JSON: milliseconds since 1970.
_DOTNET_DATE: Final = re.compile(r"/Date\((-?\d{1,14})(?:[+-]\d{4})?\)/")
#: The number of an item at the start of its title: "3. ", "7.b. ", "12) ".
_NUMBERING: Final = re.compile(r"\d{1,2}(?:\.\d{1,2}|\.?[a-z])?[.)]\s+(?=\S)")
#: Milliseconds after a colon, as in the examples of ORI 2.0.
_COLON_MILLISECONDS: Final = re.compile(r":\d{3}(?=Z$)")


class AgendaReader:
    """Base of the readers: values of objects, with a note for what is left out and a problem for what is malformed."""

    system = ""

    def __init__(self) -> None:
        """Start with nothing read."""
        self.notes: list[str] = []
        self.problems: list[Problem] = []
        self.left_out: Counter[str] = Counter()
        self.item_count = 0

    def parsed(self, meetings: Iterable[AgendaMeeting]) -> ParsedAgendas:
        """Return what was read, with the notes."""
        found = tuple(meetings)
        if len(found) > MAX_MEETINGS or self.item_count > MAX_ITEMS:
            reason = _("There are more than %(meetings)s meetings or %(items)s items in this file.")
            params = {"meetings": MAX_MEETINGS, "items": MAX_ITEMS}
            self.problems.append(Problem("/", reason % params, _("Take a shorter period, such as three months.")))
        return ParsedAgendas(found, tuple(self.problems), tuple(self._all_notes()))

    def children(self, node: OriEntry, *keys: str) -> list[OriEntry]:
        """Return the objects in the first of these lists that the node has; SOAP puts it into an object."""
        key = next((key for key in keys if node.values.get(key) not in (None, "", [], {})), None)
        if key is None:
            return []
        path, found = (*node.path, node.original_keys[key]), node.values[key]
        if isinstance(found, Mapping) and len(found) == 1:
            # XML that became JSON has the list, or its only object, in an object of its own.
            (name, inner), *_rest = found.items()
            path, found = (*path, name), inner if isinstance(inner, list) else [inner]
        elif isinstance(found, Mapping):
            found = [found]
        if not isinstance(found, list):
            self._add_problem(node.pointer_to(key), _("This is no list."))
            return []
        objects = []
        for index, value in enumerate(found):
            if isinstance(value, Mapping):
                objects.append(entry((*path, index), value))
            elif value not in (None, ""):
                self._add_problem(OriEntry((*path, index), {}, {}).location, _("This is no object."))
        return objects

    @staticmethod
    def child(node: OriEntry, key: str) -> OriEntry | None:
        """Return the object under this key; None if there is none."""
        found = node.values.get(key)
        return entry((*node.path, node.original_keys[key]), found) if isinstance(found, Mapping) else None

    def text(self, node: OriEntry, *keys: str) -> str:
        """Return the first of these texts that is not empty, on one line; longer ones are shortened, with a note."""
        text = self.long_text(node, *keys)
        line = " ".join(clean_line(text).split())
        if len(line) > MAX_TITLE_LENGTH:
            self.add_note(
                _("%(place)s: the text was shortened to %(most)s signs."),
                node.pointer_to(*keys),
                most=MAX_TITLE_LENGTH,
            )
        return shorten(line, MAX_TITLE_LENGTH)

    @staticmethod
    def long_text(node: OriEntry, *keys: str) -> str:
        """Return the first of these texts that is not empty, without markup."""
        text = next((found for key in keys if (found := text_of(node.values.get(key)))), "")[: 4 * MAX_WORDS_LENGTH]
        return clean_text(html_to_text(text, keep_structure=False) if is_html(text) else text)[:MAX_WORDS_LENGTH]

    def day(self, node: OriEntry, *keys: str) -> ImpreciseDate | None:
        """Return the first of these days; None with a note where it cannot be read."""
        for key in keys:
            if text := text_of(node.values.get(key)):
                place = node.pointer_to(key)
                try:
                    return day_of(_plain_moment(text), partial(self._add_note_at, place))
                except Unreadable as error:
                    self._add_note_at(place, error.reason)
                    return None
        return None

    def meeting(
        self, node: OriEntry, name: str, on: ImpreciseDate | None, state: str, items: Iterable[AgendaItem]
    ) -> AgendaMeeting | None:
        """Return the meeting; None with a note if it is not public or its day is not known."""
        if is_closed(node):
            self.left_out[_("meetings that are not public")] += 1
            return None
        if on is None or not on.is_dated:
            self.add_note(_("%(place)s: the day of the meeting is not in the file. It is left out."), node.location)
            return None
        return AgendaMeeting(node.location, name, on, state, tuple(items))

    def item(
        self,
        node: OriEntry,
        identifier: str,
        title: str,
        documents: Iterable[tuple[OriEntry, AgendaDocument | None]],
        *,
        words: str = "",
        types: str = "",
        is_formality: bool = False,
    ) -> AgendaItem | None:
        """Return the item; None if it is not public or, with a note, if it has no title."""
        if is_closed(node):
            self.left_out[_("items that are not public")] += 1
            return None
        if not title:
            self.add_note(_("%(place)s: this item has no title. It is left out."), node.location)
            return None
        self.item_count += 1
        title = _NUMBERING.sub("", title, count=1) if _NUMBERING.match(title) else title
        nodes = list(documents)
        found = list(dict.fromkeys(document for _node, document in nodes if document))
        if len(found) > MAX_DOCUMENTS:
            self.add_note(
                _("%(place)s: only the first %(most)s documents are read."), node.location, most=MAX_DOCUMENTS
            )
        public = [one for one, _document in nodes if not is_closed(one)]
        numbers = dict.fromkeys(number for one in (node, *public) for number in case_numbers(one))
        return AgendaItem(
            agenda_ref(self.system, "", identifier, title, *(document.url for document in found)),
            node.location,
            title,
            tuple(numbers)[:MAX_DOCUMENTS],
            words,
            types,
            is_formality,
            tuple(found[:MAX_DOCUMENTS]),
        )

    def document(
        self, node: OriEntry, identifier: str, title: str, url: str, *, types: str = "", version: str = ""
    ) -> AgendaDocument | None:
        """Return the document; None if it is not public or has no link."""
        if is_closed(node):
            self.left_out[_("documents that are not public")] += 1
            return None
        if not is_http_url(url):
            self.left_out[_("documents without a link that works")] += 1
            return None
        is_later = version.isdecimal() and len(version) <= 4 and int(version) > 1
        ref = agenda_ref(self.system, "document", identifier, url)
        return AgendaDocument(
            f"{ref}-{version}" if is_later else ref,
            title or shorten(url.rpartition("/")[2] or url, MAX_TITLE_LENGTH),
            url,
            document_kind(title, types),
            version if is_later else "",
            self.day(node, "date", "datum", "creatiedatum", "datumingediend"),
        )

    def add_note(self, text: str, location: str, **params: Any) -> None:
        """Add a note on a place in the file."""
        self.notes.append(text % {"place": place_in_words(location), **params})

    def _add_note_at(self, location: str, note: str) -> None:
        self.notes.append(f"{place_in_words(location)}: {note}")

    def _add_problem(self, location: str, reason: str) -> None:
        hint = _("Export the agenda again, as JSON and without changing anything in it.")
        self.problems.append(Problem(place_in_words(location), reason, hint))

    def _all_notes(self) -> Iterator[str]:
        yield from self.notes[:_MAX_NOTES]
        if len(self.notes) > _MAX_NOTES:
            yield _("and %(n)s more notes") % {"n": len(self.notes) - _MAX_NOTES}
        if self.left_out:
            parts = ", ".join(f"{name} ({count}×)" for name, count in self.left_out.most_common())
            yield _("Left out: %(parts)s.") % {"parts": parts}


def is_closed(node: OriEntry) -> bool:
    """Return whether the file says that this is not public."""
    flags = (node.values.get(key) for key in ("confidential", "vertrouwelijk", "indicatorbesloten", "besloten"))
    if any(_is_yes(flag) for flag in flags):
        return True
    group = text_of(node.values.get("permissiongroup")).casefold()
    secrecy = text_of(node.values.get("vertrouwelijkheidsaanduiding")).casefold()
    return group not in ("", "public") or secrecy not in ("", "openbaar", "public")


def is_true(node: OriEntry, *keys: str) -> bool:
    """Return whether one of these values says yes."""
    return any(_is_yes(node.values.get(key)) for key in keys)


def case_numbers(node: OriEntry) -> list[str]:
    """Return the case numbers that the object names in a field of their own."""
    values = [node.values[key] for key in _CASE_NUMBERS if key in node.values]
    found = [number for value in values for number in _numbers_in(value)]
    return [number for number in found if number and len(number) <= MAX_CASE_NUMBER_LENGTH]


def state_of(node: OriEntry) -> str:
    """Return the state of a meeting by its status; "" if that does not tell."""
    status = text_of(node.values.get("status")).casefold()
    if _CANCELLED_STATUS.search(status) or is_true(node, "canceled", "cancelled"):
        return CANCELLED
    if _HELD_STATUS.search(status):
        return HELD
    return PLANNED if "gepland" in status or "scheduled" in status else ""


def _numbers_in(value: Any) -> list[str]:
    if isinstance(value, list):
        return [number for item in value[:MAX_DOCUMENTS] for number in _numbers_in(item)]
    if isinstance(value, Mapping):
        return case_numbers(entry((), value)) or [text_of(value.get("id"))]
    return [" ".join(text_of(value).split())]


def _is_yes(value: Any) -> bool:
    return value is True or text_of(value).casefold() in ("1", "true", "yes", "ja", "waar")


def _plain_moment(text: str) -> str:
    """Return a date of .NET or with odd milliseconds as other systems write it."""
    if found := _DOTNET_DATE.fullmatch(text):
        try:
            return datetime.fromtimestamp(int(found[1]) / 1000, AMSTERDAM).date().isoformat()
        except (ValueError, OverflowError, OSError):
            return text
    return _COLON_MILLISECONDS.sub("", text)
