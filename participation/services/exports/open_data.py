"""The open data dump: made at night in the background, and served from cache.

No request waits for it to be made. A dump with a trajectory that is no longer public is not served any more; a new one
is made within minutes. One of an earlier version of the software, or with other addresses, is served until then.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, overload
from zipfile import ZipFile

from django.conf import settings
from django.db.models import Max, OuterRef, Q, Subquery

from participation.compliance.rulebooks import Rulebooks
from participation.interchange.open_data.datasets import LOOSE_ENDS
from participation.interchange.open_data.metadata import export
from participation.models import Trajectory

from .cached_files import folder_lock, media_folder, remove_files

FOLDER = "open-data"
LOOSE_ENDS_FILE = f"json/{LOOSE_ENDS.name}.jsonl"


def current_dump() -> Path | None:
    """Return the newest dump without trajectories that are no longer public, or None."""
    for path in sorted(media_folder(FOLDER).glob("*.zip"), reverse=True):
        history_id = path.stem.rpartition("-")[2]
        if history_id.isdigit() and not _has_withdrawals_since(int(history_id)):
            return path
    return None


def needs_dump() -> bool:
    """Return whether there is no dump to serve, or only one of another version of the software or its settings."""
    found = current_dump()
    return found is None or f"-{_software_version()}-" not in found.name


def make_dump(today: date, rulebooks: Rulebooks, wait: bool = False) -> bool:
    """Make the dump of this day and remove the earlier ones; return False where it existed already.

    Raises BeingMadeError where another process makes it, or with ``wait`` waits for that.
    """
    folder = media_folder(FOLDER)
    with folder_lock(folder, wait):
        # Read before the export: a trajectory withdrawn during it then invalidates this dump.
        changed = Trajectory.history.aggregate(newest=Max("history_id"))["newest"] or 0
        target = folder / f"{today.isoformat()}-{rulebooks.hash}-{_software_version()}-{changed}.zip"
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


class LooseEndLines(Sequence[dict[str, Any]]):
    """The loose ends of one kind in a dump, as a sequence of which a part is read at a time."""

    def __init__(self, dump: Path, kind: str) -> None:
        """Read those of this kind, in this dump."""
        self.dump, self.kind = dump, kind

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(count for (kind, _retrospective), count in count_loose_ends(self.dump).items() if kind == self.kind)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        """Return a row, or the rows of a part that begins and ends somewhere."""
        if isinstance(index, int):
            return self[index : index + 1][0]
        start = f'{{"kind":"{self.kind}",'.encode()
        found = (line for line in _loose_end_lines(self.dump) if line.startswith(start))
        return [json.loads(line) for line in islice(found, index.start, index.stop)]


def count_loose_ends(dump: Path) -> Counter[tuple[str, bool]]:
    """Return the number of loose ends in a dump by kind, and by whether the trajectory is retrospective.

    Raises LookupError where the dump is of an earlier version of the software, without them.
    """
    return _count_loose_ends(dump, dump.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _count_loose_ends(dump: Path, _modified: int) -> Counter[tuple[str, bool]]:
    rows = map(json.loads, _loose_end_lines(dump))
    return Counter((row["kind"], row["retrospective"]) for row in rows)


def _loose_end_lines(dump: Path) -> Iterator[bytes]:
    with ZipFile(dump) as parts, parts.open(LOOSE_ENDS_FILE) as lines:
        yield from lines


def _software_version() -> str:
    """Return a hash of what the files depend on besides the data, the day and the rules."""
    parts = (settings.CODE_VERSION, settings.MUNICIPALITY, settings.BASE_URL, settings.CONTACT_EMAIL)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _has_withdrawals_since(history_id: int) -> bool:
    """Return whether a trajectory that was public at this history id was made private or deleted since."""
    before = Trajectory.history.filter(id=OuterRef("id"), history_id__lte=history_id).order_by("-history_id")
    later = Trajectory.history.filter(Q(public=False) | Q(history_type="-"), history_id__gt=history_id).order_by()
    withdrawn = later.annotate(was_public=Subquery(before.values("public")[:1])).filter(was_public=True)
    found: bool = withdrawn.exists()
    return found
