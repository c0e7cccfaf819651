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
from .data import ArchiveRequest, told_of
from .files import copy_files
from .overview_page import overview_html
from .pdf import pdf_of

README = "README.txt"


def write_archive(to: BinaryIO, asked: ArchiveRequest) -> None:
    """Write the archive into this file, which must be open for reading and writing at its start.

    All data is read from one database snapshot. Files are copied in chunks and growing tables are streamed; only the
    PDF is built in memory. Raises LookupError if the reader may not see the trajectory, and PdfUnavailableError if
    system libraries for PDFs are missing.
    """
    trajectory = asked.trajectory
    if not Trajectory.objects.visible_to(asked.user).filter(pk=trajectory.pk).exists():
        raise LookupError(f"This reader may not see {trajectory.slug}.")
    with Bag(to, name_of(asked)) as bag:
        with snapshot():
            kept = copy_files(bag, trajectory, asked.user)
            told = told_of(asked, kept)
            write_contents(bag, told)
            html = overview_html(told)
        bag.add(f"{PAYLOAD}overview.pdf", pdf_of(html))
        bag.add(README, _readme(asked).encode())
        bag.finish(_info(asked))


def name_of(asked: ArchiveRequest) -> str:
    """Return the name of the archive without its extension: the slug and the day."""
    return f"{asked.trajectory.slug}-{asked.today.isoformat()}"


def _readme(asked: ArchiveRequest) -> str:
    with translation.override(asked.language):
        context = {"asked": asked, "name": name_of(asked), "made_at": timezone.localtime(asked.now)}
        return render_to_string("archive/README.txt", context)


def _info(asked: ArchiveRequest) -> dict[str, str]:
    """Return the metadata for bag-info.txt: keys of BagIt and a few of our own."""
    trajectory = asked.trajectory
    return {
        "External-Identifier": trajectory.slug,
        "External-Description": trajectory.title,
        "Bagging-Date": asked.today.isoformat(),
        "Bag-Software-Agent": "Leidraad",
        "Leidraad-Moment": asked.now.isoformat(),
        "Leidraad-Rulebook": f"{asked.rulebook.name} {asked.rulebook.hash}",
        "Leidraad-Language": asked.language,
        "Leidraad-Reader": "municipality" if asked.names_known else "public",
        "Leidraad-Trajectory-Is-Public": "yes" if trajectory.public else "no",
    }
