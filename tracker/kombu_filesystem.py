"""kombu's filesystem transport, with atomic writes of messages and tolerance of corrupt ones."""

import logging
from pathlib import Path
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps

log = logging.getLogger("leidraad.queue")


class Channel(filesystem.Channel):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # A producer may run before the first worker.
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        # kombu writes in place, so a consumer may read half a message and crash. Consumers ignore the suffix .part,
        # and renaming is atomic.
        # kombu sorts by file name, with milliseconds; nanoseconds preserve the order within one millisecond.
        path = Path(self.data_folder_out, f"{monotonic_ns():020}_{uuid4()}.{queue}.msg")
        temporary = path.with_name(f"{path.name}.part")
        temporary.write_text(dumps(payload), encoding="utf-8")
        temporary.replace(path)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                # kombu has removed it from the folder. The work is recorded in the database, where catch_up finds it.
                log.warning("Unreadable message in the queue was discarded")


class Transport(filesystem.Transport):
    Channel = Channel
