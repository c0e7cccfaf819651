"""Conversion of HTML, from participation platforms and council information systems, to plain text.

Python 3.11's HTMLParser takes quadratic time on unclosed constructs, and ``html.unescape`` raises on long numeric
references, so neither is given such text; the patterns here take linear time.
"""

import html
import re
from typing import Final

#: Tells HTML from plain text that contains "<" or "&".
_LIKE_HTML: Final = re.compile(r"</?[a-z][a-z0-9]*[ />]|&[a-z#0-9]+;", re.IGNORECASE)
#: A tag; "<" is excluded also within quoted attributes, so that matching takes linear time.
_TAG: Final = re.compile(
    r"""<(?P<close>/?)(?P<name>[a-z][a-z0-9]*)(?=[\s/>])(?:"[^"<]*"|'[^'<]*'|[^<>"'])*>""", re.IGNORECASE
)
_HIDDEN: Final = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<(?:script|style)\b", re.IGNORECASE), re.compile(r"</(?:script|style)\s{0,9}>", re.IGNORECASE)),
)
_LONG_REFERENCE: Final = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{8,});?", re.IGNORECASE)
_BLOCK_ELEMENTS: Final = frozenset(
    ("p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "blockquote")
)


def is_html(text: str) -> bool:
    """Return whether the text contains HTML tags or character references."""
    return bool(_LIKE_HTML.search(text))


def html_to_text(text: str, *, keep_structure: bool = True) -> str:
    """Return HTML as plain text with a line per block element; plain text only gets its white space normalised.

    With ``keep_structure``, paragraphs are separated by an empty line and list items start with a hyphen.
    """
    if is_html(text):
        for opens, closes in _HIDDEN:
            text = _remove_between(text, opens, closes)

        def replace_tag(tag: re.Match[str]) -> str:
            name, closes = tag["name"].lower(), bool(tag["close"])
            if name not in _BLOCK_ELEMENTS or not (keep_structure or closes or name == "br"):
                return ""
            return "\n- " if keep_structure and name == "li" and not closes else "\n"

        text = html.unescape(_LONG_REFERENCE.sub("\ufffd", _TAG.sub(replace_tag, text)))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _remove_between(text: str, opens: re.Pattern[str], closes: re.Pattern[str]) -> str:
    """Return the text without everything from an opening to its closing match; unclosed parts stay."""
    parts, position = [], 0
    while (found := opens.search(text, position)) and (end := closes.search(text, found.end())):
        parts.append(text[position : found.start()])
        position = end.end()
    return "".join([*parts, text[position:]])
