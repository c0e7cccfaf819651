"""Agendas of three systems become the same values; what is not public, or cannot be used, is left out and named."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from participation.interchange.agendas.places import place_in_words
from participation.interchange.agendas.reading import read_agendas
from participation.interchange.agendas.values import MAX_BYTES, MAX_DOCUMENTS, MAX_ITEMS, MAX_TITLE_LENGTH, agenda_ref
from tests import world
from tests.interchange.agendas.agenda_files import (
    content,
    hit,
    ibabs,
    ibabs_document,
    ibabs_item,
    notubiz,
    notubiz_document,
    notubiz_item,
    notubiz_meeting,
    ori,
)

MEETING = hit("1", "Meeting", name="Gemeenteraad", start_date="2026-06-10T19:30:00+02:00", agenda=["2"])
ITEM = hit("2", "AgendaItem", name="3. Vaststelling visie", parent="1", attachment=["3"])
DOCUMENT = hit("3", "MediaObject", name="Raadsvoorstel", original_url="https://voorbeeld.example/3", url="https://x.nl")


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def one_meeting(found):
    assert found.problems == ()
    (meeting,) = found.meetings
    return meeting


def titles(found):
    return [item.title for meeting in found.meetings for item in meeting.items]


# ---------------------------------------------------------------- the three systems


@pytest.mark.parametrize(
    ("file", "ref", "document_ref", "url"),
    [
        (
            notubiz(notubiz_meeting(notubiz_item(7, "Vaststelling visie", notubiz_document(9)))),
            "notubiz-7",
            "notubiz-document-9",
            "https://api.notubiz.nl/document/9/1",
        ),
        (
            content(ibabs(ibabs_item("i1", "Vaststelling visie", ibabs_document("d1")))),
            "ibabs-i1",
            "ibabs-document-d1",
            "https://api1.ibabs.eu/publicdownload.aspx?site=voorbeeld&id=d1",
        ),
        (ori(MEETING, ITEM, DOCUMENT), "ori-2", "ori-document-3", "https://voorbeeld.example/3"),
    ],
    ids=["notubiz", "ibabs", "ori"],
)
def test_each_system_yields_the_same_values(file, ref, document_ref, url):
    meeting = one_meeting(read_agendas(file))
    assert (meeting.name, meeting.on, meeting.state) == ("Gemeenteraad", world.on("2026-06-10"), "")
    (item,) = meeting.items
    assert (item.ref, item.title) == (ref, "Vaststelling visie")
    (document,) = item.documents
    assert (document.ref, document.title, document.url) == (document_ref, "Raadsvoorstel", url)


def test_a_soap_answer_as_json_reads_as_a_list():
    meeting = ibabs()["Meetings"][0] | {
        "MeetingItems": {"iBabsMeetingItem": [ibabs_item(title="Een"), ibabs_item("i2")]}
    }
    meeting["MeetingDate"] = "/Date(1781042400000+0200)/"
    answer = {"s:Body": {"Response": {"Result": {"Meetings": {"iBabsMeeting": meeting}}}}}
    found = read_agendas(content(answer))
    assert one_meeting(found).on == world.on("2026-06-10")
    assert titles(found) == ["Een", "Vaststelling visie"]


def test_keys_in_lower_case_of_the_newer_ibabs_are_read():
    item = {
        "id": "i1",
        "title": "Visie",
        "documents": [{"id": "d", "displayName": "Plan", "publicDownloadUrl": "https://a.nl/d"}],
    }
    meeting = {"id": "m", "meetingType": "Raad", "meetingDate": "2026-06-10", "meetingItems": [item]}
    found = one_meeting(read_agendas(content({"meetings": [meeting]})))
    assert (found.name, found.items[0].documents[0].url) == ("Raad", "https://a.nl/d")


def test_a_single_meeting_of_notubiz_with_named_attributes_is_read():
    meeting = notubiz_meeting(notubiz_item(), attributes={"Titel": "Commissie Ruimte"})
    assert one_meeting(read_agendas(content(meeting))).name == "Commissie Ruimte"


def test_items_and_module_items_within_an_item_are_read():
    module = {"id": 3, "documents": [notubiz_document(11, "Motie")]}
    inner = notubiz_item(8, "Onderdeel", module_items=[module])
    found = read_agendas(notubiz(notubiz_meeting(notubiz_item(7, "Geheel", agenda_items=[inner]))))
    assert titles(found) == ["Geheel", "Onderdeel"]
    assert found.meetings[0].items[1].documents[0].title == "Motie"


def test_a_heading_of_notubiz_is_no_item():
    heading = notubiz_item(8, "Algemeen", type_data={"heading": True, "attributes": [{"id": 1, "value": "Algemeen"}]})
    assert titles(read_agendas(notubiz(notubiz_meeting(heading, notubiz_item())))) == ["Vaststelling visie"]


def test_a_later_version_of_a_document_is_another_document():
    documents = [notubiz_document(9, version=2, url="https://api.notubiz.nl/document/9/2")]
    (document,) = (
        one_meeting(read_agendas(notubiz(notubiz_meeting(notubiz_item(7, "Visie", *documents))))).items[0].documents
    )
    assert (document.ref, document.version) == ("notubiz-document-9-2", "2")


def test_the_objects_of_ori_2_refer_to_each_other_by_address():
    base = "https://voorbeeld.example/api"
    document = {
        "vergaderingen": [
            {
                "url": f"{base}/vergaderingen/1",
                "id": "1",
                "naam": "Besluitvormend",
                "vergaderingstype": "raadsvergadering",
                "georganiseerdDoorGremium": {"gremiumidentificatie": "9", "gremiumnaam": "Gemeenteraad"},
                "vergaderdatum": "2026-06-10",
                "status": "gehouden",
            }
        ],
        "agendapunten": [
            {
                "url": f"{base}/agendapunten/1",
                "id": "1",
                "agendapuntTitel": "Visie",
                "vergadering": {"id": "1", "url": f"{base}/vergaderingen/1"},
                "informatieobjecten": [f"{base}/informatieobjecten/1"],
                "indicatieHamerstuk": True,
            }
        ],
        "informatieobjecten": [
            {
                "url": f"{base}/informatieobjecten/1",
                "id": "1",
                "titel": "Voorstel visie",
                "link": "https://voorbeeld.example/1.pdf",
                "creatiedatum": "2026-05-01",
                "informatieobjecttype": "voorstel",
                "zaken": [{"zaakidentificatie": "Z/26/123456", "zaakregistratie": 1}],
            }
        ],
    }
    meeting = one_meeting(read_agendas(content(document)))
    assert (meeting.name, meeting.on, meeting.state) == ("Gemeenteraad: Besluitvormend", world.on("2026-06-10"), "held")
    (item,) = meeting.items
    assert (item.is_formality, item.case_numbers) == (True, ("Z/26/123456",))
    assert item.documents[0].url == "https://voorbeeld.example/1.pdf"
    assert item.documents[0].dated_on == world.on("2026-05-01")


def test_the_older_objects_of_open_state_are_read_by_their_classification():
    found = read_agendas(
        content(
            {
                "events": [
                    {"id": "a", "classification": "Agenda", "name": "Raad", "start_date": "2026-06-10T19:30:00"},
                    {
                        "id": "b",
                        "classification": "Agendapunt",
                        "name": "Visie",
                        "parent_id": "a",
                        "sources": [{"url": "https://voorbeeld.example/b", "note": "Voorstel"}],
                    },
                ]
            }
        )
    )
    assert titles(found) == ["Visie"]
    assert found.meetings[0].items[0].documents[0].title == "Voorstel"


def test_an_item_with_a_day_of_its_own_needs_no_meeting():
    lone = hit("2", "AgendaItem", name="Visie", last_discussed_at="2026-06-10T22:30:00Z", parent="1")
    # Half past twelve at night in the Netherlands.
    assert one_meeting(read_agendas(ori(lone))).on == world.on("2026-06-11")


@pytest.mark.parametrize(
    ("file", "state"),
    [
        (notubiz(notubiz_meeting(notubiz_item(), canceled=True)), "cancelled"),
        (notubiz(notubiz_meeting(notubiz_item(), inactive=True)), "cancelled"),
        (
            ori(hit("1", "Meeting", name="Raad", start_date="2026-06-10", status="EventCancelled", agenda=["2"]), ITEM),
            "cancelled",
        ),
        (
            content(
                {"vergaderingen": [{"id": "1", "naam": "Raad", "vergaderdatum": "2026-06-10", "status": "gepland"}]}
            ),
            "planned",
        ),
    ],
    ids=["canceled", "inactive", "status", "planned"],
)
def test_the_state_of_a_meeting_is_read(file, state):
    assert one_meeting(read_agendas(file)).state == state


# ---------------------------------------------------------------- what is left out


def test_what_is_not_public_is_never_read():
    file = notubiz(
        notubiz_meeting(
            notubiz_item(7, "Geheim", confidential=1, agenda_items=[notubiz_item(6, "Ook geheim")]),
            notubiz_item(8, "Besloten", permission_group="council"),
            notubiz_item(
                9, "Open", notubiz_document(1, "Geheim stuk", confidential=1), notubiz_document(2, "Open stuk")
            ),
        ),
        notubiz_meeting(notubiz_item(10, "Binnen"), permission_group="members"),
    )
    found = read_agendas(file)
    assert titles(found) == ["Open"]
    assert [document.title for document in found.meetings[0].items[0].documents] == ["Open stuk"]
    assert "Geheim" not in str(found.notes)
    assert "items that are not public (2×)" in found.notes[-1]
    assert "documents that are not public (1×)" in found.notes[-1]
    assert "meetings that are not public (1×)" in found.notes[-1]


def test_a_closed_item_of_ori_closes_what_is_in_it():
    closed = hit("2", "AgendaItem", name="Besloten", parent="1", indicatorBesloten=True)
    inner = hit("4", "AgendaItem", name="Daarin", parent="2", last_discussed_at="2026-06-10")
    assert titles(read_agendas(ori(MEETING, closed, inner))) == []


def test_a_case_number_of_a_closed_document_is_not_read():
    secret = notubiz_document(1, case_code="Z/26/999999", confidential=1)
    assert (
        one_meeting(read_agendas(notubiz(notubiz_meeting(notubiz_item(7, "Open", secret))))).items[0].case_numbers == ()
    )


@pytest.mark.parametrize(
    "url", ["", "/publicdownload.aspx?id=1", "javascript:alert(1)", "ftp://a.nl/1", "https://" + 2000 * "a"]
)
def test_a_document_without_a_link_that_works_is_left_out(url):
    found = read_agendas(content(ibabs(ibabs_item("i1", "Visie", ibabs_document(PublicDownloadURL=url)))))
    assert one_meeting(found).items[0].documents == ()
    assert found.notes == ("Left out: documents without a link that works (1×).",)


def test_a_meeting_without_a_day_is_left_out_with_its_place():
    found = read_agendas(notubiz(notubiz_meeting(notubiz_item(), plannings=[]), notubiz_meeting(notubiz_item())))
    assert len(found.meetings) == 1
    assert found.notes == ("meeting 1: the day of the meeting is not in the file. It is left out.",)


def test_an_item_without_a_title_is_left_out_with_its_place():
    found = read_agendas(content(ibabs(ibabs_item(title=None), ibabs_item("i2"))))
    assert titles(found) == ["Vaststelling visie"]
    assert found.notes == ("meeting 1, item 1: this item has no title. It is left out.",)


def test_a_long_title_is_shortened_with_a_note():
    found = read_agendas(content(ibabs(ibabs_item(title="woord " * 100))))
    assert len(titles(found)[0]) <= MAX_TITLE_LENGTH
    assert "meeting 1, item 1, title" in found.notes[0]


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (b"{", "line 1, column 2"),
        (b"%PDF-1.7", "/"),
        (content([]), "/"),
        (content({"moties": [{"nummer": "1"}]}), "/"),
        (
            content(ibabs() | {"Meetings": [{"MeetingtypeId": "t", "MeetingDate": "2026-06-10", "MeetingItems": "x"}]}),
            "meeting 1, item",
        ),
        (
            content({"Meetings": [{"MeetingtypeId": "t", "MeetingDate": "2026-06-10", "MeetingItems": ["x"]}]}),
            "meeting 1, item 1",
        ),
    ],
    ids=["broken", "pdf", "empty", "other", "no list", "no object"],
)
def test_a_file_that_cannot_be_read_names_the_place_and_the_remedy(file, place):
    found = read_agendas(file)
    assert found.problems[0].location == place
    assert found.problems[0].hint


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("/1/meeting/plannings/0/start_date", "vergadering 2, planning 1, dag"),
        ("/Meetings/0/MeetingItems/3/Title", "vergadering 1, agendapunt 4, titel"),
        ("/2/4/eigen~1veld", "onderdeel 3, “eigen/veld” 5"),
        ("/0", "onderdeel 1"),
    ],
)
def test_a_place_is_in_words_and_counts_from_one(pointer, words):
    with translation.override("nl"):
        assert place_in_words(pointer) == words


def test_a_file_that_is_too_large_is_refused_unread():
    (problem,) = read_agendas(b" " * (MAX_BYTES + 1)).problems
    assert "too large" in problem.reason


def test_too_many_items_are_refused():
    items = [{"Id": str(number), "Title": "a"} for number in range(MAX_ITEMS + 1)]
    (problem,) = read_agendas(content(ibabs(*items))).problems
    assert str(MAX_ITEMS) in problem.reason


def test_only_the_first_documents_of_an_item_are_read():
    documents = [ibabs_document(f"d{number}") for number in range(MAX_DOCUMENTS + 1)]
    found = read_agendas(content(ibabs(ibabs_item("i1", "Visie", *documents))))
    assert len(found.meetings[0].items[0].documents) == MAX_DOCUMENTS
    assert found.notes


@pytest.mark.parametrize("value", [None, 5, True, "x", [], {}, [[1]], {"a": [{}]}, [None]])
def test_a_value_of_another_type_never_breaks_the_reading(value):
    for base in (
        ibabs(ibabs_item("i", "t", ibabs_document())),
        json.loads(ori(MEETING, ITEM, DOCUMENT)),
        notubiz_meeting(notubiz_item(7, "t", notubiz_document())),
    ):
        for path in list(_paths(base)):
            read_agendas(content(_with(base, path, value)))


def _paths(found, path=()):
    if isinstance(found, dict | list):
        for key in found if isinstance(found, dict) else range(len(found)):
            yield (*path, key)
            yield from _paths(found[key], (*path, key))


def _with(document, path, value):
    copied = json.loads(json.dumps(document))
    target = copied
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return copied


# ---------------------------------------------------------------- refs


def test_the_ref_of_an_item_is_the_same_each_time_and_fits_in_an_address():
    assert (
        agenda_ref("ibabs", "", "20df1c69-e1bb-48f0-ab7a-1d9e6b14d496") == "ibabs-20df1c69-e1bb-48f0-ab7a-1d9e6b14d496"
    )
    strange = agenda_ref("ori", "", "../delen?")
    assert strange == agenda_ref("ori", "", "../delen?")
    assert strange.startswith("ori-")
    assert "/" not in strange
    assert agenda_ref("ori", "", "", "Visie") != agenda_ref("ori", "", "", "Plan")
