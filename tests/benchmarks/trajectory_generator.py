"""Generates the rows of one trajectory, from its first contact to its evaluation."""

import json
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from django.db import models

from participation.compliance.dates import ImpreciseDate
from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    Waiver,
)

from .dataset import (
    COMMITTEE,
    COUNCIL,
    EXECUTIVE,
    IMPACTS,
    IMPRECISE,
    KINDS,
    LEVELS,
    METHODS,
    PARTIES,
    PK_OF,
    PLACES,
    REQUESTS,
    SENTENCES,
    TODAY,
    TOPICS,
    WAIVED,
)

if TYPE_CHECKING:
    from .generator import Generator


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class TrajectoryGenerator:
    """Generates one trajectory; the same number gives the same trajectory."""

    def __init__(self, generator: "Generator", number: int) -> None:
        self.generator = generator
        self.number = number
        self.random = Random(generator.seed * 1_000_003 + number)
        self.refs = 0
        self.chance = self.random.random
        self.length = self.random.randrange(240, 620)
        # Spread evenly over some years; a few have not started yet.
        self.start = TODAY - timedelta(days=self.random.randrange(-90, 1400))
        self.end = self.start + timedelta(days=self.length)
        self.parties = self.random.sample(PARTIES, 4)
        self.activities: list[tuple[str, date, bool]] = []
        self.steps: list[str] = []
        self.updates = self.random.choice((4, 4, 5, 5))
        self.meetings = self.random.choice((4, 5, 5, 6, 6, 7))

    def generate(self) -> None:
        """Add its rows to the generator."""
        self.pk = self._trajectory()
        if self.chance() < 0.75:
            self._plan()
        if self.chance() < 0.4:
            for ref in ("a", "b", "c")[: self.random.choice((2, 3))]:
                shown = self.date_text(self.day(0.4)) if self.day(0.4) <= TODAY else None
                self.add(Scenario, ref=f"scenario-{ref}", title=f"Scenario {ref.upper()}", presented_on=shown)
        self._documents()
        self._steps()
        self._contributions()
        self._requests()
        if self.chance() < 0.1:
            self._waivers()

    # ------------------------------------------------------------ random values

    def pick(self, weights: dict[str, int]) -> str:
        """Return one of these words at random, by weight."""
        return self.random.choices(list(weights), list(weights.values()))[0]

    def day(self, share: float) -> date:
        """Return the day on which this share of the duration has passed."""
        return self.start + timedelta(days=int(share * self.length))

    def later(self, day: date, first: int, last: int) -> date:
        """Return a random day between ``first`` and ``last`` days later."""
        return day + timedelta(days=self.random.randrange(first, last + 1))

    def date_text(self, day: date) -> str:
        """Return the stored text of a day, or sometimes of an imprecise date around it."""
        if self.chance() >= IMPRECISE:
            return day.isoformat()
        week, month = timedelta(days=6), timedelta(days=10)
        return self.random.choice(
            (
                ImpreciseDate(day - timedelta(days=day.weekday()), day - timedelta(days=day.weekday()) + week, "week"),
                ImpreciseDate(day, day + month, "month_part", "Medio van de maand"),
                ImpreciseDate(day, day + timedelta(days=1), "either_or", "de een of de andere dag"),
                ImpreciseDate(None, day, "not_later_than", "Uiterlijk"),
                ImpreciseDate(day, day, "approximate", "Rond deze dag"),
            )
        ).to_text()

    def add(self, model: type[models.Model], **values: Any) -> int:
        """Add a row that belongs to this trajectory."""
        return self.generator.add(model, trajectory_id=self.pk, **values)

    # ------------------------------------------------------------ rows

    def _trajectory(self) -> int:
        closed = self.end < TODAY and self.chance() < 0.9
        status = "planned" if self.start > TODAY else "closed" if closed else "active"
        if status == "active" and self.chance() < 0.06:
            status = "paused"
        kind = self.pick(KINDS)
        title = f"{self.random.choice(TOPICS).capitalize()} {self.random.choice(PLACES)} {self.number}"
        return self.generator.add(
            Trajectory,
            slug=f"traject-{self.number}-voorbeeld",
            title=title,
            summary=self.random.choice(SENTENCES),
            kind=kind,
            initiator=self.random.choice(("municipality", "municipality", "municipality", "developer", "residents")),
            level=self.pick(LEVELS),
            impact=self.pick(IMPACTS),
            status=status,
            municipality="voorbeeld",
            contact_role=self.random.choice(("project_manager", "policy_adviser", "district_coordinator", "")),
            commissioner=EXECUTIVE,
            subject_of_study="municipality-voorbeeld" if kind == "research" else "",
            started_on=self.date_text(self.start),
            closed_on=self.end.isoformat() if closed else None,
            public=self.chance() < 0.95,
            retrospective=closed and self.chance() < 0.05,
            source_cite="Verzonnen, voor metingen",
        )

    def _plan(self) -> None:
        adopted = self.date_text(self.day(0.08)) if self.day(0.08) <= TODAY else None
        thorough = self.chance()

        def generated_text(text: str) -> str:
            return text if self.chance() < thorough else ""

        plan = self.add(
            Plan,
            adopted_on=adopted,
            published_on=self.date_text(self.day(0.09)) if adopted and self.chance() < 0.8 else None,
            to_council_on=self.date_text(self.day(0.1)) if adopted and self.chance() < 0.4 else None,
            actors_shared_on=self.date_text(self.day(0.05)) if adopted and self.chance() < 0.5 else None,
            frameworks=_as_json(
                [
                    {"what": "De brandweer moet erlangs kunnen.", "why": "Dat vraagt de veiligheidsregio."},
                    {"what": "De oude bomen blijven staan.", "why": generated_text("De raad heeft ze beschermd.")},
                ]
                if self.chance() < thorough
                else []
            ),
            room=generated_text("Vrij te kiezen: indeling, planten, zitplekken en spelen."),
            level_motivation=generated_text("Bewoners kennen de plek het best; de raad beslist over het geld."),
            target_groups=_as_json([{"group": "children", "method": "walk"}] if self.chance() < thorough else []),
            silent_interests=_as_json(["nature", "future_residents"] if self.chance() < thorough else []),
            channels=_as_json(["letter", "website", "poster"]),
            neighbouring_areas=_as_json(["binnenstad-zuid"] if self.chance() < thorough else []),
            joint_start=self.random.choice((True, True, False, None)),
            joint_start_reason=generated_text("Een partij kwam er later bij."),
            support=generated_text("Een ontwerper helpt bewoners hun ideeën te tekenen."),
            roles=_as_json(dict.fromkeys(("college", "council", "organisation"), "Zo staat het in het plan.")),
            resources=_as_json(
                {"lead_time": "Zeven maanden.", "budget": "Er is geld.", "people": "Twee.", "expertise": "Ja."}
                if self.chance() < thorough
                else {}
            ),
        )
        actors = [(party, "participant") for party in self.parties[: self.random.choice((1, 2, 3))]]
        for slug, part in (*actors, (COUNCIL, "decides"), (COMMITTEE, "informed")):
            self.generator.add(PlanActor, plan_id=plan, organisation_id=PK_OF[slug], part=part)

    def _documents(self) -> None:
        drafts = self.random.choice((2, 3))
        wanted = [("plan", 0.06), *(("draft", 0.3 + 0.15 * n) for n in range(drafts)), ("final", 0.85)]
        wanted += [("invitation", 0.15), ("report", 0.6), ("weighing", 0.8)]
        wanted += [("minutes", 0.2 + 0.12 * n) for n in range(self.random.choice((1, 2, 2)))]
        before = ""
        for number, (kind, share) in enumerate(wanted):
            day, ref = self.day(share), f"stuk-{number}"
            if day > TODAY and kind != "final":
                continue
            exists = day <= TODAY
            replaces = before if kind in ("draft", "final") else ""
            before = ref if kind in ("draft", "final") else before
            document = self.add(
                Document,
                ref=ref,
                title=f"{kind.capitalize()} {self.number}, stuk {number}",
                kind=kind,
                version=f"0.{number}",
                dated_on=self.date_text(day) if exists else None,
                published_on=self.date_text(self.later(day, 0, 9)) if exists and self.chance() < 0.7 else None,
                replaces=replaces,
                changes_marked=self.random.choice((True, False, None)) if replaces else None,
                plain_summary=self.random.choice((True, True, False, None)),
                url=f"https://voorbeeld.example/traject-{self.number}/stuk-{number}.pdf",
            )
            shared = [*self.parties[: self.random.randrange(4)], *(["everyone"] if self.chance() < 0.25 else [])]
            for party in shared if exists else ():
                on = self.date_text(self.later(day, 0, 5)) if self.chance() < 0.95 else None
                self.generator.add(DocumentShare, document_id=document, party=party, on=on)
        self.papers = [f"stuk-{n}" for n, (_kind, share) in enumerate(wanted) if self.day(share) <= TODAY]

    def step(self, name: str, kind: str, day: date, phase: str, **values: Any) -> tuple[str, date, bool]:
        """Add a step, and return its ref, its day, and whether it is done."""
        self.refs += 1
        ref = f"{name}-{self.refs}"
        actual_day = self.later(day, 0, 6) if self.chance() < 0.2 else day
        cancelled = self.chance() < 0.03
        done = actual_day <= TODAY and not cancelled and self.chance() < 0.94
        lists = {key: _as_json(value) for key, value in values.items() if isinstance(value, list)}
        planned = self.date_text(day) if self.chance() < 0.92 or not done else None
        if not done and day > TODAY and self.chance() < 0.05:
            planned = ImpreciseDate(None, None, "unscheduled").to_text()
        self.add(
            Step,
            ref=ref,
            kind=kind,
            phase=phase,
            title=f"{name.capitalize()} {self.refs} in {self.random.choice(PLACES)}",
            planned=planned,
            done=self.date_text(actual_day) if done else None,
            cancelled=cancelled,
            optional=self.chance() < 0.03,
            note=self.random.choice(SENTENCES) if self.chance() < 0.3 else "",
            **{**values, **lists},
        )
        return ref, actual_day, done

    def _steps(self) -> None:
        everyone, parties = ["residents", *self.parties[:2]], self.parties[:2]
        phase = "exploration"
        self.step("kennismaking", "contact", self.day(0.02), phase, audience=parties)
        if self.chance() < 0.6:
            self.step("planbespreking", "plan_review", self.day(0.05), phase, audience=parties)
        self.step("opzet", "decision", self.day(0.08), phase, stage="setup", body=EXECUTIVE)
        for number in range(self.meetings):
            self._activity(self.day(0.12 + 0.5 * number / self.meetings), everyone)
        for number in range(self.updates):
            day = self.day((number + 0.5) / self.updates)
            self.step("nieuws", "update", day, phase, audience=["everyone"])
        for number in range(self.random.choice((0, 1, 2))):
            self.step("mijlpaal", "milestone", self.day(0.3 + 0.2 * number), phase)
        if self.chance() < 0.35:
            opened = self.day(0.68)
            self.step(
                "inzage",
                "inspection",
                opened,
                "judgement",
                procedure=self.random.choice(("extended", "municipal")),
                closes=self.later(opened, 36, 48).isoformat(),
                announced_on=self.date_text(opened - timedelta(days=7)) if opened <= TODAY else None,
                audience=["everyone"],
            )
        self._decisions()

    def _activity(self, day: date, audience: list[str]) -> None:
        method = self.pick(METHODS)
        announced_on = day - timedelta(days=self.random.randrange(8, 40))
        meeting = method in ("meeting", "workshop", "walk")
        starts = self.random.choice((13, 15, 16, 19))
        timed = meeting and self.chance() < 0.8
        ref, actual_day, done = self.step(
            "gesprek",
            "activity",
            day,
            "exploration",
            method=method,
            audience=audience,
            starts_at=time(starts, 30).isoformat() if timed else None,
            ends_at=time(starts + self.random.choice((2, 3)), 30).isoformat() if timed else None,
            announced_on=self.date_text(announced_on) if announced_on <= TODAY and self.chance() < 0.8 else None,
            closes=self.later(day, 10, 28).isoformat() if method in ("survey", "online") else None,
            documents=self.papers[:1] if self.chance() < 0.4 else [],
            evaluation_sent_on=self.date_text(self.later(day, 1, 9))
            if meeting and day < TODAY - timedelta(days=9) and self.chance() < 0.6
            else None,
        )
        self.activities.append((ref, actual_day, done))
        if self.chance() < 0.85:
            after = self.later(day, 9, 45)
            self.step("terugkoppeling", "feedback", after, "exploration", about=[ref], audience=["everyone"])

    def _decisions(self) -> None:
        last = self.activities[-1][0]
        self.step("eindverslag", "final_report", self.day(0.74), "judgement", audience=["everyone"], uses=[last])
        self.step("voorstel", "decision", self.day(0.78), "judgement", stage="proposal", body=EXECUTIVE)
        if self.chance() < 0.5:
            self.step("bijpraten", "briefing", self.day(0.8), "judgement", body=COMMITTEE, documents=self.papers[:2])
        papers = self.papers[-2:]
        self.step(
            "commissie", "decision", self.day(0.85), "judgement", stage="proposal", body=COMMITTEE, documents=papers
        )
        day = self.day(0.9)
        ref, _day, _done = self.step(
            "raad", "decision", day, "decision", stage="adoption", body=COUNCIL, documents=papers
        )
        if self.chance() < 0.75:
            feedback_on = self.later(day, 1, 12)
            self.step("besluit", "update", feedback_on, "decision", about=[ref], audience=["everyone"])
        if self.chance() < 0.5:
            score = self.random.choice((5, 6, 7, 8, None))
            self.step("evaluatie", "evaluation", self.day(0.98), "evaluation", audience=["residents"], score=score)

    def _contributions(self) -> None:
        number = 0
        for ref, actual_day, done in self.activities:
            for _ in range(self.random.choice((2, 2, 2, 3, 3)) if done else 0):
                number += 1
                answered = self.chance() < 0.8 and self.later(actual_day, 5, 60)
                is_answered = answered and answered <= TODAY
                self.add(
                    Contribution,
                    ref=f"inbreng-{number}",
                    step=ref,
                    party=self.random.choice(("residents", "entrepreneurs", *self.parties)),
                    received_on=self.date_text(actual_day),
                    theme=self.random.choice(TOPICS),
                    summary=self.random.choice(SENTENCES),
                    outcome=self.random.choice(("adopted", "partly", "not_adopted", "out_of_scope"))
                    if is_answered
                    else "",
                    response=self.random.choice(SENTENCES) if is_answered and self.chance() < 0.9 else "",
                    responded_on=self.date_text(answered) if answered and is_answered else None,
                )

    def _requests(self) -> None:
        for number in range(self.random.choice((0, 0, 1, 1, 2))):
            received = self.later(self.start, 0, self.length)
            if received > TODAY:
                continue
            kind = self.pick(REQUESTS)
            answered, acknowledged_on = self.later(received, 5, 70), self.later(received, 1, 20)
            extended = kind == "woo" and self.chance() < 0.3
            sent = received + timedelta(days=20)
            self.add(
                Request,
                ref=f"verzoek-{number}",
                kind=kind,
                party=self.random.choice(("residents", *self.parties)),
                received_on=received.isoformat(),
                acknowledged_on=self.date_text(acknowledged_on)
                if acknowledged_on <= TODAY and self.chance() < 0.7
                else None,
                extended_on=sent.isoformat() if extended and sent <= TODAY else None,
                extension_reason="Het zijn veel stukken." if extended else "",
                answered_on=self.date_text(answered) if answered <= TODAY and self.chance() < 0.85 else None,
                summary=self.random.choice(SENTENCES),
                answer=self.random.choice(SENTENCES) if answered <= TODAY else "",
            )

    def _waivers(self) -> None:
        for rule in self.random.sample(WAIVED, self.random.choice((1, 1, 2))):
            granted = self.later(min(self.start, TODAY), 0, 60)
            waiver = {
                "trajectory_id": self.pk,
                "rule": rule,
                "reason": "De zaal was niet eerder vrij, en bewoners vroegen om deze avond.",
                "by": "programmamanager participatie",
                "granted_on": granted.isoformat(),
                "until": (granted + timedelta(days=365)).isoformat() if self.chance() < 0.5 else None,
            }
            pk = self.generator.add(Waiver, **waiver)
            # A reassessment reads the history of waivers, because withdrawn ones count until their end.
            history = Waiver.history.model
            at = datetime.combine(granted, time(12)).isoformat(sep=" ")
            self.generator.rows[history].append(
                self.generator.make[history](
                    **waiver, id=pk, history_id=pk, history_date=f"{at}+00:00", history_type="+"
                )
            )
