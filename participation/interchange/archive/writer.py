"""Writing the archive of a trajectory: one ZIP for preservation, with all its data and checksums.

    FOLDER/README.txt                   description of the contents, and how to check them
    FOLDER/data/overview.pdf            everything in readable form
    FOLDER/data/dossier.json            the recorded data: importing it gives the same trajectory
    FOLDER/data/documents/…             the uploaded files, described in documents.json
    FOLDER/data/….json                  obligations, status transitions, change history, rulebook and more
    FOLDER/manifest-sha256.txt …        a BagIt bag (RFC 8493)

Archives of the same state and moment for the same reader are identical byte for byte.
"""

from typing import BinaryIO

from django.template.loader import render_to_string
from django.utils import timezone, translation

from participation.models import Trajectory
from participation.selectors.snapshot import snapshot

from .bag import PAYLOAD, Bag
from .contents import write_contents
from .data import ArchiveRequest, archive_data
from .files import copy_files
from .overview_page import overview_html
from .pdf import pdf_of

README = "README.txt"


def write_archive(target: BinaryIO, archive_request: ArchiveRequest) -> None:
    """Write the archive into this file, which must be open for reading and writing at its start.

    All data is read from one database snapshot. Files are copied in chunks and growing tables are streamed; only the
    PDF is built in memory. Raises LookupError if the reader may not see the trajectory, and PdfUnavailableError if
    system libraries for PDFs are missing.
    """
    trajectory = archive_request.trajectory
    if not Trajectory.objects.visible_to(archive_request.user).filter(pk=trajectory.pk).exists():
        raise LookupError(f"This reader may not see {trajectory.slug}.")
    with Bag(target, archive_name(archive_request)) as bag:
        with snapshot():
            archived_files = copy_files(bag, trajectory, archive_request.user)
            data = archive_data(archive_request, archived_files)
            write_contents(bag, data)
            html = overview_html(data)
        bag.add(f"{PAYLOAD}overview.pdf", pdf_of(html))
        bag.add(README, _readme(archive_request).encode())
        bag.finish(_bag_info(archive_request))


def archive_name(archive_request: ArchiveRequest) -> str:
    """Return the name of the archive without its extension: the slug and the day."""
    return f"{archive_request.trajectory.slug}-{archive_request.today.isoformat()}"


def _readme(archive_request: ArchiveRequest) -> str:
    with translation.override(archive_request.language):
        context = {
            "archive_request": archive_request,
            "name": archive_name(archive_request),
            "made_at": timezone.localtime(archive_request.now),
        }
        return render_to_string("archive/README.txt", context)


def _bag_info(archive_request: ArchiveRequest) -> dict[str, str]:
    """Return the metadata for bag-info.txt: keys of BagIt and a few of our own."""
    trajectory = archive_request.trajectory
    return {
        "External-Identifier": trajectory.slug,
        "External-Description": trajectory.title,
        "Bagging-Date": archive_request.today.isoformat(),
        "Bag-Software-Agent": "Leidraad",
        "Leidraad-Moment": archive_request.now.isoformat(),
        "Leidraad-Rulebook": f"{archive_request.rulebook.name} {archive_request.rulebook.hash}",
        "Leidraad-Language": archive_request.language,
        "Leidraad-Reader": "municipality" if archive_request.names_known else "public",
        "Leidraad-Trajectory-Is-Public": "yes" if trajectory.public else "no",
    }
