"""Decisions: body, stage, and the documents that weigh the interests."""

from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.models import Document, Step

from .base import Page, by_ref, when_of
from .documents import link_to


class Weighing(NamedTuple):
    """A document and its URL."""

    row: Document
    href: str


class Decision(NamedTuple):
    """A decision with its weighing documents; ``other`` are its other documents."""

    row: Step
    when: ImpreciseDate | None
    body: str
    weighings: list[Weighing]
    other: list[Weighing]


class Decisions(NamedTuple):
    """The decisions in chronological order, and the weighing documents that belong to no decision."""

    found: list[Decision]
    loose: list[Weighing]


def decisions(page: Page) -> Decisions:
    """Return the decisions and weighing documents."""
    documents = by_ref(page.rows.documents)
    rows = [step for step in page.rows.steps if step.kind == "decision"]
    rows.sort(key=lambda step: (when_of(step) or ImpreciseDate.unknown()).sort_key)
    found: list[Decision] = []
    named: set[str] = set()
    for step in rows:
        papers = [Weighing(documents[ref], link_to(documents[ref])) for ref in step.documents if ref in documents]
        weighings = [paper for paper in papers if paper.row.kind == "weighing"]
        named.update(paper.row.ref for paper in weighings)
        other = [paper for paper in papers if paper.row.kind != "weighing"]
        body = page.called.word(step.body) if step.body else ""
        found.append(Decision(step, when_of(step), body, weighings, other))
    loose = [d for d in page.rows.documents if d.kind == "weighing" and d.ref not in named]
    return Decisions(found, [Weighing(row, link_to(row)) for row in loose])
