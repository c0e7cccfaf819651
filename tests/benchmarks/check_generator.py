"""Whether the invented trajectories are what they claim to be: sound dossiers of the size that is promised."""

from collections.abc import Mapping

from participation.compliance.facts import OrganisationFacts
from participation.dossier.validate import problems_in
from participation.models import Contribution, Document, Organisation, Step, Trajectory
from participation.selectors.dossiers.dossiers import dossier_document

from .generator import fill
from .measure import rulebook
from .reassess import everything

SIZE = 200
#: How many of each a trajectory has on average, give or take a tenth.
PROMISED: Mapping[type, int] = {Step: 25, Contribution: 10, Document: 8}


def check() -> list[str]:
    """Fill the empty database and return what is wrong with it."""
    fill(SIZE)
    wrong = []
    known = {o.slug: OrganisationFacts(o.slug, o.kind, o.municipality) for o in Organisation.objects.all()}
    for trajectory in Trajectory.objects.all():
        found = problems_in(dossier_document(trajectory), known)
        wrong += [f"{trajectory.slug}: {problem}" for problem in found]
    for model, promised in PROMISED.items():
        average = model.objects.count() / SIZE  # type: ignore[attr-defined]
        if abs(average - promised) > promised / 10:
            wrong.append(f"{average:.1f} of {model.__name__} a trajectory instead of {promised}")
    run = everything(rulebook())
    return [*wrong, *(f"assessment: {failure}" for failure in run.failures)]
