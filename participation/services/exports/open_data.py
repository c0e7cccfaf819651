"""The open data dump: made at night in the background, and served from cache.

No request waits for it to be made. A dump with a trajectory that is no longer public is not served any more; a new one
is made within minutes.
"""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.db.models import Max, OuterRef, Q, Subquery

from participation.compliance.rulebooks import Rulebooks
from participation.interchange.open_data.metadata import export
from participation.models import Trajectory

from .cached_files import folder_lock, media_folder, remove_files

FOLDER = "open-data"


def current_dump() -> Path | None:
    """Return the newest dump without trajectories that are no longer public, or None."""
    for path in sorted(media_folder(FOLDER).glob("*.zip"), reverse=True):
        history_id = path.stem.rpartition("-")[2]
        if history_id.isdigit() and not _has_withdrawals_since(int(history_id)):
            return path
    return None


def make_dump(today: date, rulebooks: Rulebooks, wait: bool = False) -> bool:
    """Make the dump of this day and remove the earlier ones; return False where it existed already.

    Raises BeingMadeError where another process makes it, or with ``wait`` waits for that.
    """
    folder = media_folder(FOLDER)
    with folder_lock(folder, wait):
        # Read before the export: a trajectory withdrawn during it then invalidates this dump.
        changed = Trajectory.history.aggregate(newest=Max("history_id"))["newest"] or 0
        target = folder / f"{today.isoformat()}-{rulebooks.hash}-{changed}.zip"
        if target.is_file():
            return False
        export(target, today, rulebooks, settings.MUNICIPALITY)
        remove_files(folder, "*.zip", keep=target)
        return True


def clear_cache() -> None:
    """Remove the dump, after waiting for one that is being made."""
    folder = media_folder(FOLDER)
    if folder.is_dir():
        with folder_lock(folder, wait=True):
            remove_files(folder, "*.zip")


def _has_withdrawals_since(history_id: int) -> bool:
    """Return whether a trajectory that was public at this history id was made private or deleted since."""
    before = Trajectory.history.filter(id=OuterRef("id"), history_id__lte=history_id).order_by("-history_id")
    later = Trajectory.history.filter(Q(public=False) | Q(history_type="-"), history_id__gt=history_id).order_by()
    withdrawn = later.annotate(was_public=Subquery(before.values("public")[:1])).filter(was_public=True)
    found: bool = withdrawn.exists()
    return found
