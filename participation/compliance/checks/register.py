"""Checks of motions and commitments: how they end, what they must have, and reports on their progress."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from ..calendar import Term
from ..dates import MAX_YEAR, ImpreciseDate
from ..facts import CommitmentFacts, MotionFacts
from .base import NO_EVIDENCE, DateRules, ObligationDraft, check, draft_obligation, evidence_of, is_before


@check("anchor", owner_types=("motion",))
def motion_settled(motion: MotionFacts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield the obligation that the council settles an adopted motion by its due date (a proposal is not enough)."""
    if motion.is_adopted:
        yield _end_obligation(motion.adopted_on, motion.due_on, motion.settled_on, "settled_on")


@check("anchor", owner_types=("commitment",))
def commitment_kept(commitment: CommitmentFacts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield the obligation to fulfil a commitment by its due date; of one that repeats, an obligation each time."""
    if commitment.repeats_every_months:
        yield from _repeated_obligations(commitment, days, Term(commitment.repeats_every_months, "months"))
    else:
        yield _end_obligation(commitment.made_on, commitment.due_on, commitment.fulfilled_on, "fulfilled_on")


def _repeated_obligations(commitment: CommitmentFacts, days: DateRules, every: Term) -> Iterator[ObligationDraft]:
    """Yield the obligation of each fulfilment, and of the one that is to come, with the due date as the subject.

    The due date is the first one, then so many months after the later of the due date before and its fulfilment. None
    follows after the day until which it repeats, nor after the day on which the commitment as a whole was fulfilled:
    that day fulfils what is due by then.
    """
    ended, until = commitment.fulfilled_on, commitment.repeats_until
    fulfilments, undated = _fulfilments_in_order(commitment)
    due, details = commitment.repeats_first_due_on, {"anchor": "due_on"}
    for fulfilment in [*fulfilments, None]:
        if due and due.latest and (_is_past(due, until) or due.latest.year > MAX_YEAR):
            return
        if details["anchor"] == "repetition" and _is_past(due, ended):
            return
        done = evidence_of(fulfilment or ended)
        yield draft_obligation(
            due.latest.isoformat() if due and due.latest else "",
            commitment.made_on,
            due,
            done._replace(undated=done.undated or undated),
            missing_fact="due_on",
            undated="fulfilled_on",
            details=details,
        )
        if due is None or due.latest is None or fulfilment is None:
            return
        due = days.after(ImpreciseDate.last_of([due, fulfilment]), every)
        details = {"anchor": "repetition"}


def _fulfilments_in_order(commitment: CommitmentFacts) -> tuple[list[ImpreciseDate], bool]:
    """Return the fulfilments with a day, and whether there are others, on a day that is not known.

    Of several on one exact day one counts. Those before the commitment was made, or from the day on which it was
    fulfilled as a whole, count for nothing.
    """
    made, ended = commitment.made_on, commitment.fulfilled_on
    dated = sorted((f for f in commitment.fulfilments if f and f.latest), key=lambda f: (f.sort_key, f.to_text()))
    if made and made.is_dated:
        dated = [f for f in dated if not is_before(f, made)]
    if ended and ended.is_dated:
        dated = [f for f in dated if f.sort_key < ended.sort_key]
    found: list[ImpreciseDate] = []
    for (first, last), same in groupby(dated, key=lambda f: (f.earliest, f.latest)):
        found += list(same)[: 1 if first == last else None]
    return found, any(f is None or f.precision == "unknown" for f in commitment.fulfilments)


def _is_past(due: ImpreciseDate | None, last: ImpreciseDate | None) -> bool:
    """Return whether this due date lies after that day, both at their latest."""
    return bool(due and due.latest and last and last.latest and due.latest > last.latest)


def _end_obligation(
    start: ImpreciseDate | None, due: ImpreciseDate | None, ended: ImpreciseDate | None, end: str
) -> ObligationDraft:
    details = {"anchor": "due_on"}
    if (due is None or due.latest is None) and ended and ended.is_dated:
        # Already ended: without a due date it cannot have been late, and nothing is left to fill in.
        return ObligationDraft("", start, None, ended.earliest or ended.latest, None, (), details)
    return draft_obligation("", start, due, evidence_of(ended), missing_fact="due_on", undated=end, details=details)


@check("lacks", owner_types=("commitment",))
def commitment_dated(commitment: CommitmentFacts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield the obligation that a commitment has an owner and a due date from the day it is made.

    Of one that repeats, that is the first due date.
    """
    due = commitment.repeats_first_due_on if commitment.repeats_every_months else commitment.due_on
    has_due_date = due is not None and due.is_dated
    missing_fields = [name for name, present in (("owner", commitment.owner), ("due_on", has_due_date)) if not present]
    made = commitment.made_on
    evidence = NO_EVIDENCE if missing_fields else evidence_of(made)
    yield draft_obligation(
        "", made, made, evidence, missing_fact="made_on", undated="made_on", details={"lacks": missing_fields}
    )


@check("about", owner_types=("motion",))
def motion_reported(motion: MotionFacts, days: DateRules, *, term: Term) -> Iterator[ObligationDraft]:
    """Yield the obligations to report on an adopted motion, each term, until the council has settled it."""
    if motion.is_adopted:
        yield from _report_obligations(
            motion.adopted_on, motion.reports, motion.settled_on, days, term, "adopted_on", "settled_on"
        )


@check("about", owner_types=("commitment",))
def commitment_reported(commitment: CommitmentFacts, days: DateRules, *, term: Term) -> Iterator[ObligationDraft]:
    """Yield the obligations to report on a commitment, each term, until it is fulfilled."""
    yield from _report_obligations(
        commitment.made_on, commitment.reports, commitment.fulfilled_on, days, term, "made_on", "fulfilled_on"
    )


def _report_obligations(
    start: ImpreciseDate | None,
    reports: Sequence[ImpreciseDate | None],
    ended: ImpreciseDate | None,
    days: DateRules,
    term: Term,
    missing_fact: Literal["adopted_on", "made_on"],
    end: Literal["settled_on", "fulfilled_on"],
) -> Iterator[ObligationDraft]:
    """Yield an obligation for the start and for each report, met by the next report or by the final date.

    The trigger of all of them is the motion or commitment itself: its date selects the version of the rule.
    """
    # Reports on the same day count as one: the day is the subject, which identifies the obligation.
    by_day = {day: report for report in reports if report and report.latest for day in report.sort_key[:1]}
    undated = any(report is None or report.precision == "unknown" for report in reports)
    moments = [by_day[day] for day in sorted(by_day)]
    if start and start.is_dated:
        moments = [m for m in moments if m.sort_key >= start.sort_key]
    if ended and ended.is_dated:
        moments = [m for m in moments if m.sort_key < ended.sort_key]
    for index, moment in enumerate([start, *moments]):
        following = evidence_of(moments[index] if index < len(moments) else ended)
        subject = moment.sort_key[0].isoformat() if moment and index else ""
        yield draft_obligation(
            subject,
            start,
            days.after(moment, term),
            following._replace(undated=following.undated or undated),
            missing_fact=missing_fact,
            undated=end if following.undated else "reported_on",
            details={"about": subject},
        )
