"""Hypothesis strategies for valid dossiers."""

from datetime import date, timedelta

from django.db import transaction
from hypothesis import strategies as st

from participation.compliance import vocabulary

MIN_DATE, MAX_DATE = date(2025, 1, 1), date(2026, 12, 31)
ASSOCIATIONS = ("wijk-a", "wijk-b")
ORGANISATIONS = [
    {"slug": "wijk-a", "name": "Wijkvereniging A", "kind": "residents_association"},
    {"slug": "wijk-b", "name": "Wijkvereniging B", "kind": "residents_association"},
    {"slug": "winkels", "name": "Winkeliersvereniging", "kind": "business_association"},
    {"slug": "raad", "name": "Gemeenteraad", "kind": "council", "municipality": "leiden"},
    {"slug": "college", "name": "College", "kind": "executive", "municipality": "leiden"},
]
PARTIES = st.sampled_from([o["slug"] for o in ORGANISATIONS[:3]] + list(vocabulary.AUDIENCES))
BODIES = st.sampled_from(["raad", "college", "committee", "council"])
TEXTS = st.sampled_from(["", "Omdat het plein al vastligt.", "Zie de brief.", "“Ja”, zei men; né."])
days = st.dates(MIN_DATE, MAX_DATE)


@st.composite
def imprecise_dates(draw):
    """Return a strategy for dates as a dossier writes them, precise or not."""
    first = draw(days)
    last = first + timedelta(days=draw(st.integers(0, 40)))
    return draw(
        st.sampled_from(
            [
                first.isoformat(),
                first.isoformat(),
                {"from": first.isoformat(), "to": last.isoformat(), "precision": "range", "text": "ergens"},
                {"from": None, "to": last.isoformat(), "precision": "not_later_than"},
                {"from": first.isoformat(), "to": first.isoformat(), "precision": "tentative"},
                {"from": None, "to": None, "precision": "unknown"},
                {"from": None, "to": None, "precision": "unscheduled"},
            ]
        )
    )


def _row(required=None, **optional):
    return st.fixed_dictionaries(required or {}, optional=optional)


def word(choices):
    """Return a strategy for one word of a vocabulary."""
    return st.sampled_from(choices)


#: An area of three corners.
TRIANGLE = {"type": "Polygon", "coordinates": [[[4.48, 52.15], [4.49, 52.15], [4.49, 52.16], [4.48, 52.15]]]}


@st.composite
def dossiers(draw, slug="voorbeeldplein"):
    """Return a strategy for valid dossiers: refs resolve, and nothing ends before it starts."""
    trajectory = draw(
        _row(
            {"slug": st.just(slug), "title": st.just("Voorbeeldplein")},
            kind=word(vocabulary.TRAJECTORY_KINDS),
            level=word(vocabulary.LEVELS),
            impact=word(vocabulary.IMPACTS),
            status=word(["planned", "active", "paused"]),
            started_on=imprecise_dates(),
            retrospective=st.booleans(),
            contact=_row(
                role=word(vocabulary.CONTACT_ROLES),
                email=st.just("plein@leiden.example"),
                phone=st.sampled_from(["14 071", "+31 (0)71 516 51 65"]),
            ),
            case_number=st.just("Z/26/1234567"),
            portfolio=st.just("Wonen en ruimte"),
            external=st.sampled_from([[], [{"system": "Zaaksysteem", "id": "1"}, {"url": "https://example.org/1"}]]),
            # Those that began with the Omgevingswet fit any start; nothing here is closed.
            instrument=word(["environment_plan", "environment_vision", "programme", "project_decision", "permit"]),
            summary=TEXTS,
            commissioner=st.just("college"),
            subject_of_study=st.just("raad"),
            neighbourhoods=st.just(["binnenstad-noord"]),
            geometry=st.sampled_from([{"type": "Point", "coordinates": [4.4925, 52.1583]}, TRIANGLE]),
        )
    )
    refs = [f"s{n}" for n in range(draw(st.integers(0, 7)))]
    steps = [draw(_step(ref, [r for r in refs if r != ref])) for ref in refs]
    documents = [draw(_document(n)) for n in range(draw(st.integers(0, 3)))]
    contributions = [draw(_contribution(n, refs)) for n in range(draw(st.integers(0, 3)))]
    requests = [draw(_request(n)) for n in range(draw(st.integers(0, 3)))]
    scenarios = [
        {
            "ref": f"sc{n}",
            "title": "Variant",
            **draw(
                _row(
                    presented_on=imprecise_dates(),
                    description=TEXTS,
                    advantages=TEXTS,
                    disadvantages=TEXTS,
                    chosen=st.booleans(),
                    chosen_reason=TEXTS,
                    **({"document": st.sampled_from([d["ref"] for d in documents])} if documents else {}),
                )
            ),
        }
        for n in range(draw(st.integers(0, 3)))
    ]
    document = {
        "dossier": 1,
        "trajectory": trajectory,
        "organisations": ORGANISATIONS,
        "scenarios": scenarios,
        "documents": documents,
        "steps": steps,
        "contributions": contributions,
        "requests": requests,
        "waivers": draw(st.lists(_waiver(), max_size=1)),
        "motions": draw(st.sampled_from([[], ["21.0098/04"]])),
    }
    plan = draw(st.none() | _plan())
    return {**document, "plan": plan} if plan is not None else document


