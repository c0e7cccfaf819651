"""A sheet that is too long to preview: a job imports it, and a page shows how far it is."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.sheets import reading
from participation.models import Changeset, Contribution, ContributionImport
from participation.services.contributions import background_import
from participation.services.contributions.background_import import run_import
from participation.web.editing import contribution_forms
from tests import world
from tests.web.editing.form_helpers import FormPage, log_in_as_adviser_of
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db

ADD, PROGRESS = "/trajecten/voorbeeldplein/inbreng/nieuw/", "/trajecten/voorbeeldplein/inbrenglijst/"
REFRESH = '<meta http-equiv="refresh" content="5">'


@pytest.fixture
def square(client, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    # Three rows are a long sheet here.
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    square = world.trajectory()
    world.step(square, "s1", title="Avond", done=world.on("2026-03-20"))
    log_in_as_adviser_of(client, square)
    return square


def text_of(response):
    main = response.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def send(client, content="Inbreng\nEen\nTwee\nDrie\n", name="lang.csv", **more):
    content = content.encode() if isinstance(content, str) else content
    return client.post(ADD, {"step": "s1", "party": "residents", "file": SimpleUploadedFile(name, content), **more})


def run():
    (row,) = ContributionImport.objects.filter(settled_at=None)
    run_import(row.pk, load_rulebooks(settings.RULEBOOK), timezone.now)


def test_a_long_sheet_is_imported_with_progress_and_can_be_undone(client, square):
    assert send(client).headers["Location"] == PROGRESS
    row = ContributionImport.objects.get()
    assert (row.step, row.party, row.received_on) == ("s1", "residents", world.on("2026-03-20"))
    assert not Contribution.objects.exists()

    waiting = client.get(PROGRESS)
    assert "wacht op zijn beurt" in text_of(waiting)
    assert "http-equiv" not in waiting.content.decode()
    assert "Kijk nu" in text_of(waiting)
    assert "Ongedaan" not in text_of(waiting)

    ContributionImport.objects.update(total=100_000, checked=12_000)
    running = client.get(PROGRESS)
    assert "12.000 van 100.000 rijen nagekeken" in text_of(running)
    assert '<progress aria-labelledby="progress-text" max="100000" value="12000">' in running.content.decode()
    assert 'href="?vernieuwen=ja"' in running.content.decode()
    refreshing = client.get(PROGRESS, {"vernieuwen": "ja"}).content.decode()
    assert REFRESH in refreshing
    assert f'href="{PROGRESS}?vernieuwen=ja"' in refreshing

    run()
    done = client.get(PROGRESS)
    assert "3 bijdragen zijn vastgelegd." in text_of(done)
    assert "http-equiv" not in done.content.decode()
    undo = f"/ongedaan/{Changeset.objects.get().pk}/"
    assert undo in done.content.decode()
    client.post(undo)
    assert not Contribution.objects.exists()
    undone = client.get(PROGRESS)
    assert "Dit is ongedaan gemaakt op" in text_of(undone)
    assert undo not in undone.content.decode()


def test_an_invalid_long_sheet_shows_its_rows_and_records_nothing(client, square):
    send(client, "Inbreng;Uitkomst\nEen;\nTwee;misschien\nDrie;\n")
    run()
    response = client.get(PROGRESS)
    assert "Er is niets vastgelegd" in text_of(response)
    assert re.search("rij 3 : .misschien. is geen", text_of(response))
    assert "http-equiv" not in response.content.decode()
    assert not Contribution.objects.exists()


def test_an_unreadable_long_sheet_shows_the_remedy(client, square):
    send(client, "Kleur;Thema\nrood;Groen\nrood;Groen\nrood;Groen\n")
    run()
    assert "Zet er “Inbreng” boven" in text_of(client.get(PROGRESS))


def test_a_result_has_remarks_on_rows_and_what_was_there_already(client, square):
    world.contribution(square, "c1", summary="Een", party="residents")
    send(client, "Inbreng\nEen\nTwee\nBel 06 12345678\n")
    run()
    text = text_of(client.get(PROGRESS))
    assert "2 bijdragen zijn vastgelegd. 1 stond er al." in text
    assert "rij 4 : Er staat een telefoonnummer in de tekst." in text


def test_without_a_long_sheet_the_page_says_so(client, square):
    assert "Hier is geen lang bestand geüpload" in text_of(client.get(PROGRESS))
    assert PROGRESS not in client.get(ADD).content.decode()


def test_a_short_sheet_is_still_previewed(client, square):
    page = FormPage(send(client, "Inbreng\nEen\nTwee\n"), "looked")
    assert page["row"] == ["2", "3"]
    assert not ContributionImport.objects.exists()


def test_pasted_rows_and_workbooks_may_be_long_too(client, square):
    given = {"step": "", "party": "residents"}
    assert client.post(ADD, {**given, "text": "Een\nTwee\nDrie"}).headers["Location"] == PROGRESS
    run()
    rows = [["Van", "Inbreng"], *(["bewoners", text] for text in ("Vier", "Vijf", "Zes"))]
    send(client, workbook(["Over dit bestand"], ["Lees mij"], Lijst=rows), name="lang.xlsx")
    run()
    assert list(Contribution.objects.order_by("pk").values_list("summary", flat=True)) == [
        *("Een", "Twee", "Drie", "Vier", "Vijf", "Zes")
    ]


def test_a_large_file_is_not_read_in_the_request(client, square, monkeypatch):
    monkeypatch.setattr(contribution_forms, "MAX_BYTES", 10)
    monkeypatch.setattr(contribution_forms, "read_tabs", None)
    assert send(client, "Inbreng\nMeer bomen\n").headers["Location"] == PROGRESS
    refused = send(client, b"%PDF-1.7 lang genoeg", name="brief.csv")
    assert "Dit is een PDF" in text_of(refused)
    monkeypatch.setattr(contribution_forms, "MAX_LONG_BYTES", 15)
    assert "Dit bestand is te groot" in text_of(send(client, "Inbreng\nMeer bomen\n"))
    assert ContributionImport.objects.count() == 1


def test_a_second_long_sheet_waits_for_the_first(client, square):
    send(client)
    response = send(client, "Inbreng\nVier\nVijf\nZes\n")
    assert "Voor dit traject loopt er al een import" in text_of(response)
    assert PROGRESS in response.content.decode()
    assert ContributionImport.objects.count() == 1


def test_a_long_sheet_cannot_add_an_organisation(client, square):
    response = send(client, new_party_name="Nieuwe club", new_party_kind="residents_association")
    assert "Kies bij meer dan 500 rijen een organisatie die er al is" in text_of(response)
    assert not ContributionImport.objects.exists()


def test_the_undo_is_offered_to_who_may_undo_it(client, square):
    send(client)
    run()
    other = world.user("adviser", name="ander")
    square.advisers.add(other)
    client.force_login(other)
    response = client.get(PROGRESS)
    assert response.status_code == 200
    assert "/ongedaan/" not in response.content.decode()


def recorded(client, monkeypatch):
    """Record three rows, which are a long undo here; return the page on which they can be undone."""
    monkeypatch.setattr(background_import, "MAX_UNDONE_IN_REQUEST", 2)
    send(client)
    run()
    return f"/ongedaan/{Changeset.objects.get().pk}/"


def test_a_long_undo_runs_in_the_background_with_its_progress(client, square, monkeypatch):
    undo = recorded(client, monkeypatch)
    look = text_of(client.get(undo))
    assert "3 gegevens die zijn toegevoegd, verdwijnen" in look
    assert "Op de volgende pagina ziet u hoe ver het is" in look
    # Sent twice: it is asked for once.
    assert [client.post(undo).headers["Location"] for _time in range(2)] == [PROGRESS, PROGRESS]
    assert (ContributionImport.objects.count(), Contribution.objects.count()) == (2, 3)

    waiting = client.get(PROGRESS)
    assert "Het ongedaan maken wacht op zijn beurt" in text_of(waiting)
    assert 'href="?vernieuwen=ja"' in waiting.content.decode()
    assert undo not in waiting.content.decode()

    ContributionImport.objects.filter(settled_at=None).update(total=3, checked=3)
    running = text_of(client.get(PROGRESS))
    assert "3 van 3 rijen nagekeken" in running
    assert "Nu wordt alles ongedaan gemaakt." in running

    run()
    done = client.get(PROGRESS)
    assert re.search("Ongedaan gemaakt op .*: 3 bijdragen zijn weg", text_of(done))
    assert undo not in done.content.decode()
    assert not Contribution.objects.exists()


def test_a_long_undo_that_is_refused_shows_why_and_can_be_tried_again(client, square, monkeypatch):
    undo = recorded(client, monkeypatch)
    client.post(undo)
    Contribution.objects.get(summary="Twee").save()
    run()
    refused = client.get(PROGRESS)
    assert "Er is niets ongedaan gemaakt" in text_of(refused)
    assert "Iemand heeft dit" in text_of(refused)
    assert undo in refused.content.decode()
    assert Contribution.objects.count() == 3


def test_a_long_undo_waits_for_an_import_and_says_so(client, square, monkeypatch):
    undo = recorded(client, monkeypatch)
    send(client, "Inbreng\nVier\nVijf\nZes\n")
    assert "Voor dit traject loopt er al een import" in text_of(client.post(undo, follow=True))
    assert Contribution.objects.count() == 3


def test_only_who_may_undo_it_can_ask_for_a_long_undo(client, square, monkeypatch):
    undo = recorded(client, monkeypatch)
    other = world.user("adviser", name="ander")
    square.advisers.add(other)
    client.force_login(other)
    assert client.post(undo).status_code == 403
    assert ContributionImport.objects.count() == 1


def test_a_short_undo_stays_in_the_request(client, square, monkeypatch):
    undo = recorded(client, monkeypatch)
    monkeypatch.setattr(background_import, "MAX_UNDONE_IN_REQUEST", 3)
    client.post(undo)
    assert (ContributionImport.objects.count(), Contribution.objects.count()) == (1, 0)
