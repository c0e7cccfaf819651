"""The planning of case E (five municipalities, spring 2017) in every format, made by code.

Dates and names of activities are as printed, with their oddities; other cells are in our words.
"""

from __future__ import annotations

import html
import io
import textwrap
from datetime import date

import docx
import weasyprint
from openpyxl import Workbook

from participation.interchange.plannings.recogniser import recognise_planning
from participation.interchange.plannings.words import KnownOrganisation

TODAY = date(2026, 11, 30)
TITLE = "Update detailplanning project Toekomstvisie Leidse regio fase 2, d.d. 14 maart 2017"
UNSCHEDULED = "Nog niet geheel opgenomen:"
#: Items of the list of what is still to be planned, with the items inside them.
OPEN = (
    ("Communicatieagenda:", ("Nieuwsbrieven", "Website", "Lokale pers etc.")),
    ("Tijdpad digitaal burgerpanel oordeelsvormende fase", ()),
    ("Eventuele samenkomst participatiewerkgroep", ()),
)
HEADINGS = ("", "Activiteit", "Doel & opbrengst", "Communicatie", "In college/ raad")
ADVICE = "advies samenwerkingsvormen"
E_MAGAZINE = "E-magazine + compilatiefilmpje met impressie symposium 7/3 gereed"
#: Each row is a heading, or the cells: date, activity, aim, communication, and signs that are not explained.
ROWS: tuple[str | tuple[str, ...], ...] = (
    "BEELDVORMING",
    HEADINGS,
    "Week 11",
    ("14/3", "Informele bespreking oordeelsvormend document in colleges", "", "", "XX (1)"),
    (
        "15/3\n(moet nog ingepland worden!)",
        "Extra stuurgroep",
        f"Met ‘{ADVICE} versie 0.2’\nKan dit zo naar de colleges?",
    ),
    ("16/3", "Aanpassingen analysedocument en advies stuurgroep"),
    ("16/3 en 17/3", "Voorbereidingen collegeconferentie"),
    ("16/3 of 17/3", "", "", "E-magazine en filmpje 15/2 online delen (Facebook en websites)"),
    (
        "Uiterlijk 17/3",
        "Verzending oordeelsvormend document aan colleges ter bespreking in colleges en in werkconferentie colleges",
        f"Vier hoofdvormen\n‘{ADVICE} versie 0.3’\nMet uitkomsten van het burgerpanel",
        "",
        "X",
    ),
    "OORDEELSVORMING",
    "Week 12",
    (
        "21/3",
        "Bespreking oordeelsvormend document in de vijf colleges, inclusief voorstel samenwerkingsvormen "
        "(“versie 0.3”) in colleges",
        f"Met ‘{ADVICE} versie 0.3’",
        "",
        "XX (2)",
    ),
    ("21/3", "Werkconferentie colleges\nAgendapunten:", f"Over ‘{ADVICE} versie 0.3’"),
    (
        "23/3",
        f"Verwerken bespreking collegeconferentie in Oordeelsvormend document, inclusief {ADVICE} “versie 0.4”",
    ),
    ("23/3", "Communicatiewerkgroep", "Website, E-magazines, nieuwe vragenlijst", "Aanpak per gemeente"),
    ("23/3", "Participatiewerkgroep (per mail)", "Nieuwe vragenlijst"),
    ("23/3", "Uitkomsten burgerpanel (opengestelde vragen) gereed", "", "persbericht?\ntotaalrapportage op website"),
    ("24/3", "Verzending oordeelsvormend document (inclusief advies) aan colleges", "", "", "X"),
    ("24/3", "Verzending oordeelsvormend document (zonder advies) aan klankbordgroep"),
    ("Uiterlijk 24/3", "", "", f"{E_MAGAZINE}\ndeelnemers mailen\npers + lokale media\nWebsites, Facebook"),
    ("24/3", "Voorbereidingen oordeelsvormende raadsbijeenkomsten", "", "Uitnodiging voor inwonersbijeenkomst mailen"),
    "Week 13",
    (
        "28/3",
        "Bespreking advies diverse samenwerkingsvormen in college en doorgeleiding naar raden",
        "",
        "",
        "XX (3)",
    ),
    ("28/3", "Klankbordgroep – stuurgroep", f"Bespreking {ADVICE} (“versie 0.4”)", "", "XXX (3)"),
    ("29/3", "Doorgeleiding stukken naar raden"),
    ("29/3", "Persmoment", "Stuurgroep licht het advies toe"),
    "Week 14",
    ("5/4", "Stuurgroep"),
    "Week 14 – 16",
    ("3/4 – 22/4", "Oordeelsvormende raadsbijeenkomsten per gemeente", "Per gemeente een eigen bijeenkomst"),
    (
        "3/4 – 22/4",
        "Inwonersbijeenkomsten per gemeente (optioneel, maatwerk per gemeente)",
        "De raad kan een bijeenkomst met inwoners, bedrijven en instellingen houden",
    ),
    "Week 17 – 18",
    ("24 / 4 –  5 /5", "MEIVAKANTIE"),
    "Week 19 – 21",
    ("10/5", "Stuurgroep"),
    ("9/5", "Gezamenlijke conferentie raden en colleges (?)", "Eind maart blijkt of dit nodig is"),
    ("13/5", "Werksessie klankbordgroep – stuurgroep", "Op een zaterdag"),
    "Week 21 – 24",
    (
        "17/5 of 18/5",
        "Verzending nieuwe versie voorstel voor samenwerkingsvorm (“versie 1.0”) aan colleges",
        "",
        "",
        "X",
    ),
    "BESLUITVORMING",
    (
        "6/6",
        "Bespreking nieuwe versie voorstel voor samenwerkingsvorm (“versie 1.0”) in colleges en doorgeleiding "
        "naar raden",
    ),
    ("7/6", "stuurgroep"),
    "Week 24 - 26",
    ("Ong 13/6", "Zienswijze in commissie (of direct in raad?)", "13/6: Leiden\n19/6: politiek forum Leiderdorp"),
    ("Medio juni", "Zienswijze in raad"),
    ("Eind juni", "Klankbordgroep – stuurgroep", "Zienswijzen worden besproken"),
    ("Uiterlijk week 27",),
    ("4  juli", "Besluitvorming in 2gemeenteraden"),
    ("5/7", "Stuurgroep"),
)


