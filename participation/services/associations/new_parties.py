"""Adding an organisation together with the row that names it, in one changeset."""

from typing import NamedTuple

from participation.models import Organisation, Trajectory
from participation.services.associations.submissions import organisation_named
from participation.services.changes.changesets import ChangesetWriter
from participation.services.changes.unique_names import free_slug, save_with_unique_name


class NewParty(NamedTuple):
    """An organisation that is not recorded yet: its name and its kind."""

    name: str
    kind: str


def add_party(recorder: ChangesetWriter, trajectory: Trajectory, party: NewParty) -> str:
    """Save a new organisation in the municipality of this trajectory, and return its slug.

    Returns that of one with the same name, which may have been added concurrently. Raises ValidationError where the
    organisation is invalid.
    """
    if known := organisation_named(party.name):
        return known.slug
    row = Organisation(name=party.name, kind=party.kind, municipality=trajectory.municipality)

    def save() -> None:
        row.slug = free_slug(Organisation, party.name)
        recorder.save(row)

    save_with_unique_name(row, "slug", save, is_generated=True)
    return row.slug
