"""The files of documents in the demonstration: stored once, and comparable."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.demo import documents, seed
from participation.demo.people import ADVISER
from participation.models import Changeset, Document, Upload
from tests import world
from tests.web.html_helpers import get_html

NOW = world.moment("2026-11-16T09:00")
COMPARISON = "/trajecten/{}/verschil/?stuk={}"


@pytest.fixture
def _files(settings, tmp_path):
    """Fill the demonstration, and add the files twice."""
    settings.MEDIA_ROOT = tmp_path
    seed.fill(load_rulebooks("leiden"), date(2026, 11, 16), NOW, lambda _stage, _done, _total: None)
    adviser = world.user("adviser", name=ADVISER)
    for _time in range(2):
        documents.add(adviser, NOW)


@pytest.mark.django_db
@pytest.mark.usefixtures("_files")
def test_each_file_is_stored_once_under_the_title_of_its_document():
    stored = Document.objects.exclude(file=None).values_list("trajectory__slug", "ref", "file__name")
    assert sorted(stored) == [
        ("herinrichting-lindeplein-voorbeeld", "ontwerp", "Ontwerp Lindeplein 0.2.txt"),
        ("herinrichting-lindeplein-voorbeeld", "schets", "Schetsontwerp Lindeplein 0.1.txt"),
        ("parkeerplan-singelrand-voorbeeld", "concept-02", "Concept parkeerplan 0.2.txt"),
        ("parkeerplan-singelrand-voorbeeld", "concept-03", "Concept parkeerplan 0.3.txt"),
    ]
    assert Upload.objects.count() == 4
    assert not Changeset.objects.exists(), "the dossiers would not shift to another week"


@pytest.mark.django_db
@pytest.mark.usefixtures("_files")
def test_two_versions_have_paragraphs_of_each_kind_of_change(client):
    html = get_html(client, COMPARISON.format("parkeerplan-singelrand-voorbeeld", "concept-03"))
    assert "3 gewijzigd, 1 toegevoegd, 1 verwijderd, 1 verplaatst; 4 hetzelfde" in html
    html = get_html(client, COMPARISON.format("herinrichting-lindeplein-voorbeeld", "ontwerp"))
    assert "2 gewijzigd, 3 toegevoegd, 2 verwijderd, 1 verplaatst; 1 hetzelfde" in html
