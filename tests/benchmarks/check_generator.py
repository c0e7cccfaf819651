"""Checks that generated trajectories are valid dossiers of the documented size."""

from collections.abc import Mapping

from participation.compliance.facts import OrganisationFacts
from participation.dossier.validate import problems_in
from participation.models import Contribution, Document, Organisation, Step, Trajectory
from participation.selectors.dossiers.dossiers import dossier_document

from .generator import fill
from .measure import rulebooks
from .reassess import reassess_all

SIZE = 200
#: The average number of rows of a trajectory, within a tenth.
EXPECTED_AVERAGE: Mapping[type, int] = {Step: 25, Contribution: 10, Document: 8}


def check() -> list[str]:
    """Fill the empty database, and return its errors."""
    fill(SIZE)
    errors = []
    known = {o.slug: OrganisationFacts(o.slug, o.kind, o.municipality) for o in Organisation.objects.all()}
    for trajectory in Trajectory.objects.all():
        found = problems_in(dossier_document(trajectory), known)
        errors += [f"{trajectory.slug}: {problem}" for problem in found]
    for model, expected in EXPECTED_AVERAGE.items():
        average = model.objects.count() / SIZE  # type: ignore[attr-defined]
        if abs(average - expected) > expected / 10:
            errors.append(f"{average:.1f} of {model.__name__} a trajectory instead of {expected}")
    run = reassess_all(rulebooks())
    return [*errors, *(f"assessment: {failure}" for failure in run.failures)]
