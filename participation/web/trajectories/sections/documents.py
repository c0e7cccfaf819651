"""Documents with their versions and shares."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.models import Document, DocumentShare
from participation.presentation.values import DisplayNames

from ...shared.addresses import address
from ..document_comparison import comparison_url
from .base import TrajectoryPageData


class SharedDocument(NamedTuple):
    """The parties with whom a document was shared on one day, as text."""

    when: ImpreciseDate | None
    parties: str


class DocumentVersion(NamedTuple):
    """A version of a document: row, URL, shares in chronological order, and URL of what changed since the one before.

    That is "" where one of both has no file here.
    """

    row: Document
    href: str
    shares: list[SharedDocument]
    changes_url: str


class DocumentHistory(NamedTuple):
    """A document: its newest version, and the earlier ones, newest first."""

    newest: DocumentVersion
    earlier: list[DocumentVersion]


def documents(page: TrajectoryPageData) -> list[DocumentHistory]:
    """Return the documents, the most recent first; each version occurs in exactly one of them."""
    rows = {row.ref: row for row in page.rows.documents}
    replaced = {row.replaces for row in rows.values() if row.replaces}
    # Versions that replace each other in a cycle have no newest one: each becomes a document of its own.
    heads = [row for row in rows.values() if row.ref not in replaced]
    chains = [_chain(head, rows) for head in heads]
    chained = {row.ref for chain in chains for row in chain}
    chains += [[row] for row in rows.values() if row.ref not in chained]
    made = [DocumentHistory(*_versions(chain, page, rows)) for chain in chains]
    return sorted(made, key=lambda document: _newest_first(document.newest.row))


def _chain(head: Document, rows: dict[str, Document]) -> list[Document]:
    found, seen = [head], {head.ref}
    while (older := rows.get(found[-1].replaces)) and older.ref not in seen:
        found.append(older)
        seen.add(older.ref)
    return found


def _versions(
    chain: Sequence[Document], page: TrajectoryPageData, rows: Mapping[str, Document]
) -> tuple[DocumentVersion, list[DocumentVersion]]:
    first, *others = (
        DocumentVersion(
            row,
            document_url(row),
            _shared_documents(page.rows.shares.get(row.pk, ()), page.display_names),
            comparison_url(page.rows.trajectory.slug, row, rows.get(row.replaces)),
        )
        for row in chain
    )
    return first, others


def document_url(row: Document) -> str:
    """Return the URL of the uploaded file, else the external URL, else ""."""
    return (address("upload", row.file_id) if row.file_id else "") or row.url


def _shared_documents(shares: Sequence[DocumentShare], display_names: DisplayNames) -> list[SharedDocument]:
    by_day: dict[ImpreciseDate | None, list[str]] = {}
    for share in sorted(shares, key=lambda share: (share.on or ImpreciseDate.unknown()).sort_key):
        by_day.setdefault(share.on, []).append(display_names.party(share.party))
    return [SharedDocument(when, ", ".join(parties)) for when, parties in by_day.items()]


def _newest_first(row: Document) -> tuple[int, str]:
    when = row.dated_on or row.published_on
    day = when.latest if when else None
    return (-day.toordinal() if day else 0, row.title)
