"""The words of an item say whether it is a decision or a briefing; what they leave open is left to a person."""

from __future__ import annotations

import pytest

from participation.interchange.agendas.document_kinds import document_kind
from participation.interchange.agendas.item_kinds import kind_and_stage
from participation.interchange.agendas.values import AgendaDocument, AgendaItem


def item(title, *documents, is_formality=False):
    found = tuple(AgendaDocument(f"d{n}", name, "https://a.nl", "", "", None) for n, name in enumerate(documents))
    return AgendaItem("ori-1", "/", title, (), "", "", is_formality, found)


@pytest.mark.parametrize(
    ("title", "documents", "body", "expected"),
    [
        ("Vaststelling visie", (), "council", ("decision", "adoption")),
        ("Visie Lindeplein", ("Raadsvoorstel visie",), "council", ("decision", "adoption")),
        ("Startnotitie visie vaststellen", (), "council", ("decision", "setup")),
        ("Collegevoorstel visie", (), "executive", ("decision", "proposal")),
        ("Besluit over de visie", (), "", ("decision", "")),
        ("Vaststelling visie", ("Raadsvoorstel",), "committee", ("briefing", "")),
        ("Raadsbrief voortgang visie", ("Raadsvoorstel",), "council", ("briefing", "")),
        ("Presentatie over de visie", (), "council", ("briefing", "")),
        ("Visie Lindeplein", (), "council", ("", "")),
        ("Visie Lindeplein", ("Bijlage",), "", ("", "")),
    ],
)
def test_an_item_becomes_a_decision_or_a_briefing(title, documents, body, expected):
    assert kind_and_stage(item(title, *documents), body) == expected


def test_a_formality_is_a_decision():
    assert kind_and_stage(item("Visie", is_formality=True), "council") == ("decision", "adoption")


@pytest.mark.parametrize(
    ("title", "types", "expected"),
    [
        ("Raadsvoorstel visie", "Voorstel", "other"),
        ("Conceptverslag commissie", "Document", "minutes"),
        ("Stuk", "Notulen", "minutes"),
        ("Concept-participatieplan", "", "plan"),
        ("Participatieverslag Lindeplein", "", "participation_account"),
        ("Nota van zienswijzen", "", "weighing"),
        ("Ontwerp omgevingsplan", "", "draft"),
        ("Onderzoeksrapport geluid", "", "report"),
    ],
)
def test_the_kind_of_a_document_follows_from_its_words(title, types, expected):
    assert document_kind(title, types) == expected
