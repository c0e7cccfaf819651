"""Writes the rows of a first assessment without the models, for sizes at which a real one takes hours."""

from datetime import UTC, datetime
from json import dumps

from django.core.management.color import no_style
from django.db import connection

from participation.compliance.evaluate import evaluate
from participation.compliance.obligations import next_status_change, status
from participation.models import Obligation, Trajectory, Transition
from participation.selectors.obligations.facts import facts_for
from participation.selectors.obligations.statuses import waivers_of
from participation.services.assessment import chunks, reassess_register

from .dataset import TODAY
from .generator import write
from .measure import rulebooks
from .reassess import vacuum


def write_obligations() -> int:
    """Write the obligations of every trajectory, each with its first transition, and return the last primary key."""
    book, now = rulebooks(), datetime.now(UTC)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # The database need not survive a crash, and its indexes fit in memory.
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -2000000")
    reassess_register(book, TODAY, now)
    key = Obligation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    transition_key = Transition.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for chunk in chunks(Trajectory.objects.all()):
        waivers = waivers_of(chunk)
        obligations, transitions = [], []
        for trajectory, facts in facts_for(chunk):
            own = waivers.get(trajectory, ())
            for obligation in evaluate(facts, book.first):
                key, transition_key = key + 1, transition_key + 1
                dates = (
                    obligation.trigger_on,
                    obligation.due_on,
                    obligation.strict_due_on,
                    obligation.expected_on,
                    obligation.met_on,
                )
                texts = dumps(list(obligation.missing)), dumps(dict(obligation.details))
                next_change = next_status_change(obligation, TODAY, own)
                obligations.append(
                    (
                        key,
                        # No motion, commitment or request.
                        *(trajectory, None, None, None),
                        obligation.rule,
                        obligation.subject,
                        *map(_text, dates),
                        *texts,
                        _text(next_change),
                        None,
                    )
                )
                current = status(obligation, TODAY, own)
                transitions.append(
                    (transition_key, key, "", current, TODAY.isoformat(), now.isoformat(sep=" "), book.hash)
                )
        write(Obligation, obligations)
        write(Transition, transitions)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [Obligation, Transition]):
            cursor.execute(sql)
    vacuum()
    return key


def _text(day: object) -> str | None:
    return str(day) if day else None
