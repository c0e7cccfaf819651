"""The open data dump: made at night in the background, and served from cache.

No request waits for it to be made. A dump with a trajectory that is no longer public is not served any more; a new one
is made within minutes.
"""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.db.models import Max, OuterRef, Q, Subquery

from participation.compliance.rulebook import Rulebook
from participation.exchange.open_data.metadata import export
from participation.models import Trajectory

from .made_files import folder_of, making, remove

FOLDER = "open-data"


def current_dump() -> Path | None:
    """Return the newest dump without trajectories that are no longer public, or None."""
    for path in sorted(folder_of(FOLDER).glob("*.zip"), reverse=True):
        line = path.stem.rpartition("-")[2]
        if line.isdigit() and not _withdrawn_since(int(line)):
            return path
    return None


def make_dump(today: date, rulebook: Rulebook, wait: bool = False) -> bool:
    """Make the dump of this day and remove the earlier ones; return False where it existed already.

    Raises BeingMadeError where another process makes it, or with ``wait`` waits for that.
    """
    folder = folder_of(FOLDER)
    with making(folder, wait):
        # Read before the export: a trajectory withdrawn during it then invalidates this dump.
        changed = Trajectory.history.aggregate(newest=Max("history_id"))["newest"] or 0
        target = folder / f"{today.isoformat()}-{rulebook.hash}-{changed}.zip"
        if target.is_file():
            return False
        export(target, today, rulebook, settings.MUNICIPALITY)
        remove(folder, "*.zip", keep=target)
        return True


def forget() -> None:
    """Remove the dump, after waiting for one that is being made."""
    folder = folder_of(FOLDER)
    if folder.is_dir():
        with making(folder, wait=True):
            remove(folder, "*.zip")


def _withdrawn_since(line: int) -> bool:
    """Return whether a trajectory that was public at this history id was made private or deleted since."""
    before = Trajectory.history.filter(id=OuterRef("id"), history_id__lte=line).order_by("-history_id")
    later = Trajectory.history.filter(Q(public=False) | Q(history_type="-"), history_id__gt=line).order_by()
    withdrawn = later.annotate(was_public=Subquery(before.values("public")[:1])).filter(was_public=True)
    found: bool = withdrawn.exists()
    return found
