"""Texts with the marks of HTML, as platforms and council information systems give them, made plain.

The parser of Python 3.11 takes a time that grows with the square of what is never closed, and ``html.unescape`` refuses
a long number, so both are kept away from such texts: no pattern here looks at the same place twice.
"""

import html
import re
from typing import Final

#: Whether it is HTML at all: people write "<" and "&" too.
_LIKE_HTML: Final = re.compile(r"</?[a-z][a-z0-9]*[ />]|&[a-z#0-9]+;", re.IGNORECASE)
#: A tag ends before the next one begins, whatever is in its quotation marks.
_TAG: Final = re.compile(
    r"""<(?P<close>/?)(?P<name>[a-z][a-z0-9]*)(?=[\s/>])(?:"[^"<]*"|'[^'<]*'|[^<>"'])*>""", re.IGNORECASE
)
_HIDDEN: Final = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<(?:script|style)\b", re.IGNORECASE), re.compile(r"</(?:script|style)\s{0,9}>", re.IGNORECASE)),
)
_LONG_REFERENCE: Final = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{8,});?", re.IGNORECASE)
_BREAKS: Final = frozenset(("p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "blockquote"))


def is_html(text: str) -> bool:
    """Tell whether this text has tags or references of HTML in it."""
    return bool(_LIKE_HTML.search(text))


def plain(text: str, *, marks: bool = True) -> str:
    """Return a text without the marks of HTML, its paragraphs on lines of their own.

    With ``marks`` an empty line stands between paragraphs, and a hyphen before what was in a list.
    """
    if is_html(text):
        for opens, closes in _HIDDEN:
            text = _without(text, opens, closes)

        def shown(tag: re.Match[str]) -> str:
            name, closes = tag["name"].lower(), bool(tag["close"])
            if name not in _BREAKS or not (marks or closes or name == "br"):
                return ""
            return "\n- " if marks and name == "li" and not closes else "\n"

        text = html.unescape(_LONG_REFERENCE.sub("\ufffd", _TAG.sub(shown, text)))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without(text: str, opens: re.Pattern[str], closes: re.Pattern[str]) -> str:
    """Return the text without what stands between these; what is never closed stays."""
    kept, at = [], 0
    while (found := opens.search(text, at)) and (end := closes.search(text, found.end())):
        kept.append(text[at : found.start()])
        at = end.end()
    return "".join([*kept, text[at:]])
