"""Classifies the difference between two states of a row as kinds of change: planned, moved, answered, and so on.

States are plain values, so comparing them needs no query; a state of None means that the row did not exist. What is of
no use to a follower, such as a corrected note, is not a change and yields nothing.
"""

from collections.abc import Iterator
from datetime import date, time
from typing import Any, NamedTuple

from participation.compliance.dates import ImpreciseDate

#: Every kind of change, in display order: what one can still act on comes first.
KINDS = (
    *("began", "state", "planned", "to_plan", "moved", "dated", "placed", "closes", "cancelled", "dropped"),
    *("decided", "held", "corrected"),
    *("answered", "answer_changed", "request_answered", "signal_answered", "acknowledged", "extended"),
    *("plan_adopted", "plan_made", "plan_changed", "plan_published", "level", "contact", "joined", "left"),
    *("scenario_added", "scenario_presented", "published", "document_added", "document_renewed"),
    *("document_removed", "shared", "received", "asked", "contradicted"),
    *("overdue", "done_late", "explained", "explanation_changed", "explanation_withdrawn"),
)


class StateChange(NamedTuple):
    """A kind of change, and the values for its text."""

    kind: str
    parts: dict[str, Any]


class TrajectoryState(NamedTuple):
    """The columns of a trajectory whose changes are reported."""

    level: str
    status: str
    public: bool
    contact_role: str
    contact_name: str
    contact_email: str
    contact_phone: str

    @staticmethod
    def state_changes(before: "TrajectoryState | None", after: "TrajectoryState | None") -> Iterator[StateChange]:
        """Yield that it was published, or that its status, level of participation or contact changed."""
        if after is None or not after.public:
            return
        if before is None or not before.public:
            yield StateChange("began", {"level": after.level})
            return
        if after.status and after.status != before.status:
            yield StateChange("state", {"status": after.status})
        if after.level and after.level != before.level:
            yield StateChange("level", {"was": before.level, "level": after.level})
        if after[3:] != before[3:] and any(after[3:]):
            contact = {"email": after.contact_email, "phone": after.contact_phone}
            yield StateChange("contact", {"role": after.contact_role, "name": after.contact_name, **contact})


class PlanState(NamedTuple):
    """The columns of a plan: its adoption and publication are reported; of the others only that they changed."""

    adopted_on: ImpreciseDate | None
    published_on: ImpreciseDate | None
    frameworks: list[Any]
    room: str
    level_motivation: str
    target_groups: list[Any]
    silent_interests: list[Any]
    channels: list[Any]
    neighbouring_areas: list[Any]
    joint_start: bool | None
    support: str
    scenarios_reason: str
    roles: dict[str, Any]
    resources: dict[str, Any]

    @staticmethod
    def state_changes(before: "PlanState | None", after: "PlanState | None") -> Iterator[StateChange]:
        """Yield that it was made, adopted, published or changed; only the most informative of these."""
        if after is None or after == before:
            return
        if after.adopted_on and not (before and before.adopted_on):
            yield StateChange("plan_adopted", {"when": after.adopted_on, "new": before is None})
        elif before is None:
            yield StateChange("plan_made", {"new": True})
        elif after[2:] != before[2:]:
            yield StateChange("plan_changed", {})
        elif after.published_on and not before.published_on:
            yield StateChange("plan_published", {"when": after.published_on})


class ActorState(NamedTuple):
    """An organisation and its part in the plan."""

    organisation__name: str
    part: str

    @staticmethod
    def state_changes(before: "ActorState | None", after: "ActorState | None") -> Iterator[StateChange]:
        """Yield that it joined or left."""
        if before is None and after:
            yield StateChange("joined", {"party": after.organisation__name, "part": after.part})
        elif after is None and before:
            yield StateChange("left", {"party": before.organisation__name})


class ScenarioState(NamedTuple):
    """A scenario and when it was presented."""

    ref: str
    title: str
    presented_on: ImpreciseDate | None

    @staticmethod
    def state_changes(before: "ScenarioState | None", after: "ScenarioState | None") -> Iterator[StateChange]:
        """Yield that it was added or presented."""
        if after is None:
            return
        if after.presented_on and not (before and before.presented_on):
            yield StateChange("scenario_presented", {"title": after.title, "when": after.presented_on})
        elif before is None:
            yield StateChange("scenario_added", {"title": after.title})


