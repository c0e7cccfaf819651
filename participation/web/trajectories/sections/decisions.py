"""Decisions: body, stage, and the documents that weigh the interests."""

from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.models import Document, Step
from participation.presentation.labels import date_of

from .base import TrajectoryPageData, index_by_ref
from .documents import document_url


class DecisionDocument(NamedTuple):
    """A document and its URL."""

    row: Document
    href: str


class Decision(NamedTuple):
    """A decision with its weighing documents; ``other`` are its other documents."""

    row: Step
    when: ImpreciseDate | None
    body: str
    weighings: list[DecisionDocument]
    other: list[DecisionDocument]


class Decisions(NamedTuple):
    """The decisions in chronological order, and the weighing documents that belong to no decision."""

    found: list[Decision]
    unlinked: list[DecisionDocument]


def decisions(page: TrajectoryPageData) -> Decisions:
    """Return the decisions and weighing documents."""
    documents = index_by_ref(page.rows.documents)
    rows = [step for step in page.rows.steps if step.kind == "decision"]
    rows.sort(key=lambda step: (date_of(step) or ImpreciseDate.unknown()).sort_key)
    found: list[Decision] = []
    used_refs: set[str] = set()
    for step in rows:
        files = [
            DecisionDocument(documents[ref], document_url(documents[ref])) for ref in step.documents if ref in documents
        ]
        weighings = [paper for paper in files if paper.row.kind == "weighing"]
        used_refs.update(paper.row.ref for paper in weighings)
        other = [paper for paper in files if paper.row.kind != "weighing"]
        body = page.display_names.code_label(step.body) if step.body else ""
        found.append(Decision(step, date_of(step), body, weighings, other))
    unlinked = [d for d in page.rows.documents if d.kind == "weighing" and d.ref not in used_refs]
    return Decisions(found, [DecisionDocument(row, document_url(row)) for row in unlinked])
