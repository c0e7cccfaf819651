"""A queue in a folder of this machine: kombu's, in which messages appear whole and a broken one stops nobody."""

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
        # Whoever asks for work first may do so before anybody works.
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        # kombu writes in the place where another process may be reading: it would find half a message, and stop.
        # A name that ends in another way is nobody's yet; renaming it is one act.
        # kombu reads by name, and counts milliseconds: two messages put in within one would come out in any order.
        place = Path(self.data_folder_out, f"{monotonic_ns():020}_{uuid4()}.{queue}.msg")
        beside = place.with_name(f"{place.name}.part")
        beside.write_text(dumps(payload), encoding="utf-8")
        beside.replace(place)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                # It was taken out of the folder. What it asked for is in the rows, where catch_up finds it.
                log.warning("a message in the queue could not be read and was left out")


class Transport(filesystem.Transport):
    Channel = Channel