class StepState(NamedTuple):
    """The columns of a step whose changes are reported."""

    ref: str
    kind: str
    method: str
    title: str
    planned: ImpreciseDate | None
    starts_at: time | None
    ends_at: time | None
    closes: ImpreciseDate | None
    done: ImpreciseDate | None
    cancelled: bool
    place_name: str
    place_address: str
    place_online_url: str
    sign_up_url: str

    @property
    def takes_place(self) -> bool:
        """Return whether it is still to be done."""
        return not self.cancelled and self.done is None

    @property
    def moment(self) -> tuple[Any, ...]:
        """Return when it is planned, the time of day included."""
        return self.planned, self.starts_at, self.ends_at

    @property
    def place(self) -> tuple[str, ...]:
        """Return where it takes place, and how to join."""
        return self.place_name, self.place_address, self.place_online_url, self.sign_up_url

    @staticmethod
    def state_changes(before: "StepState | None", after: "StepState | None") -> Iterator[StateChange]:
        """Yield that it was planned, moved or cancelled, or took place."""
        if after is None:
            if before and before.takes_place:
                yield StateChange("dropped", _step(before))
        elif after.cancelled:
            if before and not before.cancelled:
                yield StateChange("cancelled", _step(before))
        elif after.done:
            yield from _done_changes(before, after)
        else:
            yield from _planned_changes(before, after)
        if before and after and after.takes_place and _is_dated(after.closes) and after.closes != before.closes:
            yield StateChange("closes", {**_step(after), "was": before.closes if _is_dated(before.closes) else None})


def _step(state: StepState) -> dict[str, Any]:
    names = ("kind", "method", "title", "starts_at", "ends_at", "closes", "place_name", "place_address")
    columns = {name: getattr(state, name) for name in (*names, "place_online_url", "sign_up_url")}
    return {**columns, "when": state.done or state.planned}


def _done_changes(before: StepState | None, after: StepState) -> Iterator[StateChange]:
    if before is None or before.cancelled or before.done is None:
        yield StateChange("decided" if after.kind == "decision" else "held", _step(after))
    elif before.done != after.done:
        yield StateChange("corrected", {**_step(after), "was": before.done})


def _planned_changes(before: StepState | None, after: StepState) -> Iterator[StateChange]:
    if before is None or not before.takes_place or not _is_dated(before.planned):
        if _is_dated(after.planned):
            yield StateChange("planned", _step(after))
        elif before is None or not before.takes_place:
            yield StateChange("to_plan", _step(after))
    elif not _is_dated(after.planned):
        yield StateChange("to_plan", {**_step(after), "was": before.planned})
    elif before.moment != after.moment:
        kind = "dated" if _is_more_precise(before.planned, after.planned) else "moved"
        was = {"was": before.planned, "was_starts_at": before.starts_at, "was_ends_at": before.ends_at}
        yield StateChange(kind, {**_step(after), **was})
    elif before.place != after.place and any(after.place):
        yield StateChange("placed", _step(after))


def _is_dated(when: ImpreciseDate | None) -> bool:
    return when is not None and when.is_dated


def _is_more_precise(before: ImpreciseDate | None, after: ImpreciseDate | None) -> bool:
    """Return whether an imprecise date became more precise."""
    if before is None or after is None or before.latest is None or after.latest is None:
        return False
    first, last = before.earliest or date.min, before.latest
    start, end = after.earliest or date.min, after.latest
    return first <= start and end <= last and (start, end) != (first, last)


class DocumentState(NamedTuple):
    """A version of a document, and where it can be read."""

    ref: str
    title: str
    kind: str
    version: str
    published_on: ImpreciseDate | None
    url: str
    file_id: int | None

    @staticmethod
    def state_changes(before: "DocumentState | None", after: "DocumentState | None") -> Iterator[StateChange]:
        """Yield that it was published, added, replaced or removed."""
        state = after or before
        if state is None:
            return
        parts = {"title": state.title, "kind": state.kind, "version": state.version, "when": state.published_on}
        if after is None:
            yield StateChange("document_removed", parts)
        elif after.published_on and not (before and before.published_on):
            yield StateChange("published", parts)
        elif before is None:
            yield StateChange("document_added", parts)
        elif (before.version, before.url, before.file_id) != (after.version, after.url, after.file_id):
            yield StateChange("document_renewed", parts)


