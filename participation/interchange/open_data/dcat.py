"""The description of the open data for data catalogues, by DCAT-AP-NL 3.0, as JSON-LD.

Every table is a dataset of its own, as CSV and as JSON Lines; the whole is a dataset too, as a ZIP.
"""

import json
from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from participation.models import Neighbourhood

from .writer import CHAIN, CONTEXT

CATALOGUE: Final = "dcat.jsonld"
_EU: Final = "http://publications.europa.eu/resource/authority"
_LICENCE: Final = {"@id": f"{_EU}/licence/CC0", "@type": "dct:LicenseDocument"}
_LANGUAGE: Final = {"@id": f"{_EU}/language/NLD", "@type": "dct:LinguisticSystem"}
#: The codes of the file formats in the list of the EU.
_FORMATS: Final = {"csv": "CSV", "jsonl": "JSON", "json": "JSON", "jsonld": "JSON_LD", "zip": "ZIP"}
#: Formats with a media type that is registered: JSON Lines has none.
_MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "zip": "application/zip",
}

Described = dict[str, Any]


def catalogue(package: Described, municipality: str, on: date) -> Described:
    """Return the description of the files of this data package, in the active language."""
    landing = f"{settings.BASE_URL}/open-data/"
    municipality_uri = municipality_uri_of(Neighbourhood.objects.order_by().values_list("cbs_code", flat=True))
    shared = _shared(municipality, landing, municipality_uri, on)
    resources = package["resources"]
    parts = [
        _dataset(landing, name, shared, [file for file in resources if _dataset_name(file) == name])
        for name in dict.fromkeys(map(_dataset_name, resources))
    ]
    whole = {
        **shared,
        "@id": f"{landing}#alles",
        "dct:identifier": f"{landing}#alles",
        "dct:title": _dutch(package["title"]),
        "dct:description": _dutch(package["description"]),
        "dcat:distribution": [
            _distribution(landing, "leidraad.zip", "zip", _("All files together, as a ZIP.")),
        ],
        "hasPart": [part["@id"] for part in parts],
    }
    service = {
        **{key: value for key, value in shared.items() if key not in ("dct:accrualPeriodicity", "dct:modified")},
        "@id": f"{landing}#api",
        "@type": "dcat:DataService",
        "dct:identifier": f"{landing}#api",
        "dct:title": _dutch(_("The API")),
        "dct:description": _dutch(_("The same data as they are now, one by one.")),
        "dct:license": _LICENCE,
        "dcat:endpointURL": {"@id": f"{settings.BASE_URL}/api/v1/"},
        "dcat:endpointDescription": {"@id": f"{settings.BASE_URL}/api/v1/openapi.json"},
        "dcat:servesDataset": [{"@id": whole["@id"]}],
    }
    return {
        "@context": context(),
        "@id": f"{landing}#catalogus",
        "@type": "dcat:Catalog",
        **{key: shared[key] for key in ("dct:publisher", "dct:creator", "dcat:contactPoint", "dct:language")},
        "dct:title": _dutch(_("Open data of %(municipality)s in Leidraad") % {"municipality": municipality}),
        "dct:description": _dutch(package["description"]),
        "dct:license": _LICENCE,
        "dct:modified": shared["dct:modified"],
        "foaf:homepage": {"@id": landing, "@type": "foaf:Document"},
        "dcat:dataset": [whole, *({**part, "partOf": whole["@id"]} for part in parts)],
        "dcat:service": service,
    }


@cache
def context() -> Any:
    """Return the JSON-LD context of the open data: prefixes, and the terms of the decision chain."""
    return json.loads(Path(__file__).with_name(CONTEXT).read_text("utf-8"))["@context"]


def municipality_uri_of(codes: Iterable[str]) -> str:
    """Return the address of the municipality in the register of government organisations (TOOI).

    The four digits after the letters of a code of CBS are those of its municipality. Empty where there are codes of
    several municipalities, or none.
    """
    numbers = {code[2:6] for code in codes if code}
    return f"https://identifier.overheid.nl/tooi/id/gemeente/gm{numbers.pop()}" if len(numbers) == 1 else ""


def _shared(municipality: str, landing: str, municipality_uri: str, on: date) -> Described:
    """Return what holds for every dataset."""
    publisher = {
        **({"@id": municipality_uri} if municipality_uri else {}),
        "@type": "foaf:Agent",
        "foaf:name": _dutch(municipality),
    }
    contact = {
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": municipality,
        "vcard:hasURL": {"@id": landing},
    }
    if settings.CONTACT_EMAIL:
        contact["vcard:hasEmail"] = {"@id": f"mailto:{settings.CONTACT_EMAIL}"}
    return {
        "@type": "dcat:Dataset",
        "dct:accessRights": {"@id": f"{_EU}/access-right/PUBLIC", "@type": "dct:RightsStatement"},
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/DAILY", "@type": "dct:Frequency"},
        "dct:creator": publisher,
        "dct:language": _LANGUAGE,
        "dct:modified": {"@type": "xsd:date", "@value": on.isoformat()},
        "dct:publisher": publisher,
        "dcat:contactPoint": contact,
        "dcat:keyword": [_dutch(word) for word in (_("participation"), _("residents"), _("decision-making"))],
        "dcat:landingPage": {"@id": landing, "@type": "foaf:Document"},
        "dcat:theme": {
            "@id": f"{_EU}/data-theme/GOVE",
            "@type": "skos:Concept",
            "skos:prefLabel": _dutch(_("Government and public sector")),
        },
    }


def _dataset_name(file: Described) -> str:
    """Return the name of the table that a file of the package holds; each format has a resource of its own."""
    name: str = file["name"]
    return name.removesuffix(f"-{file['format']}")


def _dataset(landing: str, name: str, shared: Described, files: Collection[Described]) -> Described:
    identifier = f"{landing}#{name}"
    title = next(iter(files))["title"]
    found = {
        **shared,
        "@id": identifier,
        "dct:identifier": identifier,
        "dct:title": _dutch(name),
        "dct:description": _dutch(title),
        "dcat:distribution": [
            {
                **_distribution(landing, file["path"], file["format"], title),
                "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file["bytes"])},
                "spdx:checksum": {
                    "@type": "spdx:Checksum",
                    "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256", "@type": "spdx:ChecksumAlgorithm"},
                    "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file["hash"].removeprefix("sha256:")},
                },
            }
            for file in files
        ],
    }
    if any(file["path"] == CHAIN for file in files):
        found["dct:conformsTo"] = {"@id": "http://www.w3.org/ns/prov#", "@type": "dct:Standard"}
    return found


def _distribution(landing: str, path: str, file_format: str, title: str) -> Described:
    found: Described = {
        "@id": f"{landing}{path}#bestand",
        "@type": "dcat:Distribution",
        "dct:title": _dutch(f"{path}: {title}"),
        "dct:format": {"@id": f"{_EU}/file-type/{_FORMATS[file_format]}", "@type": "dct:MediaTypeOrExtent"},
        "dct:license": _LICENCE,
        "dct:language": _LANGUAGE,
        "dcat:accessURL": {"@id": landing},
        "dcat:downloadURL": {"@id": f"{landing}{path}"},
    }
    if file_format in _MEDIA_TYPES:
        address = f"https://www.iana.org/assignments/media-types/{_MEDIA_TYPES[file_format]}"
        found["dcat:mediaType"] = {"@id": address, "@type": "dct:MediaType"}
    return found


def _dutch(text: Any) -> Described:
    return {"@language": "nl", "@value": str(text)}
