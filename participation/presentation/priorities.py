"""The names of the groups by consequence, the same on pages and in mails, and what waits for a missing fact."""

from collections.abc import Sequence

from django.utils.text import capfirst

from participation.compliance import wording


def counted(group: str, count: int, language: str) -> str:
    """Return "12 nieuw"."""
    return f"{count} {wording.label('priorities', group, language)}"


def heading_of(group: str, language: str) -> str:
    """Return the heading of a group: its name, with a capital."""
    return capfirst(wording.label("priorities", group, language))


def waiting_text(missing: Sequence[str], count: int, language: str, about: str = "") -> str:
    """Return that so many points wait for these missing facts, of the subject that they are about if there is one."""
    text = wording.label("priorities", "waiting", language)
    fact = ", ".join(filter(None, (about, wording.format_missing(missing, language))))
    return text.format(missing=capfirst(fact), n=count)