class ShareState(NamedTuple):
    """A party with whom a document was shared."""

    document__ref: str | None
    document__title: str | None
    document__kind: str | None
    party: str
    on: ImpreciseDate | None

    @staticmethod
    def state_changes(before: "ShareState | None", after: "ShareState | None") -> Iterator[StateChange]:
        """Yield that the document was shared."""
        # A share of a document that was deleted since leads nowhere, so it is not reported.
        if before is None and after and after.document__ref:
            columns = {"title": after.document__title or "", "kind": after.document__kind or ""}
            yield StateChange("shared", {**columns, "parties": [after.party], "when": after.on})


class ContributionState(NamedTuple):
    """A contribution and its answer."""

    ref: str
    party: str
    theme: str
    summary: str
    received_on: ImpreciseDate | None
    outcome: str
    response: str
    responded_on: ImpreciseDate | None

    @property
    def is_answered(self) -> bool:
        """Return whether it has any answer."""
        return bool(self.outcome or self.response or self.responded_on)

    @staticmethod
    def state_changes(before: "ContributionState | None", after: "ContributionState | None") -> Iterator[StateChange]:
        """Yield that it was received or answered; one recorded together with its answer is reported once."""
        if after is None:
            return
        parts = {name: getattr(after, name) for name in ("party", "theme", "summary", "outcome", "response")}
        if after.is_answered and not (before and before.is_answered):
            yield StateChange("answered", {**parts, "when": after.responded_on})
        elif before is None:
            yield StateChange("received", {**parts, "when": after.received_on})
        elif (before.outcome, before.response) != (after.outcome, after.response):
            yield StateChange("answer_changed", {**parts, "when": after.responded_on})


class RequestState(NamedTuple):
    """A request of a party and its answer."""

    ref: str
    kind: str
    party: str
    summary: str
    received_on: ImpreciseDate | None
    acknowledged_on: ImpreciseDate | None
    extended_on: ImpreciseDate | None
    extension_reason: str
    answered_on: ImpreciseDate | None
    answer: str

    @property
    def is_answered(self) -> bool:
        """Return whether it has an answer."""
        return bool(self.answered_on or self.answer)

    @staticmethod
    def state_changes(before: "RequestState | None", after: "RequestState | None") -> Iterator[StateChange]:
        """Yield the furthest stage reached: asked, acknowledged, extended or answered."""
        if after is None:
            return
        parts = {"kind": after.kind, "party": after.party, "summary": after.summary}
        if after.is_answered and not (before and before.is_answered):
            yield StateChange("request_answered", {**parts, "answer": after.answer, "when": after.answered_on})
        elif before is None:
            yield StateChange("asked", {**parts, "when": after.received_on})
        elif after.extended_on and not before.extended_on:
            yield StateChange("extended", {**parts, "reason": after.extension_reason, "when": after.extended_on})
        elif after.acknowledged_on and not before.acknowledged_on:
            yield StateChange("acknowledged", {**parts, "when": after.acknowledged_on})


class SignalState(NamedTuple):
    """A counter-signal: an association contradicts a status."""

    rule: str
    subject: str
    status: str
    organisation__name: str

    @staticmethod
    def state_changes(before: "SignalState | None", after: "SignalState | None") -> Iterator[StateChange]:
        """Yield that it was made."""
        if before is None and after:
            party = after.organisation__name
            yield StateChange("contradicted", {"rule": after.rule, "subject": after.subject, "party": party})


class WaiverState(NamedTuple):
    """A waiver: an explanation instead of compliance."""

    rule: str
    subject: str
    reason: str
    by: str
    until: date | None

    @staticmethod
    def state_changes(before: "WaiverState | None", after: "WaiverState | None") -> Iterator[StateChange]:
        """Yield that it was given, changed or withdrawn."""
        state = after or before
        if state is not None and before != after:
            kind = "explained" if before is None else "explanation_changed" if after else "explanation_withdrawn"
            yield StateChange(kind, state._asdict())
