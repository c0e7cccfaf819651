"""Makes agendas as Open Raadsinformatie, iBabs and Notubiz write them, with only what a test is about."""

from __future__ import annotations

import json
from typing import Any


def content(document: Any) -> bytes:
    return json.dumps(document).encode()


# ---------------------------------------------------------------- Notubiz


def notubiz_document(number: int = 9, title: str = "Raadsvoorstel", **more: Any) -> dict[str, Any]:
    return {
        "self": f"api.notubiz.nl/document/{number}",
        "url": f"https://api.notubiz.nl/document/{number}/1",
        "title": title,
        "date": "",
        "case_code": "",
        "id": number,
        "confidential": 0,
        "publication_date": "2026-03-01",
        "version": 1,
        "types": [{"id": 1, "value": "Document"}],
        **more,
    }


def notubiz_item(number: int = 7, title: str = "Vaststelling visie", *documents: Any, **more: Any) -> dict[str, Any]:
    attributes = [{"id": 1, "reference_model": None, "value": title}]
    return {
        "id": number,
        "type": "agenda_point",
        "confidential": 0,
        "permission_group": "public",
        "type_data": {"heading": False, "title_prefix": "3.", "attributes": attributes},
        "agenda_items": [],
        "module_items": [],
        "documents": list(documents),
        **more,
    }


def notubiz_meeting(*items: Any, on: str = "2026-06-10", name: str = "Gemeenteraad", **more: Any) -> dict[str, Any]:
    return {
        "id": 5,
        "type": "meeting",
        "permission_group": "public",
        "canceled": False,
        "attributes": [{"id": 1, "value": name}, {"id": 3, "value": "<p>Welkom</p>"}],
        "plannings": [{"start_date": f"{on} 19:30:00", "end_date": None}],
        "agenda_items": list(items),
        "documents": [],
        **more,
    }


def notubiz(*meetings: Any) -> bytes:
    return content([{"meeting": meeting} for meeting in meetings])


# ---------------------------------------------------------------- iBabs


def ibabs_document(number: str = "d1", name: str = "Raadsvoorstel", **more: Any) -> dict[str, Any]:
    url = f"https://api1.ibabs.eu/publicdownload.aspx?site=voorbeeld&id={number}"
    return {"Id": number, "FileName": f"{name}.pdf", "DisplayName": name, "PublicDownloadURL": url, **more}


def ibabs_item(number: str = "i1", title: str = "Vaststelling visie", *documents: Any, **more: Any) -> dict[str, Any]:
    return {"Id": number, "Features": "3", "Title": title, "Explanation": None, "Documents": list(documents), **more}


def ibabs(*items: Any, **more: Any) -> dict[str, Any]:
    meeting = {"Id": "m1", "MeetingtypeId": "t1", "MeetingDate": "2026-06-10T00:00:00", "MeetingItems": list(items)}
    types = [{"Id": "t1", "Meetingtype": "Gemeenteraad", "Abbreviation": "GR"}]
    return {"Meetings": [{**meeting, **more}], "Meetingtypes": types}


# ---------------------------------------------------------------- Open Raadsinformatie


def hit(number: str, kind: str, **source: Any) -> dict[str, Any]:
    return {"_index": "ori_voorbeeld", "_id": number, "_source": {"@type": kind, **source}}


def ori(*hits: Any) -> bytes:
    return content({"hits": {"total": {"value": len(hits)}, "hits": list(hits)}})
