"""Open data: all public data of one day and nothing else, with a description of every column."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.cells import unescape_formula
from participation.interchange.open_data.datasets import TABLES
from participation.interchange.open_data.dcat import CATALOGUE, municipality_uri_of
from participation.interchange.open_data.metadata import LICENCE, PACKAGE, README, export
from participation.interchange.open_data.writer import COLUMN_TYPES, CONTEXT
from participation.models import CounterSignal, Motion, ProgressReport
from participation.selectors.dossiers.dossiers import dossier_document
from tests import towns, world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)


def dump(folder):
    written = export(folder, TODAY, load_rulebooks("leiden"), "gemeente Leiden")
    return {file.path: file for file in written}


def lines(folder, name):
    return [json.loads(line) for line in (folder / "json" / f"{name}.jsonl").read_text("utf-8").splitlines()]


def rows(folder, name):
    with (folder / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything(slug="voorbeeldplein", **columns):
    """Create a trajectory with a row of every kind."""
    square = world.trajectory(
        slug, contact_name="Jo Voorbeeld", contact_role="project_manager", commissioner=world.SHOPS, **columns
    )
    world.organisation(world.SHOPS)
    world.plan(square, world.RESIDENTS, room="=alles kan", frameworks=[{"what": "budget", "why": "raad"}])
    world.step(square, done=world.on("2026-03-20"), planned=world.between("2026-03-01", "2026-03-31", "month", "maart"))
    paper = world.document(square)
    paper.shares.create(party=world.RESIDENTS, on=world.on("2026-03-02"))
    world.contribution(square)
    request = world.request(square, summary="Wanneer hoor ik wat?")
    world.scenario(square)
    world.waiver(square)
    obligation = world.obligation(trajectory=square)
    world.transition(obligation)
    CounterSignal.objects.create(
        trajectory=square,
        rule=obligation.rule,
        subject="s1",
        status="overdue",
        on=TODAY,
        organisation=world.organisation(world.RESIDENTS),
        made_by=world.user("association_member", world.RESIDENTS, name=f"lid-{slug}"),
        request=request,
    )
    square.motions.add(Motion.objects.first() or world.motion("21.0098/04"))
    return square


@pytest.fixture
def town(tmp_path):
    """Create rows that are public, and the same rows in a non-public trajectory."""
    square, hidden = everything(), everything("nog-geheim", public=False)
    hidden.commissioner = world.organisation("geheime-opdrachtgever", kind="developer").slug
    hidden.save()
    ProgressReport.objects.create(motion=square.motions.get(), on=world.on("2026-01-01"), text="Bezig")
    world.obligation(motion=square.motions.get(), rule="motion-followed-up", subject="")
    promise = world.commitment(text="Iedereen krijgt antwoord", made_to=["council"])
    promise.fulfilments.create(on=world.on("2026-02-01"), text="Gesproken")
    # A request that belongs to no trajectory is never public.
    asked = world.register_request("V-geheim", summary="Geheim verzoek")
    world.obligation(request=asked, rule="woo-decided", subject="")
    return tmp_path, square


# ---------- contents


def test_every_file_has_a_row_for_public_data_and_none_for_private_data(town):
    folder, _square = town

    written = dump(folder)

    for kind in TABLES:
        assert written[f"csv/{kind.name}.csv"].rows > 0, kind.name
        slugs = {row["trajectory"] for row in lines(folder, kind.name) if "trajectory" in row}
        assert slugs <= {"voorbeeldplein", None}
    everything_written = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
    for secret in ("nog-geheim", "geheime-opdrachtgever", "V-geheim", "Geheim verzoek"):
        assert secret not in everything_written


def test_no_personal_names_are_included(town):
    folder, _square = town

    dump(folder)

    written = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
    assert "Jo Voorbeeld" not in written
    assert "lid-voorbeeldplein" not in written
    assert lines(folder, "trajectories")[0]["contact_role"] == "project_manager"


def test_dossier_fields_are_exported_with_the_same_words(town):
    folder, square = town
    dossier = dossier_document(square)

    dump(folder)

    for section in ("steps", "documents", "contributions", "requests", "scenarios", "waivers"):
        [line], [row] = lines(folder, section), dossier[section]
        # A dossier omits false values; a table has them in every row.
        values = {key: value for key, value in line.items() if value not in (None, False) and key != "trajectory"}
        assert values == {key: value for key, value in row.items() if key != "shared"}
    [trajectory] = lines(folder, "trajectories")
    assert trajectory["neighbourhoods"] == dossier["trajectory"]["neighbourhoods"]
    assert trajectory["motions"] == dossier["motions"]
    [plan] = lines(folder, "plans")
    assert {key: plan[key] for key in ("room", "frameworks")} == {
        key: dossier["plan"][key] for key in ("room", "frameworks")
    }


def test_statuses_are_those_of_the_export_day(town):
    folder, _square = town

    dump(folder)

    found = {(line["rule"], line["trajectory"]): line for line in lines(folder, "obligations")}
    assert found["feedback-given", "voorbeeldplein"]["status"] == "overdue"
    assert found["motion-followed-up", None]["motion"] == "21.0098/04"


def test_an_obligation_met_later_is_not_met_yet(tmp_path):
    square = world.trajectory()
    world.obligation(trajectory=square, met_on=date(2026, 4, 21))
    world.obligation(trajectory=square, subject="s2", met_on=date(2026, 4, 19))

    dump(tmp_path)

    assert [line["met_on"] for line in lines(tmp_path, "obligations")] == [None, "2026-04-19"]


def test_an_organisation_is_included_when_referenced_or_representing_residents(town):
    folder, _square = town
    world.organisation(world.OUTSIDER)
    world.organisation("bureau-zonder-werk", kind="research_bureau")

    dump(folder)

    assert {line["slug"] for line in lines(folder, "organisations")} == {world.RESIDENTS, world.SHOPS, world.OUTSIDER}


# ---------- CSV and JSON have the same contents


def test_csv_and_json_have_the_same_content(town):
    folder, _square = town
    dump(folder)

    for kind in TABLES:
        of_json, of_csv = lines(folder, kind.name), rows(folder, kind.name)
        assert [list(line) for line in of_json] == [list(row) for row in of_csv]
        for line, row in zip(of_json, of_csv, strict=True):
            for column in kind.columns:
                assert _same(line[column.key], row[column.key], column.column_type), (kind.name, column.key)


def _same(value, cell, column_type):
    if value is None:
        return cell == ""
    if COLUMN_TYPES[column_type].type in ("array", "object"):
        return json.loads(cell) == value
    if column_type == "when":
        return value == cell if isinstance(value, str) else value["precision"] in cell
    if column_type == "yes_or_no":
        return cell == json.dumps(value)
    return unescape_formula(cell) == str(value)


def test_no_cell_starts_like_a_formula(town):
    folder, _square = town
    dump(folder)

    assert rows(folder, "plans")[0]["room"] == "'=alles kan"
    assert lines(folder, "plans")[0]["room"] == "=alles kan"
    for kind in TABLES:
        for row in rows(folder, kind.name):
            assert not [cell for cell in row.values() if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_an_imprecise_date_keeps_its_bounds_and_text(town):
    folder, _square = town
    dump(folder)

    assert rows(folder, "steps")[0]["planned"] == "2026-03-01/2026-03-31 month maart"
    assert lines(folder, "steps")[0]["planned"] == {
        "from": "2026-03-01",
        "to": "2026-03-31",
        "precision": "month",
        "text": "maart",
    }


# ---------- metadata


def test_every_file_and_column_is_described_with_its_checksum(town):
    folder, _square = town
    dump(folder)

    package = json.loads((folder / PACKAGE).read_text("utf-8"))

    assert package["licenses"] == [LICENCE]
    assert package["version"] == "2026-04-20"
    assert package["rulebook"]["hash"] == load_rulebooks("leiden").hash
    described = {resource["path"]: resource for resource in package["resources"]}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert described.keys() == there - {PACKAGE, README, CATALOGUE, CONTEXT}
    for path, resource in described.items():
        content = (folder / path).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        if resource["format"] == "csv":
            names = next(csv.reader([content.decode().splitlines()[0]]))
            assert [field["name"] for field in resource["schema"]["fields"]] == names
            assert resource["rowCount"] == len(rows(folder, resource["name"]))
        for field in resource.get("schema", {}).get("fields", ()):
            assert field["title"], (path, field["name"])
            assert field["description"].rstrip().endswith("."), (path, field["name"])


def test_every_foreign_key_resolves(town):
    folder, _square = town
    dump(folder)
    package = json.loads((folder / PACKAGE).read_text("utf-8"))

    for resource in package["resources"]:
        for key in resource.get("schema", {}).get("foreignKeys", ()):
            there = {line[key["reference"]["fields"]] for line in lines(folder, key["reference"]["resource"])}
            here = {line[key["fields"]] for line in lines(folder, resource["name"].removesuffix("-jsonl"))}
            assert here <= {*there, None}, (resource["name"], key)
        if primary := resource.get("schema", {}).get("primaryKey"):
            own = lines(folder, resource["name"].removesuffix("-jsonl"))
            keys = [tuple(line[name] for name in primary) for line in own]
            assert len(keys) == len(set(keys))


#: What a value of each type of a Table Schema is in JSON.
JSON_TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "date": str,
    "datetime": str,
    "array": list,
    "object": dict,
    "any": (str, dict),
}


def test_every_value_is_of_the_type_that_is_described(town):
    folder, square = town
    world.record(square, "2026-04-20 10:00", started_on=world.between("2026-01-01", "2026-01-31", "month", "januari"))
    dump(folder)
    package = json.loads((folder / PACKAGE).read_text("utf-8"))

    seen = set()
    for resource in package["resources"]:
        for field in resource.get("schema", {}).get("fields", ()):
            key, column_type = field["name"], field["type"]
            if resource["format"] == "jsonl":
                for line in lines(folder, resource["name"].removesuffix("-jsonl")):
                    assert line[key] is None or isinstance(line[key], JSON_TYPES[column_type]), (resource["name"], key)
                    seen.add((column_type, type(line[key])))
            else:
                for row in rows(folder, resource["name"]):
                    assert _is_of_type(row[key], column_type), (resource["name"], key)
    # An imprecise date is an object in JSON, and a text in CSV.
    assert {("any", dict), ("any", str), ("array", list), ("boolean", bool)} <= seen


def _is_of_type(cell, column_type):
    if cell == "" or column_type == "string":
        return True
    if column_type in ("date", "datetime"):
        return bool(date.fromisoformat(cell[:10])) and len(cell) == {"date": 10, "datetime": 20}[column_type]
    return isinstance(json.loads(cell), JSON_TYPES[column_type])


def test_a_table_without_rows_keeps_its_files_and_is_no_resource(town):
    folder, _square = town
    ProgressReport.objects.all().delete()
    dump(folder)
    package = json.loads((folder / PACKAGE).read_text("utf-8"))

    assert package["withoutRows"] == ["reports"]
    assert not [resource for resource in package["resources"] if not resource["rowCount"]]
    assert (folder / "json" / "reports.jsonl").read_bytes() == b""
    assert (folder / "csv" / "reports.csv").read_text("utf-8").startswith("motion,commitment,on,text")


def test_a_reference_to_a_table_without_rows_is_not_described(tmp_path):
    world.obligation(trajectory=world.trajectory())
    dump(tmp_path)
    package = json.loads((tmp_path / PACKAGE).read_text("utf-8"))

    named = {resource["name"] for resource in package["resources"]}
    [obligations] = [resource for resource in package["resources"] if resource["name"] == "obligations"]
    assert "motions" in package["withoutRows"]
    assert [key["fields"] for key in obligations["schema"]["foreignKeys"]] == ["trajectory"]
    for resource in package["resources"]:
        for key in resource.get("schema", {}).get("foreignKeys", ()):
            assert key["reference"]["resource"] in named


# ---------- the description for data catalogues


def test_the_catalogue_has_what_dcat_ap_nl_requires(town, settings):
    folder, _square = town
    settings.CONTACT_EMAIL = "participatie@example.org"
    dump(folder)
    found = json.loads((folder / CATALOGUE).read_text("utf-8"))

    required = {"dct:title", "dct:description", "dct:publisher", "dcat:contactPoint"}
    assert required | {"dct:creator", "dcat:dataset"} <= found.keys()
    for dataset in found["dcat:dataset"]:
        of_dataset = {"dct:accessRights", "dct:creator", "dct:identifier", "dcat:theme", "dcat:distribution"}
        assert required | of_dataset <= dataset.keys()
        assert dataset["dcat:contactPoint"]["vcard:hasEmail"] == {"@id": "mailto:participatie@example.org"}
        for distribution in dataset["dcat:distribution"]:
            assert {"dcat:accessURL", "dct:license", "dct:format"} <= distribution.keys()
    service = {"dcat:endpointURL", "dcat:endpointDescription", "dct:license", "dct:accessRights", "dct:identifier"}
    assert required | service | {"dcat:theme"} <= found["dcat:service"].keys()


def test_the_catalogue_has_every_file_of_the_package_once(town, settings):
    folder, _square = town
    dump(folder)
    package = json.loads((folder / PACKAGE).read_text("utf-8"))
    whole, *parts = json.loads((folder / CATALOGUE).read_text("utf-8"))["dcat:dataset"]

    start = f"{settings.BASE_URL}/open-data/"
    [zipped] = whole["dcat:distribution"]
    assert zipped["dcat:downloadURL"]["@id"] == f"{start}leidraad.zip"
    assert whole["hasPart"] == [part["@id"] for part in parts]
    files = [file for part in parts for file in part["dcat:distribution"]]
    assert [
        (
            file["dcat:downloadURL"]["@id"].removeprefix(start),
            int(file["dcat:byteSize"]["@value"]),
            f"sha256:{file['spdx:checksum']['spdx:checksumValue']['@value']}",
        )
        for file in files
    ] == [(resource["path"], resource["bytes"], resource["hash"]) for resource in package["resources"]]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["BU05460102", "", "WK054602"], "https://identifier.overheid.nl/tooi/id/gemeente/gm0546"),
        (["BU05460102", "BU05790001"], ""),
        ([""], ""),
    ],
)
def test_the_municipality_is_named_where_all_codes_are_of_one(codes, expected):
    assert municipality_uri_of(codes) == expected


def test_the_description_is_in_dutch(town):
    folder, _square = town
    dump(folder)

    assert "Wat niet openbaar is, staat er niet in" in (folder / README).read_text("utf-8")


# ---------- ZIP file and memory


def test_the_zip_has_the_same_content_and_is_reproducible(town, tmp_path_factory):
    folder, _square = town
    zips = tmp_path_factory.mktemp("zips")
    dump(folder)
    for name in ("een.zip", "twee.zip"):
        export(zips / name, TODAY, load_rulebooks("leiden"), "gemeente Leiden")

    with zipfile.ZipFile(zips / "een.zip") as parts:
        assert parts.testzip() is None
        for path in parts.namelist():
            assert parts.read(path) == (folder / path).read_bytes(), path
        assert {PACKAGE, README, "rulebook.json", "csv/steps.csv", "json/steps.jsonl"} <= set(parts.namelist())
    assert (zips / "een.zip").read_bytes() == (zips / "twee.zip").read_bytes()
    assert sorted(path.name for path in zips.iterdir()) == ["een.zip", "twee.zip"]


def test_fifty_trajectories_take_as_many_queries_as_one(tmp_path):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            dump(tmp_path)
        return len(queries)

    everything("plein-0")
    few = count_queries()
    for number in range(1, 50):
        square = world.trajectory(f"plein-{number}")
        world.plan(square, world.RESIDENTS)
        world.step(square)
        world.obligation(trajectory=square)

    assert count_queries() == few < 40


def test_inhabitants_and_places_are_published_and_what_is_not_known_is_empty(tmp_path):
    world.neighbourhood("haven", inhabitants=0, inhabitants_year=2025)
    geometry = {"type": "Point", "coordinates": [4.4925, 52.1583]}
    world.trajectory(geometry=geometry)
    world.trajectory("plein")
    dump(tmp_path)
    found = {row["slug"]: (row["inhabitants"], row["inhabitants_year"]) for row in lines(tmp_path, "neighbourhoods")}
    assert found == {"haven": (0, 2025), world.CENTRE: (None, None)}
    assert {row["slug"]: row["inhabitants"] for row in rows(tmp_path, "neighbourhoods")}["haven"] == "0"
    assert [row["geometry"] for row in lines(tmp_path, "trajectories")] == [geometry, None]
    assert [row["geometry"] for row in rows(tmp_path, "trajectories")] == [json.dumps(geometry), ""]
    package = json.loads((tmp_path / PACKAGE).read_text("utf-8"))
    fields = next(one for one in package["resources"] if one["path"] == "csv/trajectories.csv")["schema"]["fields"]
    assert next(field for field in fields if field["name"] == "geometry")["type"] == "geojson"


# ---------- several municipalities


def test_the_rules_of_every_rulebook_are_there_and_obligations_refer_to_them(tmp_path):
    for town in ("leiden", "oegstgeest"):
        towns.trajectory(f"plein-{town}", town)
    export(tmp_path, TODAY, towns.RULEBOOKS, "het servicecentrum")
    rules = {(row["rulebook"], row["id"]): row for row in rows(tmp_path, "rules")}
    assert rules.keys() == {(rulebook.name, rule) for rulebook in towns.RULEBOOKS for rule in rulebook.by_id}
    assert rules["oegstgeest", "feedback-given"]["strength"] == "wish"
    obligations = rows(tmp_path, "obligations")
    assert all((row["rulebook"], row["rule"]) in rules for row in obligations)
    assert {(row["trajectory"], row["rulebook"]) for row in obligations} == {
        ("plein-leiden", "leiden"),
        ("plein-oegstgeest", "oegstgeest"),
    }
    package = json.loads((tmp_path / PACKAGE).read_text("utf-8"))
    assert [(found["name"], found["municipality"], found["hash"]) for found in package["rulebooks"]] == [
        ("leiden", "leiden", towns.LEIDEN.hash),
        ("oegstgeest", "oegstgeest", towns.TOWN.hash),
    ]
    described = {resource["path"] for resource in package["resources"]}
    assert {"rulebook.json", "rulebook-oegstgeest.json"} <= described
    assert json.loads((tmp_path / "rulebook-oegstgeest.json").read_text("utf-8"))["hash"] == towns.TOWN.hash


def test_the_file_of_a_rulebook_no_longer_in_use_does_not_stay(tmp_path):
    export(tmp_path, TODAY, towns.RULEBOOKS, "het servicecentrum")
    dump(tmp_path)
    assert [path.name for path in tmp_path.glob("rulebook*.json")] == ["rulebook.json"]