def organisations(dossier):
    """Return the organisations of a dossier as those that rows may name."""
    acting = {actor["organisation"] for actor in dossier["plan"]["actors"]}
    return [
        KnownOrganisation(one["slug"], one["name"], one["kind"], one["slug"] in acting)
        for one in dossier["organisations"]
    ]


def recognise(source, known=(), **more):
    return recognise_planning(source, known, **{"today": TODAY, **more})


def _cells(row):
    return [*row, *[""] * (len(HEADINGS) - len(row))]


def word_file(*, rows=ROWS, change=None):
    """Return it as .docx: paragraphs, a list, and a table with merged headings, after ``change`` was called."""
    document = docx.Document()
    document.add_paragraph(TITLE)
    document.add_paragraph(UNSCHEDULED)
    for item, details in OPEN:
        document.add_paragraph(item, style="List Bullet")
        for detail in details:
            document.add_paragraph(detail, style="List Bullet 2")
    table = document.add_table(rows=0, cols=len(HEADINGS))
    for row in rows:
        cells = table.add_row().cells
        if isinstance(row, str):
            cells[0].merge(cells[-1]).text = row
            continue
        for cell, text in zip(cells, _cells(row), strict=True):
            first, *more = text.split("\n")
            cell.paragraphs[0].text = first
            for paragraph in more:
                cell.add_paragraph(paragraph)
    if change:
        change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def copied_table(rows=ROWS):
    """Return it as Word puts it on the clipboard: tabs between cells, a line for each paragraph."""
    lines = [TITLE, "", UNSCHEDULED]
    for item, details in OPEN:
        lines += [f"•\t{item}", *(f"o\t{detail}" for detail in details)]
    lines += [row if isinstance(row, str) else "\t".join(_cells(row)) for row in rows]
    return "\r\n".join(lines).replace("\n", "\r\n").replace("\r\r", "\r")


def copied_lines(rows=ROWS):
    """Return it as copied out of a PDF: narrow lines, and an empty line between the cells of a row."""
    lines = [TITLE, "", UNSCHEDULED, ""]
    for item, details in OPEN:
        lines += [f" {item} ", *(f"o {detail} " for detail in details), ""]
    for row in rows:
        if isinstance(row, str):
            lines += [f"  {row}    ", ""]
            continue
        printed, activity, *others = [
            [part for line in cell.split("\n") for part in textwrap.wrap(line, 28)] for cell in _cells(row)
        ]
        # The last line of a narrow date has the first of the activity beside it.
        lines += [f"{line} " for line in printed[:-1]]
        lines += [
            f"{(printed or [''])[-1]}  {activity[0] if activity else ''} ",
            *(f"{line} " for line in activity[1:]),
        ]
        for cell in others:
            lines += ["", *(f"{line} " for line in cell)] if cell else []
        lines.append("")
    return "\n".join(lines)


def excel_file(rows=ROWS):
    """Return it as .xlsx: the title and the list above the table."""
    book = Workbook()
    for text in (TITLE, UNSCHEDULED):
        book.active.append([text])
    for item, details in OPEN:
        book.active.append([" ".join((item, ", ".join(details))).strip()])
    for row in rows:
        book.active.append([row] if isinstance(row, str) else list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pdf_file(rows=ROWS, *, body=""):
    """Return it as a PDF whose table has lines, or a PDF with this body."""
    items = "".join(
        f"<li>{item}</li>" + (f"<ul>{''.join(f'<li>{detail}</li>' for detail in details)}</ul>" if details else "")
        for item, details in OPEN
    )
    lines = "".join(
        f"<tr><td colspan={len(HEADINGS)}>{row}</td></tr>"
        if isinstance(row, str)
        else "<tr>"
        + "".join(f"<td>{html.escape(cell).replace(chr(10), '<br>')}</td>" for cell in _cells(row))
        + "</tr>"
        for row in rows
    )
    style = (
        "@page{size:A4 landscape;margin:1cm} table{border-collapse:collapse;width:100%;table-layout:fixed}"
        "td{border:1px solid;padding:2pt;font-size:9pt;vertical-align:top}"
    )
    made = body or f"<p>{TITLE}</p><p>{UNSCHEDULED}</p><ul>{items}</ul><table>{lines}</table>"
    pdf: bytes = weasyprint.HTML(string=f"<style>{style}</style>{made}").write_pdf()
    return pdf
