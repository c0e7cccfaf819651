"""Which trajectories refer to an organisation, and that changing its kind changes their obligations."""

from datetime import UTC, date, datetime

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Organisation, Trajectory
from participation.selectors.dossiers.naming import trajectories_naming
from participation.services.assessment import reassess
from participation.services.dossiers.dossiers import import_dossier
from tests import world

TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 9, tzinfo=UTC)
RULEBOOKS = load_rulebooks("leiden")

pytestmark = pytest.mark.django_db


def in_plan(square):
    world.plan(square, world.RESIDENTS)


def in_audience(square):
    world.step(square, audience=["residents", world.RESIDENTS])


def as_body(square):
    world.step(square, kind="decision", body=world.RESIDENTS, audience=[])


def in_contribution(square):
    world.contribution(square)


def in_request(square):
    world.request(square)


def as_commissioner(square):
    Trajectory.objects.filter(pk=square.pk).update(commissioner=world.RESIDENTS)


def as_receiver(square):
    world.document(square).shares.create(party=world.RESIDENTS, on=world.on("2026-03-02"))


@pytest.mark.parametrize(
    "names", [in_plan, in_audience, as_body, in_contribution, in_request, as_commissioner, as_receiver]
)
def test_trajectories_that_name_an_organisation_anywhere_are_found(names):
    world.organisation(world.RESIDENTS)
    world.organisation(world.OUTSIDER)
    square, other = world.trajectory(), world.trajectory("ander-plein")
    world.step(other, audience=["residents", world.OUTSIDER])
    assert trajectories_naming([world.RESIDENTS]) == set()
    names(square)
    assert trajectories_naming([world.RESIDENTS]) == {square.pk}
    assert trajectories_naming([world.RESIDENTS, world.OUTSIDER]) == {square.pk, other.pk}


def differences():
    keys = list(Trajectory.objects.values_list("pk", flat=True))
    return reassess("trajectory", keys, RULEBOOKS, TODAY, NOW, is_proof=True).differences


def test_another_kind_of_organisation_reassesses_the_trajectories_naming_it():
    organisation = {"slug": "vereniging", "name": "Vereniging", "kind": "residents_association"}
    step = {"ref": "avond", "kind": "activity", "method": "meeting", "done": "2026-03-20", "audience": ["vereniging"]}
    plan = {"adopted_on": "2026-02-20", "actors": [{"organisation": "vereniging", "part": "participant"}]}
    paper = {"ref": "stuk", "kind": "draft", "dated_on": "2026-03-01", "shared": [{"with": "residents"}]}
    first = {"dossier": 1, "trajectory": {"slug": "een", "title": "Een", "impact": "high", "level": "advise"}}
    first |= {"organisations": [organisation], "steps": [step], "plan": plan, "documents": [paper]}
    import_dossier(first, RULEBOOKS, TODAY, NOW)
    assert differences() == []

    other = {"dossier": 1, "trajectory": {"slug": "twee", "title": "Twee"}}
    import_dossier({**other, "organisations": [{**organisation, "kind": "research_bureau"}]}, RULEBOOKS, TODAY, NOW)
    assert Organisation.objects.get(slug="vereniging").kind == "research_bureau"
    assert differences() == []
