"""Parsing of a file into a document: size, encoding, JSON and version are validated, with specific errors.

The texts are in the active language.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from participation.compliance.problems import closest_word

from .errors import DossierError, Problem, pointer
from .hints import format_value

#: Maximum size in bytes. The largest real document is some hundreds of kilobytes.
MAX_BYTES: Final = 20 * 1024 * 1024
#: Maximum nesting. The format needs six levels; the limit protects recursive code.
MAX_DEPTH: Final = 32
KNOWN_VERSIONS: Final = (1,)

MEGABYTE: Final = 1024 * 1024
_START_EXAMPLE = '{"dossier": 1, "trajectory": {…}}'
_WHOLE_FILE = "/"
_UTF8_HINT = gettext_noop("open it in an editor and save it as UTF-8")
_TRUNCATED_HINT = gettext_noop("it looks cut off: fetch it again, or close what is open")
_CURLY_QUOTES = "'\u2018\u2019\u201c\u201d"
_SIGNATURES = (
    (b"PK\x03\x04", gettext_noop("a ZIP archive or an office document")),
    (b"%PDF", gettext_noop("a PDF")),
    (b"\x1f\x8b", gettext_noop("a compressed (gzip) file")),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
#: Messages of Python's JSON parser, each with the reason and hint to show instead.
_JSON_MESSAGES = {
    "Expecting property name enclosed in double quotes": (
        gettext_noop('expected a key between double quotes, like "slug"'),
        gettext_noop("check for a comma too many before this place, or for single quotes"),
    ),
    "Expecting ':' delimiter": (
        gettext_noop("expected a colon after the key"),
        gettext_noop('write it as "key": value'),
    ),
    "Expecting ',' delimiter": (
        gettext_noop("expected a comma or a closing bracket"),
        gettext_noop("check what stands before this place"),
    ),
    "Expecting value": (
        gettext_noop('expected a value: a text between double quotes, a number, true, false, null, "[" or "{"'),
        gettext_noop("check for a comma too many or a missing quote before this place"),
    ),
    "Unterminated string starting at": (
        gettext_noop("the text that starts here never ends"),
        gettext_noop("close it with a double quote; was the file cut off?"),
    ),
    "Invalid control character at": (
        gettext_noop("a line break or tab inside a text"),
        gettext_noop(r"write \n or \t for it"),
    ),
    "Invalid \\escape": (
        gettext_noop("a backslash that stands for nothing"),
        gettext_noop(r"write \\ for a backslash"),
    ),
    "Invalid \\uXXXX escape": (
        gettext_noop(r"\u needs four hexadecimal digits"),
        gettext_noop(r"write it like \u00eb"),
    ),
    "Extra data": (
        gettext_noop("the document has ended before this place"),
        gettext_noop("put one document in a file"),
    ),
}


class _InvalidConstant:
    """Placeholder in a parsed document for a constant that JSON does not allow (NaN, Infinity)."""

    def __init__(self, literal: str) -> None:
        self.literal = literal


def read_document(data: bytes) -> dict[str, Any]:
    """Parse a dossier or register of a known version; its contents are not validated further.

    Raises DossierError when it is too large, not UTF-8, not JSON or of another version.
    """
    document = read_json(data)
    if not isinstance(document, dict):
        raise _dossier_error(
            _WHOLE_FILE,
            _("the document is not a JSON object"),
            _("start it with %(example)s") % {"example": _START_EXAMPLE},
        )
    if problem := version_problem(document):
        raise DossierError([problem])
    return document


def read_json(data: bytes) -> Any:
    """Parse strict JSON of any type.

    Raises DossierError when it is too large, not UTF-8 or not JSON, or has NaN, duplicate keys or deep nesting.
    """
    if len(data) > MAX_BYTES:
        sizes = {"size": number_format(len(data) / MEGABYTE, 1), "most": MAX_BYTES // MEGABYTE}
        reason = _("the file is %(size)s MB, and at most %(most)s MB is read") % sizes
        raise _dossier_error(_WHOLE_FILE, reason, _("give each trajectory a file of its own"))
    return _parse(_decode(data))


def version_problem(document: Mapping[str, Any]) -> Problem | None:
    """Return the problem of the key that states the kind and version of the document, or None."""
    present = [key for key in ("dossier", "register") if key in document]
    if len(present) > 1:
        return Problem("/register", _("a document is a dossier or a register, not both"), _("make it two files"))
    if not present:
        close = closest_word("dossier", document) or closest_word("register", document)
        hint = (
            _('is %(close)s a slip? add "dossier": 1 or "register": 1') % {"close": repr(close)}
            if close
            else _('add "dossier": 1 or "register": 1')
        )
        return Problem(_WHOLE_FILE, _("it does not say which kind of document it is"), hint)
    key = present[0]
    version = document[key]
    if isinstance(version, int) and not isinstance(version, bool) and version in KNOWN_VERSIONS:
        return None
    known = ", ".join(map(str, KNOWN_VERSIONS))
    reason = _("%(value)s is not a version of this format") % {"value": format_value(version)}
    return Problem(pointer(key), reason, _("known versions: %(known)s") % {"known": known})


def _decode(data: bytes) -> str:
    for start, name in _SIGNATURES:
        if data.startswith(start):
            remedy = _(_UTF8_HINT) if name.startswith("UTF") else _("export it as JSON")
            reason = _("this looks like %(name)s, not UTF-8 text") % {"name": _(name)}
            raise _dossier_error(_WHOLE_FILE, reason, remedy)
    # Without a byte order mark, UTF-16 and UTF-32 show by the NUL bytes of ASCII characters.
    if b"\0" in data[:4]:
        reason = _("this looks like %(name)s, not UTF-8 text") % {"name": "UTF-16"}
        raise _dossier_error(_WHOLE_FILE, reason, _(_UTF8_HINT))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _encoding_error(data, error) from None
    if not text.strip():
        raise _dossier_error(_WHOLE_FILE, _("the file is empty"), _("was the export or the download completed?"))
    return text


def _encoding_error(data: bytes, error: UnicodeDecodeError) -> DossierError:
    # With a byte order mark the decoder counts offsets from after it.
    start = error.start + len(data) - len(error.object)
    line = data.count(b"\n", 0, start) + 1
    location = _("line %(line)s") % {"line": line}
    if error.reason == "unexpected end of data":
        return _dossier_error(location, _("the file stops in the middle of a character"), _(_TRUNCATED_HINT))
    byte = data[start : start + 1]
    character = byte.decode("cp1252", errors="replace")
    reason = (
        _("byte %(byte)s is not UTF-8: this looks like Windows-1252 or Latin-1, with %(character)s here")
        if character.isprintable() and character != "\ufffd"
        else _("byte %(byte)s is not UTF-8: this looks like Windows-1252 or Latin-1")
    )
    values = {"byte": f"0x{byte.hex().upper()}", "character": repr(character)}
    return _dossier_error(location, reason % values, _(_UTF8_HINT))


def _parse(text: str) -> Any:
    duplicates: list[tuple[dict[str, Any], str]] = []
    constants: list[_InvalidConstant] = []

    def record_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(key for key, _value in pairs)
            duplicates.extend((found, key) for key, count in counts.items() if count > 1)
        return found

    def record_constant(literal: str) -> _InvalidConstant:
        constants.append(_InvalidConstant(literal))
        return constants[-1]

    try:
        document = json.loads(text, object_pairs_hook=record_duplicates, parse_constant=record_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error) from None
    except RecursionError:
        raise _depth_error() from None
    except ValueError:
        # Python refuses to parse an integer of thousands of digits.
        reason, hint = _("a number has thousands of digits"), _("look for the longest one")
        raise _dossier_error(_WHOLE_FILE, reason, hint) from None
    _check_depth(document)
    if duplicates or constants:
        raise DossierError(_problems_in_content(document, duplicates, constants))
    return document


def _syntax_error(text: str, error: json.JSONDecodeError) -> DossierError:
    location = _("line %(line)s, column %(column)s") % {"line": error.lineno, "column": error.colno}
    found = _JSON_MESSAGES.get(error.msg)
    reason, hint = map(_, found) if found else (error.msg, _("check it with a JSON editor"))
    if error.pos >= len(text.rstrip()):
        reason = _("the file ends before the document does: %(reason)s") % {"reason": reason}
        return _dossier_error(location, reason, _(_TRUNCATED_HINT))
    if text[error.pos] in _CURLY_QUOTES:
        hint = _('%(character)s is no quote in JSON: write "') % {"character": text[error.pos]}
    return _dossier_error(location, reason, hint)


def _check_depth(document: Any) -> None:
    level = [document]
    for _level in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
        if not level:
            return
    raise _depth_error()


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _problems_in_content(
    document: Any, duplicates: list[tuple[dict[str, Any], str]], constants: list[_InvalidConstant]
) -> list[Problem]:
    # The JSON parser hooks get no path: look up the objects in the parsed document by identity.
    paths: dict[int, tuple[str | int, ...]] = {}
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while pending:
        path, node = pending.pop()
        paths[id(node)] = path
        named = node.items() if isinstance(node, dict) else enumerate(_children(node))
        pending.extend(((*path, key), child) for key, child in named if isinstance(child, _NODE_TYPES))
    return [
        Problem(
            pointer(*paths.get(id(found), ()), key),
            _("the key %(key)s is there twice") % {"key": format_value(key)},
            _("keep one"),
        )
        for found, key in duplicates
    ] + [
        Problem(
            pointer(*paths.get(id(constant), ())),
            _("%(value)s is not JSON") % {"value": constant.literal},
            _("write null for not known"),
        )
        for constant in constants
    ]


_NODE_TYPES = (dict, list, _InvalidConstant)


def _depth_error() -> DossierError:
    reason = _("lists and objects in one another, more than %(most)s deep") % {"most": MAX_DEPTH}
    return _dossier_error(_WHOLE_FILE, reason, _("a dossier needs six"))


def _dossier_error(location: str, reason: str, hint: str) -> DossierError:
    return DossierError([Problem(location, reason, hint)])
