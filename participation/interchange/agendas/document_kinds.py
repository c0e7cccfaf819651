"""The kind of a document, by the words of its type and its title."""

import re
from typing import Final

from ..plannings.words import normalize_words

#: The first that matches decides: "concept-participatieplan" is a plan, "conceptverslag" are minutes.
_KINDS: Final = (
    ("weighing", re.compile(r"\breactienota\b|\bnota van (?:beantwoording|inspraak|zienswijzen)|\bzienswijzen?nota\b")),
    ("plan", re.compile(r"\bparticipatieplan\b")),
    ("participation_account", re.compile(r"\bparticipatieverslag\b|\bverslag (?:van de )?participatie\b")),
    ("minutes", re.compile(r"\b\w*verslag\b|\bnotulen\b|\bbesluitenlijst\b")),
    ("invitation", re.compile(r"\buitnodiging\b")),
    ("notice_of_intention", re.compile(r"\bkennisgeving (?:van het )?voornemen\b")),
    ("draft", re.compile(r"\bconcept\w*|\bontwerp\w*|\bschets\w*")),
    ("report", re.compile(r"\b\w*rapport(?:age)?\b|\bonderzoek\b")),
)


def document_kind(title: str, types: str = "") -> str:
    """Return the kind that the words say; "other" where they say none, as a proposal to the council."""
    words = normalize_words(f"{types} {title}")
    return next((kind for kind, pattern in _KINDS if pattern.search(words)), "other")
