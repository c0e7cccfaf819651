"""History of a model: each row of it, and on a saved row the id of its newest version."""

from typing import Any

from simple_history.models import HistoricalRecords


class VersionedHistory(HistoricalRecords):
    """History that leaves on a row the id of the version that was just recorded, so that it need not be looked up.

    A row that is kept only for a log (``Removable``) is deleted in the history.
    """

    def create_historical_record(self, instance: Any, history_type: str, using: str | None = None) -> None:
        """Record a version: a deletion where the row was marked as removed."""
        if getattr(instance, "removed_at", None) is not None:
            history_type = "-"
        super().create_historical_record(instance, history_type, using)

    def create_historical_record_m2ms(self, history_instance: Any, instance: Any) -> None:
        """Keep the id of the version, which was saved just before this is called."""
        super().create_historical_record_m2ms(history_instance, instance)
        instance.recorded_version = history_instance.pk
