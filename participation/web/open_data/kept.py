"""The dump of the day: made when somebody first asks for it, and kept beside what people uploaded."""

import threading
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from participation.exchange.open_data.described import export
from participation.models import Trajectory

from ..shared.visit import Visit

#: In one process nobody starts what another is making.
_making = threading.Lock()


def of_the_day(visit: Visit) -> Path:
    """Return the ZIP with what is public today.

    It is made once a day, and anew as soon as a trajectory itself is changed: what is made private is out of it at
    once, though what is recorded in one comes into it tomorrow.
    """
    changed = Trajectory.history.aggregate(newest=Max("history_id"))["newest"] or 0
    folder = Path(settings.MEDIA_ROOT) / "open-data"
    found = folder / f"{visit.today.isoformat()}-{visit.rulebook.hash}-{changed}.zip"
    with _making:
        if not found.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            export(found, visit.today, visit.rulebook, settings.MUNICIPALITY)
            for other in folder.glob("*.zip"):
                if other != found:
                    other.unlink(missing_ok=True)
    return found
