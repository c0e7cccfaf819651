"""Hostile workbooks and those of other programs: refused with a remedy, at a cost that is linear in their size."""

from __future__ import annotations

import io
import zipfile
from time import process_time

import openpyxl
import pytest
from openpyxl.xml import functions

from participation.interchange.sheets.reading import SheetError, read_tabs, read_upload
from participation.interchange.sheets.workbook import unescape_ooxml
from tests.workbooks import workbook

KNOWN = {"van", "inbreng", "datum"}
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


SHARED = f'<sst xmlns="{MAIN}"><si><t>Van</t></si></sst>'
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def with_part(name, change, **others):
    """Return a valid workbook with one part changed by this function or replaced by this text."""
    changes = {name: change, **others}
    sound = io.BytesIO(workbook(["Van", "Inbreng"], ["wijk-a", "Meer bomen"]))
    out = io.BytesIO()
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        found = {part: old.read(part).decode() for part in old.namelist()} | {"xl/sharedStrings.xml": SHARED}
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}"/></Types>'
        found["[Content_Types].xml"] = found["[Content_Types].xml"].replace("</Types>", override)
        for part, text in found.items():
            made = changes.get(part, text)
            new.writestr(part, made if isinstance(made, str | bytes) else made(text))
    return out.getvalue()


def sheet_of(rows, behind=""):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>'.encode()


def declaring(root, before="", entity='<!ENTITY a "Uitgevouwen">'):
    """Return a change that adds a document type and an entity to a part, far behind its start."""
    dtd = f"<!DOCTYPE {root} [{entity}]>"

    def change(text):
        used = text.replace("Meer bomen", "&a;") if entity else text
        bare = used.partition("?>")[2] if used.startswith("<?xml") else used
        return f'<?xml version="1.0"?>{before}{dtd}{bare}'

    return change


# ---------------------------------------------------------------- document types


@pytest.mark.parametrize(
    ("before", "entity"),
    [
        *(("", '<!ENTITY a "Uitgevouwen">'), (f"<!--{'x' * 2_500}-->", '<!ENTITY a "Uitgevouwen">')),
        *((" " * 100_000, ""), (f"<!--{'x' * 2_500}-->", "")),
    ],
    ids=["at once", "after a comment", "after white space, without an entity", "after a comment, without an entity"],
)
@pytest.mark.parametrize(
    ("part", "root"),
    [
        *((SHEET, "worksheet"), ("xl/sharedStrings.xml", "sst"), ("xl/workbook.xml", "workbook")),
        *(("xl/styles.xml", "styleSheet"), ("[Content_Types].xml", "Types")),
        *(("xl/_rels/workbook.xml.rels", "Relationships"), ("docProps/core.xml", "cp:coreProperties")),
    ],
)
def test_a_workbook_with_a_document_type_in_any_part_is_rejected(part, root, before, entity):
    read_upload("x.xlsx", with_part(part, lambda text: text), KNOWN)
    with pytest.raises(SheetError, match="Excel"):
        read_upload("x.xlsx", with_part(part, declaring(root, before, entity)), KNOWN)


def test_a_document_type_in_another_encoding_is_rejected():
    wide = declaring("worksheet", entity="")(sheet_of('<row r="1"/>').decode()).encode("utf-16")
    with pytest.raises(SheetError, match="Excel"):
        read_upload("x.xlsx", with_part(SHEET, wide), KNOWN)


def test_openpyxl_parses_every_part_with_defusedxml():
    assert openpyxl.DEFUSEDXML
    assert functions.fromstring.__module__.startswith("defusedxml")
    assert functions.iterparse.__module__.startswith("defusedxml")


# ---------------------------------------------------------------- cost


def cost(content):
    began = process_time()
    with pytest.raises(SheetError):
        read_tabs("x.xlsx", content, KNOWN)
    return process_time() - began


@pytest.mark.parametrize(
    "rows",
    [
        lambda n: "<row " * n,
        lambda n: "<row hidden='1' " * n,
        lambda n: f"<row {'x ' * n}>",
        lambda n: "<mergeCell " * n,
        lambda n: "<!--" * n,
        lambda n: f"<row r='1'><c r='A1' t='inlineStr'><is><t>{'_x' * n}</t></is></c></row>" + "<row " * 9,
        lambda n: "<a>" * n,
    ],
)
def test_the_cost_of_a_malformed_workbook_is_linear_in_its_size(rows):
    small, large = (with_part(SHEET, sheet_of(rows(size))) for size in (20_000, 80_000))
    few, many = (min(cost(content), cost(content)) for content in (small, large))
    # Four times the text; a quadratic algorithm would take sixteen times as long.
    assert many < 9 * max(few, 0.1)


