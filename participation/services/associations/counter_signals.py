"""Counter-signals: an association contradicts a status, which the municipality must answer within a term."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.files import File

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models import Changeset, CounterSignal, Organisation, Request, Trajectory, User
from participation.services.changes.changesets import next_ref, record_changeset
from participation.services.uploads import stored_upload


class ContradictedStatus(NamedTuple):
    """The contradicted status: its rule, its subject, the status itself and its message."""

    rule: str
    subject: str
    status: str
    about: str


class Statement(NamedTuple):
    """The association's statement of what happened, with its evidence."""

    words: str
    evidence: str = ""
    evidence_url: str = ""
    file: "File[bytes] | None" = None


def record_counter_signal(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    contradicted: ContradictedStatus,
    statement: Statement,
    *,
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
) -> tuple[CounterSignal, Changeset]:
    """Record a counter-signal to a status, with a concern that has a term, and return it with its changeset.

    The status itself does not change. Raises ValidationError, with nothing stored, where a part is invalid.
    """
    with (
        stored_upload(statement.file, by, now) as upload,
        record_changeset(
            by, trajectory, "contradicted", about=contradicted.about, rulebooks=rulebooks, today=today, now=now
        ) as recorder,
    ):
        concern = recorder.save(
            Request(
                trajectory=trajectory,
                ref=next_ref(trajectory, "r"),
                kind="concern",
                party=organisation.slug,
                received_on=ImpreciseDate.on(today),
                summary=statement.words,
            )
        )
        counter_signal = recorder.save(
            CounterSignal(
                trajectory=trajectory,
                rule=contradicted.rule,
                subject=contradicted.subject,
                status=contradicted.status,
                on=today,
                organisation=organisation,
                made_by=by,
                request=concern,
                evidence=statement.evidence,
                evidence_url=statement.evidence_url,
                evidence_file=upload,
            )
        )
    return counter_signal, recorder.require_changeset()


def recent_counter_signal(
    trajectory: Trajectory, rule: str, subject: str, organisation: Organisation, today: date
) -> CounterSignal | None:
    """Return this organisation's newest counter-signal to the same status, of today or yesterday, or None."""
    same = CounterSignal.objects.filter(
        trajectory=trajectory, rule=rule, subject=subject, organisation=organisation, on__gte=today - timedelta(days=1)
    )
    return same.select_related("request").order_by("-pk").first()
