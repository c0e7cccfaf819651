"""Residents' input in the demo besides the dossiers: a counter-signal, evaluation responses, a suggested party."""

from datetime import date, datetime, timedelta

from django.db import transaction

from participation.models import (
    CounterSignal,
    EvaluationResponse,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Step,
    User,
)

_PARKING, _SQUARE = "parkeerplan-singelrand-voorbeeld", "herinrichting-lindeplein-voorbeeld"
_ASSOCIATION = "wijkvereniging-singelrand-voorbeeld"
#: Evaluation responses by meeting: scores for fairness, being heard and being informed, and a remark.
_ANSWERS: dict[tuple[str, str], list[tuple[int | None, int | None, int | None, str]]] = {
    (_PARKING, "werksessie"): [
        (4, 3, 5, "De varianten lagen al vast toen wij binnenkwamen."),
        (6, 5, 6, ""),
        (5, 5, 7, "Goede avond, maar wie niet kan lopen kon de zaal niet in."),
        (7, 6, 6, ""),
        (4, 4, None, "Ik mis wat er met de vragenlijst is gedaan."),
        (6, 7, 8, "Fijn dat er tijd was om door te vragen."),
    ],
    (_SQUARE, "ontwerpdag"): [
        (8, 8, 9, "De drie schetsen maakten de keuze duidelijk."),
        (9, 8, 8, ""),
        (8, 9, 8, "Mijn kinderen mochten ook meetekenen."),
        (7, 7, 9, ""),
        (9, 8, 9, ""),
        (8, 8, 7, "Volgende keer graag ook op een zaterdag."),
        (6, 7, 8, ""),
        (8, 9, 9, ""),
        (9, 9, 9, "Eerlijk gezegd wat er niet kan. Dat helpt."),
        (8, 7, 8, ""),
    ],
}


@transaction.atomic
def add(member: User, now: datetime) -> None:
    """Add what does not exist yet; ``member`` speaks for the demo association."""
    _counter_signal(member, now)
    _omitted_party(now)
    for (trajectory, ref), answers in _ANSWERS.items():
        step = Step.objects.filter(trajectory__slug=trajectory, ref=ref).first()
        if step and step.done and step.done.latest and not step.responses.exists():
            day = step.done.latest + timedelta(days=1)
            EvaluationResponse.objects.bulk_create(_answer(step, day, *answer) for answer in answers)


def _answer(
    step: Step, day: date, fairness: int | None, heard: int | None, informed: int | None, remark: str
) -> EvaluationResponse:
    return EvaluationResponse(
        step=step, answered_on=day, fairness=fairness, heard=heard, informed=informed, remark=remark
    )


def _counter_signal(member: User, now: datetime) -> None:
    """Add a counter-signal: the invitation counts as sent in time, but did not reach everyone."""
    concern = Request.objects.filter(trajectory__slug=_PARKING, ref="zorg-uitnodiging").first()
    received_on = concern.received_on.latest if concern and concern.received_on else None
    if concern is None or received_on is None or CounterSignal.objects.filter(request=concern).exists():
        return
    row = CounterSignal(
        trajectory=concern.trajectory,
        rule="meeting-announced",
        subject="werksessie",
        status="met",
        on=received_on,
        organisation=Organisation.objects.get(slug=concern.party),
        made_by=member,
        request=concern,
        evidence="De uitnodiging ging alleen naar de wijkvereniging en de ondernemers.",
    )
    row._history_date, row._history_user = now, member  # type: ignore[attr-defined]
    row.save()


def _omitted_party(now: datetime) -> None:
    """Add a party that the plan omitted, suggested by the association; the adviser still has to choose its role."""
    plan = Plan.objects.filter(trajectory__slug=_PARKING).first()
    if plan is None:
        return
    club = Organisation.objects.filter(slug="sportclub-de-singel-voorbeeld").first()
    if club is None:
        club = Organisation(
            slug="sportclub-de-singel-voorbeeld", name="Sportclub De Singel (voorbeeld)", kind="residents_initiative"
        )
        club._history_date = now  # type: ignore[attr-defined]
        club.save()
    if not plan.actors.filter(organisation=club).exists():
        actor = PlanActor(plan=plan, organisation=club, part="", suggested_by=_ASSOCIATION)
        actor._history_date = now  # type: ignore[attr-defined]
        actor.save()
