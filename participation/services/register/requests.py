"""Requests of the register: the rows that records are about, and the trajectories and parties that they name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from participation.compliance.problems import MAX_COMPARED_WORDS
from participation.compliance.vocabulary import AUDIENCES
from participation.dossier.errors import Problem
from participation.dossier.hints import did_you_mean
from participation.models import CounterSignal, Organisation, Request, Trajectory, Waiver
from participation.models.trajectory_items import TrajectoryItem

Record = Mapping[str, Any]


class RequestReferences:
    """What some records of requests refer to, read in a constant number of queries, however many there are.

    A record is about the request with its number, or about the one with that ref in the trajectory that it names: in a
    dossier that request came without a number.
    """

    def __init__(self, records: Iterable[Record], lock: bool = False) -> None:
        """Read the rows, and with ``lock``, in a transaction, lock those that exist until it ends."""
        records = list(records)
        numbers = {number_of(record) for record in records}
        slugs = {slug for record in records if (slug := record.get("trajectory"))}
        self.trajectories = {row.slug: row for row in Trajectory.objects.filter(slug__in=slugs)}
        named = Q(number__in=numbers) | Q(trajectory__slug__in=slugs, ref__in=numbers)
        rows = Request.objects.filter(named).select_related("trajectory").order_by("pk")
        rows = rows.select_for_update(of=("self",)) if lock else rows
        self.by_number: dict[str, Request] = {}
        self.by_ref: dict[tuple[int, str], Request] = {}
        for row in rows:
            if row.number:
                self.by_number[row.number] = row
            if row.trajectory_id:
                self.by_ref[row.trajectory_id, row.ref] = row
        linked = {row.trajectory_id for row in self.by_number.values() if row.trajectory_id}
        self.taken = set(self._refs_of_others(numbers))
        waived = Waiver.objects.filter(trajectory__in=linked, subject__in=numbers).values_list("trajectory", "subject")
        self.waived = set(waived)
        signals = CounterSignal.objects.filter(request__in=[row.pk for row in rows])
        self.contradicted = set(signals.values_list("request_id", flat=True))
        parties = {party for record in records if (party := record.get("from"))} - set(AUDIENCES)
        self.unknown_parties = parties - set(
            Organisation.objects.filter(slug__in=parties).values_list("slug", flat=True)
        )

    def _refs_of_others(self, numbers: Iterable[str]) -> Iterator[tuple[int, str]]:
        """Yield the refs of other items in these trajectories that one of these numbers would repeat."""
        for model in TrajectoryItem.__subclasses__():
            if model is not Request:
                rows = model._default_manager.filter(trajectory__in=self.trajectories.values(), ref__in=numbers)
                yield from rows.values_list("trajectory_id", "ref")

    @cached_property
    def _known_slugs(self) -> Sequence[str]:
        # A hint compares with no more of them.
        return list(Trajectory.objects.order_by("slug").values_list("slug", flat=True)[:MAX_COMPARED_WORDS])

    def row_of(self, record: Record) -> Request | None:
        """Return the row that this record is about, or None where there is none yet."""
        number = number_of(record)
        if number in self.by_number:
            return self.by_number[number]
        trajectory = self.trajectories.get(record.get("trajectory") or "")
        return self.by_ref.get((trajectory.pk, number)) if trajectory else None

    def problems(self, record: Record, location: str) -> Iterator[Problem]:
        """Yield why this record cannot be stored: the trajectory that it names or leaves, with the place of each."""
        number, slug = number_of(record), record.get("trajectory")
        trajectory, row = self.trajectories.get(slug or ""), self.row_of(record)
        if slug and trajectory is None:
            hint = did_you_mean(slug, self._known_slugs) or _("import its dossier first, or leave this out")
            reason = _("there is no trajectory %(slug)s") % {"slug": repr(slug)}
            yield Problem(f"{location}/trajectory", reason, hint)
            return
        other = self.by_ref.get((trajectory.pk, number)) if trajectory else None
        if trajectory and ((trajectory.pk, number) in self.taken or (other and other != row)):
            reason = _("something else in trajectory %(slug)s has the ref %(number)s")
            values = {"slug": repr(slug), "number": repr(number)}
            hint = _("give one of the two another, or leave this out")
            yield Problem(f"{location}/trajectory", reason % values, hint)
        if trajectory and row and row.moderation in ("awaiting", "withheld"):
            reason = _("it was handed in by a visitor, and is not public")
            yield Problem(f"{location}/trajectory", reason, _("make it public first, or leave this out"))
        if row and row.trajectory_id and row.trajectory_id != (trajectory.pk if trajectory else None):
            yield from self._problems_of_leaving(row, f"{location}/trajectory")

    def _problems_of_leaving(self, row: Request, location: str) -> Iterator[Problem]:
        slug = {"slug": repr(row.trajectory.slug if row.trajectory else "")}
        if row.pk in self.contradicted:
            reason = _("it is a counter-signal in trajectory %(slug)s") % slug
            yield Problem(location, reason, _("write %(slug)s: it belongs there") % slug)
        elif (row.trajectory_id, row.ref) in self.waived:
            reason = _("an explanation in trajectory %(slug)s is about it") % slug
            yield Problem(location, reason, _("take that explanation away first, or leave it in that trajectory"))


def number_of(record: Record) -> str:
    """Return the number of a record as it is stored."""
    return str(record["number"]).strip()
