"""The lists of a trajectory as files: contributions, obligations, changesets and status transitions."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.interchange import lists
from participation.interchange.lists import ListReader
from participation.interchange.tables import Table, TableColumn
from participation.models import Changeset, Trajectory, Transition

#: Lists on the trajectory page: all contributions, unanswered contributions, and obligations.
CONTRIBUTIONS, UNANSWERED, OBLIGATIONS = LISTS = ("inbreng", "onbeantwoord", "afspraken")


class HistoryFile(NamedTuple):
    """One changed column: its changeset, row, and (name, old, new)."""

    block: Any
    line: Any
    change: tuple[str, str, str]


def contributions_table(trajectory: Trajectory, list_name: str, reader: ListReader) -> Table:
    """Return the contributions: all (``CONTRIBUTIONS``) or the unanswered ones."""
    return lists.contributions(trajectory, reader, only_waiting=list_name == UNANSWERED)


def changes_table(trajectory: Trajectory, blocks: Iterator[Any], language: str) -> Table:
    """Return the changes, one row per changed column, from the data of the history page."""
    columns = [
        TableColumn("at", gettext_lazy("When"), lambda row: row.block.view.at),
        TableColumn("by", gettext_lazy("Who"), lambda row: row.block.author),
        TableColumn("entry", gettext_lazy("What was done"), lambda row: row.block.title),
        TableColumn("undone", gettext_lazy("Undone"), lambda row: row.block.undone),
        TableColumn("kind", gettext_lazy("Added, changed or removed"), lambda row: row.line.kind),
        TableColumn("what", gettext_lazy("What"), lambda row: row.line.description),
        TableColumn("column", gettext_lazy("Which part of it"), lambda row: row.change[0]),
        TableColumn("before", gettext_lazy("Was"), lambda row: row.change[1]),
        TableColumn("after", gettext_lazy("Became"), lambda row: row.change[2]),
    ]
    rows = (
        HistoryFile(block, line, change)
        for block in blocks
        for line in block.lines
        for change in line.changes or [("", "", "")]
    )
    return Table(f"geschiedenis-{trajectory.slug}", str(Changeset._meta.verbose_name_plural), columns, rows, language)


def transitions_table(trajectory: Trajectory, transitions: Iterator[Any], language: str) -> Table:
    """Return the status transitions, one row each, from the data of the history page."""

    def of_row(key: str) -> TableColumn:
        heading = Transition._meta.get_field(key).verbose_name  # type: ignore[union-attr]
        return TableColumn(key, heading, lambda transition: getattr(transition.row, key))

    columns = [
        TableColumn("what", gettext_lazy("What is due"), lambda transition: transition.description),
        TableColumn("from_status", gettext_lazy("From which status"), lambda transition: transition.before),
        TableColumn("to_status", gettext_lazy("To which status"), lambda transition: transition.after),
        of_row("on"),
        of_row("noticed_at"),
        TableColumn("rule", gettext_lazy("Name of the rule"), lambda transition: transition.row.obligation.rule),
        TableColumn(
            "subject", gettext_lazy("Reference of the subject"), lambda transition: transition.row.obligation.subject
        ),
        of_row("rulebook"),
    ]
    return Table(f"stand-{trajectory.slug}", _("Status over time"), columns, transitions, language)