def _step(ref, others):
    refs = st.lists(st.sampled_from(others), unique=True, max_size=2) if others else st.just([])
    return _row(
        {"ref": st.just(ref), "kind": word(vocabulary.STEP_KINDS)},
        method=word(vocabulary.METHODS),
        phase=word(vocabulary.PHASES),
        stage=word(vocabulary.STAGES),
        procedure=word(vocabulary.PROCEDURES),
        title=st.just("Avond"),
        planned=imprecise_dates(),
        done=days.map(date.isoformat) | st.just({"precision": "unknown"}),
        cancelled=st.booleans(),
        optional=st.booleans(),
        starts_at=st.sampled_from(["14:00", "19:30"]),
        ends_at=st.sampled_from(["20:00", "21:30"]),
        announced_on=imprecise_dates(),
        body=BODIES,
        audience=st.lists(PARTIES, unique=True, max_size=3),
        about=refs,
        uses=refs,
        evaluation_sent_on=imprecise_dates(),
        score=st.integers(1, 10) | st.integers(10, 100).map(lambda tenths: tenths / 10),
        ends_next_day=st.just(False),
        place=_row(
            name=st.just("Buurthuis"),
            address=st.just("Plein 1"),
            accessible=st.booleans(),
            online_url=st.just("https://example.org/zaal"),
        ),
        sign_up_url=st.just("https://example.org/meedoen"),
        description=TEXTS,
        reach=_row(
            total=st.integers(50, 500),
            groups=st.lists(
                _row(
                    {"group": st.sampled_from(["children", "renters", "Children"])},
                    count=st.none() | st.integers(0, 50),
                ),
                max_size=2,
            ),
            neighbourhoods=st.sampled_from([[], [{"slug": "binnenstad-noord", "count": 12}]]),
            note=TEXTS,
        ),
        effect=word(vocabulary.EFFECTS),
        effect_note=TEXTS,
        room_kept=st.booleans(),
        room_reason=TEXTS,
        case_number=st.just("RV 26.0012"),
        evaluated_by=st.sampled_from([organisation["slug"] for organisation in ORGANISATIONS]),
        recess_reason=TEXTS,
    )


@st.composite
def _document(draw, number):
    row = draw(
        _row(
            {"ref": st.just(f"d{number}")},
            title=st.just("Stuk"),
            kind=word(vocabulary.DOCUMENT_KINDS),
            case_number=st.just("D/26/0042"),
            external=st.sampled_from([[], [{"system": "Raadsinformatie", "id": "42"}]]),
            dated_on=imprecise_dates(),
            published_on=imprecise_dates(),
            changes_marked=st.booleans(),
            plain_summary=st.booleans(),
            pages=st.integers(1, 400),
        )
    )
    if number and draw(st.booleans()):
        row["replaces"] = f"d{number - 1}"
    parties = draw(st.lists(PARTIES, unique=True, max_size=3))
    row["shared"] = [{"with": party, "on": draw(imprecise_dates())} for party in parties]
    return row


def _contribution(number, refs):
    return _row(
        {"ref": st.just(f"c{number}")},
        **({"step": st.sampled_from(refs)} if refs else {}),
        **{"from": PARTIES},
        received_on=st.just("2025-01-01"),
        summary=TEXTS,
        outcome=word(vocabulary.OUTCOMES),
        response=TEXTS,
        responded_on=imprecise_dates(),
    )


def _request(number):
    return _row(
        {"ref": st.just(f"r{number}"), "kind": word(vocabulary.REQUEST_KINDS)},
        **{"from": PARTIES},
        received_on=st.sampled_from(["2025-01-01", {"precision": "unknown"}]),
        acknowledged_on=imprecise_dates(),
        extended_on=imprecise_dates(),
        extension_reason=TEXTS,
        answered_on=imprecise_dates(),
    )


def _plan():
    return _row(
        adopted_on=imprecise_dates(),
        to_council_on=imprecise_dates(),
        actors_shared_on=imprecise_dates(),
        frameworks=st.sampled_from([[], [{"what": "Budget", "why": "Besluit van de raad"}], [{"what": "Budget"}]]),
        room=TEXTS,
        level_motivation=TEXTS,
        target_groups=st.sampled_from([[], [{"group": "children", "method": "walk"}]]),
        silent_interests=st.sampled_from([[], ["nature"]]),
        channels=st.sampled_from([[], ["letter"], ["letter", "website"]]),
        joint_start=st.booleans(),
        scenarios_reason=TEXTS,
        roles=st.sampled_from([{}, {"council": "Kaders", "college": "Besluit", "organisation": "Voert uit"}]),
        actors=st.lists(
            st.sampled_from([{"organisation": o["slug"], "part": "participant"} for o in ORGANISATIONS[:3]]),
            unique_by=lambda actor: actor["organisation"],
            max_size=3,
        ),
    )


def _waiver():
    return _row(
        {
            "rule": st.sampled_from(["plan-recorded", "feedback-given", "level-minimum"]),
            "reason": st.just("Spoed door een lek."),
            "by": st.just("projectmanager"),
            "granted_on": days.map(date.isoformat),
        },
        subject=st.none(),
        until=st.just("2026-12-31"),
    )


class _DossierRollback(Exception):
    pass


def rolled_back(call):
    """Call this and roll back its changes: Hypothesis runs many examples within one test and one transaction."""
    try:
        with transaction.atomic():
            call()
            raise _DossierRollback
    except _DossierRollback:
        pass