@pytest.mark.parametrize(
    ("rows", "behind"),
    [
        ('<row r="1000000000000"><c r="A1000000000000"><v>1</v></c></row>', ""),
        ('<row r="2"/><row r="1"/>', ""),
        ('<row r="x"/>', ""),
        ('<row r="1"><c r="1A"><v>1</v></c></row>', ""),
        ('<row r="1"><c t="s"><v>9</v></c></row>', ""),
        ('<row r="1"><c t="b"><v>x</v></c></row>', ""),
        ("".join(f'<row r="{n}"><c r="XFD{n}"/></row>' for n in range(1, 500)), ""),
        ('<row r="1"/>', '<mergeCells><mergeCell ref="A:1"/></mergeCells>'),
        (f'<row r="1"><c r="A1" t="str"><v>{"x" * 40_000}</v></c></row>', ""),
        ('<row r="1"><c r="A1"><v>' + "9" * 5_000 + "</v></c></row>", ""),
    ],
)
def test_a_malformed_sheet_is_rejected_quickly(rows, behind):
    began = process_time()
    with pytest.raises(SheetError, match="Excel"):
        read_tabs("x.xlsx", with_part(SHEET, sheet_of(rows, behind)), KNOWN)
    assert process_time() - began < 5


def test_a_part_referenced_as_many_sheets_is_not_read_repeatedly():
    twice = '<sheet name="Nog een" sheetId="2" state="visible" r:id="rId1" xmlns:r="{}"/></sheets>'.format(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    )
    with pytest.raises(SheetError, match="Excel"):
        read_upload("x.xlsx", with_part("xl/workbook.xml", lambda text: text.replace("</sheets>", twice)), KNOWN)


def test_a_long_text_repeated_in_every_cell_counts_as_too_large():
    rows = [["Van", "Inbreng"], *([["x" * 32_000] * 50] * 20)]
    with pytest.raises(SheetError, match="groot"):
        read_upload("x.xlsx", workbook(*rows), KNOWN)


# ---------------------------------------------------------------- other programs


def strict(text):
    return text.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")


def test_a_strict_open_xml_workbook_is_rejected_with_how_to_save_it():
    for part in ("xl/workbook.xml", SHEET):
        with pytest.raises(SheetError, match="Opslaan als"):
            read_upload("x.xlsx", with_part(part, strict), KNOWN)


def test_a_workbook_with_only_hidden_sheets_is_reported():
    with pytest.raises(SheetError, match="zichtbaar"):
        read_upload(
            "x.xlsx", with_part("xl/workbook.xml", lambda text: text.replace('"visible"', '"hidden"', 2)), KNOWN
        )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Meer bankjes_x000D_\nen minder hekken_x000D_\ngraag", "Meer bankjes\nen minder hekken\ngraag"),
        ("Café _x201C_De Hoek_x201d_", "Café “De Hoek”"),
        ("_x005F_x000D_", "_x000D_"),
        ("_x005F_x005F_", "_x005F_"),
        ("_xD83D__xDE00_", "😀"),
        ("_xD83D_ half", "\ufffd half"),
        ("a_x0000_b", "a\ufffdb"),
        ("regel_x000A_regel", "regel\nregel"),
        ("_x00G0_ en x000D_ en _X000D_", "_x00G0_ en x000D_ en _X000D_"),
    ],
)
def test_workbook_escapes_are_decoded_in_every_cell_type(written, meant):
    assert unescape_ooxml(written) == meant
    text = written.replace("&", "&amp;")
    cells = {
        "A": f'<c r="A{{}}" t="inlineStr"><is><t>{text}</t></is></c>',
        "B": f'<c r="B{{}}" t="str"><v>{text}</v></c>',
        "C": '<c r="C{}" t="s"><v>1</v></c>',
    }
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><v>Inbreng</v></c></row>'
    body = f'<row r="2">{"".join(cells.values()).format(2, 2, 2)}</row>'
    shared = SHARED.replace("</sst>", f"<si><t>{text}</t></si></sst>")
    content = with_part(SHEET, sheet_of(head + body), **{"xl/sharedStrings.xml": shared})
    assert read_upload("x.xlsx", content, KNOWN).rows[0].cells == (meant,) * 3
