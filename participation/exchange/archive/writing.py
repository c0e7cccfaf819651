"""The archive of a trajectory: one ZIP to keep, with all that is known of it, and a list of checksums.

    FOLDER/README.txt                   what is in it, and how to check it
    FOLDER/data/overview.pdf            the whole, to be read
    FOLDER/data/dossier.json            what was recorded: importing it gives the same trajectory
    FOLDER/data/documents/…             the files that were handed in; documents.json tells what they are
    FOLDER/data/….json                  what was owed, how it stood when, who changed what, the rules
    FOLDER/manifest-sha256.txt …        a BagIt bag (RFC 8493)

Two archives of the same state and moment, for the same reader, are the same to the last byte.
"""

from typing import BinaryIO

from django.template.loader import render_to_string
from django.utils import timezone, translation

from participation.models import Trajectory
from participation.selectors.snapshot import snapshot

from .bag import PAYLOAD, Bag
from .contents import write_contents
from .files import copy_files
from .overview import overview_html
from .pdf import pdf_of
from .told import Asked, told_of

README = "README.txt"


def write_archive(to: BinaryIO, asked: Asked) -> None:
    """Write the archive that is asked for into this file, open for writing and reading at its start.

    All of it is as it was at one moment, also while others record. Files are copied in parts, and what grows with
    the years is written as it is read: only the PDF is made in memory. Raises LookupError where the reader may not
    see the trajectory, and PdfUnavailableError where this machine cannot make PDFs.
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


def name_of(asked: Asked) -> str:
    """Return what the archive is called, without its ending: the slug and the day."""
    return f"{asked.trajectory.slug}-{asked.today.isoformat()}"


def _readme(asked: Asked) -> str:
    with translation.override(asked.language):
        context = {"asked": asked, "name": name_of(asked), "made_at": timezone.localtime(asked.now)}
        return render_to_string("archive/README.txt", context)


def _info(asked: Asked) -> dict[str, str]:
    """Return what the bag says of itself, under the names of BagIt and a few of our own."""
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
