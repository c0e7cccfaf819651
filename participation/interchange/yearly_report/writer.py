"""Writing a yearly report: one ZIP with the report as PDF, its figures, and what is needed to compute them again.

    FOLDER/README.txt                description of the contents, and how to check them
    FOLDER/data/report.pdf           the report
    FOLDER/data/report.json          year, days and moment of the report
    FOLDER/data/figures.csv          every figure
    FOLDER/data/….csv                the lines behind the figures
    FOLDER/data/rulebooks.json       the rules: their basic condition and kind of source
    FOLDER/manifest-sha256.txt …     a BagIt bag (RFC 8493)

Reports of the same state and moment are identical byte for byte.
"""

import json
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from participation.interchange.archive.bag import PAYLOAD, Bag
from participation.interchange.archive.pdf import pdf_of
from participation.presentation.rules import rulebook_as_json
from participation.selectors.snapshot import snapshot
from participation.selectors.statistics.yearly import FigureKey, figures_in_order

from .data import ReportRequest, report_data
from .document import report_html
from .lines import LINE_FILES, as_lines

PDF, FIGURES, DESCRIPTION, RULEBOOKS = "report.pdf", "figures.csv", "report.json", "rulebooks.json"
FIGURE_COLUMNS: Final = (*FigureKey._fields, "number")
README: Final = "README.txt"


def write_report(target: BinaryIO, report_request: ReportRequest) -> None:
    """Write the report into this file, which must be open for reading and writing at its start.

    All data is read from one database snapshot, and lines are streamed. Raises PdfUnavailableError if system libraries
    for PDFs are missing.
    """
    with Bag(target, report_name(report_request)) as bag:
        with snapshot():
            data = report_data(report_request)
            for file in LINE_FILES:
                with bag.open_member(PAYLOAD + file.name) as member:
                    for chunk in as_lines(file.columns, file.rows(report_request)):
                        member.write(chunk)
            html = report_html(data)
        rows = ((*key, number) for key, number in figures_in_order(data.figures))
        bag.add(PAYLOAD + FIGURES, b"".join(as_lines(FIGURE_COLUMNS, rows)))
        _add_json(bag, RULEBOOKS, [rulebook_as_json(rulebook) for rulebook in report_request.rulebooks])
        _add_json(bag, DESCRIPTION, _description(report_request))
        bag.add(PAYLOAD + PDF, pdf_of(html))
        bag.add(README, _readme(report_request).encode())
        bag.finish(_bag_info(report_request))


def report_name(report_request: ReportRequest) -> str:
    """Return the name of the report without its extension."""
    of = f"{report_request.municipality}-" if report_request.municipality else ""
    return f"jaarverslag-{of}{report_request.year}-{report_request.today.isoformat()}"


def _add_json(bag: Bag, name: str, content: Any) -> None:
    bag.add(PAYLOAD + name, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _description(report_request: ReportRequest) -> dict[str, Any]:
    periods = report_request.periods
    return {
        "year": report_request.year,
        "on": periods[-1].on.isoformat(),
        "made_at": report_request.now.isoformat(),
        "municipality": report_request.owner,
        "of_municipality": report_request.municipality or None,
        "version": settings.CODE_VERSION,
    }


def _readme(report_request: ReportRequest) -> str:
    with translation.override(report_request.language):
        context = {
            "name": report_name(report_request),
            "year": report_request.year,
            "municipality": report_request.owner,
            "made_at": timezone.localtime(report_request.now),
        }
        return render_to_string("report/README.txt", context)


def _bag_info(report_request: ReportRequest) -> dict[str, str]:
    """Return the metadata for bag-info.txt: keys of BagIt and a few of our own."""
    return {
        "External-Identifier": report_name(report_request).rpartition(f"-{report_request.today.isoformat()}")[0],
        "External-Description": f"Jaarverslag participatie {report_request.year}, {report_request.owner}",
        "Bagging-Date": report_request.today.isoformat(),
        "Bag-Software-Agent": "Leidraad",
        "Leidraad-Moment": report_request.now.isoformat(),
        "Leidraad-Rulebook": " ".join(f"{book.name} {book.hash}" for book in report_request.rulebooks),
        "Leidraad-Language": report_request.language,
        "Leidraad-Reader": "public",
    }
