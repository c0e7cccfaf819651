"""Measures archives of trajectories: whole, without their PDF, and the PDF alone, in CPU seconds.

One baseline writes a ZIP with the same bytes and their checksums. The other also reads the JSON of these bytes and
writes it again, as must be done for the files.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from unittest.mock import patch
from zipfile import ZipFile

from participation.interchange.archive import writer
from participation.interchange.archive.bag import Bag
from participation.interchange.archive.data import ArchiveRequest, archive_data
from participation.interchange.archive.overview_page import overview_html
from participation.interchange.archive.pdf import pdf_of
from participation.models import Trajectory

from .dataset import TODAY
from .measure import Measurement, cpu_seconds_of, ratios, rulebooks, time_in_turns

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
#: How many archives are written in a run, of trajectories that are over.
COUNT = 3
#: How many times the others are done for each.
REPEATS = 10


def measure(runs: int) -> list[Measurement]:
    """Measure archives for visitors."""
    book = rulebooks().first
    over = Trajectory.objects.visible_to(None).filter(status="closed").order_by("pk")[:COUNT]
    requests = [ArchiveRequest(trajectory, book, TODAY, NOW) for trajectory in over]
    archives = [_archive(request) for request in requests]
    files = [[(entry.filename, archive.read(entry)) for entry in archive.infolist()] for archive in archives]
    pdfs = {request.trajectory.slug: _pdf(request) for request in requests}

    def without_pdf() -> None:
        with (
            patch.object(writer, "overview_html", lambda data: data.archive_request.trajectory.slug),
            patch.object(writer, "pdf_of", pdfs.__getitem__),
        ):
            for request in requests:
                _archive(request)

    def written_again(name: str, content: bytes) -> bytes:
        if not name.endswith(".json"):
            return content
        return json.dumps(json.loads(content), ensure_ascii=False, indent=1).encode()

    times = time_in_turns(
        {
            "bytes": _repeat(lambda: [_write(own, lambda _name, content: content) for own in files]),
            "json": _repeat(lambda: [_write(own, written_again) for own in files]),
            "archives": lambda: [_archive(request) for request in requests],
            "without": _repeat(without_pdf),
            "pdfs": lambda: [_pdf(request) for request in requests],
        },
        runs,
        measure=cpu_seconds_of,
    )
    # Each is repeated as often as it says, so that all are as long.
    for name in ("archives", "pdfs"):
        times[name] = [seconds * REPEATS for seconds in times[name]]
    size = sum(len(content) for own in files for _name, content in own) / COUNT / 1000
    names = {"archives": "an archive", "without": "an archive, its PDF apart", "pdfs": "its PDF, with its page"}
    baselines = {"bytes": "a ZIP of the same bytes, CPU", "json": "its JSON read and written, in such a ZIP, CPU"}
    return [
        Measurement(
            name,
            baseline,
            ratios(times, key, other),
            note=f"{size:.0f} kB, {min(times[key]) / REPEATS / COUNT * 1000:.0f} ms each",
        )
        for key, name in names.items()
        for other, baseline in baselines.items()
    ]


def _archive(request: ArchiveRequest) -> ZipFile:
    made = BytesIO()
    writer.write_archive(made, request)
    return ZipFile(made)


def _pdf(request: ArchiveRequest) -> bytes:
    """Return the PDF of an archive, with the reading of its data and the page of which it is made."""
    return pdf_of(overview_html(archive_data(request, {})))


def _write(files: list[tuple[str, bytes]], prepare: Callable[[str, bytes], bytes]) -> None:
    with Bag(BytesIO(), "archive") as bag:
        for name, content in files:
            bag.add(name.partition("/")[2], prepare(name, content))


def _repeat(action: Callable[[], object]) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(REPEATS):
            action()

    return repeated
