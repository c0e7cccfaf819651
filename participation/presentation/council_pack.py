"""The council pack: two pages on a trajectory before its decision, as known at a moment."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final, NamedTuple

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import ObligationValue, is_over
from participation.compliance.reach import published_reach, summed_counts
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import OUTCOMES, STATUTORY_STRENGTHS, STRENGTHS
from participation.models import Contribution, Step, Trajectory
from participation.models.labels import LABELS
from participation.selectors.associations.counter_signals import (
    Signals,
    counter_signals_by_trajectory,
    with_recorded_texts,
)
from participation.selectors.council import BINDING, next_council_step
from participation.selectors.obligations.statuses import (
    ObligationStatus,
    PublicWaiver,
    facts_as_known_of,
    obligations_as_known,
    waivers_as_known_of,
)
from participation.selectors.trajectories.detail import TrajectoryRows, rows_at_by_trajectory

from .council_questions import AHEAD, NO_DECISION, PAST, CouncilFinding, questions_of
from .digest_data import phrase, status_name
from .labels import date_of, date_texts, title_of, titles_of
from .mail import link
from .rules import rulebook_version
from .values import DisplayNames, truncate

#: How much of each section fits on two pages; the pack says how much more there is.
MAX_LATE, MAX_ADVISED, MAX_EXPLAINED, MAX_CONTRADICTED, MAX_NAMES = 6, 3, 3, 3, 12
#: The maximum length of a text and of a name, in characters.
MAX_TEXT, MAX_NAME = 400, 80
#: Kinds of organisations that are not heard, but work for the municipality or decide.
_OWN_KINDS: Final = ("municipality", "executive", "council", "committee", "registry", "sounding_board")


class CouncilPackRequest(NamedTuple):
    """A request for a pack: the trajectory, the rulebook, the day, and the moment up to which was known.

    ``step`` is the ref of the decision or briefing, "" for the next one from that day on.
    """

    trajectory: Trajectory
    rulebook: Rulebook
    day: date
    known_at: datetime
    language: str = "nl"
    earlier_texts: bool = False
    step: str = ""

    @property
    def file_name(self) -> str:
        """Return the name of the PDF."""
        return f"raadsstuk-{self.trajectory.slug}-{self.day.isoformat()}.pdf"

    @property
    def command(self) -> str:
        """Return the command that makes this pack again."""
        known_at = timezone.localtime(self.known_at).isoformat()
        step = f" --step {shlex.quote(self.step)}" if self.step else ""
        language = "" if self.language == "nl" else f" --language {self.language}"
        return (
            f"manage.py council_pack {self.trajectory.slug} --on {self.day.isoformat()} --known-at {known_at}"
            f"{step}{language} --output {self.file_name}"
        )


class MeetingPacks(NamedTuple):
    """The packs of a meeting: its day, the slug of the body ("" for all), the day of the status, and the moment."""

    day: date
    body: str
    on: date
    known_at: datetime
    language: str = "nl"

    @property
    def file_name(self) -> str:
        """Return the name of the PDF."""
        return f"raadsstukken-{self.day.isoformat()}.pdf"

    @property
    def command(self) -> str:
        """Return the command that makes the packs of the public trajectories again."""
        body = f" --body {shlex.quote(self.body)}" if self.body else ""
        language = "" if self.language == "nl" else f" --language {self.language}"
        return (
            f"manage.py council_pack --meeting {self.day.isoformat()}{body} --on {self.on.isoformat()}"
            f" --known-at {timezone.localtime(self.known_at).isoformat()}{language} --output {self.file_name}"
        )


class PackDecision(NamedTuple):
    """What is to be decided: title, kind, date, body, stage, description and the documents for it."""

    title: str
    kind: str
    when: ImpreciseDate | None
    body: str
    stage: str
    description: str
    documents: list[str]


class PackLine(NamedTuple):
    """An obligation: its message, status, dates, whose word it is, and the URL of how it was judged."""

    message: str
    status: str
    dates: list[str]
    word_of: str
    url: str


class PackStatement(NamedTuple):
    """What somebody said about a line: an explanation or a contradiction, with the answer where there is one."""

    message: str
    who: str
    on: date
    words: str
    url: str
    status: str = ""
    answer: str = ""
    until: date | None = None


class PackPart(NamedTuple):
    """The first rows of a section, and how many more there are."""

    rows: Sequence[Any]
    more: int = 0


class CouncilPack(NamedTuple):
    """The texts of a pack, in one language."""

    request: CouncilPackRequest
    title: str
    summary: str
    decision: PackDecision | None
    looks_back: bool
    has_plan: bool
    heard: PackPart
    reached: PackPart | None
    invited: PackPart
    not_heard: PackPart
    contributions: int
    outcomes: list[tuple[str, int]]
    late: PackPart
    advised: PackPart
    explained: PackPart
    contradicted: PackPart
    questions: list[str]
    rulebook: str
    page_url: str


#: Returns the URL of how an obligation of a trajectory was judged.
LineUrl = Callable[[Trajectory, ObligationValue], str]


def _line_url(trajectory: Trajectory, obligation: ObligationValue) -> str:
    """Return the URL of the line of the obligation on the site."""
    return link("trajectory", trajectory.slug, *obligation.identity)


def council_pack(pack_request: CouncilPackRequest, line_url: LineUrl = _line_url) -> CouncilPack | None:
    """Return the pack; None where the trajectory was not recorded yet at that moment."""
    return council_packs([pack_request], line_url)[0]


def council_packs(
    pack_requests: Sequence[CouncilPackRequest], line_url: LineUrl = _line_url
) -> list[CouncilPack | None]:
    """Return the packs of these requests, which are of one day and one moment, in their order.

    None where a trajectory was not recorded yet at that moment. The number of queries depends neither on the number of
    packs nor on the number of rows.
    """
    if not pack_requests:
        return []
    day, known_at, earlier = pack_requests[0].day, pack_requests[0].known_at, pack_requests[0].earlier_texts
    trajectories = {request.trajectory.pk: request.trajectory for request in pack_requests}
    keys = list(trajectories)
    rows = rows_at_by_trajectory(trajectories.values(), known_at, earlier_texts=earlier)
    facts = facts_as_known_of(keys, known_at, earlier)
    waivers = waivers_as_known_of(keys, day, known_at, earlier)
    signals = counter_signals_by_trajectory(keys, day)

    def pack(pack_request: CouncilPackRequest) -> CouncilPack | None:
        trajectory = pack_request.trajectory
        own_rows, own_facts = rows.get(trajectory.pk), facts.get(trajectory.pk)
        if own_rows is None or own_facts is None:
            return None
        own_waivers = waivers.get(trajectory.pk, [])
        recorded = {request.ref: request for request in own_rows.requests}
        with translation.override(pack_request.language):
            return _PackBuilder(
                pack_request,
                own_rows,
                obligations_as_known(own_facts, pack_request.rulebook, day, own_waivers),
                own_waivers,
                with_recorded_texts(signals.get(trajectory.pk, {}), recorded),
                partial(line_url, trajectory),
            ).pack()

    return [pack(pack_request) for pack_request in pack_requests]


class _PackBuilder:
    """Makes the texts of a pack, in the active language."""

    def __init__(
        self,
        pack_request: CouncilPackRequest,
        rows: TrajectoryRows,
        obligations: Sequence[ObligationStatus],
        waivers: Sequence[PublicWaiver],
        signals: Signals,
        line_url: Callable[[ObligationValue], str],
    ) -> None:
        self.request, self.rows, self.line_url = pack_request, rows, line_url
        self.waivers, self.signals = waivers, signals
        self.language, self.day = pack_request.language, pack_request.day
        self.display_names = DisplayNames(self.language, rows.names, titles_of(rows, self.language))
        self.rules = pack_request.rulebook.by_id
        self.obligations = sorted(obligations, key=self._sort_key)
        about = rows.trajectory
        # As known on the day: what looks back was not over then.
        self.over = is_over(self.day, retrospective=False, status=about.status, closed_on=about.closed_on)
        self.step = rows.steps_by_ref.get(pack_request.step) or next_council_step(rows.steps, self.day, rows.kinds)

    def pack(self) -> CouncilPack:
        """Return the pack."""
        trajectory = self.rows.trajectory
        late, advised = self._overdue(binding=True), self._overdue(binding=False)
        explained, contradicted = list(self._explained()), list(self._contradicted())
        said = [row for row in self.rows.contributions if self._has_come(row.received_on)]
        heard, invited, not_heard = self._parties(said)
        findings = self._findings(late, advised, not_heard, said, explained, contradicted)
        return CouncilPack(
            self.request,
            trajectory.title or self.request.trajectory.title,
            truncate(trajectory.summary or "", MAX_TEXT),
            self._decision(),
            trajectory.retrospective,
            self.rows.plan is not None,
            _part(heard, MAX_NAMES),
            self._reached(),
            _part(invited, MAX_NAMES),
            _part(not_heard, MAX_NAMES),
            len(said),
            self._outcomes(said),
            _part([self._line(row) for row in late[:MAX_LATE]], MAX_LATE, len(late)),
            _part([self._line(row) for row in advised[:MAX_ADVISED]], MAX_ADVISED, len(advised)),
            _part(explained, MAX_EXPLAINED),
            _part(contradicted, MAX_CONTRADICTED),
            questions_of(findings, self._decision_lies()),
            rulebook_version(self.request.rulebook, self.language),
            link("trajectory", self.request.trajectory.slug),
        )

    def _sort_key(self, row: ObligationStatus) -> Any:
        strength = STRENGTHS.index(self.rules[row.obligation.rule].strength)
        return strength, row.obligation.due_on or date.max, row.obligation.identity

    def _overdue(self, binding: bool) -> list[ObligationStatus]:
        return [
            row
            for row in self.obligations
            if row.status == "overdue" and (self.rules[row.obligation.rule].strength in BINDING) == binding
        ]

    def _message(self, obligation: ObligationValue) -> str:
        rule = self.rules[obligation.rule]
        return truncate(wording.message(rule, obligation, self.language, self.display_names.names), MAX_TEXT)

    def _line(self, row: ObligationStatus) -> PackLine:
        rule = self.rules[row.obligation.rule]
        source = wording.cite(rule.sources[0], self.request.rulebook.sources, self.language)
        return PackLine(
            self._message(row.obligation),
            row.status,
            date_texts(row.obligation, row.status, self.day, self.language, self.over),
            phrase(
                "word_of",
                self.language,
                strength=wording.label("strengths", rule.strength, self.language),
                source=source,
            ),
            self.line_url(row.obligation),
        )

    def _decision(self) -> PackDecision | None:
        step = self.step
        if step is None:
            return None
        known = {row.ref for row in self.rows.documents}
        documents = [self.display_names.titles[ref] for ref in step.documents if ref in known]
        return PackDecision(
            title_of(step),
            str(step.get_kind_display()),
            date_of(step),
            self.display_names.code_label(step.body) if step.body else "",
            str(step.get_stage_display() or ""),
            truncate(step.description or "", MAX_TEXT),
            documents,
        )

    def _has_come(self, when: ImpreciseDate | None) -> bool:
        first = (when.earliest or when.latest) if when else None
        return first is None or first <= self.day

    def _parties(self, said: Sequence[Contribution]) -> tuple[list[str], list[str], list[str]]:
        """Return who said something, who was only invited to what was held, and of whom nothing is recorded."""
        heard = Counter(row.party for row in said if row.party)
        held = [step for step in self.rows.steps if self._was_held(step)]
        invited = {party: None for step in held for party in step.audience if party not in heard}
        planned = [actor.organisation.slug for actor in self.rows.actors if actor.part == "participant"]
        not_heard = [
            slug
            for slug in planned
            if self.rows.kinds.get(slug) not in _OWN_KINDS and slug not in heard and slug not in invited
        ]

        def name(slug: str) -> str:
            return truncate(self.display_names.party(slug), MAX_NAME)

        return (
            [f"{name(slug)} ({count})" for slug, count in heard.most_common()],
            [name(slug) for slug in invited],
            [name(slug) for slug in not_heard],
        )

    def _reached(self) -> PackPart | None:
        """Return the groups and neighbourhoods that activities reached; None where no activity took place.

        Without numbers: those of two moments beside each other tell what is not published of one.
        """
        held = [step for step in self.rows.steps if step.kind == "activity" and self._was_held(step)]
        if not held:
            return None
        found = [published_reach(step.reach_total, step.reach_groups, step.reach_neighbourhoods) for step in held]
        groups = summed_counts(row for reach in found for row in reach.groups if row.key)
        places = summed_counts(row for reach in found for row in reach.neighbourhoods if row.key)
        names = [self.display_names.code_label(row.key) for row in groups.values() if row.is_reached]
        names += [self.rows.areas.get(row.key, row.key) for row in places.values() if row.is_reached]
        return _part([truncate(name, MAX_NAME) for name in names], MAX_NAMES)

    def _was_held(self, step: Step) -> bool:
        return (
            step.kind in ("activity", "contact")
            and not step.cancelled
            and bool(step.done)
            and self._has_come(step.done)
        )

    def _outcomes(self, said: Sequence[Contribution]) -> list[tuple[str, int]]:
        """Return how many contributions have each outcome, those without one last."""
        counts = Counter(row.outcome for row in said)
        found = [(str(LABELS.get(outcome, outcome)), counts[outcome]) for outcome in OUTCOMES if counts[outcome]]
        return [*found, *([(_("without an answer yet"), counts[""])] if counts[""] else [])]

    def _explained(self) -> Iterator[PackStatement]:
        for row in self.obligations:
            covering = (one for one in self.waivers if one.waiver.covers(row.obligation))
            waiver = next((one for one in covering if one.waiver.is_in_force(self.day)), None)
            if row.status == "explained" and waiver:
                yield PackStatement(
                    self._message(row.obligation),
                    waiver.by,
                    waiver.waiver.granted_on,
                    truncate(waiver.reason or ""),
                    self.line_url(row.obligation),
                    until=waiver.waiver.until,
                )

    def _contradicted(self) -> Iterator[PackStatement]:
        known = {row.obligation.identity: row for row in self.obligations}
        for identity, signals in self.signals.items():
            if row := known.get(identity):
                for signal in signals:
                    yield PackStatement(
                        self._message(row.obligation),
                        signal.organisation,
                        signal.on,
                        truncate(signal.words or ""),
                        self.line_url(row.obligation),
                        status_name(signal.status, self.language),
                        truncate(signal.answer or "") if signal.is_answered else "",
                    )

    def _findings(
        self,
        late: Sequence[ObligationStatus],
        advised: Sequence[ObligationStatus],
        not_heard: Sequence[str],
        said: Sequence[Contribution],
        explained: Sequence[PackStatement],
        contradicted: Sequence[PackStatement],
    ) -> Iterator[CouncilFinding]:
        for row in late:
            is_law = self.rules[row.obligation.rule].strength in STATUTORY_STRENGTHS
            yield self._finding("overdue_by_law" if is_law else "overdue_by_promise", row)
        for row in advised:
            yield self._finding("overdue_by_advice", row)
        for statement in contradicted:
            if not statement.answer:
                yield CouncilFinding("contradicted", {"who": statement.who, "what": statement.message})
        if not_heard:
            names = not_heard if len(not_heard) <= MAX_NAMES else [*not_heard[:MAX_NAMES], "…"]
            yield CouncilFinding("not_heard", {"who": wording.format_list(names, self.language)})
        if unanswered := sum(not row.outcome for row in said):
            yield CouncilFinding("unanswered", {"n": unanswered, "total": len(said)})
        for statement in explained:
            yield CouncilFinding("explained", {"what": statement.message})
        yield from self._open_findings()

    def _decision_lies(self) -> str:
        """Return whether the decision is still to come on the day of the pack; of a briefing, that none is there."""
        step = self.step
        if step is None or step.kind != "decision":
            return NO_DECISION
        when = date_of(step)
        last = when.latest if when else None
        is_past = last < self.day if last else step.done is not None
        return PAST if is_past else AHEAD

    def _open_findings(self) -> Iterator[CouncilFinding]:
        """Yield what must still be done before a decision that is to come, and what cannot be judged."""
        decided = date_of(self.step) if self.step and self._decision_lies() == AHEAD else None
        last = decided.latest if decided else None
        for row in self.obligations:
            due = row.obligation.due_on
            if row.status in ("due_soon", "pending", "planned_late") and due and last and due <= last:
                yield self._finding("due_before", row)
            elif row.status == "unknown":
                yield self._finding("unknown", row)

    def _finding(self, kind: str, row: ObligationStatus) -> CouncilFinding:
        due = row.obligation.due_on
        values = {
            "what": self._message(row.obligation),
            "due": wording.format_day(due, self.language) if due else "",
            "missing": wording.format_missing(row.obligation.missing, self.language),
        }
        return CouncilFinding(kind, values)


def _part(rows: Sequence[Any], limit: int, total: int | None = None) -> PackPart:
    """Return the first rows, and how many more there are of ``total``, by default of these."""
    return PackPart(rows[:limit], max(0, (len(rows) if total is None else total) - limit))
